"""Words around the code become comments: an introduction, a question behind it, what a program printed, a size."""

from __future__ import annotations

import re

from explainer.paste.repairing.breaking import Broken, break_lines
from explainer.paste.repairing.lexing import lex
from explainer.paste.repairing.lines import Line
from explainer.paste.repairing.statements import closers, parses

_PLAIN_SIZE = re.compile(r"^\s*\(?\s*\d{1,5}(?:\s*[*xX×,]\s*\d{1,5})+\s*\)?\s*$")
_SIZE_BEHIND = re.compile(r"(?<=\))[ \t]+(\(?\d{1,5}(?:[ ]?[*xX×][ ]?\d{1,5}){1,3}\)?)[ \t]*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff0c\uff1a\u3002]")


def set_prose_apart(text: str) -> tuple[str, int]:
    """The text with a ``#`` before each line that begins with words for people, and how many there are."""
    rows, count, inside = list[str](), 0, _string_rows(text)
    for number, row in enumerate(text.split("\n")):
        sized = row if number in inside else _SIZE_BEHIND.sub(r"  # \1", row)
        prosy = number not in inside and _is_prose(sized)
        rows.append("# " + sized.lstrip() if prosy else sized)
        count += prosy
    return "\n".join(rows), count


def _string_rows(text: str) -> set[int]:
    """The numbers of the lines that a long string, open brackets or a backslash at the end of a line take part in."""
    rows, depth, number, place = set[int](), 0, 0, 0
    for token in lex(text):
        passed = text.count("\n", place, token.start)
        if passed and not token.fresh:
            rows |= set(range(number, number + passed + 1))
        number += passed
        place = token.start
        if depth > 0 and token.fresh:
            rows |= {number - 1, number}
        if token.kind == "string" and "\n" in token.text:
            rows |= set(range(number, number + token.text.count("\n") + 1))
        depth = max(0, depth + (token.text in "([{") - (token.text in ")]}"))
    return rows


def _is_prose(row: str) -> bool:
    """Whether a line reads as words: it begins with no statement, and most of its pieces are none."""
    stripped = row.strip()
    if not stripped or stripped[0] in "#\"')]}@" or parses(stripped) or parses(f"{stripped}\n{closers(stripped)}"):
        return False
    pieces = break_lines(stripped).lines
    if not pieces:
        return True
    first = pieces[0]
    start, end = first.tokens[0].start, first.tokens[-1].end
    if any(token.kind == "bad" for token in first.tokens[:3]) and _CJK.search(stripped[:end]):
        return True
    bad = [not _is_code(stripped[line.tokens[0].start : line.tokens[-1].end]) for line in pieces[:12]]
    return bad[0] and sum(bad) * 2 >= len(bad) and start >= 0


def _is_code(piece: str) -> bool:
    return parses(piece) and not re.fullmatch(r"[\w.]+", piece.strip())


def comment_out(text: str, broken: Broken) -> int:
    """Makes comments of statements that are none, and of sizes that stand behind a layer; how many of the former."""
    kept, count, carried = list[Line](), 0, list[str]()
    for line in broken.lines:
        piece = text[line.tokens[0].start : line.tokens[-1].end]
        if _PLAIN_SIZE.match(piece) and kept and not kept[-1].after:
            kept[-1].after = "# " + piece
            continue
        whole = " ".join(token.text for token in line.tokens if token.kind != "comment")
        if not line.is_header and not parses(whole):
            carried += [*line.before, "# " + " ".join(piece.split())]
            count += 1
            continue
        line.before = [*carried, *line.before]
        carried = []
        kept.append(line)
    broken.lines[:] = kept
    broken.last_comments[:0] = carried
    return count
