"""Closed-form sizes of PyTorch's layers: pure integers, no torch.

``axis`` is one row; each layer is a frozen record made by its ``..._layer`` function, which takes torch's arguments and
raises ``InvalidLayer`` where torch refuses on the CPU. ``LAYERS`` lists them by torch's class names.

>>> LAYERS["MaxPool2d"].make(3, stride=2, padding=1).output_shape((1, 64, 112, 112))
(1, 64, 56, 56)
"""

from __future__ import annotations

from explainer.arithmetic.adaptive import AdaptivePoolLayer, adaptive_bins, adaptive_pool_layer
from explainer.arithmetic.arguments import Argument, PerAxis
from explainer.arithmetic.axis import Axis
from explainer.arithmetic.conv import PADDING_MODES, PADDING_WORDS, ConvLayer, conv_layer
from explainer.arithmetic.dense import (
    FlattenLayer,
    LinearLayer,
    UnflattenLayer,
    flatten_layer,
    linear_layer,
    unflatten_layer,
)
from explainer.arithmetic.field import Jump, jump_of, receptive_fields
from explainer.arithmetic.fold import FoldLayer, UnfoldLayer, fold_layer, unfold_layer
from explainer.arithmetic.inverse import (
    Spread,
    Window,
    dividing_paddings,
    input_sizes_for,
    same_padding,
    settings_for,
    spreads_for,
)
from explainer.arithmetic.pad import PADDING_KINDS, PaddingLayer, padding_layer
from explainer.arithmetic.pool import AvgPoolLayer, LPPoolLayer, MaxPoolLayer, avg_pool_layer, lp_pool_layer, max_pool_layer
from explainer.arithmetic.registry import LAYERS, Layer, LayerForm, Parameter
from explainer.arithmetic.resize import (
    PixelShuffleLayer,
    PixelUnshuffleLayer,
    UpsampleLayer,
    pixel_shuffle_layer,
    pixel_unshuffle_layer,
    upsample_layer,
)
from explainer.arithmetic.transposed import ConvTransposeLayer, conv_transpose_layer

__all__ = [
    "LAYERS",
    "PADDING_KINDS",
    "PADDING_MODES",
    "PADDING_WORDS",
    "AdaptivePoolLayer",
    "Argument",
    "AvgPoolLayer",
    "Axis",
    "ConvLayer",
    "ConvTransposeLayer",
    "FlattenLayer",
    "FoldLayer",
    "Jump",
    "LPPoolLayer",
    "Layer",
    "LayerForm",
    "LinearLayer",
    "MaxPoolLayer",
    "PaddingLayer",
    "Parameter",
    "PerAxis",
    "PixelShuffleLayer",
    "PixelUnshuffleLayer",
    "Spread",
    "UnflattenLayer",
    "UnfoldLayer",
    "UpsampleLayer",
    "Window",
    "adaptive_bins",
    "adaptive_pool_layer",
    "avg_pool_layer",
    "conv_layer",
    "conv_transpose_layer",
    "dividing_paddings",
    "flatten_layer",
    "fold_layer",
    "input_sizes_for",
    "jump_of",
    "linear_layer",
    "lp_pool_layer",
    "max_pool_layer",
    "padding_layer",
    "pixel_shuffle_layer",
    "pixel_unshuffle_layer",
    "receptive_fields",
    "same_padding",
    "settings_for",
    "spreads_for",
    "unflatten_layer",
    "unfold_layer",
    "upsample_layer",
]
