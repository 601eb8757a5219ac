"""Several seeds of one training: whether what one run showed is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.render.training_charts import seeds_chart
from explainer.training.findings import Spread, accuracy, seed_sentences, tracks
from explainer.training.progress import Progress
from explainer.training.record import NETS, Recipe
from ui import draw, training_state, training_view
from ui.components.picture.component import picture
from ui.draw import Fact

PLACE = "seeds"
COUNT = 5
_LOOK_S = 1.0


def seeds_panel(recipe: Recipe, lang: str) -> None:
    """The button, and what the seeds that are known so far show together."""
    _ = translator(lang)
    recipes = tuple(replace(recipe, seed=recipe.seed + number) for number in range(COUNT))
    held = training_state.session(PLACE)
    running = held is not None and held.recipes[-1] == recipes[-1] and not held.look().is_over
    draw.pane_title(_("Several seeds"), _("other first weights, other test pictures"))
    missing = tuple(wanted for wanted in recipes if training_state.known(wanted) is None)
    with st.container(key="seeds-buttons", horizontal=True, vertical_alignment="center"):
        if missing or running:
            st.button(
                _("Train {count} more seeds", count=len(missing)), key="seeds-start", icon=":material/casino:", disabled=running,
                on_click=training_state.start, args=(PLACE, missing),
            )  # fmt: skip
        if running:
            st.button(_("Stop"), key="seeds-stop", icon=":material/stop:", on_click=training_state.stop, args=(PLACE,))
    st.fragment(_live, run_every=_LOOK_S if running else None)(recipes, lang, running=running)


def _live(recipes: Sequence[Recipe], lang: str, *, running: bool) -> None:
    held = training_state.session(PLACE)
    if held is not None and held.recipes[-1].seed == recipes[-1].seed and held.recipes[-1] in recipes:
        found = held.look()
        if running and found.is_over:
            st.rerun()
        if found.phase != "done":
            training_view.status(found, lang)
    known = [progress for wanted in recipes if (progress := training_state.known(wanted)) is not None]
    if len(known) > 1:
        _together(known, lang)


def _together(known: Sequence[Progress], lang: str) -> None:
    _ = translator(lang)
    cards = []
    for net in NETS:
        values = [value for progress in known if (value := accuracy(progress, net)) is not None]
        if values:
            spread = Spread.of(values)
            name = _("With the block") if net == "with" else _("Without")
            detail = _("standard deviation {points} points", points=f"{(spread.deviation or 0) * 100:.2f}")
            cards.append(Fact(name, f"{spread.mean * 100:.2f} %", detail, "gate" if net == "with" else ""))
    draw.facts(cards)
    said = seed_sentences(known)
    if said:
        draw.note([say(found, lang) for found in said], "")
    followed = [tracks(progress.finish.gates) for progress in known if progress.finish and progress.finish.gates]
    if followed:
        picture(*seeds_chart([(p.recipe.seed, t[0]) for p, t in zip(known, followed, strict=False)], lang), key="seeds-chart")
    with st.expander(_("The same as a table")):
        draw.table("bl-figures", _("Several seeds"), *_table(known, lang))


def _table(known: Sequence[Progress], lang: str) -> tuple[str, str]:
    _ = translator(lang)
    heads = (_("seed"), _("with the block"), _("without"), _("share of the variance between classes, by stage"))
    head = "".join(f"<th scope='col' class='bl-num'>{escape(text)}</th>" for text in heads)
    rows = []
    for progress in known:
        right = [accuracy(progress, net) for net in NETS]
        finish = progress.finish
        track = tracks(finish.gates)[0] if finish and finish.gates else ()
        shares = " · ".join("–" if gate.share is None else f"{gate.share * 100:.0f} %" for gate in track)
        cells = (str(progress.recipe.seed), *("–" if value is None else f"{value * 100:.2f} %" for value in right), shares)
        rows.append("<tr>" + "".join(f"<td class='bl-num'>{cell}</td>" for cell in cells) + "</tr>")
    return head, "".join(rows)
