"""The module of a table, from the very source that is shown, on the meta device: nothing is allocated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explainer.cost import Totals, totals
from explainer.receptive import analyse
from explainer.table.program import CLASS, attribute_names, write_program
from explainer.table.solve import Solution
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.types import Trace

if TYPE_CHECKING:
    from torch import nn

FILE = "<network>"


@dataclass(frozen=True, slots=True)
class Network:
    """``fields`` has what one value of every line's result sees of the input: ``7×7``, ``global``, or None."""

    source: str
    trace: Trace
    totals: Totals
    fields: tuple[str | None, ...]


def build_network(solution: Solution) -> nn.Module:
    """The network in evaluation mode, wherever torch's default device is.

    The source is ours: every number in it was checked, and of the table's own text only identifiers reach it.
    """
    return build_program(write_program(solution))


def build_program(source: str) -> nn.Module:
    """The network of a source that ``write_program`` wrote; of no other."""
    names: dict[str, Any] = {"__name__": "table"}
    exec(compile(source, FILE, "exec"), names)  # noqa: S102 - our own source, see above
    module: nn.Module = names[CLASS]().eval()
    return module


def look_into(solution: Solution) -> Network:
    """What the network does with its input, op by op; each op knows its line of the source."""
    import torch

    with torch.device("meta"):
        module = build_network(solution)
        trace = run(module, (torch.empty((1, *solution.input_shape)),), {}, Options(files=frozenset({FILE})))[0]
    return Network(write_program(solution), trace, totals(trace), _fields(solution, trace))


def _fields(solution: Solution, trace: Trace) -> tuple[str | None, ...]:
    """The receptive field behind every line: that of the last value which the line's modules, or the sum behind them, made."""
    names = attribute_names(solution)
    owners = {f"{name}{ending}": number for number, name in enumerate(names) if name for ending in ("", "_shortcut", "_after")}
    found, last, at = analyse(trace), dict[int, int](), 0
    for op in trace.ops:
        at = owners.get(op.scope.split(".")[0], at)
        last[at] = op.outputs[0]
    return tuple(found.label(last[number]) if number in last else None for number in range(len(names)))
