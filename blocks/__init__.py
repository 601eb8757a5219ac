"""The catalogue: every block that the app offers, in the order in which it shows them."""

from collections.abc import Mapping
from importlib import import_module

from torch import nn

from blocks.spec import BlockSpec, InvalidKnob, Knob, Setting, msg

__all__ = ["CATALOGUE", "FAMILIES", "BlockSpec", "InvalidKnob", "Knob", "Setting", "build"]

FAMILIES: Mapping[str, tuple[str, ...]] = {
    msg("Attention"): (
        "squeeze_excite",
        "squeeze_excite_ceil",
        "squeeze_excite_linear",
        "squeeze_excite_hard",
        "with_squeeze_excite",
        "channel_attention",
        "spatial_attention",
        "cbam",
        "bam",
        "eca",
        "coordinate_attention",
        "selective_kernel",
        "simam",
        "global_context",
        "non_local",
        "self_attention",
        "triplet_attention",
        "external_attention",
        "attention_gate",
        "gated_conv",
    ),
    msg("Residual"): (
        "basic_block",
        "bottleneck",
        "pre_activation",
        "se_residual",
        "residual_attention",
        "resnext",
        "res2net",
        "wide_residual",
        "dark_residual",
    ),
    msg("Efficient"): (
        "depthwise_separable",
        "inverted_residual",
        "mbconv",
        "mobilenet_v3",
        "ghost_module",
        "ghost_bottleneck",
        "shuffle_unit",
        "fire",
        "convnext",
        "funnel_relu",
    ),
    msg("Branches"): (
        "inception",
        "dense_layer",
        "dense_block",
        "aspp",
        "spatial_pyramid",
        "spp_yolo",
        "pyramid_pooling",
        "fpn_cell",
        "double_conv",
        "unet_down",
        "unet_up",
        "csp",
        "c2f",
    ),
    msg("Basics"): (
        "conv_norm_act",
        "adaptive_pools",
        "linear_last_axis",
        "upsample",
        "transformer_encoder",
        "patch_embedding",
        "lstm_cell",
        "gru_cell",
    ),
}
"""The blocks of each family by their file's name. A new block is its file and one line here."""

CATALOGUE: Mapping[str, BlockSpec] = {name: import_module(f"blocks.{name}").SPEC for names in FAMILIES.values() for name in names}


def build(block: str, settings: Mapping[str, Setting]) -> nn.Module:
    """The module of a block by its key; InvalidKnob for settings that make none."""
    return CATALOGUE[block].build(settings)
