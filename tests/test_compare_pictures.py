"""Two graphs in one picture, and the chart of costs."""

from __future__ import annotations

import re
from math import log10
from xml.etree import ElementTree as ET

import torch
from torch import nn

from explainer.render.cost_figure import Dot, cost_figure
from explainer.render.graph_pair import graph_pair
from explainer.trace import trace
from explainer.types import Trace


def traced(*layers: nn.Module) -> Trace:
    with torch.device("meta"):
        return trace(nn.Sequential(*layers).eval(), torch.empty(1, 8, 10, 10))


SHORT = traced(nn.Conv2d(8, 8, 1))
LONG = traced(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.Hardswish(), nn.Conv2d(8, 8, 1), nn.Sigmoid())


def viewbox(svg: str) -> list[float]:
    return [float(number) for number in ET.fromstring(svg).attrib["viewBox"].split()]


def test_both_graphs_are_whole_and_on_one_scale() -> None:
    wide, narrow = graph_pair(("A · short", SHORT), ("B <long>", LONG), "en")
    for svg in (wide, narrow):
        assert "B &lt;long&gt;" in svg
        inner = re.findall(
            r'<svg x="\d+" y="\d+"[^>]*width="(\d+)" height="(\d+)" viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg
        )
        assert len(inner) == 2
        for width, height, inside, above in inner:
            assert abs(float(width) - float(inside)) < 1
            assert abs(float(height) - float(above)) < 1
    assert viewbox(wide)[2] > viewbox(narrow)[2]
    assert viewbox(wide)[3] < viewbox(narrow)[3]


def test_nothing_in_the_picture_can_be_focused_and_no_id_is_there_twice() -> None:
    for svg in graph_pair(("A", LONG), ("B", LONG), "zh"):
        assert "tabindex" not in svg
        assert 'role="button"' not in svg
        assert ' id="' not in svg


def test_a_block_without_parameters_stands_at_zero_and_the_chosen_are_lettered() -> None:
    dots = [Dot("SimAM", "Attention", 0, 0), Dot("Conv", "Basics", 1000, 50_000), Dot("A · Conv", "", 20, 30, "A")]
    figure = cost_figure(dots, "en")
    free, conv, chosen = figure.data
    assert list(conv.x) == [1000]
    assert list(chosen.text) == ["<b>A</b>"]
    axis = figure.layout.xaxis
    assert axis.ticktext[0] == "0"
    assert axis.tickvals[0] == free.x[0] < 1
    assert axis.range[0] < log10(free.x[0])
    assert "0 parameters" in free.hovertext[0]
    assert "10k" not in axis.ticktext[:2]


def test_without_a_zero_the_axis_begins_near_the_smallest() -> None:
    figure = cost_figure([Dot("a", "Basics", 2_000_000, 3_000_000_000)], "en")
    assert "0" not in figure.layout.xaxis.ticktext
    assert figure.layout.xaxis.range[0] > 5
    assert figure.layout.yaxis.ticktext[-1] == "10G"
