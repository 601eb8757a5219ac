"""Which lines of a text have swallowed their line breaks, and in what way."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import chain

from explainer.paste.repairing.breaking import Broken, Damage, break_lines, described
from explainer.paste.repairing.comments import CommentEnds
from explainer.paste.repairing.gluing import Splits
from explainer.paste.repairing.grammar import Statement
from explainer.paste.repairing.lexing import lex
from explainer.paste.repairing.statements import Judge, count_words, words_in

_LONG, _MOST_LINES = 150, 2500
_BEGINNING = re.compile(r"def \w+\(|return |self\.\w+ = |super\(")
_CODE = re.compile(r"(?:class|def|import|from)\s|self\.|@")


def find_damage(text: str, words: Counter[str], first: Broken) -> Damage | None:
    """What break_lines has to know of this text to do better than at ``first``, None if nothing; ``words``: those of the text."""
    judge = Judge(text, words)
    starts = _line_starts(text)
    broken = {_line_of(starts, token.start) for token in first.breaks}
    glued = first.tight or any(not token.gap for token in first.breaks)
    spaced = any(token.gap for token in first.breaks)
    if not (first.breaks or first.tight):  # a comment has swallowed everything: what is in it?
        behind = [text[found.start() - 1].isspace() for found in _BEGINNING.finditer(text, 1)]
        glued, spaced = not all(behind), any(behind)
    splits = Splits(text, judge) if glued or not spaced else Damage().split
    judge.split = splits
    ends = CommentEnds(text, judge, glued or not spaced, spaced or not glued)
    alone = len(text.strip().split("\n")) == 1
    for token in lex(text):
        if (
            token.kind == "comment"
            and (alone or len(token.text) > _LONG)
            and (line := _line_of(starts, token.start)) not in broken
        ):
            end = ends(token, Statement())
            if _CODE.match(text, end) or (alone and end < token.end):
                broken.add(line)
    if not broken:
        return None
    return Damage(lambda place: _line_of(starts, place) in broken, ends, splits, glued)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    place = text.find("\n")
    while place >= 0:
        starts.append(place + 1)
        place = text.find("\n", place + 1)
    return starts


def _line_of(starts: list[int], place: int) -> int:
    return bisect_right(starts, place) - 1


def restore_lines(text: str) -> Broken:
    """The statements of a text whose line breaks may be lost."""
    first = break_lines(text)
    damage = find_damage(text, count_words(text), first)
    found = break_lines(text, damage) if damage else first
    if (found.breaks or found.cut) and len(found.lines) <= _MOST_LINES:
        damage = find_damage(text, _words_of(found), first)
        found = break_lines(text, damage) if damage else first
    return described(found)


def _words_of(broken: Broken) -> Counter[str]:
    """The words of the statements that were found, for a second look: the first has taken many for words of comments."""
    words = Counter[str]()
    for line in broken.lines:
        for token in chain(line.tokens, *line.decorators):
            if token.kind == "name":
                words[token.text] += 1
        for comment in (*line.before, line.after):
            words.update(words_in(comment))
    for comment in broken.last_comments:
        words.update(words_in(comment))
    return words
