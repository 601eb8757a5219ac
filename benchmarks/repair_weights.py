"""Fits explainer/paste/repairing/weights.json: ``python -m benchmarks.repair_weights FOLDER ...``, over the classes in there.

Each place where a block may end before a line is one example: the marks that judging.py finds, the words of the lines around, and
whether the block did end. Half of the classes are seen without the blank lines, and a part without the comments, that a paste
has often lost as well.

The weights in the repository come from the wheels of repair_packages.txt (Python 3.11, 26 November 2026), fetched and unpacked by

    pip download --no-deps --only-binary=:all: -r benchmarks/repair_packages.txt -d WHEELS
    for wheel in WHEELS/*.whl; do unzip -q "$wheel" '*.py' -d SOURCES/$(basename "$wheel"); done
    python -m benchmarks.repair_weights TORCH SOURCES/*
    python -m benchmarks.repair_weights --refine TORCH SOURCES/{torchvision,timm,segmentation_models_pytorch,monai}* \
        SOURCES/{ultralytics-8,diffusers,transformers}*

where TORCH is the folder of torch 2.13.0; numpy was 2.4.6. The second goes over the libraries that people paste from most, with
less left out. The order of the folders changes which examples lose their comments, and so the last digits. Without any class of
those libraries the fit reads lost indentation right in 84 % of their classes at once, in 96 % among the readings (each weighs the
same).
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
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
from explainer.paste.repairing.scoring import SCALE, comment_words

_VECTOR, _HIDDEN, _SECOND = 16, 64, 24
_BATCH, _DECAY = 1024, 5e-2
_RAREST_MARK, _RAREST_WORD, _MOST_OF_A_FOLDER = 100, 150, 2500


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to fit, how fast, and what shares of marks, words and hidden units are left out at random."""

    epochs: int
    rate: float
    marks: float
    words: float
    units: float


_WHOLE, _REFINED = Plan(6, 4e-3, 0.25, 0.3, 0.3), Plan(4, 1.5e-3, 0.08, 0.1, 0.1)


@dataclass(slots=True)
class Examples:
    """``lines``: the words of every line and of the comments above it; the others have an entry for each example."""

    lines: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    marks: list[list[str]] = field(default_factory=list)
    cast: list[list[int]] = field(default_factory=list)
    ends: list[bool] = field(default_factory=list)


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
    if any(line.column < 0 and not line.inline for line in lines):
        return  # a statement that breaking.py takes for two
    depths = depths_of(lines)
    no_blanks, no_comments = chance.random() < 0.5, 0.25 < chance.random() < 0.6
    for line in lines:
        line.blank = line.blank and not no_blanks
        line.before = [] if no_comments else line.before
    stack, offset = ROOT, len(found.lines)
    found.lines += [(line.words, comment_words(line)) for line in lines]
    for line, depth, ahead in zip(lines, depths, look_ahead(lines), strict=True):
        arm = line.kind in ARMS
        least = min((d for d in range(len(stack)) if allowed(stack, line, d)), default=depth)
        if not allowed(stack, line, depth):
            return
        for here in _ends(stack, depth + arm, least + arm):
            if allowed(here, line, len(here) - 1 - arm):
                kind = kind_of(here[-1], line)
                found.marks.append([sys.intern(f"{kind} {mark}") for mark in marks(here, line, ahead)])
                found.cast.append([place + offset if place >= 0 else -1 for place in cast(here, line, ahead)])
                found.ends.append(len(here) - 1 > depth + arm)
        stack = put(stack, line, depth)


def _ends(stack: Stack, depth: int, least: int) -> Iterator[Stack]:
    """The open blocks at each decision: whether the innermost one ends, down to the one that does not."""
    while len(stack) - 1 >= depth and len(stack) - 1 > least:
        yield stack
        if len(stack) - 1 == depth:
            return
        stack = closed(stack)


