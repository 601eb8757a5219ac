"""A stack of layers, or a module by its trace, as a table: each line with all its numbers and sizes."""

from __future__ import annotations

from dataclasses import replace

from explainer.dataflow import Dataflow
from explainer.labels import step_of
from explainer.stack import Stack, work_out
from explainer.table.folding import fold_blocks
from explainer.table.layers import item_of, wanted_of
from explainer.table.lines import Understood, write_line, write_operation
from explainer.table.operation import CONVOLUTIONS, Around, Wanted
from explainer.table.record import LONGEST_CELL, MOST_LINES, Cells, Table
from explainer.table.rows import Row
from explainer.table.steps import NORMS, turned
from explainer.types import Op, Shape, Trace


def table_of_stack(stack: Stack) -> Table:
    """The table of a stack of layers; what a table cannot say is a line of its own words."""
    shape: Shape = stack.input_shape
    walk = _Walk()
    for number, (one, worked) in enumerate(zip(stack.items, work_out(stack), strict=True)):
        before, shape = shape, worked.shape[1:] if worked.shape else ()
        walk.add(Row(None if one.text else wanted_of(one), number, number + 1, before, shape, text=one.code()))
    return _table(walk.rows)


def table_of_trace(trace: Trace, *, fold: bool = True) -> Table:
    """The table of a module that was traced with one input.

    ``fold`` writes residual blocks of several convolutions in brackets, as papers do.
    """
    walk, flow = _Walk(), Dataflow(trace)
    for op in trace.ops:
        if op.id in flow.live and op.outputs:
            _add_op(walk, op, trace, flow)
    return _table(fold_blocks(walk.rows) if fold else walk.rows)


def _add_op(walk: _Walk, op: Op, trace: Trace, flow: Dataflow) -> None:
    read = list(flow.activations(op))
    made = op.outputs[0]
    shapes = (trace.shape(read[0])[1:] if read else (), trace.shape(made)[1:])
    one = item_of(op, trace) if len(read) == 1 else None
    if one is not None and one.name == "Identity":
        walk.alias[made] = walk.now(read[0])
        return
    if op.base_name == "add" and len(read) == 2 and walk.join(read[0], read[1], made, shapes[1]):
        return
    before = walk.now(read[0]) if read else -1
    walk.add(
        Row(wanted_of(one) if one is not None else None, before, made, *shapes, text=f"{op.scope} {step_of(op, trace)}".strip())
    )


class _Walk:
    """Lines in the order in which they run; ``alias`` leads from a value to the one that it equals."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.alias: dict[int, int] = {}

    def now(self, value: int) -> int:
        return self.alias.get(value, value)

    def add(self, row: Row) -> None:
        """Adds a line, or lets a norm or an activation follow the line above; a flatten goes into the layer behind it."""
        last = self.rows[-1] if self.rows else None
        wanted = row.wanted
        if last is not None and last.wanted is not None and wanted is not None and last.after == row.before:
            if wanted.kind == "after" and last.wanted.kind in (*CONVOLUTIONS, "fc", "after"):
                then = (*(last.wanted.then or ()), *(wanted.then or ()))
                self.rows[-1] = replace(last, wanted=replace(last.wanted, then=then), after=row.after, made=row.made)
                return
            if wanted.kind == "fc" and last.wanted.kind == "flatten":
                row = replace(self.rows.pop(), wanted=wanted, after=row.after, made=row.made)
        self.rows.append(row)

    def join(self, left: int, right: int, made: int, shape: Shape) -> bool:
        """Makes a sum the shortcut of the line that ends at one of its operands; False where a table cannot say it."""
        left, right = self.now(left), self.now(right)
        return self._joined(left, right, made, shape) or self._joined(right, left, made, shape)

    def _joined(self, main: int, other: int, made: int, shape: Shape) -> bool:
        places = [place for place, row in enumerate(self.rows) if row.after == main]
        if not places or self.rows[places[0]].around is not None:
            return False
        place = places[0]
        row = self.rows[place]
        if row.wanted is None or row.wanted.kind not in CONVOLUTIONS or not set(row.wanted.then or ()) <= set(NORMS):
            return False
        projection = next((k for k, one in enumerate(self.rows) if one.after == other and _projects(one, row)), None)
        if any(one.before == other for one in self.rows):  # the main path goes on from it, so it is no way around
            projection = None
        source = self.rows[projection].before if projection is not None else other
        start = next((k for k, one in enumerate(self.rows[: place + 1]) if one.before == source and k != projection), None)
        if start is None:
            return False
        conv = self.rows[projection].wanted if projection is not None else None
        sources = source if start != place else None
        self.rows[place] = replace(row, after=made, made=shape, around=_around(conv), source=sources)
        if projection is not None:
            del self.rows[projection]
        return True


def _projects(one: Row, main: Row) -> bool:
    """Whether a line can be the convolution of a shortcut around another one: normed like it, and no more."""
    if one.wanted is None or one is main or one.around is not None or one.wanted.kind != "conv" or one.wanted.dilation != 1:
        return False
    normed = bool(main.wanted and main.wanted.then)
    return one.wanted.groups == 1 and (one.wanted.then or ()) == (("BN",) if normed else ()) and one.wanted.bias is not normed


def _around(conv: Wanted | None) -> Around:
    return Around(None if conv is None else replace(conv, then=None, bias=None))


def _table(rows: list[Row]) -> Table:
    """The rows in cells. One that reads something else than the row above makes is on another branch, which no table can say."""
    starts = {row.before: number for number, row in reversed(list(enumerate(rows, 1)))}
    told = [_off_the_line(row) if number and row.before != rows[number - 1].after else row for number, row in enumerate(rows)]
    return Table(tuple(_line(row, starts) for row in told[:MOST_LINES]))


def _off_the_line(row: Row) -> Row:
    text = row.text if row.wanted is None else f"{write_operation(settled_bias(row.wanted))}, on a branch"
    return replace(row, wanted=None, text=text)


def _line(row: Row, starts: dict[int, int]) -> Cells:
    """A row in cells: a convolution that nothing follows says so, a bias is named where the rule has it otherwise."""
    wanted = row.wanted
    if wanted is not None and wanted.kind in (*CONVOLUTIONS, "fc"):
        wanted = settled_bias(replace(wanted, then=wanted.then or ()))
    around = row.around
    if around is not None and row.source is not None:
        around = replace(around, source=starts[row.source])
    cells = write_line(Understood(Cells(operation=row.text[:LONGEST_CELL]), wanted, around=around))
    sizes = {
        "input": "×".join(map(str, turned(row.given))) if row.given else "",
        "output": "×".join(map(str, turned(row.made))) if row.made else "",
    }
    return cells.put(**sizes)


def settled_bias(wanted: Wanted) -> Wanted:
    """Without a word for a bias that is as the rule has it: a convolution in front of a norm has none, other layers have one."""
    normed = wanted.kind != "fc" and bool(wanted.then) and wanted.then is not None and wanted.then[0] in NORMS
    return replace(wanted, bias=None) if wanted.bias is not normed else wanted
