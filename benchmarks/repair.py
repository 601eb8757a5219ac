"""How much damaged code comes back: ``python -m benchmarks.repair [FOLDER ...]`` prints a table for each kind of damage.

Measured over every class with a ``forward`` in the Python files of the folders, torch.nn.modules if none is given. "First": the
first reading has the syntax tree of the undamaged code, docstrings aside; "any": one of the offered readings has.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

from explainer.paste.repair import repair
from tests.paste.damage import DAMAGES, meaning, means

_LONGEST = 20_000


def classes_in(folder: Path) -> Iterator[str]:
    """The source of every class that has a forward, or whose base is called a module."""
    seen = set[str]()
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "forward" not in text and "Module" not in text:
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and _is_model(node):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                source = textwrap.dedent("\n".join(text.split("\n")[first - 1 : node.end_lineno])) + "\n"
                if source not in seen and len(source) < _LONGEST and "\t" not in source:
                    seen.add(source)
                    yield source


def _is_model(node: ast.ClassDef) -> bool:
    bases = " ".join(map(ast.unparse, node.bases))
    return "Module" in bases or any(isinstance(inner, ast.FunctionDef) and inner.name == "forward" for inner in node.body)


def main(folders: list[str]) -> None:
    """Prints a row for each kind of damage."""
    warnings.simplefilter("ignore")
    places = [Path(folder) for folder in folders] or [Path(torch.__file__).parent / "nn" / "modules"]
    sources = [source for place in places for source in classes_in(place)]
    print(f"{len(sources)} classes\n\n{'damage':45} first   any   median ms   slowest ms")
    for kind, damage in DAMAGES.items():
        first = some = 0
        times = []
        for source in sources:
            wanted, damaged, started = meaning(source), damage(source), time.process_time()
            found = repair(damaged).readings
            times.append(time.process_time() - started)
            first += means(found[0], wanted)
            some += any(means(reading, wanted) for reading in found)
        median = sorted(times)[len(times) // 2]
        print(f"{kind:45} {first / len(sources):5.1%} {some / len(sources):5.1%} {median * 1e3:11.0f} {max(times) * 1e3:12.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
