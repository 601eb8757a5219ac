"""Examples for the weights of the repair: ``python -m benchmarks.repair_examples EXAMPLES FOLDER ...``.

Each place where a block may end before a line is one example: the marks that judging.py finds, the lines that have a say in it,
and whether the block did end. Half of the texts are seen without the blank lines, and a part without the comments, that a paste
has often lost as well. Beside the models of a folder some of its other classes and functions are taken: blocks end there for the
same reasons.
"""

from __future__ import annotations

import ast
import hashlib
import pickle
import random
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.repair import LONGEST, first_line, is_held_out, is_model, parsed_files
from explainer.paste.repairing.blocks import ROOT, Stack, allowed, closed, put
from explainer.paste.repairing.breaking import break_lines, described
from explainer.paste.repairing.judging import cast, kind_of, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import look_ahead
from explainer.paste.repairing.scoring import comment_words
from explainer.paste.repairing.traits import traits_of

_MOST, _MOST_UNSEEN = (6000, 4000), (2500, 600)  # models and others of one folder, and of one that is held out
_FEWEST_LINES, _MOST_LINES = 5, 2000


class Bags:
    """Names in bags, as numbers one behind the other; ``ends``: where each bag ends."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.members, self.ends = array("i"), array("q")

    def add(self, names: Iterable[str]) -> None:
        """Adds a bag."""
        known = self.names
        self.members.extend([known.setdefault(name, len(known)) for name in names])
        self.ends.append(len(self.members))


@dataclass(slots=True)
class Examples:
    """``texts``: where the lines and the examples of each text end, and whether its folder is held out.

    The others have an entry for each line or each example; ``ends``: whether the block ended.
    """

    words: Bags = field(default_factory=Bags)
    notes: Bags = field(default_factory=Bags)
    traits: Bags = field(default_factory=Bags)
    marks: Bags = field(default_factory=Bags)
    cast: array[int] = field(default_factory=lambda: array("h"))
    ends: array[int] = field(default_factory=lambda: array("b"))
    texts: list[tuple[int, int, bool]] = field(default_factory=list)


def depths_of(lines: Sequence[Line]) -> list[int]:
    """The depth of every line of intact code."""
    columns, found = [0], list[int]()
    for line in lines:
        if line.inline:
            found.append(found[-1] + 1)
            continue
        while line.column < columns[-1]:
            columns.pop()
        if line.column > columns[-1]:
            columns.append(line.column)
        found.append(len(columns) - 1)
    return found


def add_examples(found: Examples, source: str, chance: random.Random, held_out: bool = False) -> None:
    """Adds what stands before each line of the source, and whether a block ended there."""
    lines = described(break_lines(source)).lines
    if any(line.column < 0 and not line.inline for line in lines) or len(lines) > _MOST_LINES:
        return  # a statement that breaking.py takes for two
    depths = depths_of(lines)
    no_blanks, no_comments = chance.random() < 0.5, 0.25 < chance.random() < 0.6
    for line in lines:
        line.blank = line.blank and not no_blanks
        line.before = [] if no_comments else line.before
    for line, traits in zip(lines, traits_of(lines), strict=True):
        found.words.add(line.words)
        found.notes.add(comment_words(line))
        found.traits.add(traits)
    _add_ends(found, lines, depths)
    found.texts.append((len(found.words.ends), len(found.ends), held_out))


def _add_ends(found: Examples, lines: Sequence[Line], depths: Sequence[int]) -> None:
    stack = ROOT
    for line, depth, ahead in zip(lines, depths, look_ahead(lines), strict=True):
        arm = line.kind in ARMS
        least = min((d for d in range(len(stack)) if allowed(stack, line, d)), default=depth)
        if not allowed(stack, line, depth):
            return
        for here in _ends(stack, depth + arm, least + arm):
            if allowed(here, line, len(here) - 1 - arm):
                kind = kind_of(here[-1], line)
                found.marks.add(f"{kind} {mark}" for mark in marks(here, line, ahead))
                found.cast.extend(cast(here, line, ahead))
                found.ends.append(len(here) - 1 > depth + arm)
        stack = put(stack, line, depth)


def _ends(stack: Stack, depth: int, least: int) -> Iterator[Stack]:
    """The open blocks at each decision: whether the innermost one ends, down to the one that does not."""
    while len(stack) - 1 >= depth and len(stack) - 1 > least:
        yield stack
        if len(stack) - 1 == depth:
            return
        stack = closed(stack)


def texts_in(folder: Path, chance: random.Random, seen: set[bytes]) -> list[str]:
    """The models of a folder and some of its other classes and functions, none that was ``seen``."""
    models, others = list[str](), list[str]()
    for text, tree in parsed_files(folder):
        rows = text.split("\n")
        for node in tree.body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and (node.end_lineno or 0) - node.lineno > _FEWEST_LINES:
                source = "\n".join(rows[first_line(node) - 1 : node.end_lineno]) + "\n"
                if len(source) < LONGEST and "\t" not in source and (key := fingerprint(source)) not in seen:
                    seen.add(key)
                    (models if isinstance(node, ast.ClassDef) and is_model(node) else others).append(source)
    most = _MOST_UNSEEN if is_held_out(folder.name) else _MOST
    return [
        text for texts, size in zip((models, others), most, strict=True) for text in chance.sample(texts, min(len(texts), size))
    ]


def fingerprint(source: str) -> bytes:
    """The same for sources that differ in spaces and comments alone."""
    return hashlib.sha256(re.sub(r"\s+|#.*", "", source).encode("utf-8", "replace")).digest()


def main(target: str, folders: list[str]) -> None:
    """Writes the examples of the folders; those held out come first, so that no copy of theirs is left elsewhere."""
    seen, found = set[bytes](), Examples()
    for folder in sorted(map(Path, folders), key=lambda folder: (not is_held_out(folder.name), folder.name)):
        chance = random.Random(folder.name)
        texts = texts_in(folder, chance, seen)
        for text in texts:
            add_examples(found, text, chance, is_held_out(folder.name))
        print(f"{folder.name}: {len(texts)} texts, {len(found.ends)} examples so far", flush=True)
    Path(target).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
