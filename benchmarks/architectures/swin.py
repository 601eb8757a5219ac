"""Swin-T: attention inside windows that shift from block to block.

Liu et al. 2021, arXiv:2103.14030, sections 3.1-3.3 (width 96, depths 2-2-6-2, windows of 7); 28,288,354 parameters.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def split_windows(x: Tensor, window: int) -> Tensor:
    N, H, W, C = x.shape
    x = x.view(N, H // window, window, W // window, window, C)
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, window * window, C)  # (N windows, window^2, C)


def join_windows(x: Tensor, window: int, H: int, W: int) -> Tensor:
    x = x.view(-1, H // window, W // window, window, window, x.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).contiguous().view(-1, H, W, x.shape[-1])  # (N, H, W, C)


def shift_mask(size: int, window: int, shift: int) -> Tensor:
    """0 where two places of a shifted window were neighbours before the shift, -100 where they were not."""
    band = torch.zeros(size, dtype=torch.long)
    band[size - window : size - shift] = 1
    band[size - shift :] = 2
    region = (3 * band[:, None] + band[None, :]).view(1, size, size, 1)
    region = split_windows(region, window).squeeze(-1)  # (windows, window^2)
    return (region[:, None, :] != region[:, :, None]) * -100.0  # (windows, window^2, window^2)


class WindowAttention(nn.Module):
    """Self-attention among the places of a window, with a learned bias for each relative position."""

    def __init__(self, dim: int, num_heads: int, window: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = (dim // num_heads) ** -0.5
        self.bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, num_heads))
        place = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        offset = place[:, :, None] - place[:, None, :] + window - 1  # (2, window^2, window^2)
        self.register_buffer("bias_index", offset[0] * (2 * window - 1) + offset[1])
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        B, L, C = x.shape
        q, k, v = self.qkv(x).view(B, L, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)  # each (B, heads, L, d)
        scores = (q * self.scale) @ k.transpose(-2, -1)  # (B, heads, L, L)
        bias = self.bias_table[self.bias_index.view(-1)].view(L, L, -1)  # (L, L, heads)
        scores = scores + bias.permute(2, 0, 1).unsqueeze(0)
        if mask is not None:
            count = mask.shape[0]
            scores = scores.view(B // count, count, self.num_heads, L, L) + mask.unsqueeze(1).unsqueeze(0)
            scores = scores.view(-1, self.num_heads, L, L)
        x = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(B, L, C)  # (B, L, C)
        return self.proj(x)


class SwinBlock(nn.Module):
    def __init__(self, dim: int, num_heads: int, size: int, window: int, shift: int) -> None:
        super().__init__()
        self.window = window
        self.shift = shift if size > window else 0
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, num_heads, window)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.register_buffer("mask", shift_mask(size, window, self.shift) if self.shift else None, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        _, H, W, _ = x.shape
        shortcut = x
        x = self.norm1(x)
        if self.shift > 0:
            x = torch.roll(x, shifts=(-self.shift, -self.shift), dims=(1, 2))
        windows = self.attn(split_windows(x, self.window), self.mask)
        x = join_windows(windows, self.window, H, W)
        if self.shift > 0:
            x = torch.roll(x, shifts=(self.shift, self.shift), dims=(1, 2))
        x = shortcut + x
        return x + self.mlp(self.norm2(x))


class PatchMerging(nn.Module):
    """The four places of a 2x2 square side by side, normed, and reduced to twice the channels."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * dim)
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([x[:, row::2, column::2, :] for column in (0, 1) for row in (0, 1)], -1)  # (N, H/2, W/2, 4C)
        return self.reduction(self.norm(x))  # (N, H/2, W/2, 2C)


class SwinTransformer(nn.Module):
    def __init__(self, size: int = 224, dim: int = 96, depths: tuple[int, ...] = (2, 2, 6, 2), window: int = 7) -> None:
        super().__init__()
        self.patch_embed = nn.Conv2d(3, dim, 4, stride=4)
        self.patch_norm = nn.LayerNorm(dim)
        size //= 4
        self.layers = nn.ModuleList()
        for index, depth in enumerate(depths):
            blocks = [SwinBlock(dim, dim // 32, size, window, 0 if i % 2 == 0 else window // 2) for i in range(depth)]
            self.layers.append(nn.Sequential(*blocks))
            if index < len(depths) - 1:
                self.layers.append(PatchMerging(dim))
                dim, size = 2 * dim, size // 2
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x).permute(0, 2, 3, 1)  # (N, H/4, W/4, C)
        x = self.patch_norm(x)
        for layer in self.layers:
            x = layer(x)
        x = self.norm(x).mean(dim=(1, 2))  # (N, 8C)
        return self.head(x)  # (N, 1000)
