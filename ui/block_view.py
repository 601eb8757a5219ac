"""What the Blocks page shows of a block."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from explainer.cost import Totals, macs_of
from explainer.errors import BlocklensError
from explainer.examine import Examination, GateValues
from explainer.labels import step_of
from explainer.language import say, say_shape, translator
from explainer.render.gate_words import gate_word
from explainer.render.listing_html import listing_html
from explainer.types import Node, Op
from ui import cached, state
from ui.block_form import BlockChoice, BlockForm, run_form
from ui.components.viewer.component import viewer
from ui.draw import Fact, facts, note, pane_title

if TYPE_CHECKING:
    from blocks import BlockSpec


def latest(form: BlockForm, lang: str) -> tuple[BlockChoice | None, bool]:
    """The settings to show and whether they are old: the form's own, or, if they make no block, the last that did."""
    try:
        cached.examination(form.choice)
    except BlocklensError as error:
        form.complain(error, lang)
        return state.last_good("block", BlockChoice), True
    state.remember_good("block", form.choice)
    return form.choice, False


def facts_row(choice: BlockChoice, found: Examination, lang: str) -> None:
    """Input and output, parameters, multiply-adds, memory, and the gate that was found."""
    _ = translator(lang)
    trace, cost = found.trace, found.totals
    before, after = (say_shape(trace.shape(ids[0])) for ids in (trace.inputs, trace.outputs))
    gate = found.gates[0] if found.gates else None
    cards = [
        Fact(
            _("Input → output"),
            after if before == after else f"{before} → {after}",
            _("keeps its shape") if before == after else "",
        ),
        Fact(
            _("Parameters"),
            f"{cost.param_count:,}",
            memory_words(cost, lang),
        ),
        Fact(_("Multiply-adds (MACs)"), f"{cost.macs:,}", _("conv, linear, matrix product")),
        Fact(_("Receptive field"), field_words(found.field, lang), _("what one output value sees")),
    ]
    if gate is not None:
        line = next((line.number for line in cached.listing_of(choice) if gate.op in line.ops), None)
        where = gate_word(gate.kind, lang) + ("" if line is None else " · " + _("line {line}", line=line))
        cards.append(Fact(_("Gate found"), say_shape(gate.shape), where, "gate"))
    facts(cards)


def field_words(field: str | None, lang: str) -> str:
    _ = translator(lang)
    return _("global") if field == "global" else field or "–"


def memory_words(cost: Totals, lang: str) -> str:
    _ = translator(lang)
    return _("{weights}; tensors {peak} at peak", weights=_bytes(cost.param_bytes), peak=_bytes(cost.peak_bytes))


