"""What the Table page says of a whole table: facts, conventions, its network, its sizes along the depth."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from explainer.labels import times
from explainer.language import say, say_shape, translator
from explainer.render.size_figure import size_figure
from explainer.render.viewer_scene import Subject
from explainer.table import Network, Solution, Table
from explainer.table.steps import turned
from ui import cached_viewer, draw, table_state
from ui.draw import Fact
from ui.viewer import Step, viewer


def subtitle(solution: Solution, lang: str) -> str:
    """What becomes of the input, and whether the table's sizes are right."""
    _ = translator(lang)
    if not solution.lines:
        return _("Paste a table, type one, or start from one of these.")
    right = solution.count("agrees")
    sizes = {"before": say_shape(turned(solution.input_shape)), "after": say_shape(turned(solution.output_shape))}
    wrong = [number for number, line in enumerate(solution.lines, 1) if line.verdict == "wrong"]
    if solution.stopped is not None:
        return _("Line {number} cannot be built; up to there {before} becomes {after}.", number=solution.stopped, **sizes)
    if wrong:
        return _(
            "{before} becomes {after}. The size at line {number} is not what the arithmetic gives.", number=wrong[0], **sizes
        )
    if right:
        return _("{before} becomes {after}. All {count} declared sizes are right.", count=right, **sizes)
    return _("{before} becomes {after}.", **sizes)


def facts_row(solution: Solution, network: Network | None, lang: str) -> None:
    """Sizes, costs, receptive field, and how many declared sizes are right."""
    _ = translator(lang)
    right, wrong = solution.count("agrees"), solution.count("wrong", "carried")
    unread = solution.count("unread", "stopped")
    sizes = f"{times(turned(solution.input_shape))} → {times(turned(solution.output_shape))}"
    field = next((one for one in reversed(network.fields) if one), None) if network is not None else None
    checked = _("none declared") if not right + wrong else _("{right} of {all} right", right=right, all=right + wrong)
    draw.facts([
        Fact(_("Input → output"), sizes, _("height × width × channels")),
        Fact(_("Declared sizes"), checked, _("{count} lines not understood", count=unread) if unread else "",
             "bad" if wrong or unread else "good" if right else ""),
        Fact(_("Parameters"), f"{solution.param_count:,}", _("counted from the arithmetic")),
        Fact(_("Multiply-adds (MACs)"), f"{solution.macs:,}", _("conv, linear, matrix product")),
        Fact(_("Receptive field"), _("global") if field == "global" else field or "–", _("what one output value sees")),
    ])  # fmt: skip


def rules(table: Table, solution: Solution, lang: str) -> None:
    """What was filled in by convention, and the one convention that a person can choose."""
    _ = translator(lang)
    words = {"auto": _("as the table suggests"), "bn_relu": "BN, ReLU", "relu": "ReLU", "nothing": _("nothing")}
    draw.pane_title(_("Read between the lines"))
    st.session_state["table-after"] = table.after
    st.pills(
        _("What follows a convolution whose cell is empty"), tuple(words), format_func=words.__getitem__, key="table-after",
        required=True, on_change=table_state.set_after, args=("table-after",),
    )  # fmt: skip
    items = "".join(f"<li>{escape(say(rule, lang))}</li>" for rule in solution.rules)
    st.html(f"<ul class='bl-rules'>{items}</ul>")


@st.fragment
def network_graph(network: Network, lang: str) -> None:
    """The network's code, dataflow, steps and details around one selection."""
    _ = translator(lang)
    onnx = (_("ONNX with random weights"), partial(cached_viewer.onnx_of_network, network))

    def values(step: Step) -> dict[str, Any] | None:
        return cached_viewer.values_of_network(network.source, network.trace, step.id, step.ops, lang)

    viewer(Subject(network.trace, network.source), key="viewer-table", lang=lang, values=values, files={"onnx": onnx})


def size_plot(solution: Solution, network: Network | None, lang: str) -> None:
    """Height and channels from line to line."""
    _ = translator(lang)
    draw.pane_title(_("Sizes along the depth"))
    figure = size_figure(solution, network.fields if network is not None else (), lang)
    words = _("{before} becomes {after} in {count} lines.", before=say_shape(turned(solution.input_shape)),
              after=say_shape(turned(solution.output_shape)), count=len(solution.lines))  # fmt: skip
    draw.chart(figure, key="table-sizes", alt=words)
