"""The steps of a table as the source of an nn.Module: ours alone, made of checked names and numbers."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from explainer.stack import Item
from explainer.table.solve import Line, Solution
from explainer.table.steps import Step
from explainer.types import Shape

CLASS = "Network"
_WIDE = 100
_RESIDUAL = '''
class Residual(nn.Module):
    """after(main(x) + shortcut(x))"""

    def __init__(self, main: nn.Module, shortcut: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.main, self.shortcut, self.after = main, shortcut, after

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.main(x) + self.shortcut(x))

'''
_TAKEN = frozenset(
    ("forward", "training", "train", "eval", "half", "float", "double", "to", "type", "apply", "children", "modules")
)


def write_program(solution: Solution) -> str:
    """Python that defines the network as a class, each line of the table on a line of ``forward`` with what it makes.

    >>> from explainer.table import Cells, Table, solve
    >>> print(write_program(solve(Table((Cells(input="8×8×3", operation="conv", kernel="3", channels="4", then="ReLU"),)))))
    from torch import Tensor, nn
    <BLANKLINE>
    <BLANKLINE>
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Sequential(nn.Conv2d(3, 4, kernel_size=3, padding=1), nn.ReLU())
    <BLANKLINE>
        def forward(self, x: Tensor) -> Tensor:
            x = self.conv1(x)  # (N, 4, 8, 8)
            return x
    <BLANKLINE>
    """
    writer = _Writer(solution)
    made = [f"        self.{name} = {value}" for name, value in writer.attributes()]
    flow = list(writer.flow())
    head = ["from torch import Tensor, nn", "", *([_RESIDUAL] if writer.needs_residual else [""])]
    lines = [f"class {CLASS}(nn.Module):", "    def __init__(self) -> None:", "        super().__init__()", *made, "",
             "    def forward(self, x: Tensor) -> Tensor:", *flow, "        return x", ""]  # fmt: skip
    return "\n".join([*head, *lines])


def attribute_names(solution: Solution) -> tuple[str, ...]:
    """The module's attribute of every line, empty for lines that are not built."""
    built = [line for line in solution.lines if line.steps[1] > line.steps[0]]
    names = iter(_names(built))
    return tuple(next(names) if line.steps[1] > line.steps[0] else "" for line in solution.lines)


class _Writer:
    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.lines = [(number, line) for number, line in enumerate(solution.lines) if line.steps[1] > line.steps[0]]
        self.names = _names([line for _number, line in self.lines])
        self.starts = {line.steps[0]: place for place, (_number, line) in enumerate(self.lines)}
        self.kept = self._sources()
        self.needs_residual = any(self._is_residual(self._repeats(line)) for _number, line in self.lines)

    def _steps(self, line: Line) -> Sequence[Step]:
        return self.solution.steps[line.steps[0] : line.steps[1]]

    def _repeats(self, line: Line) -> list[list[Step]]:
        return [list(steps) for _repeat, steps in groupby(self._steps(line), key=lambda step: step.repeat)]

    @staticmethod
    def _is_residual(repeats: list[list[Step]]) -> bool:
        return any(steps[-1].source is not None for steps in repeats) and (len(repeats) > 1 or len(repeats[0]) > 1)

    def _sources(self) -> set[int]:
        """The steps whose input a later line needs."""
        found = set()
        for _number, line in self.lines:
            for step in self._steps(line):
                if step.source is not None and step.source < line.steps[0]:
                    found.add(step.source)
        return found

    def attributes(self) -> Iterator[tuple[str, str]]:
        for name, (_number, line) in zip(self.names, self.lines, strict=True):
            repeats = self._repeats(line)
            if len(repeats) == 1 and len(repeats[0]) == 1:
                yield from self._plain(name, repeats[0][0])
            else:
                yield (
                    name,
                    _sequence([text for steps, count in _alike(repeats) for text in self._repeated(steps, count)]),
                )

    @staticmethod
    def _plain(name: str, step: Step) -> Iterator[tuple[str, str]]:
        yield name, _layers(step.main)
        if step.source is not None and step.shortcut:
            yield f"{name}_shortcut", _layers(step.shortcut)
        if step.after:
            yield f"{name}_after", _layers(step.after)

    def _repeated(self, steps: list[Step], count: int) -> list[str]:
        """The code of a repetition, once as it is, or unpacked from a generator where it comes again."""
        depth = 3 if count == 1 else 4
        if steps[-1].source is None:
            parts = [one.code() for step in steps for one in (*step.main, *step.after)]
            return parts if count == 1 else [_again(_sequence(parts, depth), count)]
        main = tuple(one for step in steps[:-1] for one in (*step.main, *step.after)) + steps[-1].main
        arguments = [_layers(items, depth + 1) for items in (main, steps[-1].shortcut, steps[-1].after)]
        text = _call("Residual", arguments, depth)
        return [text if count == 1 else _again(text, count)]

    def flow(self) -> Iterator[str]:
        """The lines of ``forward``."""
        for name, (_number, line) in zip(self.names, self.lines, strict=True):
            if line.steps[0] in self.kept:
                yield f"        {self._kept_name(line.steps[0])} = x"
            yield f"        x = {self._expression(name, line)}  # {_sizes(line.after)}"

    def _kept_name(self, step: int) -> str:
        return f"into_{self.names[self.starts[step]]}"

    def _expression(self, name: str, line: Line) -> str:
        steps = self._steps(line)
        if len(steps) > 1:
            return f"self.{name}(x)"
        step = steps[0]
        text = f"self.{name}(x)"
        if step.source is not None:
            around = "x" if step.source == line.steps[0] else self._kept_name(step.source)
            text += f" + self.{name}_shortcut({around})" if step.shortcut else f" + {around}"
        return f"self.{name}_after({text})" if step.after else text


