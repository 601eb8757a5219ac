"""The only caching: explainer entry points on plain inputs."""

from __future__ import annotations

from threading import Thread

import streamlit as st

from explainer.arithmetic import conv_layer
from explainer.conv_facts import ConvFacts, conv_facts
from explainer.layer import TorchAnswer, load_torch, torch_answer, torch_is_loaded
from explainer.render.conv_picture import conv_picture
from ui.conv_form import ConvChoice

__all__ = ["facts_of", "pictures_of", "torch_is_loaded", "torch_says", "warm_up"]


@st.cache_data(max_entries=2000, show_spinner=False)
def facts_of(choice: ConvChoice) -> ConvFacts:
    """The facts of a convolution; raises InvalidLayer."""
    return conv_facts(conv_layer(2, **choice.arguments()), choice.input_shape)


@st.cache_data(max_entries=2000, show_spinner=False)
def torch_says(choice: ConvChoice) -> TorchAnswer:
    """What the real module says; the first call waits until torch is loaded."""
    return torch_answer(conv_layer(2, **choice.arguments()), choice.input_shape)


@st.cache_data(max_entries=200, show_spinner=False)
def pictures_of(choice: ConvChoice, lang: str) -> tuple[str, str]:
    """The drawing for a wide and for a narrow place."""
    facts = facts_of(choice)
    return conv_picture(facts, lang), conv_picture(facts, lang, stacked=True)


@st.cache_resource(show_spinner=False)
def warm_up() -> Thread:
    """Loads torch behind the first page, once per server."""
    thread = Thread(target=load_torch, name="load torch", daemon=True)
    thread.start()
    return thread
