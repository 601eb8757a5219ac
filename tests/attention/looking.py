"""Modules with gates in every style, and how they are looked at in these tests."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explainer.attention import pictures
from explainer.attention.observe import Subject, made_inputs
from explainer.attention.records import Grid
from explainer.types import Input, Shape

CAT = pictures.photo("cat", 16, 16)
FEW = tuple(pictures.photo(name, 16, 16) for name in ("cat", "stripes", "blob"))


def subject(make: Callable[[], nn.Module], *shapes: Shape) -> Subject:
    return Subject(make, tuple(map(Input, shapes)))


def fed(make: Callable[[], nn.Module], *shapes: Shape, photos: tuple = (CAT,)) -> tuple[Tensor, ...]:
    """What the module gets for these pictures."""
    return made_inputs(subject(make, *shapes), photos, 0)


def numbers(grid: Grid) -> Tensor:
    """The numbers of a grid, as exact as its 16 bits are."""
    from base64 import b64decode

    levels = torch.frombuffer(bytearray(b64decode(grid.data)), dtype=torch.uint16).to(torch.float64)
    return (grid.least + levels / 65535 * (grid.largest - grid.least)).reshape(grid.height, grid.width)


class Product(nn.Module):
    """x times a gate that is known: sigmoid of a bias for each channel, plus what a layer without weights makes of x."""

    def __init__(self, how: str, channels: int = 4) -> None:
        super().__init__()
        self.how = how
        self.fc = nn.Linear(channels, channels)
        nn.init.zeros_(self.fc.weight)
        with torch.no_grad():
            self.fc.bias.copy_(torch.linspace(-2, 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        logits = self.fc(x.mean((2, 3)))
        if self.how == "mul":
            return x * logits.sigmoid()[:, :, None, None]
        if self.how == "expanded":
            return logits.sigmoid()[:, :, None, None].expand_as(x) * x
        if self.how == "into x":
            x = x.clone()
            x *= logits.sigmoid()[:, :, None, None]
            return x
        if self.how == "in-place squash":
            return x.mul(torch.sigmoid_(logits.clone())[:, :, None, None])
        if self.how == "hard in-place":
            return x * F.hardsigmoid(logits.clone(), inplace=True).view(-1, 4, 1, 1)
        if self.how == "einsum":
            return torch.einsum("nchw,nc->nchw", x, logits.sigmoid())
        if self.how == "written out":
            return x * (1 / (1 + torch.exp(-logits)))[:, :, None, None]
        raise AssertionError(self.how)


HOWS = ("mul", "expanded", "into x", "in-place squash", "hard in-place", "einsum", "written out")


class Tokens(nn.Module):
    """Attention between tokens in the styles that people write; queries and keys are 0, so all weights are equal."""

    def __init__(self, how: str, width: int = 8) -> None:
        super().__init__()
        self.how, self.width = how, width
        self.queries, self.keys, self.values = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True, bias=False)
        nn.init.zeros_(self.queries.weight)
        with torch.no_grad():
            self.attention.in_proj_weight[: 2 * width] = 0

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.queries(x), self.keys(x), self.values(x)
        if self.how == "matmul":
            return (q @ k.transpose(1, 2)).softmax(-1) @ v
        if self.how == "fused":
            return F.scaled_dot_product_attention(q, k, v)
        if self.how == "turned":
            return (v.transpose(1, 2) @ (q @ k.transpose(1, 2)).softmax(-1).transpose(1, 2)).transpose(1, 2)
        if self.how == "einsum":
            return torch.einsum("nqk,nkd->nqd", torch.einsum("nqd,nkd->nqk", q, k).softmax(-1), v)
        found: Tensor = self.attention(x, x, x, need_weights=self.how == "module, weights")[0]
        return found


TOKEN_HOWS = ("matmul", "fused", "turned", "einsum", "module", "module, weights")
