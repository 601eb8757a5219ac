"""Attention blocks of the catalogue with the arguments that people give them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from blocks import (
    attention_gate,
    bam,
    cbam,
    channel_attention,
    coordinate_attention,
    eca,
    external_attention,
    global_context,
    non_local,
    selective_kernel,
    self_attention,
    simam,
    spatial_attention,
    squeeze_excite_ceil,
    squeeze_excite_hard,
    squeeze_excite_linear,
)


class CBAM(cbam.CBAM):
    def __init__(self, channel: int, reduction: int = 16, kernel_size: int = 7) -> None:
        super().__init__(channel, reduction, kernel_size)


class ChannelAttention(channel_attention.ChannelAttention):
    def __init__(self, in_planes: int, ratio: int = 16) -> None:
        super().__init__(in_planes, ratio)


class SpatialAttention(spatial_attention.SpatialAttention):
    def __init__(self, kernel_size: int = 7) -> None:
        super().__init__(kernel_size)


class SELinear(squeeze_excite_linear.SqueezeExciteLinear):
    def __init__(self, channel: int = 512, reduction: int = 16) -> None:
        super().__init__(channel, min(reduction, channel))


class SEConv(squeeze_excite_ceil.SqueezeExciteCeil):
    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__(channels, reduction)


class SqueezeExcite(squeeze_excite_hard.SqueezeExciteHard):
    def __init__(self, in_chs: int, se_ratio: float = 0.25, divisor: int = 4) -> None:
        super().__init__(in_chs, se_ratio, divisor)


class BAM(bam.BAM):
    def __init__(self, channel: int = 512, reduction: int = 16, dia_val: int = 4) -> None:
        super().__init__(channel, min(reduction, channel), dia_val)


class ECALayer(eca.ECA):
    """With a kernel of ``k_size`` if one is given, else of the size that the paper derives from the channels."""

    def __init__(self, channel: int, k_size: int | None = None) -> None:
        super().__init__(channel)
        if k_size is not None:
            self.conv = nn.Conv1d(1, 1, k_size, padding=(k_size - 1) // 2, bias=False)


class CoordAtt(coordinate_attention.CoordinateAttention):
    def __init__(self, inp: int, oup: int | None = None, reduction: int = 32) -> None:
        if oup not in (None, inp):
            raise ValueError(f"coordinate attention multiplies its input by its gates: {oup} channels cannot come out of {inp}")
        super().__init__(inp, reduction)


class SKAttention(selective_kernel.SelectiveKernel):
    def __init__(self, channel: int, reduction: int = 16, branches: int = 2, group: int = 1) -> None:
        super().__init__(channel, branches, group, reduction)


class SimAM(simam.SimAM):
    """The channels are accepted because they are usually given; the rule needs none."""

    def __init__(self, channels: int | None = None, e_lambda: float = 1e-4) -> None:
        super().__init__(e_lambda)
        self.channels = channels


class GlobalContext(global_context.GlobalContext):
    def __init__(self, inplanes: int, reduction: int = 16) -> None:
        super().__init__(inplanes, min(reduction, inplanes))


class NonLocal(non_local.NonLocal):
    def __init__(self, in_channels: int, reduction: int = 2) -> None:
        super().__init__(in_channels, min(reduction, in_channels))


class ExternalAttention(external_attention.ExternalAttention):
    def __init__(self, d_model: int, S: int = 64) -> None:
        super().__init__(d_model, S)


class AttentionGate(attention_gate.AttentionGate):
    """Called as ``gate(g, x)`` with the gating map first, of x's own size or of half of it."""

    def __init__(self, F_g: int, F_l: int, F_int: int) -> None:
        super().__init__(F_l, F_g, F_int)

    def forward(self, g: Tensor, x: Tensor) -> Tensor:  # type: ignore[override]
        half = (x.shape[2] // 2, x.shape[3] // 2)
        return super().forward(x, g if g.shape[2:] == half else F.interpolate(g, size=half, mode="bilinear"))


class Attention(self_attention.SelfAttention):
    def __init__(self, dim: int, num_heads: int = 8, qkv_bias: bool = False) -> None:
        super().__init__(dim, num_heads, qkv_bias)
