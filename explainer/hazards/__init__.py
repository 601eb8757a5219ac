"""What works and will surprise: found in the trace of a healthy forward, each with its line, why it matters and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from explainer.hazards import flow, layers, unused
from explainer.hazards.view import View
from explainer.outline import Outline
from explainer.types import Hazard, Trace

Rule = Callable[[View], Iterator[Hazard]]

RULES: tuple[Rule, ...] = (
    layers.zero_width, flow.silent_broadcast, flow.read_after_write, flow.gate_twice, flow.softmax_axis,
    unused.never_called, unused.dead_parameters, unused.dead_own_parameters, unused.unregistered,
    layers.shared_statistics, layers.one_value_norm, layers.bias_before_norm, layers.dropped_edge, layers.checkerboard,
    layers.even_kernel,
)  # fmt: skip


def find_hazards(trace: Trace, source: str = "", first_line: int = 1) -> tuple[Hazard, ...]:
    """The hazards of a forward that came to its end, by rule; ``first_line`` is where ``source`` starts in its file."""
    if trace.failure is not None:
        return ()
    view = View(trace, Outline(source, first_line))
    return tuple(hazard for rule in RULES for hazard in rule(view))
