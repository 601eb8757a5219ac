"""Goal seek on the Layer page where the output says what to write: the sizes one wants, and the answer in sentences."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from explainer.arithmetic import LAYERS
from explainer.errors import InvalidLayer
from explainer.goal_answers import Answer, answer_for, sizes_of
from explainer.language import say, translator
from ui.goal_panel import ask_sizes
from ui.layer_choice import LayerChoice


def answer_panel(choice: LayerChoice, lang: str) -> None:
    """The way back from an output to the setting; ``choice`` must make a layer that can be answered."""
    _ = translator(lang)
    layer: Any = LAYERS[choice.layer].make(**dict(choice.arguments))
    start = sizes_of(choice.layer, layer.output_shape(choice.input_shape))
    with st.container(key="goal"):
        wanted = ask_sizes(start, lang)
        try:
            answer = answer_for(choice.layer, dict(choice.arguments), choice.input_shape, wanted)
        except InvalidLayer as refusal:
            answer = Answer(None, (refusal.sentence,))
        lines = "".join(f"<p>{escape(say(sentence, lang))}</p>" for sentence in answer.told)
        st.html(f"<section class='bl-told'><h3>{escape(_('What gives it'))}</h3>{lines}</section>")
        if answer.code is not None:
            st.code(answer.code, language="python")
