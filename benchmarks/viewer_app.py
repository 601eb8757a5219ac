"""The page that ``benchmarks/viewer.py`` measures: one chain of layers, drawn by one tool, and a button that changes it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import streamlit as st
import torch
from torch import Tensor, nn

from explainer.graph import to_graph
from explainer.layer import load_torch
from explainer.render.dot import to_dot
from explainer.render.layout import engine
from explainer.render.viewer_scene import Subject
from explainer.trace import trace
from ui.viewer import viewer

ROOT = Path(__file__).parents[1]


class Chain(nn.Module):
    """As many convolutions, every fifth with a way around."""

    def __init__(self, length: int, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(length))

    def forward(self, x: Tensor) -> Tensor:
        for number, layer in enumerate(self.layers):
            x = layer(x) + x if number % 5 == 4 else layer(x)
        return x


def draw(tool: str, length: int, channels: int) -> None:
    with torch.device("meta"):
        module, x = Chain(length, channels).eval(), torch.empty(1, channels, 16, 16)
    if tool == "torchview":
        import torchview

        found = torchview.draw_graph(module, input_data=x, device="meta", graph_name=str(channels))
        svg = subprocess.run(
            [engine(), "-Tsvg"], input=found.visual_graph.source.encode(), capture_output=True, check=True
        ).stdout
        st.image(svg.decode())
        return
    traced = trace(module, x)
    if tool == "graphviz_chart":
        st.graphviz_chart(to_dot(to_graph(traced)))
    else:
        viewer(Subject(traced, "x = 1\n"), key="viewer", lang="en", identity=f"{length} {channels}")


@st.cache_resource
def ready() -> None:
    """As the app's server is once it has started."""
    load_torch()


def main() -> None:
    ready()
    st.set_page_config(layout="wide")
    st.html(ROOT / "ui" / "style.css")
    turn = st.session_state.setdefault("turn", 0)

    def change() -> None:
        st.session_state["turn"] += 1

    st.button("change", on_click=change)
    asked: Any = st.query_params
    draw(asked.get("tool", "blocklens"), int(asked.get("length", "20")), 17 + turn)


main()
