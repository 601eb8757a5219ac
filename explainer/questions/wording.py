"""Chosen numbers as a question: the sentence, the lines of PyTorch, the answer and the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from explainer.arithmetic import ConvLayer, Window, receptive_fields
from explainer.questions.records import Kind, Question, WindowLayer
from explainer.questions.solving import solve_axis, solve_field, solve_padding, solve_parameters, solve_size
from explainer.types import Sentence, Shape, sentence

FORMULAS: Mapping[Kind, str] = MappingProxyType({
    "axis": "⌊(n + 2 × padding − dilation × (kernel_size − 1) − 1) / stride⌋ + 1",
    "size": "⌊(n + 2 × padding − dilation × (kernel_size − 1) − 1) / stride⌋ + 1",
    "parameters": "out_channels × in_channels / groups × kernel_h × kernel_w + out_channels",
    "field": "1 + dilation₁ × (kernel_size₁ − 1) + dilation₂ × (kernel_size₂ − 1) × stride₁",
    "padding": "dilation × (kernel_size − 1) / 2",
})  # fmt: skip


class _Wording(NamedTuple):
    asked: Sentence
    answer: Shape
    solution: tuple[Sentence, ...]
    last_line: str


def to_question(kind: Kind, layers: tuple[WindowLayer, ...], input_shape: Shape) -> Question:
    """The question about these layers; its answer comes from the arithmetic alone."""
    word = {"axis": _axis, "size": _size, "parameters": _parameters, "field": _field, "padding": _padding}[kind]
    said = word(layers, input_shape[2:])
    lines = [f"x = torch.zeros{input_shape}", *_layer_lines(kind, layers), said.last_line]
    return Question(kind, layers, input_shape, said.asked, said.answer, said.solution, "\n".join(filter(None, lines)))


def _axis(layers: tuple[WindowLayer, ...], size: Shape) -> _Wording:
    axis = layers[0].axes(size)[0]
    if len(size) == 1:
        asked = sentence("An input of length {size} goes through this layer. How long is the output?", size=size[0])
    else:
        asked = sentence("An input of {size} (H × W) goes through this layer. How high is the output?", size=size)
    return _Wording(asked, (axis.output,), solve_axis(axis), "layer(x).shape[2]")


def _size(layers: tuple[WindowLayer, ...], size: Shape) -> _Wording:
    rows, columns = layers[0].axes(size)
    asked = sentence("An input of {size} (H × W) goes through this layer. What is H × W of the output?", size=size)
    return _Wording(asked, (rows.output, columns.output), solve_size(rows, columns), "layer(x).shape[2:]")


def _parameters(layers: tuple[WindowLayer, ...], size: Shape) -> _Wording:
    asked = sentence("An input of {size} (H × W) goes through this layer. How many parameters does the layer have?", size=size)
    last_line = "sum(p.numel() for p in layer.parameters())"
    conv = layers[0]
    assert isinstance(conv, ConvLayer), "pools have no parameters"
    return _Wording(asked, (conv.param_count,), solve_parameters(conv), last_line)


def _field(layers: tuple[WindowLayer, ...], size: Shape) -> _Wording:
    axes = layers[0].axes(size)
    near, far = axes[0], layers[1].axes(tuple(axis.output for axis in axes))[0]
    windows = [Window(axis.kernel_size, axis.stride, axis.padding[0], axis.dilation) for axis in (near, far)]
    answer = receptive_fields(size[0], windows)[-1].receptive_field
    asked = sentence("How many rows of the input can change one value of the output: how high is its receptive field?")
    return _Wording(asked, (answer,), solve_field(near, far), "")


def _padding(layers: tuple[WindowLayer, ...], size: Shape) -> _Wording:
    axis = layers[0].axes(size)[0]
    asked = sentence("An input of {size} (H × W) goes through this layer. Which padding keeps the size?", size=size)
    return _Wording(asked, (axis.padding[0],), solve_padding(axis), "layer(x).shape == x.shape")


def _layer_lines(kind: Kind, layers: tuple[WindowLayer, ...]) -> tuple[str, ...]:
    if len(layers) > 1:
        return ("net = nn.Sequential(", *(f"    {layer.code()}," for layer in layers), ")")
    code = layers[0].code()
    if kind == "padding":
        code = code.replace(f"padding={layers[0].padding[0]}", "padding=?")
    return (f"layer = {code}",)
