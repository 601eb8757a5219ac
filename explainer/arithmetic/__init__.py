"""Closed-form sizes of PyTorch's layers: pure integers, no torch. ``axis`` is one row, each layer combines its axes."""

from __future__ import annotations

from explainer.arithmetic.axis import Axis
from explainer.arithmetic.conv import ConvLayer, conv_layer

__all__ = ["Axis", "ConvLayer", "conv_layer"]
