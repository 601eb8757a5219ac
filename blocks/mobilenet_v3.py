"""MobileNetV3's block: an inverted residual with hard-swish and a hard gate."""

from __future__ import annotations

from torch import Tensor, nn

from blocks import knobs
from blocks.conv_norm_act import ConvNormAct
from blocks.sizes import same_padding
from blocks.spec import FEATURES, BlockSpec, Knob, msg
from blocks.squeeze_excite_hard import SqueezeExciteHard


class MobileNetV3(nn.Module):
    """Widen, look around, gate the channels, narrow, and add where the shapes allow it; all with straight lines only.

    y = bn(W2 se(act(bn(depthwise(act(bn(W1 x))))))) + x

    Args:
        in_channels: channels of x.
        hidden: the wide middle.
        out_channels: C, channels of y.
        stride: of the depthwise convolution; the sum needs 1 and equal channels.
        activation: "hardswish", or "relu" in the early layers.
        gated: whether squeeze-and-excitation with a quarter of the hidden width is in it.

    Shape:
        x: (N, C_in, H, W) -> (N, C, H / stride, W / stride)

    Source: Howard et al. 2019, arXiv:1905.02244, fig. 4.
    Differs: kernels of 3x3 only; the gate comes behind the activation, as in the authors' code.

    >>> import torch
    >>> MobileNetV3(16, 64, 24, stride=2)(torch.zeros(1, 16, 8, 8)).shape
    torch.Size([1, 24, 4, 4])
    """

    def __init__(
        self,
        in_channels: int,
        hidden: int,
        out_channels: int,
        stride: int = 1,
        activation: str = "hardswish",
        gated: bool = True,
    ) -> None:
        super().__init__()
        padding = same_padding(3)
        self.expand = ConvNormAct(in_channels, hidden, 1, activation=activation)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, stride, padding, groups=hidden, bias=False)
        self.norm = nn.BatchNorm2d(hidden)
        self.act = nn.Hardswish() if activation == "hardswish" else nn.ReLU()
        self.gate = SqueezeExciteHard(hidden, divisor=8) if gated else None
        self.project = ConvNormAct(hidden, out_channels, 1, activation="none")
        self.adds = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand(x)  # (N, hidden, H, W)
        y = self.act(self.norm(self.depthwise(y)))  # (N, hidden, H', W')
        if self.gate is not None:
            y = self.gate(y)
        y = self.project(y)  # (N, C, H', W')
        return x + y if self.adds else y


SPEC = BlockSpec(
    key="mobilenet_v3",
    title=msg("MobileNetV3 block"),
    about=(
        msg("An inverted residual tuned for the processor of a phone."),
        msg("Hard-swish follows the smooth swish with straight pieces, so no exponential has to be computed."),
        msg("A hard gate reweights the wide channels before they are narrowed."),
    ),
    formula="y = bn(W₂ se(act(bn(depthwise(act(bn(W₁ x))))))) + x",
    paper="Howard et al. 2019, arXiv:1905.02244",
    make=MobileNetV3,
    knobs=(
        knobs.in_channels(32),
        Knob("hidden", 128, msg("Channels of the wide middle."), choices=knobs.WIDTHS),
        knobs.out_channels(32),
        knobs.stride(),
        Knob("activation", "hardswish", msg("The function behind each normalisation."), choices=("hardswish", "relu")),
        Knob("gated", True, msg("Whether a gate on the channels is in it.")),
    ),
    inputs=FEATURES,
    sizes={"batch": 1, "height": 28, "width": 28},
    gates=("channel",),
)
