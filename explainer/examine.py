"""Everything the app says about one module: shapes, costs and gates from the meta device, gate values from real tensors."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explainer.cost import Totals, totals
from explainer.errors import TooLarge
from explainer.gates import find_gates
from explainer.trace import capture, trace
from explainer.types import Gate, Shape, Trace

if TYPE_CHECKING:
    from torch import Tensor, nn

_UNIT = re.compile(r"\(Units\.([A-Z])[A-Z]+\)")  # torchinfo 1.8 prints the name of its enum on Python 3.11

Make = Callable[[], "nn.Module"]

MAX_REAL_BYTES = 512 << 20
MAX_REAL_MACS = 40_000_000_000
MAX_SIDE = 512


@dataclass(frozen=True, slots=True)
class Examination:
    """A module at given input shapes, without a single number computed: nothing was allocated."""

    trace: Trace
    totals: Totals
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class GateValues:
    """The numbers of a gate after a real forward: ``rows`` of a matrix, read as its ``kind`` says.

    channel: samples x channels. spatial: rows x columns of the first sample. token-to-token: queries x keys of the first sample
    and head. Others: like spatial, for the first channel. ``cut`` tells that only the first 512 rows or columns are here.
    """

    gate: Gate
    rows: tuple[tuple[float, ...], ...]
    least: float
    mean: float
    largest: float
    cut: bool = False


def examine(make: Make, *input_shapes: Shape) -> Examination:
    """The facts of a module in evaluation mode, as fast for 4096 channels at 1024 x 1024 as for a toy."""
    found = _trace(make, input_shapes)
    return Examination(found, totals(found), find_gates(found))


def _trace(make: Make, input_shapes: tuple[Shape, ...]) -> Trace:
    import torch

    with torch.device("meta"):
        return trace(make().eval(), *map(torch.empty, input_shapes))


def summary(make: Make, *input_shapes: Shape) -> str:
    """The table that torchinfo prints of a module whose forward works."""
    import torch

    with torch.device("meta"):
        return table_of_torchinfo(make().eval(), [torch.empty(shape) for shape in input_shapes], "meta")


def table_of_torchinfo(module: nn.Module, inputs: Sequence[Tensor], device: str) -> str:
    """What torchinfo prints of a module that lies on a device, as do its inputs; whatever torchinfo raises, if it does."""
    import torch
    import torchinfo

    columns = ("input_size", "output_size", "num_params", "kernel_size", "mult_adds")
    with torch.device(device), torch.no_grad():
        text = str(torchinfo.summary(module, input_data=[*inputs], device=device, verbose=0, col_names=columns))
    return _UNIT.sub(r"(\1)", text)


def gate_values(make: Make, *input_shapes: Shape, device: str = "cpu", seed: int = 0) -> tuple[GateValues, ...]:
    """The gates of a module with random weights, for random inputs, both from ``seed``. TooLarge if the tensors would not fit.

    Safe on any thread: the random state of the process is neither used nor changed.
    """
    plan = _trace(make, input_shapes)
    gates = [gate for gate in find_gates(plan) if gate.values is not None]
    wanted = {gate.values for gate in gates if gate.values is not None}
    kept = real_tensors(make, input_shapes, plan, wanted, device, seed)
    return tuple(_read(gate, kept[gate.values]) for gate in gates if gate.values is not None)


def real_tensors(
    make: Make, input_shapes: tuple[Shape, ...], plan: Trace, wanted: Collection[int], device: str, seed: int
) -> dict[int, Tensor]:
    """The tensors with these value ids of a forward with random weights on random inputs; ``plan`` is its trace.

    TooLarge if they would not fit. Safe on any thread.
    """
    import torch

    from explainer.seeding import Seeded

    check_size(plan)
    with Seeded(seed):
        module = make().eval()
        inputs = [torch.randn(shape) for shape in input_shapes]
    module.to(device)
    return capture(module, wanted, *(tensor.to(device) for tensor in inputs))[1]


def check_size(plan: Trace, max_macs: int = MAX_REAL_MACS) -> None:
    """TooLarge if a real forward would take too much memory or too many multiply-adds."""
    cost = totals(plan)
    needed = cost.peak_bytes + cost.param_bytes
    if needed > MAX_REAL_BYTES:
        raise TooLarge(
            "Values need a real forward, and its tensors would take {needed:,} MiB; this server gives {given:,} MiB."
            " Shapes, costs and the graph are exact all the same. Make the input or the batch smaller to see values.",
            needed=needed >> 20,
            given=MAX_REAL_BYTES >> 20,
        )
    if cost.macs > max_macs:
        raise TooLarge(
            "Values need a real forward of {macs:,} multiply-adds; this server computes at most {given:,}."
            " Make the input or the batch smaller to see values.",
            macs=cost.macs,
            given=max_macs,
        )


def _read(gate: Gate, values: Tensor) -> GateValues:
    table = _as_table(gate, values)
    cut = max(table.shape) > MAX_SIDE
    rows = table[:MAX_SIDE, :MAX_SIDE].double().tolist()
    numbers = values.double()
    return GateValues(
        gate,
        tuple(tuple(row) for row in rows),
        least=float(numbers.min()),
        mean=float(numbers.mean()),
        largest=float(numbers.max()),
        cut=cut,
    )


def _as_table(gate: Gate, values: Tensor) -> Tensor:
    if gate.kind == "channel":
        return values.reshape(values.shape[0], -1)
    while values.dim() > 2:
        values = values[0]
    return values.reshape(1, -1) if values.dim() < 2 else values
