"""Why a paste stops, in words: where, what was got, by which rule, and how it came to that.

case.py      what is known about the failure
story.py     how an operand got its size
rules/       one function per kind of failure, asked in order; what no rule knows is told in torch's own words
"""

from __future__ import annotations

from explainer.diagnosis.case import Case, Finding, finish
from explainer.diagnosis.rules import RULES
from explainer.paste.result import PasteResult
from explainer.types import Diagnosis, sentence


def diagnose(result: PasteResult) -> Diagnosis | None:
    """Why the paste fails; None if it works and gives something back."""
    case = Case(result)
    found = next((finding for rule in RULES if (finding := rule(case)) is not None), None)
    if found is None and result.works:
        return None
    return finish(case, found or _in_torchs_words(case))


def _in_torchs_words(case: Case) -> Finding:
    """No rule knows it: the op, its shapes and torch's message stand for themselves."""
    operands = case.operands() if case.op else ()
    if case.op:
        what = sentence("{op} refuses: {message}", op=case.layer, message=case.message)
    else:
        what = sentence("{error}: {message}", error=case.error, message=case.message)
    got = (sentence("Its operands are {shapes}.", shapes=", ".join(str(o.shape) for o in operands)),) if operands else ()
    reason = (sentence("No rule of Blocklens knows this one; these are torch's own words."),) if case.op else ()
    return Finding("torch" if case.op else "python", what, operands, got, reason)
