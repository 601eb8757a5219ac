"""Small things that files of models define at their top and that get lost when only a class is copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from blocks.patch_embedding import PatchEmbedding
from blocks.sizes import round_to_multiple


class Identity(nn.Identity):
    """Gives back what it gets, whatever it was built from."""


class DropPath(nn.Module):
    """While training, leaves a whole sample out with probability ``drop_prob`` and scales up the others."""

    def __init__(self, drop_prob: float = 0.0) -> None:
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.drop_prob == 0:
            return x
        kept = torch.rand((x.shape[0],) + (1,) * (x.dim() - 1), device=x.device) >= self.drop_prob
        return x * kept / (1 - self.drop_prob)


class LayerScale(nn.Module):
    def __init__(self, dim: int, init_values: float = 1e-5) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((dim,), init_values))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class LayerNorm2d(nn.LayerNorm):
    def __init__(self, num_channels: int, eps: float = 1e-6) -> None:
        super().__init__(num_channels, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Mlp(nn.Module):
    def __init__(
        self,
        in_features: int,
        hidden_features: int | None = None,
        out_features: int | None = None,
        act_layer: Callable[[], nn.Module] = nn.GELU,
        drop: float = 0.0,
    ) -> None:
        super().__init__()
        hidden = hidden_features or in_features
        self.fc1 = nn.Linear(in_features, hidden)
        self.act = act_layer()
        self.fc2 = nn.Linear(hidden, out_features or in_features)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class PatchEmbed(PatchEmbedding):
    """Knows how many patches a picture of ``img_size`` has; no class token."""

    def __init__(self, img_size: int = 224, patch_size: int = 16, in_chans: int = 3, embed_dim: int = 768) -> None:
        super().__init__(in_chans, patch_size, embed_dim, class_token=False)
        self.num_patches = (img_size // patch_size) ** 2


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 5000) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        place = torch.arange(max_len).unsqueeze(1)
        rate = 10_000 ** (torch.arange(0, d_model, 2) / d_model)
        waves = torch.stack(((place / rate).sin(), (place / rate).cos()), dim=2).flatten(1)[:, :d_model]
        self.register_buffer("pe", waves.unsqueeze(0))
        self.pe: Tensor

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.pe[:, : x.shape[1]])


class Residual(nn.Module):
    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor, **arguments: Any) -> Tensor:
        return self.fn(x, **arguments) + x


class PreNorm(nn.Module):
    def __init__(self, dim: int, fn: nn.Module) -> None:
        super().__init__()
        self.norm, self.fn = nn.LayerNorm(dim), fn

    def forward(self, x: Tensor, **arguments: Any) -> Tensor:
        return self.fn(self.norm(x), **arguments)


def make_divisible(v: float, divisor: int = 8, min_value: int | None = None) -> int:
    """The multiple of ``divisor`` nearest to ``v``, not below ``min_value`` and never a tenth below ``v``."""
    return max(round_to_multiple(v, divisor), min_value or divisor)


def autopad(k: int, p: int | None = None, d: int = 1) -> int:
    return d * (k - 1) // 2 if p is None else p


def to_2tuple(x: int | tuple[int, int]) -> tuple[int, int]:
    return x if isinstance(x, tuple) else (x, x)
