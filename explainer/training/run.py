"""A recipe is carried out, message by message. Only ever called in a child process: torch's own random state is set here."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from explainer.codec import from_json, to_json
from explainer.cost import totals
from explainer.errors import BlocklensError
from explainer.trace import trace
from explainer.training.data import SIDE, Digits, Split, split
from explainer.training.network import Build, Look, Network, check_fit, from_catalogue, look
from explainer.training.pasted import from_paste
from explainer.training.record import (
    CLASSES,
    MOST_EPOCHS,
    Cost,
    Finish,
    GateMeans,
    Message,
    Net,
    Recipe,
    Refusal,
    Score,
    Start,
    Step,
    Weight,
    batch_size,
)  # fmt: skip
from explainer.types import Sentence

_RATE, _DECAY = 4e-3, 1e-3
_STEPS_A_MESSAGE = 10
_MOST_WEIGHT_BYTES = 1 << 20
_DTYPES = {torch.float32: "float32", torch.int64: "int64"}


def run_request(request: Any) -> Iterator[Any]:
    """The JSON messages that answer the JSON form of a Recipe; InvalidInput if it is none."""
    recipe = from_json(Recipe, request)
    for content in train(recipe):
        yield to_json(Message(content))


def train(recipe: Recipe) -> Iterator[Start | Step | Finish | Refusal]:
    """One Start, Steps, one Finish; or a Refusal alone. The same recipe gives the same messages, but for the time in the last."""
    started = time.process_time()
    try:
        name, build = _block(recipe)
    except BlocklensError as error:
        yield Refusal(error.sentence)
        return
    except ValueError as error:  # a block of the catalogue that cannot be built with these settings says why
        template = getattr(error, "template", None)
        if template is None:
            raise
        yield Refusal(Sentence(template, tuple(getattr(error, "values", {}).items())))
        return
    parts = split(recipe.seed, max(recipe.per_class, 0))
    runners = [_Runner(net, build if net == "with" else None, recipe, parts) for net in recipe.nets]
    costs = tuple(runner.cost() for runner in runners)
    rounds = min(max(recipe.epochs, 1), MOST_EPOCHS)
    steps = rounds * runners[0].steps_a_round
    yield Start(steps, len(parts.train.classes), len(parts.test.classes), costs, name)
    for runner in runners:
        runner.prepare(steps)
    for _ in range(rounds):
        for runner in runners:
            yield from runner.round()
    yield _finish(runners, parts, recipe.seed, started)


def _block(recipe: Recipe) -> tuple[str, Build | None]:
    if recipe.paste:
        return from_paste(recipe)
    if not recipe.block:
        return "", None
    build = from_catalogue(recipe.block, dict(recipe.settings))
    check_fit(build)
    return "", build


@dataclass(slots=True)
class _Runner:
    """One of the networks, and how far it is."""

    net: Net
    build: Build | None
    recipe: Recipe
    parts: Split
    network: Network = field(init=False)
    done: int = 0
    optimizer: Any = None
    schedule: Any = None

    def __post_init__(self) -> None:
        self.network = Network(self.build, self.recipe.seed)

    @property
    def steps_a_round(self) -> int:
        count = len(self.parts.train.classes)
        return -(-count // batch_size(count))

    def cost(self) -> Cost:
        with torch.no_grad():
            found = totals(trace(self.network.eval(), torch.zeros(1, 1, SIDE, SIDE)))
        return Cost(self.net, sum(parameter.numel() for parameter in self.network.parameters()), found.macs)

    def prepare(self, steps: int) -> None:
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=_RATE, weight_decay=_DECAY)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, _RATE, total_steps=steps)

    def round(self) -> Iterator[Step]:
        """Every training picture once, in an order that is the same for both networks."""
        torch.manual_seed(self.recipe.seed + self.done)  # also for what a block draws
        train = self.parts.train
        order = torch.split(torch.randperm(len(train.classes)), batch_size(len(train.classes)))
        self.network.train()
        losses, right = [], 0
        for number, places in enumerate(order):
            loss, correct = self._batch(train.pictures[places], train.classes[places])
            losses.append(loss)
            right += correct
            if (number + 1) % _STEPS_A_MESSAGE == 0 and number + 1 < len(order):
                yield Step(self.net, self.done, tuple(losses))
                losses = []
        seen = look(self.network, self.parts.test.pictures)
        gates = tuple(seen.means(self.parts.test.classes, None))
        yield Step(self.net, self.done, tuple(losses), _correct(seen, self.parts.test), right, gates)

    def _batch(self, pictures: Tensor, classes: Tensor) -> tuple[float, int]:
        scores = self.network(pictures)
        loss = nn.functional.cross_entropy(scores, classes)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.schedule.step()
        self.done += 1
        return round(float(loss.detach()), 6), int((scores.argmax(dim=1) == classes).sum())


def _correct(seen: Look, part: Digits) -> int:
    return int((seen.scores.argmax(dim=1) == part.classes).sum())


def _finish(runners: list[_Runner], parts: Split, seed: int, started: float) -> Finish:
    classes, scores, gates = parts.test.classes, list[Score](), tuple[GateMeans, ...]()
    for runner in runners:
        seen = look(runner.network, parts.test.pictures)
        right = classes[seen.scores.argmax(dim=1) == classes]
        scores.append(Score(runner.net, len(right), tuple(torch.bincount(right, minlength=CLASSES).tolist())))
        if runner.net == "with":
            gates = tuple(seen.means(classes, seed))
    counts = tuple(torch.bincount(classes, minlength=CLASSES).tolist())
    cpu_ms = round((time.process_time() - started) * 1000)
    return Finish(tuple(scores), gates, counts, cpu_ms, _weights(runners[0].network))


def _weights(network: Network) -> tuple[Weight, ...]:
    """The state of the network, nothing where it is too large to be sent or holds numbers of another kind."""
    state = network.state_dict()
    size = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    if size > _MOST_WEIGHT_BYTES or any(tensor.dtype not in _DTYPES for tensor in state.values()):
        return ()
    return tuple(_weight(name, tensor) for name, tensor in state.items())


def _weight(name: str, tensor: Tensor) -> Weight:
    data = b64encode(tensor.contiguous().numpy().tobytes()).decode()
    return Weight(name, tuple(tensor.shape), _DTYPES[tensor.dtype], data)  # type: ignore[arg-type]
