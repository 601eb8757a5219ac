"""The network of scoring.py as it is fitted, and as it stands in the file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.repair_data import Batch
from explainer.paste.repairing.judging import ROLES
from explainer.paste.repairing.scoring import REACH

_WORD, _WIDTH, _LAYERS, _HIDDEN, _SECOND = 32, 64, 4, 96, 32


@dataclass(frozen=True, slots=True)
class Shares:
    """What shares of marks, words, traits and hidden units are left out at random."""

    marks: float = 0.0
    words: float = 0.0
    traits: float = 0.0
    units: float = 0.0


_NONE = Shares()


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

    def forward(self, batch: Batch, shares: Shares) -> Tensor:
        share = shares if self.training else _NONE
        read = torch.cat([self._read(batch, share), torch.zeros(1, _WIDTH)])
        said = self.roles(read[batch.cast].flatten(1))
        summed = _summed(self.rows, _thinned(batch.marks, share.marks), len(batch.cast))
        hidden = nn.functional.dropout(torch.relu(summed[:, 1:] + said), share.units)
        second = nn.functional.dropout(torch.relu(self.second(hidden)), share.units)
        return summed[:, 0] + self.out(second)[:, 0]

    def _read(self, batch: Batch, share: Shares) -> Tensor:
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


def packed(values: Tensor) -> dict[str, object]:
    """A table with a byte for each number and a scale for each column."""
    values = values.detach()
    scale = values.flatten(0, -2).abs().amax(dim=0).clamp(min=1e-6) / 127
    data = base64.b64encode((values / scale).round().clamp(-127, 127).to(torch.int8).numpy().tobytes()).decode()
    return {"shape": list(values.shape), "scale": [float(f"{step:.4g}") for step in scale.tolist()], "data": data}


def written(nets: Sequence[Net], names: dict[str, dict[str, int]]) -> str:
    """The weights as they stand in the file."""
    found: dict[str, object] = {kind: list(known) for kind, known in names.items()}
    found["networks"] = [{name: packed(table) for name, table in tables_of(net).items()} for net in nets]
    return json.dumps(found, separators=(",", ":")) + "\n"


def tables_of(net: Net) -> dict[str, Tensor]:
    """The tables of a network as scoring.py takes them."""
    return {
        "rows": net.rows.weight, "vectors": net.vectors.weight, "traits": net.traits.weight,
        "spoken": net.spoken.weight.T, "noted": net.noted.weight.T,
        "layers": torch.stack([layer.weight.T for layer in net.layers]),
        "starts": torch.stack([layer.bias for layer in net.layers]),
        "roles": net.roles.weight.view(_HIDDEN, len(ROLES), _WIDTH).permute(1, 2, 0),
        "first": torch.cat([net.out.bias, net.roles.bias])[None],
        "second": torch.cat([net.second.bias[None], net.second.weight.T]), "out": net.out.weight.T,
    }  # fmt: skip


def take(net: Net, read: Mapping[str, NDArray[np.float32]]) -> None:
    """Gives the network the numbers of tables."""
    tables = {name: torch.from_numpy(values) for name, values in read.items()}
    values = {
        net.rows.weight: tables["rows"], net.vectors.weight: tables["vectors"], net.traits.weight: tables["traits"],
        net.spoken.weight: tables["spoken"].T, net.noted.weight: tables["noted"].T,
        net.roles.weight: tables["roles"].permute(2, 0, 1).flatten(1), net.roles.bias: tables["first"][0, 1:],
        net.second.weight: tables["second"][1:].T, net.second.bias: tables["second"][0],
        net.out.weight: tables["out"].T, net.out.bias: tables["first"][0, :1],
    }  # fmt: skip
    with torch.no_grad():
        for parameter, value in values.items():
            parameter.copy_(value)
        for layer, weight, bias in zip(net.layers, tables["layers"], tables["starts"], strict=True):
            layer.weight.copy_(weight.T)
            layer.bias.copy_(bias)
