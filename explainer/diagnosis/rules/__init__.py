"""The rules in the order in which they are asked; the first that knows an answer gives it."""

from __future__ import annotations

from collections.abc import Callable

from explainer.diagnosis.case import Case, Finding
from explainer.diagnosis.rules import forms, joins, layers, python, values

Rule = Callable[[Case], Finding | None]

RULES: tuple[Rule, ...] = (
    python.syntax, python.recursion, python.endless, python.undecidable,
    python.super_missing, python.hidden_name, python.forward_missing, python.init_misspelt, python.raised,
    values.returns_nothing, values.nothing, values.tuple_given, values.module_given, values.module_returned,
    values.fractional_size, values.layers_in_list, values.state_size,
    python.name_undefined, python.attribute_missing, python.arguments,
    values.one_value_per_channel, values.device,
    layers.groups, layers.embedded_size, layers.norm_rank,
    layers.window_too_large, layers.conv_rank, layers.conv_channels, layers.linear_features, layers.norm_channels,
    joins.residual, joins.gate, joins.concat, joins.matmul, joins.broadcast,
    forms.view, forms.permuted, forms.axis_out_of_range, forms.index_out_of_range, forms.split_sizes, forms.expanded,
    forms.unpacked, values.dtype,
)  # fmt: skip
