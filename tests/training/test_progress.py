"""What a child says about a training: an honest one is heard to its end, and one lie in any place ends it."""

from __future__ import annotations

import copy

import pytest

from explainer.codec import to_json
from explainer.errors import InvalidInput, SandboxRefused
from explainer.training.progress import Progress
from explainer.training.record import (
    CLASSES,
    Cost,
    Finish,
    GateMeans,
    Message,
    Recipe,
    Refusal,
    Score,
    Start,
    Step,
    Weight,
)  # fmt: skip
from explainer.types import sentence

RECIPE = Recipe("squeeze_excite", epochs=1)
GATE = GateMeans(0, 0, "channel", (2, 1, 1), ((0.5, 0.25),) * CLASSES, 0.0, 0.1, 0.4, 0.1, 0.9)
SCORES = tuple(Score(net, 10, (1,) * CLASSES) for net in ("with", "without"))
HONEST = [
    Start(2, 100, 20, (Cost("with", 9, 9), Cost("without", 8, 8))),
    Step("with", 1, (2.3,)),
    Step("without", 2, (2.3, 2.0), 9, 50, ()),
    Step("with", 2, (1.9,), 10, 60, (GATE,)),
    Finish(SCORES, (GATE,), (2,) * CLASSES, 12, (Weight("w", (1, 2), "float32", "AAAAAAAAAAA="),)),
]


def heard(messages) -> Progress:
    progress = Progress(RECIPE)
    for content in messages:
        progress.hear(to_json(Message(content)))
    return progress


def test_an_honest_training_is_heard_to_its_end():
    progress = heard(HONEST)
    assert progress.nets["without"].losses == (2.3, 2.0)
    assert progress.nets["with"].correct == (10,)
    assert progress.history == ((GATE,),)
    assert progress.share_done == 1
    progress.close()


def test_it_is_half_done_after_half_of_the_batches():
    assert heard(HONEST[:2]).share_done == 0.25
    with pytest.raises(SandboxRefused, match="before it had a result"):
        heard(HONEST[:2]).close()


ORDERS = {
    "no start": HONEST[1:],
    "two starts": [HONEST[0], *HONEST],
    "a step twice": [*HONEST[:2], *HONEST[1:]],
    "an end too early": [*HONEST[:3], HONEST[4]],
    "something behind the end": [*HONEST, HONEST[3]],
    "two ends": [*HONEST, HONEST[4]],
    "a refusal in the middle": [*HONEST[:2], Refusal(sentence("Stopped."))],
    "a refusal of its own words": [Refusal(sentence("{0.__class__}"))],
    "steps behind a refusal": [Refusal(sentence("Stopped.")), HONEST[0]],
}


@pytest.mark.parametrize("messages", ORDERS.values(), ids=ORDERS)
def test_every_message_has_its_turn(messages):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        heard(messages)


LIES = {
    "no steps": (0, "steps", 0),
    "more steps than any training has": (0, "steps", 10**6),
    "no pictures": (0, "test_count", 0),
    "another network": (0, "costs", [{"net": "without", "param_count": 1, "macs": 1}]),
    "a long name": (0, "name", "x" * 500),
    "a negative cost": (0, "costs", [{"net": net, "param_count": -1, "macs": 1} for net in ("with", "without")]),
    "no losses": (1, "losses", []),
    "an infinite loss": (1, "losses", [{"float": "inf"}]),
    "a loss in words": (1, "losses", ["much"]),
    "a step that was not counted": (1, "step", 2),
    "more right than there are": (2, "correct", 21),
    "half of a round": (2, "train_correct", None),
    "gates of the network without": (2, "gates", [to_json(GATE)]),
    "too many gates": (3, "gates", [to_json(GATE)] * 99),
    "scores that do not add up": (4, "scores", [to_json(Score(net, 11, (1,) * CLASSES)) for net in ("with", "without")]),
    "an empty class": (4, "class_counts", [0, 4] + [2] * 8),
    "weights that are no base64": (4, "weights", [{"name": "w", "shape": [1], "dtype": "float32", "data": "!!!!"}]),
    "weights of another size": (4, "weights", [{"name": "w", "shape": [9], "dtype": "float32", "data": "AAAAAA=="}]),
    "weights of any type": (4, "weights", [{"name": "w", "shape": [1], "dtype": "object", "data": "AAAAAA=="}]),
    "one part more": (4, "extra", 1),
}
GATE_LIES = {
    "stage": 4, "means": [[0.5]] * 9, "between": -0.1, "within": {"float": "nan"}, "mean": 1e30, "shape": [-1],
    "kind": "nonsense", "shuffled": 2.0,
}  # fmt: skip


def told(place: int, change) -> None:
    messages = [to_json(Message(content)) for content in HONEST]
    messages[place] = copy.deepcopy(messages[place])
    change(messages[place]["content"])
    progress = Progress(RECIPE)
    for message in messages:
        progress.hear(message)


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_one_lie_ends_it(lie):
    place, name, value = lie
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        told(place, lambda content: content.update({name: value}))


@pytest.mark.parametrize("name", GATE_LIES)
def test_one_lie_about_a_gate_ends_it(name):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        told(3, lambda content: content["gates"][0].update({name: GATE_LIES[name]}))


@pytest.mark.parametrize("message", [None, [], {}, {"content": None}, {"content": {}}, "x", 1], ids=repr)
def test_what_is_no_message_ends_it(message):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        Progress(RECIPE).hear(message)
