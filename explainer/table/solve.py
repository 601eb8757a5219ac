"""A table worked out line by line: missing cells filled in, declared sizes checked, the network's steps built."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from explainer.errors import BlocklensError
from explainer.table.building import Builder
from explainer.table.conventions import WINDOWS, conventions_for, is_residual
from explainer.table.filling import Filled, fill
from explainer.table.lines import Understood, understand, write_line
from explainer.table.mismatch import Fix, explain_mismatch
from explainer.table.operation import WINDOWED, Around, Pair, Wanted
from explainer.table.record import After, Cells, Table
from explainer.table.sizes import Declared, Layout, declared, layouts_of
from explainer.table.steps import Step, cost_of, shape_behind, turned
from explainer.table.windows import How, output_of, settle, usual
from explainer.types import Sentence, Shape, sentence

Verdict: TypeAlias = Literal["agrees", "wrong", "carried", "computed", "unread", "stopped"]
_DEFAULT_INPUT = (3, 224, 224)


@dataclass(frozen=True, slots=True)
class Line:
    """One line's facts. ``filled`` has every cell; ``how`` tells which of them were not typed and where they come from.

    ``before`` and ``after`` are (C, H, W) or (features,), () where unknown; ``declared`` is what the table says of ``after``.
    ``verdict``: the declared size agrees, is wrong, is
    wrong only because an earlier one is (carried), there is none (computed), the line cannot be read, or nothing can follow it.
    """

    cells: Cells
    filled: Cells
    how: tuple[tuple[str, How], ...] = ()
    before: Shape = ()
    after: Shape = ()
    verdict: Verdict = "computed"
    notes: tuple[Sentence, ...] = ()
    fix: Fix | None = None
    param_count: int | None = None
    macs: int | None = None
    steps: tuple[int, int] = (0, 0)
    declared: Declared | None = None

    @property
    def declared_plane(self) -> int | None:
        """The declared height, where it is wrong."""
        plane = self.declared.plane if self.declared is not None else None
        return plane[0] if plane and self.verdict in ("wrong", "carried") and self.after and plane != self.after[1:] else None


@dataclass(frozen=True, slots=True)
class Solution:
    """``steps`` is the network up to the first line that cannot be built, ``stopped`` its number from 1, None if all can.

    ``rules`` are the conventions that filled in what the table does not say, in words.
    """

    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    input_shape: Shape
    layout: Layout
    after: After
    rules: tuple[Sentence, ...]
    stopped: int | None = None

    @property
    def output_shape(self) -> Shape:
        """What the last line makes that could be built."""
        built = [line for line in self.lines if line.steps[1]]
        return built[-1].after if built else self.input_shape

    def count(self, *verdicts: Verdict) -> int:
        return sum(line.verdict in verdicts for line in self.lines)

    @property
    def param_count(self) -> int:
        return sum(line.param_count or 0 for line in self.lines)

    @property
    def macs(self) -> int:
        return sum(line.macs or 0 for line in self.lines)


def solve(table: Table) -> Solution:
    """The table worked out.

    >>> table = Table((Cells(input="112×112×3", operation="conv", kernel="5×5", channels="64", stride="2"),
    ...                Cells(input="56×56×64", operation="max pool")))
    >>> [(line.filled.padding, line.verdict) for line in solve(table).lines]
    [('2', 'agrees'), ('0', 'computed')]
    """
    read = tuple(map(understand, table.lines))
    conventions = conventions_for(table.after, read)
    found: list[Solution] = []
    for layout in layouts_of(read):
        found.append(_Solver(read, layout, Builder(conventions)).solve())
        if found[-1].stopped is None and not found[-1].count("wrong", "carried"):
            break
    return max(found, key=lambda one: (one.stopped is None, one.count("agrees") - one.count("wrong", "carried")))


@dataclass(slots=True)
class _Solver:
    read: tuple[Understood, ...]
    layout: Layout
    builder: Builder
    lines: list[Line] = field(default_factory=list)
    stopped: int | None = None
    assumed_input: Sentence | None = None
    usual_used: bool = False

    def solve(self) -> Solution:
        shape = start = self._start()
        for number in range(len(self.read)):
            found = self._line(number, shape)
            self.lines.append(found)
            shape = found.after or self._promised(number) or ()
        rules = [self.assumed_input, *self.builder.conventions.rules, *self.builder.used, WINDOWS if self.usual_used else None]
        kept = tuple(rule for rule in rules if rule is not None)
        return Solution(
            tuple(self.lines), tuple(self.builder.steps), start, self.layout, self.builder.conventions.after, kept, self.stopped
        )

    # Sizes that the table declares.

    def _start(self) -> Shape:
        """The input: as declared, else what leads to the first declared output, else 3 × 224 × 224."""
        if not self.read:
            return _DEFAULT_INPUT
        first = declared(self.read[0].input, self.layout)
        if first is not None and first.shape is not None:
            return first.shape
        wanted = self.read[0].wanted
        if first is not None and first.alone is not None and wanted is not None and wanted.kind in ("fc", "after", "dropout"):
            return (first.alone,)
        plane = (first.plane if first else None) or self._plane_before() or _DEFAULT_INPUT[1:]
        found = (3, *plane)
        self.assumed_input = sentence(
            "The table does not say all of its input: {input} is assumed. Write it into the first line to change it.",
            input=turned(found),
        )
        return found

    def _plane_before(self) -> Pair | None:
        """Height and width that the first line turns into what it is declared to make."""
        target, wanted = self._target(0), self.read[0].wanted
        plane = target.plane if target is not None else None
        if plane is None or wanted is None or wanted.kind not in WINDOWED:
            return plane
        stride = wanted.stride or usual(wanted).stride or (1, 1)
        tried = (plane[0] * stride[0], plane[1] * stride[1])
        filled = settle(replace(wanted, stride=stride), tried, plane)[0]
        if output_of(filled, tried) == plane or wanted.padding is None:
            return tried
        return plane

    def _target(self, number: int) -> Declared | None:
        """What the table says comes out of a line: its own output, else the next line's input."""
        own = declared(self.read[number].output, self.layout)
        following = self.read[number + 1] if number + 1 < len(self.read) else None
        return own or (declared(following.input, self.layout) if following else None)

    def _promised(self, number: int) -> Shape | None:
        target = self._target(number)
        return target.shape if target else None

    def _following(self, number: int) -> str:
        rest = [line.wanted.kind for line in self.read[number + 1 :] if line.wanted is not None]
        return rest[0] if rest else ""

    # One line.

    def _line(self, number: int, shape: Shape) -> Line:
        read = self.read[number]
        own = declared(read.input, self.layout)
        shape = shape or (own.shape if own and own.shape else ())
        self.builder.entered.append((len(self.builder.steps), shape))
        filled = write_line(read)
        notes = tuple(fault for _column, fault in read.faults)
        if read.wanted is None or notes:
            return self._stopping(number, Line(read.cells, filled, before=shape, verdict="unread", notes=notes))
        if not shape:
            unknown = sentence("The size that arrives here is not known.")
            return self._stopping(number, Line(read.cells, filled, verdict="stopped", notes=(unknown,)))
        try:
            found = fill(read.wanted, _meant(shape, own), self._target(number), self._following(number))
            return self._built(number, read, shape, found)
        except BlocklensError as error:
            return self._stopping(number, Line(read.cells, filled, before=shape, verdict="stopped", notes=(error.sentence,)))

    def _stopping(self, number: int, line: Line) -> Line:
        self.stopped = self.stopped or number + 1
        return line

    def _built(self, number: int, read: Understood, shape: Shape, found: Filled) -> Line:
        around = self._around(read)
        first = len(self.builder.steps)
        made = self.builder.add(number, found.wanted, around, shape)
        steps = self.builder.steps[first:]
        if self.stopped is not None:  # the network ends above, but sizes go on
            del self.builder.steps[first:]
        params, macs = self._costs(steps, shape)
        how = dict(found.how)
        self.usual_used |= "assumed" in how.values()
        then = self.builder.conventions.then(found.wanted, number)
        if found.wanted.then is None and found.wanted.kind != "block" and then:
            how["then"] = "assumed"
        if around is not None and read.around is None:
            how["shortcut"] = "assumed"
        if found.wanted.kind in ("conv", "depthwise conv", "transposed conv", "fc"):
            told = replace(found.wanted, then=then)
        else:
            told = found.wanted
        filled = self._filled(replace(read, wanted=told, around=around if around is not None else read.around), shape, made)
        line = Line(
            read.cells,
            filled,
            tuple(how.items()),
            shape,
            made,
            param_count=params,
            macs=macs,
            steps=(first, len(self.builder.steps)),
        )
        return self._judged(number, line, found.wanted)

    @staticmethod
    def _around(read: Understood) -> Around | None:
        if isinstance(read.around, Around):
            return read.around
        return Around(fit=True) if is_residual(read) else None

    def _costs(self, steps: list[Step], shape: Shape) -> tuple[int, int]:
        """Parameters and multiply-adds of a line's steps."""
        offset, shapes = len(self.builder.steps) - len(steps) if self.stopped is None else len(self.builder.steps), [shape]
        params = macs = 0
        for step in steps:
            own = cost_of(step.main, shapes[-1])
            around = cost_of(step.shortcut, self._entry(step, offset, shapes))
            made = shape_behind(step.main, shapes[-1])
            behind = cost_of(step.after, made)
            params += own[0] + around[0] + behind[0]
            macs += own[1] + around[1] + behind[1]
            shapes.append(shape_behind(step.after, made))
        return params, macs

    def _entry(self, step: Step, offset: int, shapes: list[Shape]) -> Shape:
        """What goes around a step."""
        if step.source is None:
            return shapes[-1]
        if step.source >= offset:
            return shapes[step.source - offset]
        return next(shape for first, shape in reversed(self.builder.entered) if first == step.source)

    def _filled(self, read: Understood, shape: Shape, made: Shape) -> Cells:
        line = write_line(replace(read, faults=()))
        return line.put(input="×".join(map(str, turned(shape))), output="×".join(map(str, turned(made))))

    def _judged(self, number: int, line: Line, wanted: Wanted) -> Line:
        """The line with what the declared sizes say to it."""
        target, own = self._target(number), declared(self.read[number].input, self.layout)
        notes: list[Sentence] = []
        if own is not None and not own.agrees(line.before) and self._is_news(number):
            notes.append(
                sentence("The line says that {said} arrive, but it is {real}.", said=own.numbers(), real=turned(line.before))
            )
        line = replace(line, declared=target)
        if target is None:
            return replace(line, verdict="wrong" if notes else "computed", notes=tuple(notes))
        if target.agrees(line.after):
            return replace(line, verdict="wrong" if notes else "agrees", notes=tuple(notes))
        found = explain_mismatch(wanted, line.before, line.after, target, own)
        return replace(line, verdict=found.verdict, notes=(*notes, *found.notes), fix=found.fix)

    def _is_news(self, number: int) -> bool:
        """Whether the line above was compared with something else than this line's input."""
        return number > 0 and bool(self.read[number - 1].output)


def _meant(shape: Shape, own: Declared | None) -> Shape:
    """The size to find missing numbers from: what the line itself declares to get, where that is a map as well."""
    plane = own.plane if own is not None else None
    return shape if plane is None or len(shape) != 3 else (shape[0], *plane)
