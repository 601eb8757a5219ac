"""Labels said in another language: nothing of our own English is left, and names stay."""

from __future__ import annotations

import re

import pytest

from blocks import CATALOGUE
from explainer.graph import to_graph
from explainer.label_words import say_label, say_labels
from explainer.labels import detail_of, step_of
from explainer.types import Graph, Node
from tests.test_catalogue import at_defaults

# What ``labels`` writes itself; torch's names of classes and functions are not among them.
OURS = re.compile(r"\b(pool|over|stride|dilation|groups|tensors?|axis|depthwise|global|average|adaptive|concat|sum|product)\b")


@pytest.mark.parametrize("key", CATALOGUE)
def test_no_english_of_ours_is_left_in_a_label(key):
    trace = at_defaults(key).trace
    for op in trace.ops:
        assert not OURS.search(say_label(detail_of(op, trace), "zh")), detail_of(op, trace)
        assert say_label(step_of(op, trace), "en") == step_of(op, trace)
    assert say_labels(to_graph(trace), "en") == to_graph(trace)


@pytest.mark.parametrize(
    ("label", "chinese"),
    [
        ("Conv2d 3×3, stride 2, depthwise", "Conv2d 3×3，步幅 2，深度卷积"),
        ("Conv2d 1×5, dilation 1×2, 4 groups, ReLU", "Conv2d 1×5，空洞率 1×2，分 4 组，ReLU"),
        ("max pool 3×3, stride 2", "最大池化 3×3，步幅 2"),
        ("concat of 2 tensors, axis -1", "拼接 2 个张量，轴 -1"),
        ("mean over 28×28", "对 28×28 求均值"),
        ("stride of mine, 2", "stride of mine，2"),
    ],
)
def test_a_label_is_said_part_by_part(label, chinese):
    assert say_label(label, "zh") == chinese


def test_a_class_that_is_called_like_a_word_of_ours_keeps_its_name():
    nodes = (Node("c1", "module", "m", "product"), Node("o1", "merge", "×", "product"), Node("out0", "output", "output"))
    said = [(node.label, node.detail) for node in say_labels(Graph(nodes, ()), "zh").nodes]
    assert said == [("m", "product"), ("×", "相乘"), ("输出", "")]
