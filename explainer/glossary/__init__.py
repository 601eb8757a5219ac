"""What the words mean: each term with one or two exact sentences, and where it stands in a text.

>>> [piece.key for piece in find_terms("Its receptive field, and its MACs.", "en") if piece.key]
['receptive_field', 'macs']
"""

from explainer.glossary.finding import Piece, find_terms
from explainer.glossary.terms import GROUPS, TERMS, Group, Term

__all__ = ["GROUPS", "TERMS", "Group", "Piece", "Term", "find_terms"]
