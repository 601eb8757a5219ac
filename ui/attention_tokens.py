"""Attention between tokens: the matrix, and the chosen token's row drawn back on the picture."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explainer.attention.records import GateSeen, Grid
from explainer.language import translator
from ui import state
from ui.attention_maps import overlay
from ui.attention_place import Place, choose_head, choose_token, choose_unit
from ui.components.gate_pictures import component as gates
from ui.components.gate_pictures.component import Tokens


def matrix(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    if gate.heads > 1:
        _heads(gate, place, lang)
    left, right = st.columns((1, 1), gap="large")
    first = int(gate.has_class_token)
    with left:
        if gate.row is not None and gate.form == "matrix":
            tokens = Tokens(gate.token, gate.places, first, lambda token: choose_token(place, token))
            hint = _("What token {token} takes from each place. Click another one.", token=gate.token)
            overlay(gate.row, place, lang, hint=hint, label=_("Tokens on the picture"), tokens=tokens)
        elif gate.row is not None:
            hint = _("Where memory slot {slot} is looked up. Click another column of the matrix.", slot=gate.token)
            overlay(gate.row, place, lang, hint=hint, label=_("A slot of the memory on the picture"))
    with right:
        if gate.matrix is not None and gate.form == "memory":
            words = (
                _("each row is a token, each column a slot of the memory"),
                _("Click a column to see where it is looked up."),
            )
            _cells(gate, gate.matrix, place, {"row": _("token"), "column": _("slot")}, words, lang)
        elif gate.matrix is not None:
            words = (_("each row is a token and adds up to 1"), _("Click a row to see it on the picture."))
            _cells(gate, gate.matrix, place, {"row": _("token"), "column": _("from token")}, words, lang)


def _cells(gate: GateSeen, matrix: Grid, place: Place, names: Mapping[str, str], words: tuple[str, str], lang: str) -> None:
    _, is_memory = translator(lang), gate.form == "memory"

    def choose(row: int, column: int) -> None:
        if is_memory:
            choose_unit(place, column)
        else:
            choose_token(place, row)

    gates.heat(
        matrix,
        (matrix.least, matrix.largest),
        names,
        key=f"attention-matrix-{place.number}",
        label=_("Attention weights"),
        axis=words[0],
        hint=words[1],
        row=None if is_memory else gate.token,
        column=gate.token if is_memory else None,
        square=matrix.rows <= 2 * matrix.columns <= 4 * matrix.rows,
        on_cell=choose,
    )


def _heads(gate: GateSeen, place: Place, lang: str) -> None:
    _ = translator(lang)
    key, options = f"attention-head-{place.number}", tuple(range(min(gate.heads, 64)))
    state.set_shown(key, min(gate.head, len(options) - 1))
    st.pills(
        _("Head"), options, format_func=lambda head: _("head {number}", number=head), key=key, required=True,
        label_visibility="collapsed", on_change=lambda: choose_head(place, int(st.session_state[key])),
    )  # fmt: skip
