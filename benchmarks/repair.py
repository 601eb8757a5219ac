"""How much damaged code comes back: ``python -m benchmarks.repair [FOLDER ...]`` prints a table for each kind of damage.

Measured over every class with a ``forward`` in the Python files of the folders, torch.nn.modules if none is given. "First": the
first reading has the syntax tree of the undamaged code, docstrings aside; "any": one of the offered readings has.

``--each N`` prints instead what comes back of lost indentation and line breaks in N classes of each folder, and the mean over the
folders, each of which weighs the same; ``--weights FILE`` takes other weights than the ones that are shipped, such as those
fitted without the folders HELD_OUT (benchmarks/repair_weights.py).

Held out, 27 November 2026, lost indentation, up to 250 classes of each of nine folders (torch.nn.modules, the rest of
torch, and the seven libraries), 1901 in all, weights that have seen none of them: the first of the readings of search.py is
right for 87.7 %, one of 32 for 97.9 %. The shipped weights, 144 classes of torch.nn.modules, which they have seen: 97.9 %
and 100 %; line breaks lost with a space left 95.8 % and 98.6 %, with nothing left 93.1 % and 93.8 %. The shipped weights,
168 classes of the eleven packages of repair_unseen.txt (up to 40 of each), which are not among those fitted to: lost indentation
89.9 % and 98.2 %; with a space left 83.9 % and 91.7 %, with nothing left 78.0 % and 82.7 %; all 274 of their classes: lost
indentation 87.6 % and 97.4 %. Our own 70 of blocks/: 98.6 % and 100 %.

What decides is how many blocks could end elsewhere: a line that is neither a class nor a function may stand inside or outside, by
grammar, with the true lines before it. None, one, more: of torch.nn.modules 62.5, 5.6 and 31.9 %, of which the first reading is
right for 100, 100 and 93.5 %; of the 168 classes 49.4, 19.6 and 31.0 %, right for 100, 93.9 and 71.2 %. Of a set with 56, 22
and 22 % such classes, 92.3 % would be.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import textwrap
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from explainer.paste.repair import repair
from explainer.paste.repairing import scoring
from tests.paste.damage import DAMAGES, LOSSES, meaning, means

LONGEST = 20_000
HELD_OUT = ("torchvision", "timm", "transformers", "diffusers", "monai", "ultralytics", "segmentation_models_pytorch", "torchseg")


def is_held_out(folder: str) -> bool:
    """Whether the folder is torch's or that of one of the libraries that people paste from most, or a fork of one."""
    return folder.split("-")[0] == "torch" or folder.startswith(HELD_OUT)


def classes_in(folder: Path) -> Iterator[str]:
    """The source of every class that has a forward, or whose base is called a module."""
    seen = set[str]()
    for text, tree in parsed_files(folder, ("forward", "Module")):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and is_model(node):
                source = textwrap.dedent("\n".join(text.split("\n")[first_line(node) - 1 : node.end_lineno])) + "\n"
                if source not in seen and len(source) < LONGEST and "\t" not in source:
                    seen.add(source)
                    yield source


def parsed_files(folder: Path, words: Sequence[str] = ("",)) -> Iterator[tuple[str, ast.Module]]:
    """The text and the tree of every Python file with one of the words in it."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if not any(word in text for word in words):
            continue
        try:
            yield text, ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue


def first_line(node: ast.ClassDef | ast.FunctionDef) -> int:
    """The line where it begins, decorators and all."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def is_model(node: ast.ClassDef) -> bool:
    """Whether the class has a forward, or a base that is called a module."""
    bases = " ".join(map(ast.unparse, node.bases))
    return "Module" in bases or any(isinstance(inner, ast.FunctionDef) and inner.name == "forward" for inner in node.body)


def shares(kind: str, sources: Sequence[str]) -> tuple[float, float, list[float]]:
    """Of how many sources the first reading is right, of how many any is, and the CPU seconds of each."""
    first, some, times = 0, 0, list[float]()
    for source in sources:
        wanted, damaged, started = meaning(source), DAMAGES[kind](source), time.process_time()
        found = repair(damaged).readings
        times.append(time.process_time() - started)
        first += means(found[0], wanted)
        some += any(means(reading, wanted) for reading in found)
    return first / len(sources), some / len(sources), times


def print_kinds(sources: Sequence[str]) -> None:
    """A row for each kind of damage."""
    print(f"{len(sources)} classes\n\n{'damage':45} first   any   median ms   slowest ms")
    for kind in DAMAGES:
        first, some, times = shares(kind, sources)
        median = sorted(times)[len(times) // 2]
        print(f"{kind:45} {first:5.1%} {some:5.1%} {median * 1e3:11.0f} {max(times) * 1e3:12.0f}", flush=True)


def print_folders(folders: Sequence[Path], most: int) -> None:
    """A row for each folder and each loss, and the mean over the folders."""
    found = {folder: list(classes_in(folder)) for folder in folders}
    chosen = {folder: random.Random(7).sample(sources, min(most, len(sources))) for folder, sources in found.items()}
    for kind in LOSSES:
        rows = list[tuple[float, float]]()
        for folder, sources in chosen.items():
            first, some, times = shares(kind, sources)
            rows.append((first, some))
            print(f"{kind:45} {folder.name:30} {len(sources):4} {first:5.1%} {some:5.1%} {max(times) * 1e3:6.0f} ms", flush=True)
        first, some = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        print(f"{kind:45} {'mean':35} {first:5.1%} {some:5.1%}", flush=True)


def main() -> None:
    """Prints the tables that were asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--each", type=int)
    parser.add_argument("--weights", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    if asked.weights:
        weights = scoring.unpacked(json.loads(asked.weights.read_text()))
        scoring.weights_of_file = lambda: weights
    folders = asked.folders or [Path(torch.__file__).parent / "nn" / "modules"]
    if asked.each:
        print_folders(folders, asked.each)
    else:
        print_kinds([source for folder in folders for source in classes_in(folder)])


if __name__ == "__main__":
    main()
