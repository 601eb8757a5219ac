"""Every layer that has an arithmetic, by torch's class name, with what a form needs to ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from explainer.arithmetic.adaptive import adaptive_pool_layer
from explainer.arithmetic.arguments import Argument
from explainer.arithmetic.conv import PADDING_MODES, PADDING_WORDS, conv_layer
from explainer.arithmetic.dense import flatten_layer, linear_layer, unflatten_layer
from explainer.arithmetic.fold import fold_layer, unfold_layer
from explainer.arithmetic.pad import PADDING_KINDS, padding_layer
from explainer.arithmetic.pool import avg_pool_layer, lp_pool_layer, max_pool_layer
from explainer.arithmetic.resize import RANKS_BY_MODE, pixel_shuffle_layer, pixel_unshuffle_layer, upsample_layer
from explainer.arithmetic.transposed import conv_transpose_layer
from explainer.types import Shape

Kind: TypeAlias = Literal["count", "per_axis", "sides", "numbers", "factor", "flag", "choice"]


class Layer(Protocol):
    """What every layer record answers."""

    @property
    def param_count(self) -> int: ...
    def output_shape(self, input_shape: Shape, /) -> Shape: ...
    def macs(self, input_shape: Shape, /) -> int: ...
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constructor argument of torch.

    ``kind``: one number (count), one or one per axis (per_axis), one or two per axis (sides), a list (numbers), a fraction
    (factor), yes or no (flag), one of ``choices``. A per_axis argument with ``choices`` takes these words too; ``optional``
    ones take None.
    """

    name: str
    kind: Kind
    default: Argument = None
    required: bool = False
    optional: bool = False
    minimum: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerForm:
    """A torch class: ``make`` takes its arguments in order or by name. ``rank`` is None where the input decides."""

    name: str
    family: str
    rank: int | None
    parameters: tuple[Parameter, ...]
    make: Callable[..., Layer]


def _count(name: str, minimum: int, default: Argument = None) -> Parameter:
    return Parameter(name, "count", default, required=default is None, minimum=minimum)


def _per_axis(name: str, minimum: int, default: Argument = None, choices: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, "per_axis", default, required=default is None, minimum=minimum, choices=choices)


def _flag(name: str, default: bool) -> Parameter:
    return Parameter(name, "flag", default)


_CHANNELS = (_count("in_channels", 1), _count("out_channels", 1))
_KERNEL = _per_axis("kernel_size", 1)
_STRIDE, _PADDING, _DILATION = _per_axis("stride", 1, 1), _per_axis("padding", 0, 0), _per_axis("dilation", 1, 1)
_POOL_STRIDE = Parameter("stride", "per_axis", optional=True, minimum=1)
_GROUPS, _BIAS, _CEIL = _count("groups", 1, 1), _flag("bias", True), _flag("ceil_mode", False)
_INDICES = _flag("return_indices", False)
_WORDY_PADDING, _MODE = (
    _per_axis("padding", 0, 0, PADDING_WORDS),
    Parameter("padding_mode", "choice", "zeros", choices=PADDING_MODES),
)
_CONV = (*_CHANNELS, _KERNEL, _STRIDE, _WORDY_PADDING, _DILATION, _GROUPS, _BIAS, _MODE)
_EXTRA, _ONLY_ZEROS = _per_axis("output_padding", 0, 0), Parameter("padding_mode", "choice", "zeros", choices=("zeros",))
_TRANSPOSED = (*_CHANNELS, _KERNEL, _STRIDE, _PADDING, _EXTRA, _GROUPS, _BIAS, _DILATION, _ONLY_ZEROS)
_MAX = (_KERNEL, _POOL_STRIDE, _PADDING, _DILATION, _INDICES, _CEIL)
_AVG = (_KERNEL, _POOL_STRIDE, _PADDING, _CEIL, _flag("count_include_pad", True))
_DIVISOR = Parameter("divisor_override", "count", optional=True)
_FLATTEN = (Parameter("start_dim", "count", 1), Parameter("end_dim", "count", -1))
_UNFLATTEN = (Parameter("dim", "count", required=True), Parameter("unflattened_size", "numbers", required=True, minimum=-1))
_LP = (Parameter("norm_type", "factor", required=True), _KERNEL, _POOL_STRIDE, _CEIL)
_ADAPTIVE = (Parameter("output_size", "per_axis", required=True, optional=True, minimum=0),)
_PATCHES = (_KERNEL, _DILATION, _PADDING, _STRIDE)
_SIDES = (Parameter("padding", "sides", required=True),)
_UPSAMPLE = (
    Parameter("size", "per_axis", optional=True, minimum=1),
    Parameter("scale_factor", "factor", optional=True),
    Parameter("mode", "choice", "nearest", choices=tuple(RANKS_BY_MODE)),
    Parameter("align_corners", "flag", optional=True),
    Parameter("recompute_scale_factor", "flag", optional=True),
)


def _windowed(rank: int) -> tuple[LayerForm, ...]:
    divisor = (_DIVISOR,) if rank > 1 else ()
    return (
        LayerForm(f"Conv{rank}d", "convolution", rank, _CONV, partial(conv_layer, rank)),
        LayerForm(f"ConvTranspose{rank}d", "transposed convolution", rank, _TRANSPOSED, partial(conv_transpose_layer, rank)),
        LayerForm(f"MaxPool{rank}d", "pool", rank, _MAX, partial(max_pool_layer, rank)),
        LayerForm(f"AvgPool{rank}d", "pool", rank, (*_AVG, *divisor), partial(avg_pool_layer, rank)),
        LayerForm(f"LPPool{rank}d", "pool", rank, _LP, partial(lp_pool_layer, rank)),
        LayerForm(f"AdaptiveAvgPool{rank}d", "adaptive pool", rank, _ADAPTIVE, partial(adaptive_pool_layer, "Avg", rank)),
        LayerForm(
            f"AdaptiveMaxPool{rank}d", "adaptive pool", rank, (*_ADAPTIVE, _INDICES), partial(adaptive_pool_layer, "Max", rank)
        ),
    )


def _padding(kind: str, rank: int) -> LayerForm:
    value = (Parameter("value", "factor", required=True),) if kind == "Constant" else ()
    return LayerForm(f"{kind}Pad{rank}d", "padding", rank, (*_SIDES, *value), partial(padding_layer, kind, rank))


_FORMS = (
    *(form for rank in (1, 2, 3) for form in _windowed(rank)),
    LayerForm("Unfold", "patches", 2, _PATCHES, unfold_layer),
    LayerForm("Fold", "patches", 2, (_per_axis("output_size", 1), *_PATCHES), fold_layer),
    LayerForm("Upsample", "resolution", None, _UPSAMPLE, upsample_layer),
    LayerForm("PixelShuffle", "resolution", 2, (_count("upscale_factor", 1),), pixel_shuffle_layer),
    LayerForm("PixelUnshuffle", "resolution", 2, (_count("downscale_factor", 1),), pixel_unshuffle_layer),
    *(_padding(kind, rank) for kind in PADDING_KINDS for rank in (1, 2, 3)),
    LayerForm("Linear", "linear", None, (_count("in_features", 0), _count("out_features", 0), _BIAS), linear_layer),
    LayerForm("Flatten", "regrouping", None, _FLATTEN, flatten_layer),
    LayerForm("Unflatten", "regrouping", None, _UNFLATTEN, unflatten_layer),
)

LAYERS: Mapping[str, LayerForm] = MappingProxyType({form.name: form for form in _FORMS})
