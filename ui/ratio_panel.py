"""The reduction view of the Attention page: what the ratio r of a block costs, exactly, and what it brings, from trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from statistics import fmean, stdev

import streamlit as st

from explainer.language import say, translator
from explainer.render.ratio_charts import accuracy_chart, cost_chart
from explainer.training.findings import accuracy, ratio_sentences
from explainer.training.record import WIDTHS, Recipe
from explainer.training.reduction import Ratio
from ui import cached, cached_training, draw, shell, state, training_state, training_view
from ui.block_choice import attention_link
from ui.components.picture.component import picture
from ui.links.arrival import say_dropped
from ui.links.pages import reduction_fields
from ui.panel_choice import choice

PLACE = "ratios"
BLOCK, CHANNELS, SIDE, PICTURES = "ratio_block", "ratio_c", "ratio_side", "ratio_on"
_DEFAULT = "squeeze_excite"
_SEEDS, _ROUNDS = 3, 10
_PICTURES = ("all", "40", "10")
_LOOK_S = 1.0


def ratio_panel(lang: str) -> None:
    """Everything below the switch."""
    _ = translator(lang)
    st.html(shell.ROOT / "ui" / "training.css")
    draw.muted(
        _(
            "r decides how narrow the hidden layer of a gate is: C / r channels. What that saves is counted, what it costs is"
            " measured."
        )
    )
    catalogue = cached.catalogue()
    labels = {key: _(catalogue[key].title) for key in cached_training.with_reduction()}
    say_dropped(attention_link(reduction_fields(tuple(labels))), lang)
    state.take_word(tuple(labels), BLOCK, _DEFAULT)
    with st.container(key="ratio-form", horizontal=True, gap="small", vertical_alignment="top"):
        block = st.selectbox(
            _("Block"), tuple(labels), format_func=labels.__getitem__, key=BLOCK, width=300,
            on_change=state.push_word, args=(_DEFAULT, BLOCK),
        )  # fmt: skip
        channels = int(st.number_input(_("Channels C"), 1, 4096, 64, key=CHANNELS, bind="query-params", width=130))
        side = int(st.number_input(_("Height and width"), 1, 1024, 56, key=SIDE, bind="query-params", width=150))
    found = cached_training.ratios_of(block, channels, side)
    if not found:
        draw.note([_("No reduction ratio makes this block with {channels} channels.", channels=channels)])
    else:
        left, right = st.columns((1, 1.7), vertical_alignment="center")
        with left:
            draw.table("bl-figures", _("What each ratio costs"), *_cost_table(found, lang))
        with right:
            picture(*cost_chart(found, lang), key="ratio-costs")
    _accuracies(block, lang)


def _cost_table(found: Sequence[Ratio], lang: str) -> tuple[str, str]:
    _ = translator(lang)
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in ("r", _("hidden width"), _("parameters"), _("MACs")))
    rows = ""
    for ratio in found:
        hidden = "–" if ratio.hidden is None else f"{ratio.hidden:,}"
        rows += f"<tr><td>{ratio.reduction}</td><td>{hidden}</td><td>{ratio.param_count:,}</td><td>{ratio.macs:,}</td></tr>"
    return head, rows


def recipes_of(block: str, per_class: int) -> tuple[tuple[int, Recipe], ...]:
    """Every training that the comparison takes, with its ratio; 0 is the network without the block."""
    found: list[tuple[int, Recipe]] = []
    for seed in range(_SEEDS):
        plain = Recipe(seed=seed, epochs=_ROUNDS, per_class=per_class)
        found.append((0, plain))
        for reduction in cached_training.trainable_ratios(block):
            settings = ((cached_training.REDUCTION, reduction),)
            found.append((reduction, Recipe(block, settings, seed=seed, epochs=_ROUNDS, per_class=per_class, compare=False)))
    return tuple(found)


def _accuracies(block: str, lang: str) -> None:
    _ = translator(lang)
    widths = ", ".join(map(str, WIDTHS))
    draw.pane_title(_("What it brings"), _("a network for digits with {widths} channels", widths=widths))
    pictures = choice(
        _("Training pictures per digit"), _PICTURES, lambda word: _("all") if word == "all" else word, key=PICTURES, default="40"
    )
    wanted = recipes_of(block, 0 if pictures == "all" else int(pictures))
    missing = tuple(recipe for _ratio, recipe in wanted if training_state.known(recipe) is None)
    held = training_state.session(PLACE)
    running = held is not None and not held.look().is_over and held.recipes[-1] in [recipe for _r, recipe in wanted]
    with st.container(key="ratio-buttons", horizontal=True, vertical_alignment="center"):
        if missing or running:
            st.button(
                _("Train {count} networks: every r, {seeds} seeds", count=len(missing), seeds=_SEEDS), key="ratio-start",
                icon=":material/play_arrow:", type="primary", disabled=running,
                on_click=training_state.start, args=(PLACE, missing),
            )  # fmt: skip
        if running:
            st.button(_("Stop"), key="ratio-stop", icon=":material/stop:", on_click=training_state.stop, args=(PLACE,))
    st.fragment(_live, run_every=_LOOK_S if running else None)(wanted, lang, running=running)


def _live(wanted: Sequence[tuple[int, Recipe]], lang: str, *, running: bool) -> None:
    _ = translator(lang)
    held = training_state.session(PLACE)
    if held is not None and held.recipes[-1] in [recipe for _r, recipe in wanted]:
        found = held.look()
        if running and found.is_over:
            st.rerun()
        if found.phase != "done":
            training_view.status(found, lang)
    measured: dict[int, list[float]] = {}
    for reduction, recipe in wanted:
        progress = training_state.known(recipe)
        value = accuracy(progress, recipe.nets[0]) if progress is not None else None
        if value is not None:
            measured.setdefault(reduction, []).append(value)
    without, by_ratio = measured.pop(0, []), dict(sorted(measured.items()))
    if not by_ratio:
        draw.empty(
            _("Nothing was trained yet at these settings. The dots appear one by one; what was trained once is remembered.")
        )
        return
    left, right = st.columns((1, 1.7), vertical_alignment="center")
    with left:
        draw.table("bl-figures", _("Test accuracy"), *_accuracy_table(by_ratio, without, lang))
    with right:
        picture(*accuracy_chart(by_ratio, without, lang), key="ratio-accuracy")
    said = ratio_sentences(by_ratio, without)
    if said:
        draw.note([say(text, lang) for text in said], "")


def _accuracy_table(found: Mapping[int, Sequence[float]], without: Sequence[float], lang: str) -> tuple[str, str]:
    _ = translator(lang)
    texts = ("r", _("mean"), _("standard deviation"), _("seeds"))
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in texts)
    named = {**{str(reduction): several for reduction, several in found.items()}, **({_("without"): without} if without else {})}
    rows = ""
    for name, several in named.items():
        spread = f"{stdev(several) * 100:.2f}" if len(several) > 1 else "–"
        rows += f"<tr><td>{escape(name)}</td><td>{fmean(several) * 100:.2f} %</td><td>{spread}</td><td>{len(several)}</td></tr>"
    return head, rows
