"""A recipe carried out: what it reaches, that it is the same every time, and what it says about pastes that do not fit."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import torch

from explainer.codec import to_json
from explainer.language import say
from explainer.training import network
from explainer.training.data import split
from explainer.training.progress import Progress
from explainer.training.record import CLASSES, Finish, Recipe, Refusal, Start, Step
from explainer.training.run import run_request, train
from explainer.training.weights import state_bytes, state_dict

SHORT = Recipe("squeeze_excite", (("reduction", 4),), epochs=2, per_class=20)
# 1 -> 16 -> 16 -> 32 -> 64 by 3 x 3 without bias, two numbers per channel for each norm, 64 -> 10 with bias
PLAIN_PARAMS = 9 * (1 * 16 + 16 * 16 + 16 * 32 + 32 * 64) + 2 * (16 + 16 + 32 + 64) + 650
PLAIN_MACS = 9 * (64 * 16 + 64 * 16 * 16 + 16 * 16 * 32 + 16 * 32 * 64) + 640
SE_PASTE = """
class Gate(nn.Module):
    def __init__(self, channel, reduction=16):
        super().__init__()
        hidden = channel // reduction
        self.fc = nn.Sequential(nn.Linear(channel, hidden), nn.ReLU(), nn.Linear(hidden, channel), nn.Sigmoid())

    def forward(self, x):
        b, c, _, _ = x.size()
        return x * self.fc(x.mean((2, 3))).view(b, c, 1, 1)
"""


def told(recipe: Recipe) -> str:
    (only,) = train(recipe)
    assert isinstance(only, Refusal)
    return str(only.reason)


def test_it_says_what_it_trains_and_what_came_out():
    start, *steps, finish = train(SHORT)
    assert isinstance(start, Start)
    assert isinstance(finish, Finish)
    assert start.steps == 2 * 19  # 200 pictures in batches of 11
    se = sum(2 * c * (c // 4) + c + c // 4 for c in (16, 16, 32, 64))
    assert [(cost.net, cost.param_count) for cost in start.costs] == [("with", PLAIN_PARAMS + se), ("without", PLAIN_PARAMS)]
    assert start.costs[1].macs == PLAIN_MACS
    assert all(isinstance(step, Step) for step in steps)
    assert [step.net for step in steps] == ["with", "with", "without", "without"] * 2  # a message in the middle of a round
    assert sum(finish.class_counts) == start.test_count
    assert [score.correct for score in finish.scores] == [steps[-3].correct, steps[-1].correct]


def test_the_same_recipe_gives_the_same_numbers_and_another_seed_others():
    first, again, other = (list(train(recipe)) for recipe in (SHORT, SHORT, replace(SHORT, seed=1)))
    assert first[:-1] == again[:-1]
    assert replace(first[-1], cpu_ms=0) == replace(again[-1], cpu_ms=0)
    assert first[1].losses != other[1].losses


def test_the_network_without_the_block_does_not_depend_on_the_block():
    beside = [step for step in train(SHORT) if isinstance(step, Step) and step.net == "without"]
    alone = [step for step in train(replace(SHORT, block="", settings=())) if isinstance(step, Step)]
    assert beside == alone


def test_the_weights_are_those_that_gave_the_scores():
    *_, finish = train(SHORT)
    net = network.Network(network.from_catalogue("squeeze_excite", {"reduction": 4}), 99)
    net.load_state_dict(state_dict(finish.weights))
    test = split(0).test
    assert int((network.look(net, test.pictures).scores.argmax(1) == test.classes).sum()) == finish.scores[0].correct
    block = network.from_catalogue("squeeze_excite", {"reduction": 4})(64)
    block.load_state_dict(torch.load(io.BytesIO(state_bytes(finish.weights, "blocks.3.")), weights_only=True))
    assert torch.equal(block.reduce.weight, net.blocks[3].reduce.weight)


def test_a_pasted_gate_is_trained_as_the_catalogues_own():
    start, *_steps, finish = train(replace(SHORT, block="", settings=(), paste=SE_PASTE, arguments=(("reduction", "4"),)))
    assert start.name == "Gate"
    se = sum(2 * c * (c // 4) + c + c // 4 for c in (16, 16, 32, 64))
    assert start.costs[0].param_count == PLAIN_PARAMS + se
    assert [gate.kind for gate in finish.gates] == ["channel"] * 4


CONSTRUCTOR = "class A(nn.Module):\n    def __init__(self, channels):\n        super().__init__()\n        {}\n"
FORWARD = "class A(nn.Module):\n    def forward(self, x): return {}"
MISFITS = {
    "no Python": ("$$$ ???", "no Python that could be run"),
    "no class": ("x = torch.zeros(3)", "Only a class can stand in the network"),
    "another shape": (FORWARD.format("x[:, :1]"), "makes 2 × 1 × 8 × 8 from 2 × 16 × 8 × 8"),
    "two tensors": (FORWARD.format("(x, x)"), "gives back tuple"),
    "constructor fails": (CONSTRUCTOR.format("1 / 0") + "    def forward(self, x): return x", "ZeroDivisionError"),
    "fixed channels": (
        CONSTRUCTOR.format("self.c = nn.Conv2d(64, 64, 1)") + "    def forward(self, x): return self.c(x)",
        "fails: RuntimeError",
    ),
}


@pytest.mark.parametrize(("code", "words"), MISFITS.values(), ids=MISFITS)
def test_a_paste_that_does_not_fit_is_told_why(code, words):
    (only,) = train(Recipe(paste=code, epochs=1, per_class=10))
    assert isinstance(only, Refusal)
    assert words in say(only.reason, "en")


def test_settings_that_make_no_block_are_refused_with_the_blocks_own_sentence():
    assert "leave no hidden channel" in told(replace(SHORT, settings=(("reduction", 17),)))


@pytest.mark.slow
@pytest.mark.parametrize("block", ["squeeze_excite", "cbam", "eca", "channel_attention"])
def test_nearly_every_digit_is_named_rightly(block):
    progress = Progress(Recipe(block, (("reduction", 4),)))
    for message in run_request(to_json(progress.recipe)):
        progress.hear(message)
    finish = progress.finish
    assert finish is not None
    assert all(score.correct >= 0.98 * sum(finish.class_counts) for score in finish.scores)


def test_it_learns_within_a_few_rounds():
    """A third of the default rounds: at least 95 of 100 test pictures, and nothing was learned before the first."""
    progress = Progress(Recipe("eca", epochs=6))
    for message in run_request(to_json(progress.recipe)):
        progress.hear(message)
    count = progress.start.test_count
    for seen in progress.nets.values():
        assert seen.losses[0] == pytest.approx(2.3, abs=0.35)  # ln 10: ten classes and no idea
        assert seen.correct[-1] >= 0.95 * count
    assert len(progress.history) == 6
    assert all(len(gate.means) == CLASSES for gate in progress.gates)