class _Net(nn.Module):
    """As in scoring.py; a row more in each table stands for nothing."""

    def __init__(self, marks: int, words: int) -> None:
        super().__init__()
        self.plain = nn.EmbeddingBag(marks + 1, 1, mode="sum", padding_idx=marks)
        self.hidden = nn.EmbeddingBag(marks + 1, _HIDDEN, mode="sum", padding_idx=marks)
        self.vectors = nn.EmbeddingBag(words + 1, _VECTOR, mode="mean", padding_idx=words)
        self.roles = nn.Linear((len(ROLES) + 1) * _VECTOR, _HIDDEN)
        self.second = nn.Linear(_HIDDEN, _SECOND)
        self.out = nn.Linear(_SECOND, 1)
        self.thin = nn.Dropout(_WHOLE.units)
        nn.init.zeros_(self.plain.weight)
        for table in (self.hidden, self.vectors):
            nn.init.normal_(table.weight, std=0.1)
            with torch.no_grad():
                table.weight[-1] = 0

    def forward(self, marks: Tensor, words: Tensor) -> Tensor:
        said = self.vectors(words.flatten(0, 1)).view(len(words), -1)
        hidden = self.thin(torch.relu(self.hidden(marks) + self.roles(said)))
        return (self.plain(marks) + self.out(self.thin(torch.relu(self.second(hidden)))))[:, 0]


@dataclass(slots=True)
class _Tables:
    """The examples as numbers; ``words``: a row for each line, and as many again for the comments above."""

    marks: Tensor
    cast: Tensor
    words: Tensor
    ends: Tensor


def _known(counts: Counter[str], rarest: int) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(name for name, count in counts.items() if count >= rarest))}


def _table(rows: Iterable[Sequence[str]], known: dict[str, int]) -> Tensor:
    numbers = [torch.tensor([known[name] for name in row if name in known], dtype=torch.int32) for row in rows]
    return nn.utils.rnn.pad_sequence(numbers, batch_first=True, padding_value=len(known))


def vocabulary(found: Examples) -> tuple[dict[str, int], dict[str, int]]:
    """The numbers of the marks and words that are frequent enough."""
    marks = _known(Counter(mark for row in found.marks for mark in row), _RAREST_MARK)
    return marks, _known(Counter(word for row, _ in found.lines for word in row), _RAREST_WORD)


def tables(found: Examples, marks: dict[str, int], words: dict[str, int]) -> _Tables:
    """The examples as numbers."""
    said = _table([*(row for row, _ in found.lines), *(row for _, row in found.lines), ()], words)
    none = len(said) - 1
    roles = torch.tensor(found.cast, dtype=torch.int32)
    noted = roles[:, :1] + len(found.lines)
    roles = torch.where(roles < 0, none, roles)
    ends = torch.tensor([float(end) for end in found.ends])
    return _Tables(_table(found.marks, marks), torch.cat([roles, noted], dim=1), said, ends)


