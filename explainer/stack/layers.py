"""The layers that a stack can hold: those of the arithmetic, and norms, activations and dropout, which keep every size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from types import MappingProxyType

from explainer.arithmetic import LAYERS, Argument, Layer, LayerForm, Parameter
from explainer.arithmetic.arguments import checked_shape, whole
from explainer.arithmetic.checks import require_number
from explainer.arithmetic.dense import dimension_of
from explainer.errors import InvalidLayer
from explainer.types import Shape


@dataclass(frozen=True, slots=True)
class KeepingLayer:
    """A layer whose output has its input's shape. ``channels`` is what dimension 1 must be, None if any will do.

    ``dimensions`` are the numbers of dimensions it takes, () for any. ``mixes`` are the dimensions along which every output reads
    all of the input, counted from the end where negative; ``mixes_space`` stands for all dimensions after the channels.
    """

    name: str
    param_count: int = 0
    channels: int | None = None
    dimensions: tuple[int, ...] = ()
    last: Shape = ()
    mixes: tuple[int, ...] = ()
    mixes_space: bool = False

    def output_shape(self, input_shape: Shape) -> Shape:
        """The input's shape; raises InvalidLayer where torch refuses it in evaluation mode."""
        shape = checked_shape(input_shape)
        if self.dimensions and len(shape) not in self.dimensions:
            raise InvalidLayer(
                "Input {shape} has {count} dimensions; {name} takes {wanted}.",
                field="input_shape", shape=shape, count=len(shape), name=self.name,
                wanted=" / ".join(map(str, self.dimensions)),
            )  # fmt: skip
        if self.channels is not None and (len(shape) < 2 or shape[1] != self.channels):
            raise InvalidLayer(
                "Input {shape} does not have the {channels} channels that {name} expects.",
                field="num_features", shape=shape, channels=self.channels, name=self.name,
            )  # fmt: skip
        if self.last and shape[-len(self.last) :] != self.last:
            raise InvalidLayer(
                "Input {shape} does not end with normalized_shape={last}.",
                field="normalized_shape", shape=shape, last=self.last,
            )  # fmt: skip
        for dimension in self.mixes:
            dimension_of(dimension, shape, "dim")
        return shape

    def macs(self, input_shape: Shape) -> int:
        """0: only products with a weight matrix are counted."""
        self.output_shape(input_shape)
        return 0

    def code(self) -> str:
        """The class; a stack writes the arguments."""
        return f"nn.{self.name}()"


def _plain(name: str, **settings: object) -> KeepingLayer:
    for key, value in settings.items():
        if key in ("inplace", "approximate"):
            continue
        require_number(value, key)
    if name in _DROPOUTS and not 0 <= float(str(settings.get("p", 0.5))) <= 1:
        raise InvalidLayer("p is a probability: it must be from 0 to 1, not {p}.", field="p", p=str(settings["p"]))
    dimensions = _DROPOUTS.get(name, ())
    return KeepingLayer(name, dimensions=dimensions)


def _batch_norm(
    rank: int, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
    affine: bool = True, track_running_stats: bool = True,
) -> KeepingLayer:  # fmt: skip
    require_number(eps, "eps")
    if momentum is not None:
        require_number(momentum, "momentum")
    channels = whole(num_features, "num_features", 1)
    dimensions = (2, 3) if rank == 1 else (rank + 2,)
    return KeepingLayer(
        f"BatchNorm{rank}d", 2 * channels if affine else 0, channels, dimensions, mixes_space=not track_running_stats
    )


def _instance_norm(
    rank: int, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1,
    affine: bool = False, track_running_stats: bool = False,
) -> KeepingLayer:  # fmt: skip
    made = _batch_norm(rank, num_features, eps, momentum, affine, track_running_stats)
    return KeepingLayer(f"InstanceNorm{rank}d", made.param_count, made.channels, (rank + 2,), mixes_space=not track_running_stats)


