"""What the Compare page shows of two blocks: figures side by side, both graphs, their steps, and the clock."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.align import Pair, Step
from explainer.changes import Measured, measure_trace
from explainer.errors import BlocklensError
from explainer.label_words import say_label
from explainer.language import Translator, say, say_shape, translator
from explainer.stopwatch import Timing
from ui import cached, cached_catalogue, draw, state
from ui.change_list import ratio
from ui.chosen_block import BlockChoice
from ui.components.picture.component import picture
from ui.fact_cards import bytes_words, field_words
from ui.panel_choice import folded

LETTERS = ("A", "B")


def figures(left: BlockChoice, right: BlockChoice, lang: str) -> None:
    """Every figure of both, and how they differ."""
    _ = translator(lang)
    sides = [measure_trace(cached.examination(choice).trace) for choice in (left, right)]
    titles = [title_of(choice, lang) for choice in (left, right)]
    heads = [*(f"{letter} · {title}" for letter, title in zip(LETTERS, titles, strict=True)), _("B against A")]
    head = "<td></td>" + "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    body = "".join(_row(name, label, sides, lang) for name, label in _labels(_).items())
    draw.table("bl-compare", _("Both in figures"), head, body)


def title_of(choice: BlockChoice, lang: str) -> str:
    return translator(lang)(cached.catalogue()[choice.block].title)


def _labels(_: Translator) -> dict[str, str]:
    return {
        "inputs": _("input"),
        "outputs": _("output"),
        "param_count": _("parameters"),
        "macs": _("multiply-adds (MACs)"),
        "elementwise": _("numbers computed one by one"),
        "peak_bytes": _("memory of tensors at peak"),
        "field": _("receptive field"),
        "gates": _("gates"),
        "step_count": _("steps"),
    }


def _row(name: str, label: str, sides: list[Measured], lang: str) -> str:
    values = [getattr(side, name) for side in sides]
    cells = "".join(f"<td>{escape(_words(name, value, lang))}</td>" for value in values)
    same = values[0] == values[1]
    change = "=" if same else _against(*values) if isinstance(values[0], int) else "≠"
    kind = "bl-same" if same else "bl-other"
    return f"<tr class='{kind}'><th scope='row'>{draw.terms(label, lang)}</th>{cells}<td>{escape(change)}</td></tr>"


def _against(old: int, new: int) -> str:
    return ratio(old, new) or f"{new - old:+,}".replace("-", "−")


def _words(name: str, value: object, lang: str) -> str:
    if name == "peak_bytes":
        assert isinstance(value, int)
        return bytes_words(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        joint = " + " if name == "inputs" else ", "
        return joint.join(say_shape(shape).replace(" ", "\u00a0") for shape in value) or "–"
    return field_words(value if isinstance(value, str) else None, lang)


def graphs(left: BlockChoice, right: BlockChoice, lang: str) -> None:
    _ = translator(lang)
    draw.pane_title(_("Dataflow"), _("both on one scale"))
    wide, narrow = cached_catalogue.graph_pair_of(left, right, lang)
    picture(wide, narrow, key="graph-pair")


def steps(left: BlockChoice, right: BlockChoice, lang: str) -> None:
    """The steps of both in a table in which those of one kind face each other."""
    _ = translator(lang)
    with folded(_("Step by step: what stands for what"), key="pairs"):
        heads = "".join(f"<th scope='colgroup' colspan='3'>{letter}</th>" for letter in LETTERS)
        rows = "".join(_pair(pair, lang) for pair in cached_catalogue.aligned(left, right))
        draw.table("bl-aligned", _("Step by step"), heads, rows)


def _pair(pair: Pair, lang: str) -> str:
    kind = "bl-same" if pair.is_same else "bl-only" if pair.left is None or pair.right is None else "bl-other"
    return f"<tr class='{kind}'>{_step(pair.left, lang)}{_step(pair.right, lang)}</tr>"


def _step(step: Step | None, lang: str) -> str:
    if step is None:
        return "<td colspan='3' class='bl-none'></td>"
    scope = f"<b>{escape(step.scope)}</b> " if step.scope else ""
    count = f"{step.param_count:,}" if step.param_count else ""
    return f"<td>{scope}{escape(say_label(step.text, lang))}</td><td>{say_shape(step.shape)}</td><td class='bl-num'>{count}</td>"


def clock(left: BlockChoice, right: BlockChoice, lang: str) -> None:
    """The time of a real forward of each, measured when asked for."""
    _ = translator(lang)
    draw.pane_title(_("Time of a forward"), _("measured on this server when you ask for it"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = cached.device_names()
        device = (
            str(st.selectbox(_("device"), names, key="device", bind="query-params", width=140)) if len(names) > 1 else names[0]
        )
        asked = st.button(_("Measure both"), key="measure", icon=":material/timer:")
    key = (left, right, device)
    if asked:
        _measure(key, lang)
    found = state.timings(key)
    if found is None:
        draw.muted(
            _("The two run in turns, so that whatever else the server does falls on both alike; at most for a few seconds.")
        )
        return
    _show_times(found, lang)


def _measure(key: tuple[BlockChoice, BlockChoice, str], lang: str) -> None:
    _ = translator(lang)
    try:
        with st.spinner(_("Measuring …")):
            state.keep_timings(key, cached_catalogue.time_both(*key))
    except BlocklensError as error:
        draw.note([_("Not measured."), say(error.sentence, lang)])


def _show_times(found: tuple[Timing, Timing], lang: str) -> None:
    _ = translator(lang)
    cards = [
        draw.Fact(
            f"{letter} · {timing.device}",
            _("{time:.3g} ms", time=timing.median),
            _(
                "half of {runs} runs between {lower:.3g} and {upper:.3g} ms",
                runs=timing.runs,
                lower=timing.lower,
                upper=timing.upper,
            ),
        )
        for letter, timing in zip(LETTERS, found, strict=True)
    ]
    before, after = found
    apart = after.lower > before.upper or before.lower > after.upper
    faster, factor = ("B", before.median / after.median) if after.median < before.median else ("A", after.median / before.median)
    cards.append(
        draw.Fact(
            _("Difference"),
            _("{letter} is {factor:.2f} times as fast", letter=faster, factor=factor) if apart else _("cannot be told"),
            _("medians compared") if apart else _("the two ranges overlap"),
        )
    )
    draw.facts(cards)
