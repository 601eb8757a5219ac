"""The teacher's panel: kinds, difficulty, length and seed, and the link that deals the same questions to everybody."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from explainer.language import say, translator
from explainer.questions import DIFFICULTIES, KINDS, LARGEST_SEED, LONGEST, QuestionSet, to_parameters
from ui import draw, practice_state
from ui.practice_view import DIFFICULTY_NAMES, KIND_NAMES

_KINDS, _DIFFICULTY, _LENGTH, _SEED = "teacher-kinds", "teacher-difficulty", "teacher-length", "teacher-seed"
_SHOWN_SET = "teacher_set"
_PANEL = "practice-teacher"


def teachers_panel(asked: QuestionSet, lang: str) -> None:
    """Collapsed, because most who come here are no teachers."""
    _ = translator(lang)
    with _folded(_("For teachers: the same questions for a whole class")):
        chosen = _choices(asked, lang)
        if not chosen.kinds:
            draw.note([_("Choose at least one kind of question.")])
            return
        parameters = to_parameters(chosen)
        draw.muted(_("This link deals the same questions to everybody, each in their own language:"))
        st.code(f"{st.context.url or '/practice'}?{urlencode(parameters)}", language=None, wrap_lines=True)
        st.button(_("Deal these questions here"), key="practice-deal", on_click=practice_state.start, args=(chosen,))


def _folded(label: str) -> ExpanderContainer:
    """Folded until somebody opens it, and in the link as other folded parts are.

    But not bound to the link: a set of questions takes the place of the whole address in one step of the browser's history, and
    Streamlit refuses that for what is bound.
    """
    st.session_state.setdefault(_PANEL, st.query_params.get(_PANEL) == "true")
    panel = st.expander(label, key=_PANEL, on_change="rerun")
    if panel.open and _PANEL not in st.query_params:
        st.query_params[_PANEL] = "true"
    elif not panel.open:
        st.query_params.pop(_PANEL, None)
    return panel


def _choices(asked: QuestionSet, lang: str) -> QuestionSet:
    _ = translator(lang)
    _follow(asked)
    kinds = st.pills(
        _("Kinds of question"),
        KINDS,
        selection_mode="multi",
        format_func=lambda kind: say(KIND_NAMES[kind], lang),
        key=_KINDS,
    )
    first, second, third = st.columns((1.4, 1, 1), vertical_alignment="bottom")
    difficulty = first.segmented_control(
        _("Difficulty"),
        DIFFICULTIES,
        format_func=lambda name: say(DIFFICULTY_NAMES[name], lang),
        key=_DIFFICULTY,
        required=True,
    )
    length = second.number_input(_("Number of questions"), 1, LONGEST, key=_LENGTH)
    seed = third.number_input(_("Seed"), 0, LARGEST_SEED, key=_SEED,
                              help=_("Another seed, other questions; the same seed, the same ones."))  # fmt: skip
    ordered = tuple(kind for kind in KINDS if kind in (kinds or ()))
    return QuestionSet(int(seed), ordered, difficulty or asked.difficulty, int(length))


def _follow(asked: QuestionSet) -> None:
    """The panel starts from the set that is asked, and again whenever another one is."""
    whole = replace(asked, only=())
    if st.session_state.get(_SHOWN_SET) != whole or _SEED not in st.session_state:
        values = {_KINDS: list(asked.kinds), _DIFFICULTY: asked.difficulty, _LENGTH: asked.length, _SEED: asked.seed}
        st.session_state.update({_SHOWN_SET: whole} | values)
