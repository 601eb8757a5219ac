"""Classes that code on the web uses without defining them, by the name and with the arguments that people give them.

They let a paste run whose helper class was left behind. What stands in is a block of the catalogue or a few lines here; the text
beside it says which, because the author's own class may have been another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from torch import nn
from torch.nn import functional as F

from blocks.funnel_relu import FunnelReLU
from blocks.spec import msg
from blocks.stand_ins import attention, convolutions, residuals, small
from blocks.triplet_attention import TripletAttention

StandIn: TypeAlias = tuple[object, str, str]


def _named(value: object, what: str, *names: str, note: str = "") -> dict[str, StandIn]:
    return dict.fromkeys(names, (value, what, note))


_ATTENTION: Mapping[str, StandIn] = {
    **_named(attention.CBAM, "blocks.cbam.CBAM", "AttentionModule", note=msg("any attention that keeps the shape would do")),
    **_named(attention.CBAM, "blocks.cbam.CBAM", "CBAM", "CBAMBlock", "CBAMLayer", "CBAMModule"),
    **_named(
        attention.ChannelAttention,
        "blocks.channel_attention.ChannelAttention",
        "ChannelAttention", "ChannelAttentionModule", "CAM", "ChannelGate", note=msg("it returns the reweighted input"),
    ),
    **_named(
        attention.SpatialAttention,
        "blocks.spatial_attention.SpatialAttention",
        "SpatialAttention", "SpatialAttentionModule", "SAM", "SpatialGate", note=msg("it returns the reweighted input"),
    ),
    **_named(
        attention.SELinear,
        "blocks.squeeze_excite_linear.SqueezeExciteLinear",
        "SELayer", "SEAttention", "SE", "SENet", "SqueezeAndExcitation",
    ),
    **_named(
        attention.SEConv, "blocks.squeeze_excite_ceil.SqueezeExciteCeil",
        "SEBlock", "SEModule", "SE_Block", "SqueezeExcitation", "SqueezeExciteBlock", "SqueezeExcitationBlock",
    ),
    **_named(
        attention.SqueezeExcite,
        "blocks.squeeze_excite_hard.SqueezeExciteHard",
        "SqueezeExcite", "SqueezeExciteModule", note=msg("GhostNet's form"),
    ),
    **_named(attention.BAM, "blocks.bam.BAM", "BAM", "BAMBlock"),
    **_named(
        attention.ECALayer, "blocks.eca.ECA",
        "ECA", "ECALayer", "ECAAttention", "ECABlock", "ECAModule", "eca_layer", "eca_block",
    ),
    **_named(
        attention.CoordAtt, "blocks.coordinate_attention.CoordinateAttention",
        "CoordAtt", "CoordAttention", "CoordinateAttention",
    ),
    **_named(
        attention.SKAttention, "blocks.selective_kernel.SelectiveKernel",
        "SKAttention", "SKLayer", "SKConv", "SelectiveKernel",
    ),
    **_named(attention.SimAM, "blocks.simam.SimAM", "SimAM", "simam_module"),
    **_named(
        attention.GlobalContext, "blocks.global_context.GlobalContext",
        "GlobalContext", "GlobalContextBlock", "ContextBlock", "GCBlock",
    ),
    **_named(
        attention.NonLocal, "blocks.non_local.NonLocal",
        "NonLocal", "NonLocalBlock", "NonLocalBlock2D", "NONLocalBlock2D",
    ),
    **_named(TripletAttention, "blocks.triplet_attention.TripletAttention", "TripletAttention"),
    **_named(attention.ExternalAttention, "blocks.external_attention.ExternalAttention", "ExternalAttention"),
    **_named(
        attention.AttentionGate, "blocks.attention_gate",
        "AttentionGate", "AttentionBlock", "Attention_block", note=msg("the gating map may have any size"),
    ),
    **_named(
        attention.Attention, "blocks.self_attention.SelfAttention",
        "Attention", "SelfAttention", "MultiHeadSelfAttention", "MHSA",
    ),
}  # fmt: skip

_CONVOLUTIONS: Mapping[str, StandIn] = {
    **_named(
        convolutions.ConvNormRelu, msg("convolution, batch normalisation and ReLU"),
        "ConvBNReLU", "ConvBNRelu", "ConvBnRelu", "ConvBNAct", "ConvBnAct", "ConvBN", "Conv_BN_ReLU", "ConvNormAct", "ConvBlock",
        "conv_block", "BasicConv", "BasicConv2d", "Conv2dBNReLU", "CBR",
    ),
    **_named(convolutions.Conv, msg("convolution, batch normalisation and SiLU as in YOLO"), "Conv", "ConvModule", "CBS"),
    **_named(convolutions.conv3x3, msg("a 3x3 convolution without bias"), "conv3x3"),
    **_named(convolutions.conv1x1, msg("a 1x1 convolution without bias"), "conv1x1"),
    **_named(
        convolutions.DepthwiseSeparableConv, "blocks.depthwise_separable.DepthwiseSeparable",
        "DepthwiseSeparableConv", "DepthwiseSeparableConv2d", "DepthwiseSeparable", "SeparableConv2d", "SeparableConv", "DSConv",
    ),
    **_named(convolutions.DWConv, msg("a depthwise convolution"), "DepthwiseConv", "DepthwiseConv2d"),
    **_named(convolutions.GhostModule, "blocks.ghost_module.GhostModule", "GhostModule"),
    **_named(convolutions.DoubleConv, "blocks.double_conv.DoubleConv", "DoubleConv", "double_conv", "UNetConvBlock"),
    **_named(convolutions.Down, "blocks.unet_down.UNetDown", "Down", "DownBlock"),
    **_named(convolutions.Up, msg("enlarging, the skip beside it, and two convolutions"), "Up", "UpBlock"),
    **_named(convolutions.OutConv, msg("a 1x1 convolution"), "OutConv"),
    **_named(convolutions.ASPP, "blocks.aspp.ASPP", "ASPP"),
    **_named(
        convolutions.PSPModule, "blocks.pyramid_pooling.PyramidPooling",
        "PSPModule", "PPM", "PyramidPooling", "PyramidPoolingModule",
    ),
    **_named(convolutions.SPPF, "blocks.spp_yolo.SPPYolo", "SPPF", "SPP"),
    **_named(convolutions.C3, "blocks.csp.CSP", "C3", "CSPBlock", "BottleneckCSP"),
    **_named(convolutions.C2f, "blocks.c2f.C2f", "C2f"),
    **_named(convolutions.Inception, "blocks.inception.Inception", "Inception", "InceptionModule", "InceptionBlock"),
    **_named(convolutions.Fire, "blocks.fire.Fire", "Fire", "FireModule"),
}  # fmt: skip

_RESIDUALS: Mapping[str, StandIn] = {
    **_named(
        residuals.BasicBlock, "blocks.basic_block.BasicBlock",
        "BasicBlock", "ResidualBlock", "ResBlock", "ResNetBlock", "Residual_Block",
    ),
    **_named(
        residuals.Bottleneck, "blocks.bottleneck.Bottleneck",
        "Bottleneck", "BottleneckBlock", "ResNetBottleneck",
    ),
    **_named(residuals.PreActBlock, "blocks.pre_activation.PreActivation", "PreActBlock", "PreActResBlock"),
    **_named(
        residuals.InvertedResidual, "blocks.inverted_residual.InvertedResidual",
        "InvertedResidual", "InvertedResidualBlock",
    ),
    **_named(residuals.DenseLayer, "blocks.dense_layer.DenseLayer", "DenseLayer"),
    **_named(residuals.DenseBlock, "blocks.dense_block.DenseBlock", "DenseBlock"),
    **_named(residuals.Transition, msg("DenseNet's transition"), "Transition", "TransitionLayer", "TransitionBlock"),
}  # fmt: skip

_SMALL: Mapping[str, StandIn] = {
    **_named(nn.SiLU, "torch.nn.SiLU", "Swish", "MemoryEfficientSwish", "SwishImplementation"),
    **_named(nn.Hardswish, "torch.nn.Hardswish", "HSwish", "Hswish", "HardSwish", "h_swish"),
    **_named(nn.Hardsigmoid, "torch.nn.Hardsigmoid", "HSigmoid", "Hsigmoid", "HardSigmoid", "h_sigmoid"),
    **_named(F.silu, "torch.nn.functional.silu", "swish"),
    **_named(F.hardswish, "torch.nn.functional.hardswish", "hard_swish"),
    **_named(F.hardsigmoid, "torch.nn.functional.hardsigmoid", "hard_sigmoid"),
    **_named(FunnelReLU, "blocks.funnel_relu.FunnelReLU", "FReLU"),
    **_named(small.DropPath, msg("stochastic depth"), "DropPath", "StochasticDepth"),
    **_named(small.LayerScale, msg("a learned number per channel"), "LayerScale"),
    **_named(small.LayerNorm2d, msg("layer normalisation over the channels of a picture"), "LayerNorm2d"),
    **_named(
        small.Mlp, msg("two linear layers with GELU"),
        "Mlp", "MLP", "FeedForward", "FFN", "PositionwiseFeedForward",
    ),
    **_named(small.PatchEmbed, "blocks.patch_embedding.PatchEmbedding", "PatchEmbed", "PatchEmbedding"),
    **_named(small.PositionalEncoding, msg("sines and cosines as in arXiv:1706.03762"), "PositionalEncoding"),
    **_named(small.Residual, "x + fn(x)", "Residual"),
    **_named(small.PreNorm, msg("fn(layer normalisation of x)"), "PreNorm"),
    **_named(small.make_divisible, msg("rounding to a multiple as in MobileNet"), "make_divisible", "_make_divisible"),
    **_named(small.autopad, msg("the padding that keeps the size"), "autopad"),
    **_named(small.to_2tuple, msg("a pair of equal numbers"), "to_2tuple", "pair"),
}  # fmt: skip

STAND_INS: dict[str, StandIn] = {**_ATTENTION, **_CONVOLUTIONS, **_RESIDUALS, **_SMALL}
"""Name -> (what stands in, where it comes from, what to know of it)."""

CHOICES: dict[str, StandIn] = {
    name: STAND_INS[name]
    for name in (
        "CBAM", "SELayer", "SEBlock", "SqueezeExcite", "ECA", "BAM", "CoordAtt", "ChannelAttention", "SimAM",
        "GlobalContext", "NonLocal",
    )
} | {"Identity": (small.Identity, msg("nothing at all"), "")}  # fmt: skip
"""What else may stand in for an attention that was left out: built from a number of channels, it keeps the shape."""