def fit(net: _Net, data: _Tables, plan: Plan) -> None:
    """Fits the network; marks and words are left out at random, so that none is relied on alone."""
    marks, words = net.plain.num_embeddings - 1, net.vectors.num_embeddings - 1
    net.thin.p = plan.units
    optimizer = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=_DECAY)
    steps = plan.epochs * -(-len(data.ends) // _BATCH)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1 / steps, steps)
    for epoch in range(plan.epochs):
        total = 0.0
        for batch in torch.randperm(len(data.ends)).split(_BATCH):
            said = data.words[data.cast[batch].long()]
            guessed = net(_thinned(data.marks[batch], marks, plan.marks), _thinned(said, words, plan.words))
            loss = nn.functional.binary_cross_entropy_with_logits(guessed, data.ends[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch}: {total / len(data.ends):.4f}", flush=True)


def _thinned(numbers: Tensor, none: int, share: float) -> Tensor:
    return torch.where(torch.rand(numbers.shape) < share, none, numbers)


def written(net: _Net, marks: dict[str, int], words: dict[str, int]) -> str:
    """The weights as they stand in the file, in hundredths."""
    roles = net.roles.weight.view(_HIDDEN, len(ROLES) + 1, _VECTOR).permute(1, 2, 0)
    parts: dict[str, Tensor] = {
        "first": torch.cat([net.out.bias, net.roles.bias]), "second": torch.cat([net.second.bias[None], net.second.weight.T]),
        "out": net.out.weight[0], "roles": roles, "rows": torch.cat([net.plain.weight, net.hidden.weight], dim=1)[:-1],
        "vectors": net.vectors.weight[:-1],
    }  # fmt: skip
    found = {"marks": list(marks), "words": list(words)}
    found |= {name: (values.detach() * SCALE).round().int().tolist() for name, values in parts.items()}
    return "{" + ",\n".join(f'"{name}": {json.dumps(values, separators=(",", ":"))}' for name, values in found.items()) + "}\n"


def read(text: str) -> tuple[_Net, dict[str, int], dict[str, int]]:
    """The network of a file of weights, and the numbers of its marks and words."""
    found = json.loads(text)
    first, second, out, roles, rows, vectors = (
        torch.tensor(found[name]) / SCALE for name in ("first", "second", "out", "roles", "rows", "vectors")
    )
    net = _Net(len(rows), len(vectors))
    values = {
        net.plain.weight: _padded(rows[:, :1]), net.hidden.weight: _padded(rows[:, 1:]), net.vectors.weight: _padded(vectors),
        net.roles.weight: roles.permute(2, 0, 1).flatten(1), net.roles.bias: first[1:], net.out.bias: first[:1],
        net.second.weight: second[1:].T, net.second.bias: second[0], net.out.weight: out[None],
    }  # fmt: skip
    with torch.no_grad():
        for parameter, value in values.items():
            parameter.copy_(value)
    marks, words = ({name: place for place, name in enumerate(found[kind])} for kind in ("marks", "words"))
    return net, marks, words


def _padded(rows: Tensor) -> Tensor:
    return torch.cat([rows, torch.zeros_like(rows[:1])])


def sources_in(folders: Iterable[Path], chance: random.Random, without: frozenset[bytes] = frozenset()) -> list[str]:
    """The classes of the folders, each once, no more than some of the largest; none of those ``without``."""
    found, seen = list[str](), set(without)
    for folder in folders:
        sources = [source for source in classes_in(folder) if (key := fingerprint(source)) not in seen and not seen.add(key)]
        found += chance.sample(sources, min(len(sources), _MOST_OF_A_FOLDER))
    return found


def fingerprint(source: str) -> bytes:
    """The same for sources that differ in spaces and comments alone."""
    return hashlib.sha256(re.sub(r"\s+|#.*", "", source).encode()).digest()


def main(arguments: list[str]) -> None:
    """Writes the weights fitted to the classes in these folders; with ``--refine`` first, the ones in the file fitted further."""
    torch.set_num_threads(1)  # sums in one order: the same weights from the same classes
    torch.manual_seed(0)
    refine = arguments[:1] == ["--refine"]
    chance, found = random.Random(1), Examples()
    sources = sources_in(map(Path, arguments[refine:]), chance)
    for source in sources:
        add_examples(found, source, chance)
    print(f"{len(sources)} classes, {len(found.ends)} examples", flush=True)
    target = Path(__file__).parents[1] / "explainer" / "paste" / "repairing" / "weights.json"
    if refine:
        net, marks, words = read(target.read_text())
    else:
        marks, words = vocabulary(found)
        net = _Net(len(marks), len(words))
    data = tables(found, marks, words)
    del found
    fit(net, data, _REFINED if refine else _WHOLE)
    target.write_text(written(net, marks, words))


if __name__ == "__main__":
    main(sys.argv[1:])
