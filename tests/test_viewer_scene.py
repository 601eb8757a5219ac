"""What the viewer is told: steps, lines and places of whole corpora, and how much of a large trace it draws."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmarks.architectures import ARCHITECTURES
from blocks.squeeze_excite import SqueezeExcite
from explainer.cost import totals
from explainer.render.viewer_scene import Subject, viewer_scene
from explainer.render.viewer_view import MOST, READABLE, View, draw, read_view
from explainer.trace import trace
from tests.modules import CASES
from tests.viewed import EVIL, SOURCE, broken, hostile, long_chain, residual


def step(scene: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [step for step in scene["steps"] if step["name"] == name]
    return found


def subject_of(name: str) -> Subject:
    inputs, named = CASES[name].arguments("meta")
    return Subject(trace(CASES[name].build(), *inputs, **named), "")


@pytest.mark.parametrize("depth", [1, 99])
@pytest.mark.parametrize("name", CASES)
def test_laws_over_the_corpus(name: str, depth: int) -> None:
    subject = subject_of(name)
    scene = viewer_scene(subject, View(depth), "en")
    assert json.loads(json.dumps(scene, allow_nan=False)) == scene, "plain JSON"
    ids = [step["id"] for step in scene["steps"]]
    assert ids == list(scene["at"])
    assert len(set(ids)) == len(ids)
    for found in scene["steps"]:
        assert {read[0] for read in found["reads"]} <= set(ids)
        assert f'id="{found["id"]}"' in scene["svg"]
        assert found["say"] or found["kind"] == "failed"
    assert scene["first"] in ids or not any(found["ops"] for found in scene["steps"])


def test_facts_of_a_step_are_those_of_the_trace() -> None:
    scene = viewer_scene(residual(), View(), "en")
    conv = step(scene, "conv1")
    assert conv["say"] == "16 filters sum up windows of 3 × 3 over all 8 channels: 16 × 16 positions become 8 × 8."
    assert (conv["product"], conv["params"], conv["macs"]) == ("16 × 8 × 3 × 3", 1152, 16 * 64 * 72)
    assert (conv["makes"], conv["bytes"], conv["field"]) == (["1 × 16 × 8 × 8"], 16 * 64 * 4, "3×3")
    assert ["stride", "2"] in conv["attributes"]
    gate = next(found for found in scene["steps"] if found["name"] == "×")
    assert gate["reads"][1][2:] == ["1 × 16 × 1 × 1", "16×8×8"]
    assert gate["id"] == scene["first"]
    assert step(scene, "+")["overwrites"]
    unused = step(scene, "spare")
    assert (unused["kind"], unused["params"]) == ("unused", 12)
    drawn = sum(found["params"] for found in scene["steps"])
    assert drawn == totals(residual().trace).param_count == scene["totals"]["params"]


def test_lines_carry_the_ops_and_shapes_they_run() -> None:
    scene = viewer_scene(residual(), View(), "en")
    lines = {line["n"]: line for line in scene["lines"]}
    assert len(lines) == len(SOURCE.splitlines())
    assert "".join(text for text, _ in lines[15]["code"]) == SOURCE.splitlines()[14]
    assert (lines[15]["shape"], lines[17]["shape"], lines[17]["gate"]) == ("4", "16×1×1 ⇉ 16×8×8", True)
    assert "shape" not in lines[1]
    assert scene["made"]["conv2"] == [25]


def test_a_class_of_ours_is_shown_without_its_docstring_and_counts_from_one() -> None:
    lines, first = inspect.getsourcelines(SqueezeExcite)
    with torch.device("meta"):
        found = trace(SqueezeExcite(16).eval(), torch.empty(1, 16, 4, 4))
    scene = viewer_scene(Subject(found, "".join(lines), first, whole=False), View(), "en")
    texts = ["".join(text for text, _ in line["code"]) for line in scene["lines"]]
    assert texts[:2] == ["class SqueezeExcite(nn.Module):", "  def __init__(self, channels: int, reduction: int = 16) -> None:"]
    assert [line["n"] for line in scene["lines"]][:2] == [1, 1 + lines.index(next(x for x in lines if "__init__" in x))]
    assert [line["shape"] for line in scene["lines"] if line.get("ops")] == ["16×1×1", "1×1×1", "16×1×1", "16×1×1 ⇉ 16×4×4"]
    assert step(scene, "reduce · relu")["line"] == next(n for n, text in enumerate(lines, 1) if "self.reduce(gate)" in text)


def test_a_form_feed_does_not_move_the_lines() -> None:
    subject = replace(residual(), source=SOURCE.replace("from torch import nn\n", "from torch import nn\x0c\n"))
    assert len(viewer_scene(subject, View(), "en")["lines"]) == len(SOURCE.splitlines())


def test_a_failure_shows_its_operands_where_it_happened() -> None:
    scene = viewer_scene(broken(), View(), "en")
    failed = next(found for found in scene["steps"] if found["kind"] == "failed")
    assert scene["first"] == failed["id"]
    assert [read[2] for read in failed["reads"]] == ["1 × 16 × 8 × 8", "1 × 16 × 16 × 16"]
    line = next(line for line in scene["lines"] if line.get("failed"))
    assert (line["n"], line["shape"]) == (failed["line"], "16×8×8 ✗ 16×16×16")
    assert step(scene, "spare")["say"] == "Not reached."
    assert ">not reached<" in scene["svg"]


def test_words_are_translated_and_names_are_not() -> None:
    scene = viewer_scene(residual(), View(), "zh")
    assert step(scene, "conv1")["say"].startswith("16 个卷积核")
    assert scene["words"]["code"] == "代码"


def test_hostile_names_reach_the_scene_as_they_are_and_the_drawing_escaped() -> None:
    scene = viewer_scene(hostile(), View(), "en")
    assert step(scene, EVIL)["kind"] == "linear"
    assert "<img" not in scene["svg"]
    assert "<script" not in scene["svg"]


# How much is drawn


def test_a_large_network_opens_folded_and_says_so() -> None:
    network = ARCHITECTURES["se_resnet50"]
    subject = Subject(trace(network.build(), *network.inputs()), "")
    scene = viewer_scene(subject, View(), "en")
    assert len(scene["steps"]) <= READABLE + 2
    assert scene["view"]["depth"] < scene["view"]["limit"]
    assert scene["note"].startswith(f"Folded to depth {scene['view']['depth']} of {scene['view']['limit']}")
    everything = draw(subject.trace, View(depth=99))
    assert everything.depth == everything.limit
    assert everything.note is None


def test_modules_open_and_fold_by_path() -> None:
    folded = draw(residual().trace, View(depth=1)).graph
    assert {node.path for node in folded.nodes if node.path} == {"se", "shortcut"}
    opened = draw(residual().trace, View(depth=1, opened=("se",))).graph
    assert {node.path for node in opened.nodes if node.path} == {"shortcut"}
    assert [group.path for group in opened.groups if group.path] == ["se"]
    closed = draw(residual().trace, View(folded=("shortcut",))).graph
    assert {node.path for node in closed.nodes if node.path} == {"shortcut"}


def test_more_boxes_than_can_be_drawn_are_cut_and_counted() -> None:
    drawn = draw(long_chain(MOST + 50).trace, View(depth=1))
    assert len(drawn.graph.nodes) == MOST
    assert str(drawn.note).startswith(f"Only the first {MOST:,} of ")


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "x",
        {"depth": "2"},
        {"depth": -1},
        {"depth": True},
        {"opened": "abc"},
        {"direction": ["LR"]},
        {"folded": [1, None]},
    ],
)
def test_what_a_browser_sends_is_checked(data: object) -> None:
    assert read_view(data) == View()


def test_a_view_survives_the_way_to_the_browser_and_back() -> None:
    view = View(3, "LR", ("a.b",), ("c",))
    sent = viewer_scene(residual(), replace(view, depth=1), "en")["view"]
    assert read_view(json.loads(json.dumps(sent))) == replace(view, depth=1)


def test_the_meta_device_is_enough() -> None:
    assert residual().trace.device == "meta"
    assert torch.get_default_device().type == "cpu"


def test_a_line_that_calls_a_module_shows_what_it_makes_and_leads_inside() -> None:
    scene = viewer_scene(residual(), View(), "en")
    number = next(n for n, text in enumerate(SOURCE.splitlines(), 1) if "self.se(out)" in text)
    line = next(line for line in scene["lines"] if line["n"] == number)
    assert (line["shape"], line["ops"]) == ("16×8×8", [])
    assert number in step(scene, "fc1 · relu")["called"]