def _alike(repeats: list[list[Step]]) -> Iterator[tuple[list[Step], int]]:
    """Equal repetitions in a row, and how many there are of each."""
    place = 0
    while place < len(repeats):
        end = place + 1
        while end < len(repeats) and _content(repeats[end]) == _content(repeats[place]):
            end += 1
        yield repeats[place], end - place
        place = end


def _content(steps: list[Step]) -> list[tuple[object, ...]]:
    return [(step.main, step.source is None, step.shortcut, step.after) for step in steps]


def _layers(items: tuple[Item, ...], depth: int = 2) -> str:
    if not items:
        return "nn.Identity()"
    codes = [one.code() for one in items]
    return codes[0] if len(codes) == 1 else _sequence(codes, depth)


def _sequence(parts: list[str], depth: int = 2) -> str:
    return parts[0] if len(parts) == 1 and not parts[0].startswith("*") else _call("nn.Sequential", parts, depth)


def _call(name: str, arguments: list[str], depth: int) -> str:
    """A call on one line if it fits, else an argument per line."""
    short = f"{name}({', '.join(arguments)})"
    if "\n" not in short and len(short) + 4 * depth + 12 <= _WIDE:
        return short
    inner, outer = "    " * (depth + 1), "    " * depth
    return f"{name}(\n" + "".join(f"{inner}{argument},\n" for argument in arguments) + f"{outer})"


def _again(text: str, count: int) -> str:
    """An argument of nn.Sequential that stands for ``count`` modules of the same code."""
    inner, outer = "    " * 4, "    " * 3
    return f"*(\n{inner}{text}\n{inner}for _ in range({count})\n{outer})"


def _sizes(shape: Shape) -> str:
    return f"(N, {', '.join(map(str, shape))})"


_BASES = {
    "max pool": "pool", "avg pool": "pool", "global avg pool": "pool", "global max pool": "pool", "block": "stage",
    "depthwise conv": "conv", "transposed conv": "conv",
}  # fmt: skip


def _names(lines: list[Line]) -> list[str]:
    """A name for every line: its own where that makes one, else its operation with a number."""
    found: list[str] = []
    counts: dict[str, int] = {}
    for line in lines:
        own = re.sub(r"[^a-z0-9_]+", "_", line.cells.name.lower()).strip("_")
        if re.fullmatch(r"[a-z][a-z0-9_]{0,30}", own) and own not in _TAKEN and not keyword.iskeyword(own):
            base, name = f"{own}_", own
        else:
            base, name = _base(line.filled.operation), ""
        while not name or name in found:
            counts[base] = counts.get(base, 1 if base.endswith("_") else 0) + 1
            name = f"{base}{counts[base]}"
        found.append(name)
    return found


def _base(operation: str) -> str:
    if operation.startswith("["):
        return "stage"
    kind = operation.split(",")[0].rstrip("0123456789. ")
    word = _BASES.get(kind, kind).lower()
    return word if word.isidentifier() and word not in _TAKEN else "step"
