"""The training view of the Attention page: a small network with the chosen block and without, trained as its reader watches."""

from __future__ import annotations

import streamlit as st

from explainer.language import translator
from explainer.training.record import Recipe
from ui import cached, cached_training, draw, shell, training_form, training_seeds, training_state, training_view
from ui.block_choice import attention_link
from ui.links import arrival
from ui.links.fields import Word
from ui.links.pages import training_fields
from ui.training_form import Wish

PLACE = "pair"
_LOOK_S = 0.7


def training_panel(lang: str) -> None:
    """Everything below the switch."""
    _ = translator(lang)
    st.html(shell.ROOT / "ui" / "training.css")
    cached.catalogue()
    draw.muted(
        _(
            "Handwritten digits, 8 × 8, from scikit-learn. Four stages of convolution, the block at the end of each, and the same"
            " network without it beside it: same first weights, same order of pictures."
        )
    )
    arrival.say_dropped(attention_link(training_fields((*training_form.labels_of(_), training_form.PASTE))), lang)
    wish = training_form.training_form(lang)
    _check_gate(wish.recipe)
    _buttons(wish, lang)
    held = training_state.session(PLACE)
    if held is None:
        draw.empty(_("Nothing was trained yet. It takes some seconds; the curves and the gates move while it runs."))
        return
    running = not held.look().is_over
    st.fragment(_live, run_every=_LOOK_S if running else None)(lang, wish.recipe, running=running)
    if held.look().phase == "done":
        training_seeds.seeds_panel(held.recipes[0], lang)


def _check_gate(recipe: Recipe) -> None:
    """The gate that the link chose, as far as it is known before a training which gates there are: a paste's are not."""
    if not recipe.paste and arrival.is_unjudged("train_gate"):
        gates = cached_training.gate_choices(recipe.block) if recipe.block else ()
        arrival.check("train_gate", Word(gates, gates[0]) if gates else None)


def _buttons(wish: Wish, lang: str) -> None:
    _ = translator(lang)
    held = training_state.session(PLACE)
    running = held is not None and not held.look().is_over
    with st.container(key="training-buttons", horizontal=True, vertical_alignment="center"):
        st.button(
            _("Train"), key="training-start", type="primary", icon=":material/play_arrow:", disabled=running,
            on_click=training_state.start, args=(PLACE, (wish.recipe,)),
        )  # fmt: skip
        st.button(
            _("Stop"), key="training-stop", icon=":material/stop:", disabled=not running,
            on_click=training_state.stop, args=(PLACE,),
        )  # fmt: skip


def _live(lang: str, wished: Recipe, *, running: bool) -> None:
    """The part that is drawn again and again while the training runs."""
    _ = translator(lang)
    held = training_state.session(PLACE)
    if held is None:
        return
    found = held.look()
    if running and found.is_over:
        st.rerun()
    is_other = not running and held.recipes[0] != wished
    training_view.status(found, lang)
    if found.progress.start is None:
        return
    old = _("Still shown: the last training. The fields above ask for another one.") if is_other else ""
    with draw.result("training-result", old=old):
        training_view.scores(found.progress, lang)
        training_view.curves(found.progress, lang)
        training_view.gates(found.progress, lang, live=running)
        if found.progress.finish is not None:
            training_view.weights(found.progress, lang)
