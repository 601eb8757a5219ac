"""Fits explainer/paste/repairing/weights.json: ``python -m benchmarks.repair_weights FOLDER ...``, over the classes in there.

Each place where a block may end before a line is one example: the marks that judging.py finds, and whether the block did end.
Half of the examples are seen without the blank lines, and a part without the comments, that a paste has often lost as well.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.repair import classes_in
from explainer.paste.repairing.blocks import ROOT, Stack, allowed, closed, put
from explainer.paste.repairing.breaking import break_lines
from explainer.paste.repairing.judging import look_ahead, marks
from explainer.paste.repairing.lines import ARMS, Line

Example = tuple[list[str], bool]
_HIDDEN, _EPOCHS, _BATCH, _DROPPED, _RAREST, _SCALE = 24, 14, 512, 0.08, 30, 100


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


def examples_of(source: str, chance: random.Random) -> Iterator[Example]:
    """What stands before each line of the source, and whether a block ended there."""
    lines = break_lines(source).lines
    depths = depths_of(lines)
    no_blanks, no_comments = chance.random() < 0.5, 0.25 < chance.random() < 0.6
    for line in lines:
        line.blank = line.blank and not no_blanks
        line.before = [] if no_comments else line.before
    stack = ROOT
    for line, depth, ahead in zip(lines, depths, look_ahead(lines), strict=True):
        arm = line.kind in ARMS
        least = min((d for d in range(len(stack)) if allowed(stack, line, d)), default=depth)
        if not allowed(stack, line, depth):
            return
        for here in _ends(stack, depth + arm, least + arm):
            may_stay = allowed(here, line, len(here) - 1 - arm)
            if may_stay:
                yield list(marks(here, line, ahead)), len(here) - 1 > depth + arm
        stack = put(stack, line, depth)


def _ends(stack: Stack, depth: int, least: int) -> Iterator[Stack]:
    """The open blocks at each decision: whether the innermost one ends, down to the one that does not."""
    while len(stack) - 1 >= depth and len(stack) - 1 > least:
        yield stack
        if len(stack) - 1 == depth:
            return
        stack = closed(stack)


class _Net(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.plain = nn.EmbeddingBag(count + 1, 1, mode="sum", padding_idx=count)
        self.hidden = nn.EmbeddingBag(count + 1, _HIDDEN, mode="sum", padding_idx=count)
        self.out = nn.Linear(_HIDDEN, 1)
        nn.init.zeros_(self.plain.weight)
        nn.init.normal_(self.hidden.weight, std=0.1)

    def forward(self, x: Tensor) -> Tensor:
        return (self.plain(x) + self.out(torch.relu(self.hidden(x))))[:, 0]


def fit(examples: Sequence[Example]) -> dict[str, object]:
    """The weights as written to the file, in hundredths."""
    often = Counter(mark for found, _ in examples for mark in found)
    known = {mark: place for place, mark in enumerate(sorted(mark for mark, count in often.items() if count >= _RAREST))}
    rows = [[known[mark] for mark in found if mark in known] for found, _ in examples]
    width, count = max(map(len, rows)), len(known)
    table = torch.tensor([row + [count] * (width - len(row)) for row in rows])
    ends = torch.tensor([float(end) for _, end in examples])
    torch.manual_seed(0)
    net = _Net(count)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=3e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 1 / _EPOCHS, _EPOCHS)
    for epoch in range(_EPOCHS):
        total = 0.0
        for batch in torch.randperm(len(rows)).split(_BATCH):
            x = torch.where(torch.rand(len(batch), width) < _DROPPED, count, table[batch])
            loss = nn.functional.binary_cross_entropy_with_logits(net(x), ends[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        schedule.step()
        print(f"epoch {epoch}: {total / len(rows):.4f}", flush=True)
    return _hundredths(net, known)


def _hundredths(net: _Net, known: dict[str, int]) -> dict[str, object]:
    def whole(values: Tensor) -> list[int]:
        return [round(value) for value in (values * _SCALE).tolist()]

    rows = torch.cat([net.plain.weight, net.hidden.weight], dim=1).detach()
    table = {mark: whole(rows[place]) for mark, place in known.items()}
    return {"bias": whole(net.out.bias.detach())[0], "out": whole(net.out.weight.detach()[0]), "marks": table}


def main(folders: list[str]) -> None:
    """Writes the weights fitted to the classes in these folders."""
    chance = random.Random(1)
    sources = [source for folder in folders for source in classes_in(Path(folder))]
    examples = [example for source in sources for example in examples_of(source, chance)]
    print(f"{len(sources)} classes, {len(examples)} examples")
    found = fit(examples)
    rows = ",\n".join(f"{json.dumps(mark)}: {json.dumps(row, separators=(',', ':'))}" for mark, row in found["marks"].items())
    head = f'{{"bias": {found["bias"]},\n"out": {json.dumps(found["out"])},\n"marks": {{\n'
    target = Path(__file__).parents[1] / "explainer" / "paste" / "repairing" / "weights.json"
    target.write_text(f"{head}{rows}\n}}}}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
