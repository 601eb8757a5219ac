"""A layer with its arguments and one input, and the settings that every layer starts with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from explainer.arithmetic import LAYERS, Argument, Parameter

FIRST = (
    "Conv2d", "MaxPool2d", "AvgPool2d", "ConvTranspose2d", "Linear", "AdaptiveAvgPool2d", "Flatten", "Upsample",
    "PixelShuffle", "Unfold", "ZeroPad2d", "Conv1d", "Conv3d",
)  # fmt: skip
NAMES: tuple[str, ...] = (*FIRST, *(name for name in LAYERS if name not in FIRST))
DEFAULT_LAYER = FIRST[0]
PAGE, RESULT = "layer-page", "layer-result"  # the page's fragments: the second is in the first

Setting = int | str | bool | None


class LayerChoice(NamedTuple):
    """``nn.layer(**arguments)`` and the shape of its input."""

    layer: str
    arguments: tuple[tuple[str, Argument], ...]
    input_shape: tuple[int, ...]


SIDES: Mapping[int, Mapping[str, Setting]] = {
    1: {"length": 20},
    2: {"height": 12, "width": 12},
    3: {"depth": 8, "height": 12, "width": 12},
}
_BY_FAMILY: Mapping[str, Mapping[str, Setting]] = {
    "convolution": {"in_channels": 3, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    "transposed convolution": {
        "in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1,
    },
    "pool": {"channels": 8, "kernel_size": 2, "norm_type": "2"},
    "adaptive pool": {"channels": 8, "output_size": "5"},
    "patches": {"channels": 3, "kernel_size": 2, "stride": 2},
    "resolution": {"channels": 12, "upscale_factor": 2, "downscale_factor": 2, "scale_factor": "2", "shape": "1 x 3 x 12 x 12"},
    "padding": {"channels": 3, "padding": "1", "value": "0.5"},
    "linear": {"in_features": 64, "out_features": 10, "shape": "2 x 10 x 64"},
    "regrouping": {"shape": "2 x 512 x 7 x 7"},
}  # fmt: skip
_BY_NAME: Mapping[str, Mapping[str, Setting]] = {
    "MaxPool1d": {"kernel_size": 3, "stride": 2, "padding": 1},
    "MaxPool2d": {"kernel_size": 3, "stride": 2, "padding": 1},
    "MaxPool3d": {"kernel_size": 3, "stride": 2, "padding": 1},
    "ConvTranspose1d": {"length": 16},
    "ConvTranspose2d": {"height": 6, "width": 6},
    "ConvTranspose3d": {"depth": 4, "height": 6, "width": 6},
    "Fold": {"output_size": 8, "shape": "1 x 12 x 16"},
    "PixelUnshuffle": {"channels": 3},
    "Unflatten": {"dim": 1, "unflattened_size": "3, -1", "shape": "2 x 12 x 5"},
}
SHAPED = frozenset({"Fold", "Upsample", "Linear", "Flatten", "Unflatten"})
CONV_DEFAULTS: Mapping[str, Setting] = {
    "in_channels": 3, "out_channels": 8, "height": 12, "width": 12,
    "kernel_size": 3, "stride": 3, "padding": 1, "dilation": 1,
    "kernel_size_w": None, "stride_w": None, "padding_w": None, "dilation_w": None,
    "padding_as": "int", "padding_mode": "zeros", "groups": 1, "batch": 1, "bias": True,
}  # fmt: skip


def defaults_of(layer: str) -> dict[str, Setting]:
    """Every field of a layer's form by its key, which is also the query parameter, with the value it starts with."""
    if layer == DEFAULT_LAYER:
        return dict(CONV_DEFAULTS)
    form = LAYERS[layer]
    ours = {**_BY_FAMILY[form.family], **_BY_NAME.get(layer, {})}
    fields: dict[str, Setting] = {}
    if layer in SHAPED:
        fields["shape"] = ours["shape"]
    else:
        fields |= {"batch": 1, **SIDES[form.rank or 2]}
        fields |= {name: ours[name] for name in fields if name in ours}
        if form.parameters[0].name != "in_channels":
            fields["channels"] = ours["channels"]
    for parameter in form.parameters:
        fields |= {key: ours.get(key, value) for key, value in _fields_of(parameter, form.rank or 2).items()}
    return fields


def suffixes(rank: int) -> tuple[str, ...]:
    """What stands behind a name for the second and third axis."""
    return {1: (), 2: ("_w",), 3: ("_h", "_w")}[rank]


def is_text(parameter: Parameter) -> bool:
    """Whether a parameter is typed as a text: a list, a fraction, or sizes of which some may be None."""
    sizes = parameter.name == "size" or (parameter.name == "output_size" and parameter.optional)
    return sizes or parameter.kind in ("sides", "numbers", "factor")


def _fields_of(parameter: Parameter, rank: int) -> dict[str, Setting]:
    name, default = parameter.name, parameter.default
    if is_text(parameter):
        return {name: "" if default is None else str(default)}
    if parameter.kind == "flag" and default is None:
        return {name: "None"}
    assert default is None or isinstance(default, (int, str))
    if parameter.kind != "per_axis":
        return {name: default}
    words: dict[str, Setting] = {f"{name}_as": "int"} if parameter.choices else {}
    return {name: default, **{name + suffix: None for suffix in suffixes(rank)}, **words}