def _group_norm(num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> KeepingLayer:
    groups, channels = whole(num_groups, "num_groups", 1), whole(num_channels, "num_channels", 1)
    require_number(eps, "eps")
    if channels % groups:
        raise InvalidLayer(
            "num_groups={groups} does not divide num_channels={channels}.", field="num_groups", groups=groups, channels=channels
        )
    return KeepingLayer("GroupNorm", 2 * channels if affine else 0, channels, mixes_space=True)


def _layer_norm(
    normalized_shape: int | Shape, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
) -> KeepingLayer:
    require_number(eps, "eps")
    sizes = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
    last = tuple(whole(size, "normalized_shape", 1) for size in sizes)
    if not last:
        raise InvalidLayer("normalized_shape must have at least one number.", field="normalized_shape")
    params = prod(last) * (1 + bool(bias)) if elementwise_affine else 0
    return KeepingLayer("LayerNorm", params, last=last, mixes=tuple(range(-len(last), 0)))


def _softmax(name: str, dim: int) -> KeepingLayer:
    return KeepingLayer(name, mixes=(whole(dim, "dim"),))


def _prelu(num_parameters: int = 1, init: float = 0.25) -> KeepingLayer:
    require_number(init, "init")
    count = whole(num_parameters, "num_parameters", 1)
    return KeepingLayer("PReLU", count, None if count == 1 else count)


def _flag(name: str, default: bool) -> Parameter:
    return Parameter(name, "flag", default)


def _factor(name: str, default: float) -> Parameter:
    return Parameter(name, "factor", default)


_INPLACE, _EPS, _MOMENTUM = _flag("inplace", False), _factor("eps", 1e-5), Parameter("momentum", "factor", 0.1, optional=True)
_FEATURES = Parameter("num_features", "count", required=True, minimum=1)
_BATCH_NORM = (_FEATURES, _EPS, _MOMENTUM, _flag("affine", True), _flag("track_running_stats", True))
_INSTANCE_NORM = (_FEATURES, _EPS, _MOMENTUM, _flag("affine", False), _flag("track_running_stats", False))
_DROPOUTS: Mapping[str, tuple[int, ...]] = {
    "Dropout": (), "AlphaDropout": (), "Dropout1d": (2, 3), "Dropout2d": (3, 4), "Dropout3d": (4, 5),
}  # fmt: skip
_PLAIN: Mapping[str, tuple[Parameter, ...]] = {
    "ReLU": (_INPLACE,),
    "ReLU6": (_INPLACE,),
    "LeakyReLU": (_factor("negative_slope", 0.01), _INPLACE),
    "ELU": (_factor("alpha", 1.0), _INPLACE),
    "GELU": (Parameter("approximate", "choice", "none", choices=("none", "tanh")),),
    "SiLU": (_INPLACE,),
    "Mish": (_INPLACE,),
    "Hardswish": (_INPLACE,),
    "Hardsigmoid": (_INPLACE,),
    "Softplus": (_factor("beta", 1.0), _factor("threshold", 20.0)),
    "Sigmoid": (),
    "Tanh": (),
    "Identity": (),
} | {name: (_factor("p", 0.5), _INPLACE) for name in _DROPOUTS}  # fmt: skip


def _form(name: str, family: str, rank: int | None, parameters: tuple[Parameter, ...], make: Callable[..., Layer]) -> LayerForm:
    return LayerForm(name, family, rank, parameters, make)


_KEEPING = (
    *(_form(f"BatchNorm{rank}d", "norm", rank, _BATCH_NORM, partial(_batch_norm, rank)) for rank in (1, 2, 3)),
    *(_form(f"InstanceNorm{rank}d", "norm", rank, _INSTANCE_NORM, partial(_instance_norm, rank)) for rank in (1, 2, 3)),
    _form("GroupNorm", "norm", None, (
        Parameter("num_groups", "count", required=True, minimum=1), Parameter("num_channels", "count", required=True, minimum=1),
        _EPS, _flag("affine", True),
    ), _group_norm),
    _form("LayerNorm", "norm", None, (
        Parameter("normalized_shape", "numbers", required=True, minimum=1), _EPS,
        _flag("elementwise_affine", True), _flag("bias", True),
    ), _layer_norm),
    *(_form(name, "dropout" if name in _DROPOUTS else "activation", None, parameters, partial(_plain, name))
      for name, parameters in _PLAIN.items()),
    _form("PReLU", "activation", None,
          (Parameter("num_parameters", "count", 1, minimum=1), _factor("init", 0.25)), _prelu),
    *(_form(name, "activation", None, (Parameter("dim", "count", required=True),), partial(_softmax, name))
      for name in ("Softmax", "LogSoftmax")),
)  # fmt: skip

FORMS: Mapping[str, LayerForm] = MappingProxyType({**LAYERS, **{form.name: form for form in _KEEPING}})


def make_layer(name: str, arguments: Mapping[str, Argument]) -> Layer:
    """The layer of this name; raises InvalidLayer for numbers that make none, or where a stack cannot pass its result on."""
    form = FORMS[name]
    for parameter in form.parameters:
        if parameter.required and parameter.name not in arguments:
            raise InvalidLayer("{name} needs {parameter}.", field=parameter.name, name=name, parameter=parameter.name)
        value = arguments.get(parameter.name, parameter.default)
        if parameter.kind == "flag" and not isinstance(value, bool) and not (parameter.optional and value is None):
            raise InvalidLayer(
                "{name} must be True or False, not {value}.", field=parameter.name, name=parameter.name, value=repr(value)
            )
        if parameter.kind == "choice" and value not in parameter.choices:
            raise InvalidLayer("{name} must be one of {choices}, not {value}.", field=parameter.name, name=parameter.name,
                               choices=", ".join(map(repr, parameter.choices)), value=repr(value))  # fmt: skip
    if arguments.get("return_indices"):
        raise InvalidLayer(
            "With return_indices=True the layer returns two tensors, and nn.Sequential can hand on only one.",
            field="return_indices",
        )
    return form.make(**arguments)
