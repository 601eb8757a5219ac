"""Classes that code on the web uses without defining them, by the name and with the arguments that people give them.

They let a paste run whose helper class was left behind. What stands in is a block of the catalogue or a few lines here; the text
beside it says which, because the author's own class may have been another.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn
from torch.nn import functional as F

from blocks.funnel_relu import FunnelReLU
from blocks.stand_ins import attention, convolutions, residuals, small
from blocks.triplet_attention import TripletAttention


def _named(value: object, origin: str, *names: str) -> dict[str, tuple[object, str]]:
    return dict.fromkeys(names, (value, origin))


_ATTENTION: Mapping[str, tuple[object, str]] = {
    **_named(attention.CBAM, "blocks.cbam.CBAM, standing in: any attention that keeps the shape would do", "AttentionModule"),
    **_named(attention.CBAM, "blocks.cbam.CBAM, standing in", "CBAM", "CBAMBlock", "CBAMLayer", "CBAMModule"),
    **_named(
        attention.ChannelAttention,
        "blocks.channel_attention.ChannelAttention, standing in: it returns the reweighted input",
        "ChannelAttention", "ChannelAttentionModule", "CAM", "ChannelGate",
    ),
    **_named(
        attention.SpatialAttention,
        "blocks.spatial_attention.SpatialAttention, standing in: it returns the reweighted input",
        "SpatialAttention", "SpatialAttentionModule", "SAM", "SpatialGate",
    ),
    **_named(
        attention.SELinear,
        "blocks.squeeze_excite_linear.SqueezeExciteLinear, standing in",
        "SELayer", "SEAttention", "SE", "SENet", "SqueezeAndExcitation",
    ),
    **_named(
        attention.SEConv, "blocks.squeeze_excite_ceil.SqueezeExciteCeil, standing in",
        "SEBlock", "SEModule", "SE_Block", "SqueezeExcitation", "SqueezeExciteBlock", "SqueezeExcitationBlock",
    ),
    **_named(
        attention.SqueezeExcite,
        "blocks.squeeze_excite_hard.SqueezeExciteHard, standing in: GhostNet's form",
        "SqueezeExcite", "SqueezeExciteModule",
    ),
    **_named(attention.BAM, "blocks.bam.BAM, standing in", "BAM", "BAMBlock"),
    **_named(
        attention.ECALayer, "blocks.eca.ECA, standing in",
        "ECA", "ECALayer", "ECAAttention", "ECABlock", "ECAModule", "eca_layer", "eca_block",
    ),
    **_named(
        attention.CoordAtt, "blocks.coordinate_attention.CoordinateAttention, standing in",
        "CoordAtt", "CoordAttention", "CoordinateAttention",
    ),
    **_named(
        attention.SKAttention, "blocks.selective_kernel.SelectiveKernel, standing in",
        "SKAttention", "SKLayer", "SKConv", "SelectiveKernel",
    ),
    **_named(attention.SimAM, "blocks.simam.SimAM, standing in", "SimAM", "simam_module"),
    **_named(
        attention.GlobalContext, "blocks.global_context.GlobalContext, standing in",
        "GlobalContext", "GlobalContextBlock", "ContextBlock", "GCBlock",
    ),
    **_named(
        attention.NonLocal, "blocks.non_local.NonLocal, standing in",
        "NonLocal", "NonLocalBlock", "NonLocalBlock2D", "NONLocalBlock2D",
    ),
    **_named(TripletAttention, "blocks.triplet_attention.TripletAttention, standing in", "TripletAttention"),
    **_named(attention.ExternalAttention, "blocks.external_attention.ExternalAttention, standing in", "ExternalAttention"),
    **_named(
        attention.AttentionGate, "blocks.attention_gate, standing in: the gating map may have any size",
        "AttentionGate", "AttentionBlock", "Attention_block",
    ),
    **_named(
        attention.Attention, "blocks.self_attention.SelfAttention, standing in",
        "Attention", "SelfAttention", "MultiHeadSelfAttention", "MHSA",
    ),
}  # fmt: skip

_CONVOLUTIONS: Mapping[str, tuple[object, str]] = {
    **_named(
        convolutions.ConvNormRelu, "convolution, batch normalisation and ReLU, standing in",
        "ConvBNReLU", "ConvBNRelu", "ConvBnRelu", "ConvBNAct", "ConvBnAct", "ConvBN", "Conv_BN_ReLU", "ConvNormAct", "ConvBlock",
        "conv_block", "BasicConv", "BasicConv2d", "Conv2dBNReLU", "CBR",
    ),
    **_named(convolutions.Conv, "convolution, batch normalisation and SiLU as in YOLO, standing in", "Conv", "ConvModule", "CBS"),
    **_named(convolutions.conv3x3, "a 3x3 convolution without bias, standing in", "conv3x3"),
    **_named(convolutions.conv1x1, "a 1x1 convolution without bias, standing in", "conv1x1"),
    **_named(
        convolutions.DepthwiseSeparableConv, "blocks.depthwise_separable.DepthwiseSeparable, standing in",
        "DepthwiseSeparableConv", "DepthwiseSeparableConv2d", "DepthwiseSeparable", "SeparableConv2d", "SeparableConv", "DSConv",
    ),
    **_named(convolutions.DWConv, "a depthwise convolution, standing in", "DepthwiseConv", "DepthwiseConv2d"),
    **_named(convolutions.GhostModule, "blocks.ghost_module.GhostModule, standing in", "GhostModule"),
    **_named(convolutions.DoubleConv, "blocks.double_conv.DoubleConv, standing in", "DoubleConv", "double_conv", "UNetConvBlock"),
    **_named(convolutions.Down, "blocks.unet_down.UNetDown, standing in", "Down", "DownBlock"),
    **_named(convolutions.Up, "enlarging, the skip beside it, and two convolutions, standing in", "Up", "UpBlock"),
    **_named(convolutions.OutConv, "a 1x1 convolution, standing in", "OutConv"),
    **_named(convolutions.ASPP, "blocks.aspp.ASPP, standing in", "ASPP"),
    **_named(
        convolutions.PSPModule, "blocks.pyramid_pooling.PyramidPooling, standing in",
        "PSPModule", "PPM", "PyramidPooling", "PyramidPoolingModule",
    ),
    **_named(convolutions.SPPF, "blocks.spp_yolo.SPPYolo, standing in", "SPPF", "SPP"),
    **_named(convolutions.C3, "blocks.csp.CSP, standing in", "C3", "CSPBlock", "BottleneckCSP"),
    **_named(convolutions.C2f, "blocks.c2f.C2f, standing in", "C2f"),
    **_named(convolutions.Inception, "blocks.inception.Inception, standing in", "Inception", "InceptionModule", "InceptionBlock"),
    **_named(convolutions.Fire, "blocks.fire.Fire, standing in", "Fire", "FireModule"),
}  # fmt: skip

_RESIDUALS: Mapping[str, tuple[object, str]] = {
    **_named(
        residuals.BasicBlock, "blocks.basic_block.BasicBlock, standing in",
        "BasicBlock", "ResidualBlock", "ResBlock", "ResNetBlock", "Residual_Block",
    ),
    **_named(
        residuals.Bottleneck, "blocks.bottleneck.Bottleneck, standing in",
        "Bottleneck", "BottleneckBlock", "ResNetBottleneck",
    ),
    **_named(residuals.PreActBlock, "blocks.pre_activation.PreActivation, standing in", "PreActBlock", "PreActResBlock"),
    **_named(
        residuals.InvertedResidual, "blocks.inverted_residual.InvertedResidual, standing in",
        "InvertedResidual", "InvertedResidualBlock",
    ),
    **_named(residuals.DenseLayer, "blocks.dense_layer.DenseLayer, standing in", "DenseLayer"),
    **_named(residuals.DenseBlock, "blocks.dense_block.DenseBlock, standing in", "DenseBlock"),
    **_named(residuals.Transition, "DenseNet's transition, standing in", "Transition", "TransitionLayer", "TransitionBlock"),
}  # fmt: skip

_SMALL: Mapping[str, tuple[object, str]] = {
    **_named(nn.SiLU, "torch.nn.SiLU, standing in", "Swish", "MemoryEfficientSwish", "SwishImplementation"),
    **_named(nn.Hardswish, "torch.nn.Hardswish, standing in", "HSwish", "Hswish", "HardSwish", "h_swish"),
    **_named(nn.Hardsigmoid, "torch.nn.Hardsigmoid, standing in", "HSigmoid", "Hsigmoid", "HardSigmoid", "h_sigmoid"),
    **_named(F.silu, "torch.nn.functional.silu, standing in", "swish"),
    **_named(F.hardswish, "torch.nn.functional.hardswish, standing in", "hard_swish"),
    **_named(F.hardsigmoid, "torch.nn.functional.hardsigmoid, standing in", "hard_sigmoid"),
    **_named(FunnelReLU, "blocks.funnel_relu.FunnelReLU, standing in", "FReLU"),
    **_named(small.DropPath, "stochastic depth, standing in", "DropPath", "StochasticDepth"),
    **_named(small.LayerScale, "a learned number per channel, standing in", "LayerScale"),
    **_named(small.LayerNorm2d, "layer normalisation over the channels of a picture, standing in", "LayerNorm2d"),
    **_named(
        small.Mlp, "two linear layers with GELU, standing in",
        "Mlp", "MLP", "FeedForward", "FFN", "PositionwiseFeedForward",
    ),
    **_named(small.PatchEmbed, "blocks.patch_embedding.PatchEmbedding, standing in", "PatchEmbed", "PatchEmbedding"),
    **_named(small.PositionalEncoding, "sines and cosines as in arXiv:1706.03762, standing in", "PositionalEncoding"),
    **_named(small.Residual, "x + fn(x), standing in", "Residual"),
    **_named(small.PreNorm, "fn(layer normalisation of x), standing in", "PreNorm"),
    **_named(small.make_divisible, "rounding to a multiple as in MobileNet, standing in", "make_divisible", "_make_divisible"),
    **_named(small.autopad, "the padding that keeps the size, standing in", "autopad"),
    **_named(small.to_2tuple, "a pair of equal numbers, standing in", "to_2tuple", "pair"),
}  # fmt: skip

STAND_INS: dict[str, tuple[object, str]] = {**_ATTENTION, **_CONVOLUTIONS, **_RESIDUALS, **_SMALL}
"""Name -> (what stands in, where it comes from)."""

CHOICES: dict[str, tuple[object, str]] = {
    name: STAND_INS[name]
    for name in (
        "CBAM", "SELayer", "SEBlock", "SqueezeExcite", "ECA", "BAM", "CoordAtt", "ChannelAttention", "SimAM",
        "GlobalContext", "NonLocal",
    )
} | {"Identity": (small.Identity, "nothing at all, standing in")}  # fmt: skip
"""What else may stand in for an attention that was left out: built from a number of channels, it keeps the shape."""
