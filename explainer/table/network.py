"""The module of a table, from the very source that is shown, on the meta device: nothing is allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explainer.table.program import CLASS, write_program
from explainer.table.solve import Solution
from explainer.trace import Options, run
from explainer.types import Trace

if TYPE_CHECKING:
    from torch import nn

FILE = "<table>"


def build_network(solution: Solution) -> nn.Module:
    """The network in evaluation mode, wherever torch's default device is.

    The source is ours: names and numbers in it were checked one by one, no text of the table reaches it but identifiers.
    """
    names: dict[str, type[nn.Module]] = {"__name__": "table"}  # type: ignore[dict-item]
    exec(compile(write_program(solution), FILE, "exec"), names)  # noqa: S102 - our own source, see above
    return names[CLASS]().eval()


def trace_network(solution: Solution) -> Trace:
    """What the network does with its input, op by op; each op knows its line of the source."""
    import torch

    with torch.device("meta"):
        module = build_network(solution)
        return run(module, (torch.empty((1, *solution.input_shape)),), {}, Options(files=frozenset({FILE})))[0]
