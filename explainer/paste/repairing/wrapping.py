"""What stands around the code: fences, prompts, line numbers, the margins of diffs and quotations."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise

from explainer.paste.repairing.done import Done, said
from explainer.paste.repairing.lexing import Token, lex

_FENCE = re.compile(r"^[ \t>]*(?:```+|~~~+)[ \t]*(?:\{?\.?[A-Za-z0-9_+-]*\}?)[ \t]*$")
_INLINE_FENCE = re.compile(r"```+[ \t]*(?:(?:python|pytorch|py)\b[ \t]*)?", re.IGNORECASE)
_PROMPT = re.compile(r"^[ \t]*(?:>>>|In ?\[[ \d]*\]:)(?: |$)?")
_PROMPTS = re.compile(_PROMPT.pattern, re.MULTILINE)
_MORE = re.compile(r"^[ \t]*\.\.\.:?(?: |$)")
_OUT = re.compile(r"^[ \t]*Out ?\[[ \d]*\]:")
_NUMBER = re.compile(r"^[ \t]*[\[(L]?(\d{1,5})(?:[.:)|\]│]+|→)?(?=\D|$)")
_LONE_NUMBER = re.compile(r"^[ \t]*(\d{1,5})[.:|]?[ \t]*$")
_HUNK = re.compile(r"^@@ .*@@|^diff --git |^\+\+\+ |^--- |^index [0-9a-f]+\.\.")
_QUOTED = re.compile(r"^[ \t]*(?:>(?!>)|\|) ?")
_CODE = re.compile(r"^\s*(?:class|def|import|from|@|return|for|if)\b")


def unfence(text: str) -> tuple[str, list[Done]]:
    """What stands between fences; what stands outside is left out, but for code after an unclosed one."""
    if "```" not in text and "~~~" not in text:
        return text, []
    lines, inside = text.split("\n"), _inside_strings(text)
    marks = [number for number, line in enumerate(lines) if _FENCE.match(line) and number not in inside]
    if not marks:
        return text, []
    if len(marks) == 1 and _only_closes(lines, marks[0]):
        before = "\n".join(lines[: marks[0]])
        return before, [] if "```" in before else [said("fences", 1)]  # the one that opens it stands within a line
    kept = list[str]()
    for start, end in zip(marks[::2], [*marks[1::2], len(lines)], strict=False):
        kept += [*lines[start + 1 : end], ""]
    return "\n".join(kept), [said("fences", (len(marks) + 1) // 2)]


def _only_closes(lines: list[str], mark: int) -> bool:
    """Whether the one fence that has a line to itself stands behind the code, not before it."""
    before, behind = lines[:mark], lines[mark + 1 :]
    if not any(map(str.strip, behind)):
        return any(map(str.strip, before))
    return mark > len(lines) // 2 and any(map(_CODE.match, before))


def unfence_within_lines(text: str) -> tuple[str, list[Done]]:
    """Without fences whose line breaks are lost; strings keep theirs, but for what stands between two apostrophes of prose."""
    if "```" not in text:
        return text, []
    tokens = list(lex(text))
    strings = [
        token
        for before, token in pairwise([Token("op", "", 0), *tokens])
        if token.kind == "string" and (token.gap or not before.is_operand)
    ]
    kept = {found.start() for token in strings for found in _INLINE_FENCE.finditer(text, token.start, token.end)}
    fences = [found for found in _INLINE_FENCE.finditer(text) if found.start() not in kept]
    ends = [0, *(found.end() for found in fences)]
    starts = [*(found.start() for found in fences), len(text)]
    bare = "".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    return bare, [said("fences", (len(fences) + 1) // 2)] if fences else []


def unprompt(text: str) -> tuple[str, list[Done]]:
    """The lines behind prompts; where there are prompts, other lines are output unless they define something."""
    if not _PROMPTS.search(text):
        return text, []
    inside = _inside_strings(text)
    lines = text.split("\n")
    prompts = [number for number, line in enumerate(lines) if _PROMPT.match(line) and number not in inside]
    if not prompts:
        return text, []
    mixed = any(_CODE.match(line) for line in lines[: prompts[0]])
    kept, count, dropped = list[str](), 0, 0
    for line in lines:
        found = _PROMPT.match(line) or (_MORE.match(line) if count else None)
        if found and not _OUT.match(line):
            kept.append(line[found.end() :])
            count += 1
        elif not line.strip() or (mixed and not count):
            kept.append(line)
        else:
            dropped += 1
    edits = [said("prompts", count)] + ([said("output", dropped)] if dropped else [])
    return "\n".join(kept), edits


def _inside_strings(text: str) -> frozenset[int]:
    """The numbers of the lines that begin inside a string."""
    inside, number, place = set[int](), 0, 0
    for token in lex(text):
        if token.kind == "string" and "\n" in token.text:
            number += text.count("\n", place, token.start)
            place = token.start
            inside |= set(range(number + 1, number + token.text.count("\n") + 1))
    return frozenset(inside)


def unnumber(text: str) -> tuple[str, list[Done]]:
    """The lines without the numbers that count them, in front of them or on lines of their own."""
    lines = text.split("\n")
    alone = {place: int(found[1]) for place, line in enumerate(lines) if (found := _LONE_NUMBER.match(line))}
    full = [place for place, line in enumerate(lines) if line.strip()]
    if len(alone) >= 3 and len(alone) < len(full) and _count_up(list(alone.values())):
        return "\n".join(line for place, line in enumerate(lines) if place not in alone), [said("line numbers", len(alone))]
    counted = {place: number for place in full if (number := _NUMBER.match(lines[place]))}
    if len(counted) < 2 or len(counted) < 0.8 * len(full) or not _count_up([int(number[1]) for number in counted.values()]):
        return text, []
    for place, number in counted.items():
        lines[place] = lines[place][number.end() :]
    return textwrap.dedent("\n".join(lines)), [said("line numbers", len(counted))]


def _count_up(numbers: list[int]) -> bool:
    """Whether they count lines: by ones, but for a few lines that were lost."""
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    return bool(steps) and all(0 < step < 50 for step in steps) and sum(step == 1 for step in steps) >= 0.7 * len(steps)


def undiff(text: str) -> tuple[str, list[Done]]:
    """The new side of a diff."""
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    hunks = sum(bool(_HUNK.match(line)) for line in full)
    added = sum(line.startswith("+") for line in full)
    marked = sum(line[:1] in "+- " for line in full)
    if not added or not (hunks or (marked == len(full) and added * 5 >= len(full))):
        return text, []
    kept = [line[1:] for line in lines if not _HUNK.match(line) and not line.startswith("-") and line[:1] in ("+", " ", "")]
    return textwrap.dedent("\n".join(kept)), [said("diff", len(kept))]


def unquote(text: str) -> tuple[str, list[Done]]:
    """The lines without the mark of a quotation in front of each."""
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    if len(full) < 2 or not all(map(_QUOTED.match, full)):
        return text, []
    return "\n".join(_QUOTED.sub("", line, count=1) for line in lines), [said("quote marks", len(full))]
