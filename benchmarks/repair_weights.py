"""Fits."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.repair import classes_in
from explainer.paste.repairing.blocks import ROOT, Stack, allowed, closed, put
from explainer.paste.repairing.breaking import break_lines
from explainer.paste.repairing.judging import ROLES, cast, kind_of, marks
from explainer.paste.repairing.lines import ARMS, Line
from explainer.paste.repairing.outlook import look_ahead
from explainer.paste.repairing.scoring import REACH, comment_words
from explainer.paste.repairing.traits import traits_of

_WORD, _WIDTH, _LAYERS, _HIDDEN, _SECOND = 24, 48, 3, 80, 32
_KEPT = 0.998
_BATCH, _DECAY = 1500, 5e-2  # lines in a batch
_RAREST_MARK, _RAREST_WORD, _RAREST_TRAIT, _MOST_OF_A_FOLDER = 150, 150, 150, 2500


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to fit, how fast, and what shares of marks, words, traits and hidden units are left out at random."""

    epochs: int = 6
    rate: float = 4e-3
    marks: float = 0.2
    words: float = 0.25
    traits: float = 0.2
    units: float = 0.25


class Bags:
    """Names in bags, as numbers one behind the other; each bag ends where the next begins."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.members, self.ends = array("i"), array("q")

    def add(self, names: Iterable[str]) -> None:
        known = self.names
        self.members.extend([known.setdefault(name, len(known)) for name in names])
        self.ends.append(len(self.members))


@dataclass(slots=True)
class Examples:
    """``texts``: where the lines and the examples of each text end; the others have an entry for each line or example."""

    words: Bags = field(default_factory=Bags)
    notes: Bags = field(default_factory=Bags)
    traits: Bags = field(default_factory=Bags)
    marks: Bags = field(default_factory=Bags)
    cast: array[int] = field(default_factory=lambda: array("h"))
    ends: array[int] = field(default_factory=lambda: array("b"))
    texts: list[tuple[int, int]] = field(default_factory=list)


def depths_of(lines: Sequence[Line]) -> list[int]:
    """The depth of every line of intact code."""
    columns, found = [0], list[int]()
    for line in lines:
        if line.inline:
            found.append(found[-1] + 1)
            continue
        while line.column < columns[-1]:
            columns.pop()
        if line.column > columns[-1]:
            columns.append(line.column)
        found.append(len(columns) - 1)
    return found


def add_examples(found: Examples, source: str, chance: random.Random) -> None:
    """Adds what stands before each line of the source, and whether a block ended there."""
    lines = break_lines(source).lines
    if any(line.column < 0 and not line.inline for line in lines) or len(lines) > 2000:
        return  # a statement that breaking.py takes for two
    depths = depths_of(lines)
    no_blanks, no_comments = chance.random() < 0.5, 0.25 < chance.random() < 0.6
    for line in lines:
        line.blank = line.blank and not no_blanks
        line.before = [] if no_comments else line.before
    for line, traits in zip(lines, traits_of(lines), strict=True):
        found.words.add(line.words)
        found.notes.add(comment_words(line))
        found.traits.add(traits)
    _add_ends(found, lines, depths)
    found.texts.append((len(found.words.ends), len(found.ends)))


def _add_ends(found: Examples, lines: Sequence[Line], depths: Sequence[int]) -> None:
    stack = ROOT
    for line, depth, ahead in zip(lines, depths, look_ahead(lines), strict=True):
        arm = line.kind in ARMS
        least = min((d for d in range(len(stack)) if allowed(stack, line, d)), default=depth)
        if not allowed(stack, line, depth):
            return
        for here in _ends(stack, depth + arm, least + arm):
            if allowed(here, line, len(here) - 1 - arm):
                kind = kind_of(here[-1], line)
                found.marks.add(f"{kind} {mark}" for mark in marks(here, line, ahead))
                found.cast.extend(cast(here, line, ahead))
                found.ends.append(len(here) - 1 > depth + arm)
        stack = put(stack, line, depth)


def _ends(stack: Stack, depth: int, least: int) -> Iterator[Stack]:
    """The open blocks at each decision: whether the innermost one ends, down to the one that does not."""
    while len(stack) - 1 >= depth and len(stack) - 1 > least:
        yield stack
        if len(stack) - 1 == depth:
            return
        stack = closed(stack)


@dataclass(slots=True)
class _Bags:
    """Bags of known names: their numbers one behind the other, and where each bag begins, and the end."""

    members: Tensor
    starts: Tensor

    def of(self, spans: Sequence[tuple[int, int]]) -> tuple[Tensor, Tensor]:
        """The members of the bags in these spans, and the bag of each."""
        starts = self.starts
        members = torch.cat([self.members[starts[first] : starts[end]] for first, end in spans])
        sizes = torch.cat([starts[first + 1 : end + 1] - starts[first:end] for first, end in spans])
        return members, torch.repeat_interleave(torch.arange(len(sizes)), sizes)


def _known(bags: Bags, known: dict[str, int]) -> _Bags:
    """The bags without the names that are not known."""
    table = torch.full((len(bags.names) + 1,), -1, dtype=torch.int32)
    for name, number in bags.names.items():
        table[number] = known.get(name, -1)
    members = table[torch.frombuffer(bags.members, dtype=torch.int32).long()]
    kept = torch.cat([torch.zeros(1, dtype=torch.int64), (members >= 0).cumsum(0)])
    ends = torch.frombuffer(bags.ends, dtype=torch.int64)
    return _Bags(members[members >= 0], torch.cat([torch.zeros(1, dtype=torch.int64), kept[ends]]))


def vocabulary(bags: Bags, rarest: int) -> dict[str, int]:
    """The numbers of the names that are frequent enough."""
    counts = torch.bincount(torch.frombuffer(bags.members, dtype=torch.int32).long(), minlength=len(bags.names))
    return {name: place for place, name in enumerate(sorted(name for name, number in bags.names.items() if counts[number] >= rarest))}


@dataclass(slots=True)
class Batch:
    """Texts with rows of nothing in between; ``lines``: the row of each line; ``cast``: rows, the last of all for nobody."""

    words: tuple[Tensor, Tensor]
    notes: tuple[Tensor, Tensor]
    traits: tuple[Tensor, Tensor]
    marks: tuple[Tensor, Tensor]
    lines: Tensor
    rows: int
    cast: Tensor
    ends: Tensor


class Data:
    """The examples as numbers."""

    def __init__(self, found: Examples, names: dict[str, dict[str, int]]) -> None:
        self.words, self.notes = _known(found.words, names["words"]), _known(found.notes, names["words"])
        self.traits, self.marks = _known(found.traits, names["traits"]), _known(found.marks, names["marks"])
        self.cast = torch.frombuffer(found.cast, dtype=torch.int16).view(-1, len(ROLES))
        self.ends = torch.frombuffer(found.ends, dtype=torch.int8)
        self.spans = list(zip([(0, 0), *found.texts], found.texts, strict=False))

    def batches(self, chance: random.Random | None) -> Iterator[Batch]:
        """All texts in batches, in a random order if there is a chance."""
        order = list(range(len(self.spans)))
        if chance is not None:
            chance.shuffle(order)
        chosen, size = list[int](), 0
        for text in order:
            chosen.append(text)
            size += self.spans[text][1][0] - self.spans[text][0][0]
            if size >= _BATCH:
                yield self._batch(chosen)
                chosen, size = [], 0
        if chosen:
            yield self._batch(chosen)

    def _batch(self, texts: Sequence[int]) -> Batch:
        lines = [(self.spans[text][0][0], self.spans[text][1][0]) for text in texts]
        ends = [(self.spans[text][0][1], self.spans[text][1][1]) for text in texts]
        rows, row, casts = list[Tensor](), 0, list[Tensor]()
        for (first, last), (start, end) in zip(lines, ends, strict=True):
            rows.append(torch.arange(row, row + last - first))
            casts.append(torch.where(self.cast[start:end] < 0, -1, self.cast[start:end].long() + row))
            row += last - first + REACH
        cast = torch.cat(casts)
        return Batch(
            self.words.of(lines), self.notes.of(lines), self.traits.of(lines), self.marks.of(ends), torch.cat(rows), row,
            torch.where(cast < 0, row, cast), torch.cat([self.ends[start:end] for start, end in ends]).float(),
        )  # fmt: skip


def _thinned(bags: tuple[Tensor, Tensor], share: float) -> tuple[Tensor, Tensor]:
    members, owners = bags
    if not share:
        return bags
    kept = torch.rand(len(members)) >= share
    return members[kept], owners[kept]


def _summed(table: nn.Embedding, bags: tuple[Tensor, Tensor], count: int) -> Tensor:
    members, owners = bags
    starts = torch.searchsorted(owners, torch.arange(count))
    return nn.functional.embedding_bag(members.long(), table.weight, starts, mode="sum")


class Net(nn.Module):
    """As in scoring.py."""

    def __init__(self, marks: int, words: int, traits: int) -> None:
        super().__init__()
        self.rows = nn.Embedding(marks, _HIDDEN + 1)
        self.vectors = nn.Embedding(words, _WORD)
        self.traits = nn.Embedding(traits, _WIDTH)
        self.spoken, self.noted = nn.Linear(_WORD, _WIDTH, bias=False), nn.Linear(_WORD, _WIDTH, bias=False)
        self.layers = nn.ModuleList(nn.Linear(_WIDTH * (2 * REACH + 1), _WIDTH) for _ in range(_LAYERS))
        self.roles = nn.Linear(len(ROLES) * _WIDTH, _HIDDEN)
        self.second = nn.Linear(_HIDDEN, _SECOND)
        self.out = nn.Linear(_SECOND, 1)
        for table in (self.rows, self.vectors, self.traits):
            nn.init.normal_(table.weight, std=0.1)
        with torch.no_grad():
            self.rows.weight[:, 0] = 0

    def forward(self, batch: Batch, plan: Plan) -> Tensor:
        share = plan if self.training else Plan(0, 0, 0, 0, 0, 0)
        read = torch.cat([self._read(batch, share), torch.zeros(1, _WIDTH)])
        said = self.roles(read[batch.cast].flatten(1))
        summed = _summed(self.rows, _thinned(batch.marks, share.marks), len(batch.ends))
        hidden = nn.functional.dropout(torch.relu(summed[:, 1:] + said), share.units)
        second = nn.functional.dropout(torch.relu(self.second(hidden)), share.units)
        return (summed[:, 0] + self.out(second)[:, 0])

    def _read(self, batch: Batch, share: Plan) -> Tensor:
        count = len(batch.lines)
        spoken, noted = (self._mean(_thinned(bags, share.words), count) for bags in (batch.words, batch.notes))
        alone = self.spoken(spoken) + self.noted(noted) + _summed(self.traits, _thinned(batch.traits, share.traits), count)
        read = torch.zeros(batch.rows, _WIDTH).index_copy(0, batch.lines, alone)
        mask = torch.zeros(batch.rows, 1).index_fill(0, batch.lines, 1)
        for layer in self.layers:
            padded = nn.functional.pad(read, (0, 0, REACH, REACH))
            window = torch.cat([padded[shift : shift + batch.rows] for shift in range(2 * REACH + 1)], dim=1)
            read = read + mask * nn.functional.dropout(torch.relu(layer(window)), share.units / 2)
        return read

    def _mean(self, bags: tuple[Tensor, Tensor], count: int) -> Tensor:
        return _summed(self.vectors, bags, count) / torch.bincount(bags[1], minlength=count).clamp(min=1)[:, None]


def fit(net: Net, data: Data, plan: Plan, watch=None) -> None:
    """Fits the network; marks, words and traits are left out at random, so that none is relied on alone."""
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=_DECAY)
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_KEPT))
    steps = plan.epochs * (1 + data.spans[-1][1][0] // _BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 200) * max(0.01, 1 - step / steps))
    for epoch in range(plan.epochs):
        total = 0.0
        net.train()
        for batch in data.batches(random.Random(epoch)):
            loss = nn.functional.binary_cross_entropy_with_logits(net(batch, plan), batch.ends)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            averaged.update_parameters(net)
            total += loss.item() * len(batch.ends)
        print(f"epoch {epoch}: {total / len(data.ends):.4f}", flush=True)
        if watch: watch(net); watch(averaged.module)


def packed(values: Tensor) -> dict[str, object]:
    """A table with a byte for each number and a scale for each column."""
    values = values.detach()
    scale = values.flatten(0, -2).abs().amax(dim=0).clamp(min=1e-6) / 127
    data = (values / scale).round().clamp(-127, 127).to(torch.int8).numpy().tobytes()
    return {"shape": list(values.shape), "scale": [float(f"{s:.4g}") for s in scale.tolist()], "data": base64.b64encode(data).decode()}


def written(net: Net, names: dict[str, dict[str, int]]) -> str:
    """The weights as they stand in the file."""
    tables = {
        "rows": net.rows.weight, "vectors": net.vectors.weight, "traits": net.traits.weight,
        "spoken": net.spoken.weight.T, "noted": net.noted.weight.T,
        "layers": torch.stack([layer.weight.T for layer in net.layers]),
        "starts": torch.stack([layer.bias for layer in net.layers]),
        "roles": net.roles.weight.view(_HIDDEN, len(ROLES), _WIDTH).permute(1, 2, 0),
        "first": torch.cat([net.out.bias, net.roles.bias])[None], "second": torch.cat([net.second.bias[None], net.second.weight.T]),
        "out": net.out.weight.T,
    }  # fmt: skip
    found = {kind: list(known) for kind, known in names.items()} | {"tables": {name: packed(table) for name, table in tables.items()}}
    return json.dumps(found, separators=(",", ":")) + "\n"


def fingerprint(source: str) -> bytes:
    """The same for sources that differ in spaces and comments alone."""
    return hashlib.sha256(re.sub(r"\s+|#.*", "", source).encode()).digest()
