"""The cards above a viewer, the same for a block of the catalogue and for a paste; and how their numbers are written."""

from __future__ import annotations

from explainer.cost import Totals, totals
from explainer.gates import find_gates
from explainer.language import say_shape, translator
from explainer.receptive import output_labels
from explainer.render.gate_words import gate_word
from explainer.types import Shape, Trace
from ui import draw
from ui.draw import Fact


def fact_cards(trace: Trace, lang: str, first_line: int = 1) -> None:
    """Input and output, parameters, multiply-adds, receptive field, and the gate that was found."""
    _ = translator(lang)
    cost = totals(trace)
    cards = [
        *([_in_and_out(trace, first_line, lang)] if trace.inputs or trace.outputs or trace.failure else []),
        Fact(_("Parameters"), f"{cost.param_count:,}", memory_words(cost, lang)),
        Fact(_("Multiply-adds (MACs)"), f"{cost.macs:,}", _("conv, linear, matrix product")),
    ]
    if trace.failure is None and trace.inputs:
        field = next(iter(output_labels(trace)), None)
        cards.append(Fact(_("Receptive field"), field_words(field, lang), _("what one output value sees")))
    draw.facts([*cards, *_gate(trace, first_line, lang)])


def _in_and_out(trace: Trace, first_line: int, lang: str) -> Fact:
    _ = translator(lang)
    before = _several([trace.shape(value) for value in trace.inputs])
    if trace.failure is not None:
        line = trace.failure.line
        where = "" if line is None else _("stops at line {line}", line=line - first_line + 1)
        return Fact(_("Input → output"), f"{before} → ✗", where, "bad")
    after = _several([trace.shape(value) for value in trace.outputs])
    if before == after:
        return Fact(_("Input → output"), after, _("keeps its shape"))
    return Fact(_("Input → output") if before else _("Output"), f"{before} → {after}" if before else after)


def _several(shapes: list[Shape]) -> str:
    shown = ", ".join(map(say_shape, shapes[:3]))
    return shown + (" …" if len(shapes) > 3 else "")


def _gate(trace: Trace, first_line: int, lang: str) -> list[Fact]:
    """The first gate, and how many there are."""
    _, gates = translator(lang), find_gates(trace)
    if not gates:
        return []
    where, line = gate_word(gates[0].kind, lang), gates[0].line
    where += "" if line is None else "\u00a0· " + _("line {line}", line=line - first_line + 1)
    if len(gates) > 1:
        where = _("the first of {count}: {what}", count=len(gates), what=where)
    return [Fact(_("Gate found"), say_shape(gates[0].shape), where, "gate")]


def field_words(field: str | None, lang: str) -> str:
    _ = translator(lang)
    return _("global") if field == "global" else field or "–"


def memory_words(cost: Totals, lang: str) -> str:
    _ = translator(lang)
    return _("{weights}; tensors {peak} at peak", weights=bytes_words(cost.param_bytes), peak=bytes_words(cost.peak_bytes))


def bytes_words(count: int) -> str:
    """A size in the largest unit that keeps it above one."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.4g} {unit}"
        amount /= 1000
    return f"{amount:,.4g} TB"