def _bytes(count: int) -> str:
    """A size in the largest unit that keeps it above one."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.4g} {unit}"
        amount /= 1000
    return f"{amount:,.4g} TB"


def source(choice: BlockChoice, found: Examination, selected: str, lang: str) -> None:
    """The code with the shape that each line makes, and the same steps as a table."""
    _ = translator(lang)
    ops = next((node.ops for node in found.graph.nodes if node.id == selected), ())
    code, table = st.tabs([_("Code and shapes"), _("Table of steps")])
    with code:
        st.html(listing_html(cached.listing_of(choice), ops))
    with table:
        rows = "".join(_step(found, op, op.id in ops) for op in found.trace.ops)
        heads = ((_("step"), ""), (_("output shape"), ""), (_("parameters"), " class='bl-num'"), (_("MACs"), " class='bl-num'"))
        head = "".join(f"<th scope='col'{side}>{escape(text)}</th>" for text, side in heads)
        shape = say_shape(found.trace.shape(found.trace.inputs[0]))
        given = f"<tr><td>{escape(_('input'))}</td><td>{shape}</td><td></td><td></td></tr>"
        st.html(f"<table class='bl-steps'><thead><tr>{head}</tr></thead><tbody>{given}{rows}</tbody></table>")


def _step(found: Examination, op: Op, is_chosen: bool) -> str:
    trace = found.trace
    count = sum(trace.values[i].element_count for i in op.inputs if trace.values[i].origin == "parameter")
    macs = macs_of(op, trace)
    name = f"<b>{escape(op.scope)}</b> " if op.scope else ""
    mark = " class='bl-chosen' aria-current='step'" if is_chosen else ""
    return (
        f"<tr{mark}><td>{name}<span>{escape(step_of(op, trace))}</span></td>"
        f"<td>{say_shape(trace.shape(op.outputs[0]))}</td>"
        f"<td class='bl-num'>{_count(count)}</td><td class='bl-num'>{_count(macs)}</td></tr>"
    )


def _count(number: int | None) -> str:
    """Nothing for zero, a question mark for what is unknown."""
    return "?" if number is None else f"{number:,}" if number else ""


def graph(choice: BlockChoice, found: Examination, lang: str) -> str:
    """The dataflow graph; returns the id of the selected node."""
    _ = translator(lang)
    pane_title(_("Dataflow"), _("Ctrl and wheel zooms; drag to move; click a step"))
    return viewer(cached.drawing_of(choice, lang), key="graph", selected=_first_choice(found), lang=lang)


def _first_choice(found: Examination) -> str:
    """The node that applies the gate, else the first one that computes."""
    gates = {gate.op for gate in found.gates}
    nodes = [node for node in found.graph.nodes if node.ops]
    return next((node.id for node in nodes if not gates.isdisjoint(node.ops)), nodes[0].id if nodes else "")


def details(choice: BlockChoice, found: Examination, selected: str, lang: str) -> None:
    """The selected node's line of code, and what it does with which shapes."""
    _ = translator(lang)
    node = next((node for node in found.graph.nodes if node.id == selected), None)
    if node is None or not node.ops:
        return
    reads = [say_shape(edge.shape) for edge in found.graph.edges if edge.target == node.id]
    rows = [(_("reads"), shape) for shape in reads] + [(_("makes"), say_shape(_made(found, node)))]
    if node.param_count:
        rows.append((_("parameters"), _product(found, node)))
    if node.macs:
        rows.append((_("MACs"), f"{node.macs:,}"))
    pane_title(_("Selected step"), node.detail)
    body = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in rows)
    code = next((line.text.strip() for line in cached.listing_of(choice) if node.ops[-1] in line.ops), node.label)
    st.html(f"<p class='bl-line'><code>{escape(code)}</code></p><dl class='bl-pairs'>{body}</dl>")


def _made(found: Examination, node: Node) -> tuple[int, ...]:
    return found.trace.shape(found.trace.ops[node.ops[-1]].outputs[0])


def _product(found: Examination, node: Node) -> str:
    """``4 × 64 × 1 × 1 + 4 = 260``."""
    values = found.trace.values
    used = {i for op in node.ops for i in found.trace.ops[op].inputs if values[i].origin == "parameter"}
    parts = " + ".join(say_shape(values[i].shape) for i in sorted(used))
    return f"{parts} = {node.param_count:,}"


def gate_pane(choice: BlockChoice, found: Examination, lang: str) -> None:
    """The gate of a real forward as a heatmap, with what untrained weights mean; or why there is none."""
    _ = translator(lang)
    if not found.gates:
        return
    pane_title(_("The gate's values"), gate_word(found.gates[0].kind, lang))
    place = st.container()
    device, seed = run_form(lang)
    with place:
        try:
            values = cached.gate_values_of(choice, device, seed)[0]
        except BlocklensError as error:
            note([_("Not computed."), say(error.sentence, lang)])
            return
        words = _gate_words(values, lang)
        note([_("Untrained weights."), words])
        figure = cached.gate_chart(choice, device, seed, lang)
        st.plotly_chart(figure, key="gate-heatmap", config={"displayModeBar": False}, alt=words)


def _gate_words(values: GateValues, lang: str) -> str:
    _ = translator(lang)
    words = _(
        "The values lie between {least:.3f} and {largest:.3f}, on average {mean:.3f}: random weights, so which channel is"
        " high means nothing yet.",
        least=values.least, largest=values.largest, mean=values.mean,
    )  # fmt: skip
    return words + (" " + _("Only the first 512 rows and columns are drawn.") if values.cut else "")


def about(spec: BlockSpec, lang: str) -> str:
    _ = translator(lang)
    return " ".join(_(line) for line in spec.about)
