"""Coordinate attention: a gate per row and a gate per column."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blocks import knobs
from blocks.spec import IMAGE, BlockSpec, Knob, msg


class CoordinateAttention(nn.Module):
    """Reweight each channel by a gate for every row times a gate for every column.

    y = x * sigmoid(Wh f_h) * sigmoid(Ww f_w), [f_h; f_w] = hardswish(bn(W1 [mean_w(x); mean_h(x)]))

    Args:
        channels: C, input and output channels.
        reduction: r, the hidden width is C // r.
        least_width: but at least this.

    Shape:
        x: (N, C, H, W) -> (N, C, H, W)

    Source: Hou et al. 2021, arXiv:2103.02907, eq. 4-9.
    Differs: nothing; the paper's text leaves the non-linearity open, its experiments use hard-swish.

    >>> CoordinateAttention(64)(torch.zeros(2, 64, 6, 8)).shape
    torch.Size([2, 64, 6, 8])
    """

    def __init__(self, channels: int, reduction: int = 32, least_width: int = 8) -> None:
        super().__init__()
        hidden = max(least_width, channels // reduction)
        self.shared = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.BatchNorm2d(hidden), nn.Hardswish())
        self.rows = nn.Conv2d(hidden, channels, 1)
        self.columns = nn.Conv2d(hidden, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        by_row = x.mean(3, keepdim=True)  # (N, C, H, 1)
        by_column = x.mean(2, keepdim=True).transpose(2, 3)  # (N, C, W, 1)
        both = self.shared(torch.cat((by_row, by_column), dim=2))  # (N, C / r, H + W, 1)
        by_row, by_column = both.split((height, width), dim=2)
        row_gate = torch.sigmoid(self.rows(by_row))  # (N, C, H, 1)
        column_gate = torch.sigmoid(self.columns(by_column.transpose(2, 3)))  # (N, C, 1, W)
        return x * row_gate * column_gate  # (N, C, H, W)


SPEC = BlockSpec(
    key="coordinate_attention",
    title=msg("Coordinate attention"),
    about=(
        msg("Channel attention that still knows where things are: it pools along one axis at a time."),
        msg("Each channel gets a gate for every row and one for every column, and their product singles out a place."),
        msg("It was made for small networks, where a full map of gates would cost too much."),
    ),
    formula="y = x · σ(W_h f_h) · σ(W_w f_w),  [f_h; f_w] = hswish(bn(W₁ [mean_w(x); mean_h(x)]))",
    paper="Hou et al. 2021, arXiv:2103.02907",
    make=CoordinateAttention,
    knobs=(
        knobs.channels(256),
        Knob(
            "reduction",
            32,
            msg("r: the hidden layer has C // r channels, but at least least_width."),
            largest=1024,
            choices=(1, 2, 4, 8, 16, 32),
        ),
        Knob("least_width", 8, msg("The hidden layer has at least this many channels."), largest=512, choices=(1, 4, 8, 16, 32)),
    ),
    inputs=IMAGE,
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("channel-spatial", "channel-spatial"),
)
