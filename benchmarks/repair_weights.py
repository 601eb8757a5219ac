"""Fits explainer/paste/repairing/weights.json: ``python -m benchmarks.repair_weights EXAMPLES FILE``.

The weights in the repository come from the wheels of repair_packages.txt (Python 3.11, 27 November 2026), fetched and unpacked by

    pip download --no-deps --only-binary=:all: -r benchmarks/repair_packages.txt -d WHEELS
    for wheel in WHEELS/*.whl; do unzip -q "$wheel" '*.py' -d SOURCES/$(basename "$wheel"); done
    python -m benchmarks.repair_examples EXAMPLES TORCH SOURCES/*
    python -m benchmarks.repair_weights EXAMPLES UNSEEN
    python -m benchmarks.repair_weights EXAMPLES explainer/paste/repairing/weights.json UNSEEN

where TORCH is the folder of torch 2.13.0; numpy was 2.4.6. The first fit leaves out torch and the libraries that people
paste from most (HELD_OUT in repair.py): what UNSEEN reads right there is what to expect of code that no fit has seen. The
second goes on with those libraries, and some of the rest so that nothing is forgotten: 150,795 and 19,141 texts on 27
November 2026 (twelve minutes of one core; the examples take as long). They had been collected a few folders at a time, so that a
repetition draws other texts of the largest folders.

How much more texts bring, in wrong ends of 49,682 in texts that no fit has seen: 30,694 texts leave 764, 61,382 leave 677. In
the classes of the held-out folders the first reading of one network fitted to 61,382 texts is right for 86.1 %, of one fitted to
150,795 for 86.6 %, of two for 87.0 %.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from benchmarks.repair_data import BATCH, Batch, Data, Ranked, Ranking, numbered
from benchmarks.repair_examples import Examples
from benchmarks.repair_network import Net, Shares, take, written
from explainer.paste.repairing.scoring import unpacked

_DECAY, _KEPT = 5e-2, 0.998  # weight decay; of the average at each step
_NETWORKS, _SEEN_AGAIN = 2, 0.05  # of the texts of the first fit, beside those that were held out
_NEVER = -1e4
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to fit, how fast, how many steps until it is as fast, and what is left out.

    ``ends``: how much the examples count beside the readings, where there are readings.
    """

    epochs: float
    rate: float
    shares: Shares
    rise: int = 200
    ends: float = 1.0


_WHOLE = Plan(3, 4e-3, Shares(0.12, 0.15, 0.12, 0.15))
_RANKED = Plan(1, 4e-4, Shares(0.12, 0.15, 0.12, 0.15), 100)
_REFINED = Plan(5, 2e-3, Shares(0.05, 0.08, 0.05, 0.08))


def fit(net: Net, data: Data, plan: Plan, ranked: Ranked | None = None) -> Net:
    """The average of the networks of a fit; marks, words and traits are left out at random, so that none is relied on alone.

    It sees the examples as often as the plan says, unless there are readings: those as often, and examples beside them.
    """
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=_DECAY)
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_KEPT))
    steps = int(plan.epochs * (1 + (ranked or data).lines // BATCH))
    examples, readings = _again(data.batches), _again(ranked.batches) if ranked else None
    total = 0.0
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = plan.rate * min(1.0, (step + 1) / plan.rise) * max(0.01, 1 - step / steps)
        loss = _loss(net, plan, next(examples), next(readings) if readings else None)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        averaged.update_parameters(net)
        total += loss.item()
        if (step + 1) % 500 == 0:
            print(f"step {step + 1} of {steps}: {total / 500:.4f}", flush=True)
            total = 0.0
    return averaged.module


def _again(batches: Callable[[random.Random], Iterator[_T]]) -> Iterator[_T]:
    """The batches again and again, each time in another order."""
    for epoch in count():
        yield from batches(random.Random(epoch))


def _loss(net: Net, plan: Plan, examples: tuple[Batch, Tensor], readings: tuple[Batch, Ranking] | None) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        loss = nn.functional.binary_cross_entropy_with_logits(net(examples[0], plan.shares).float(), examples[1])
        return loss if readings is None else plan.ends * loss + ranking_loss(net(readings[0], plan.shares).float(), readings[1])


def ranking_loss(logits: Tensor, ranking: Ranking) -> Tensor:
    """How unlikely the true reading is among all of a text, as search.py adds up their costs."""
    logits = (logits + ranking.known)[ranking.places]
    costs = torch.zeros(len(ranking.cells)).index_add(0, ranking.reading, nn.functional.softplus(logits * ranking.signs))
    table = torch.full((ranking.texts * ranking.width,), _NEVER).index_copy(0, ranking.cells, -costs)
    return -torch.log_softmax(table.view(ranking.texts, ranking.width), dim=1)[:, 0].mean()


def fitted(asked: argparse.Namespace) -> str:
    """The weights that were asked for, as they stand in the file."""
    found: Examples = pickle.loads(asked.examples.read_bytes())
    start = json.loads(asked.start.read_text()) if asked.start else None
    names = {kind: numbered(start[kind]) for kind in ("marks", "words", "traits")} if start else None
    plan = _RANKED if asked.readings else _REFINED if start else _WHOLE
    data = Data(found, list(_kept(found, asked.all, plan)), names)
    del found  # half of the memory
    ranked = Ranked(pickle.loads(asked.readings.read_bytes()), data.names) if asked.readings else None
    print(f"{len(data.spans)} texts, readings of {len(ranked.spans) if ranked else 0}", flush=True)
    nets = list[Net]()
    for number in range(_NETWORKS):
        torch.manual_seed(number)
        net = Net(*(len(data.names[kind]) for kind in ("marks", "words", "traits")))
        if start:
            take(net, unpacked(start).networks[number])
        nets.append(fit(net, data, plan, ranked))
    return written(nets, data.names)


def _kept(found: Examples, all_texts: bool, plan: Plan) -> Iterator[bool]:
    chance = random.Random(0)
    for *_, out in found.texts:
        yield (not out or all_texts) if plan is not _REFINED else out or chance.random() < _SEEN_AGAIN


def main() -> None:
    """Writes weights to the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("examples", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--start", type=Path, help="weights to start from; held-out texts are added, unless there are readings")
    parser.add_argument("--readings", type=Path)
    parser.add_argument("--all", action="store_true", help="examples that are held out as well, beside the readings")
    torch.set_num_threads(1)  # sums in one order: the same weights from the same examples
    asked = parser.parse_args()
    asked.target.write_text(fitted(asked))


if __name__ == "__main__":
    main()
