"""Short technical names for ops and shapes, the same in every language: ``Conv2d 3×3, stride 2``, ``64×56×56``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from explainer.types import Attribute, NodeKind, Op, Shape, Trace

_Detail: TypeAlias = Callable[[Op, Trace], str]

_FAMILIES: Mapping[NodeKind, tuple[str, ...]] = {
    "conv": ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    "linear": ("linear", "bilinear", "addmm", "lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "embedding"),
    "norm": (
        "batch_norm",
        "layer_norm",
        "group_norm",
        "instance_norm",
        "rms_norm",
        "local_response_norm",
        "normalize",
        "dropout",
    ),
    "attention": ("scaled_dot_product_attention",),
    "activation": tuple(
        "relu relu6 gelu silu mish elu selu celu leaky_relu prelu hardtanh hardswish hardsigmoid sigmoid tanh softmax log_softmax"
        " softplus softsign glu logsigmoid threshold clamp".split()
    ),
    "pool": tuple("mean sum amax amin max min std var".split()),
    "shape": tuple(
        "view reshape flatten unflatten squeeze unsqueeze transpose permute expand expand_as repeat chunk split unbind getitem"
        " contiguous pad roll flip T mT pixel_shuffle pixel_unshuffle channel_shuffle view_as reshape_as select narrow".split()
    ),
    "merge": ("add", "sub", "cat", "stack", "mul", "div", "matmul", "bmm", "einsum"),
}
_KIND_OF: Mapping[str, NodeKind] = {name: kind for kind, names in _FAMILIES.items() for name in names}
SYMBOLS: Mapping[str, str] = {
    "add": "+",
    "sub": "−",
    "mul": "×",
    "div": "÷",
    "cat": "concat",
    "stack": "stack",
    "matmul": "@",
    "bmm": "@",
}
_TITLES: Mapping[str, str] = {
    "batch_norm": "BatchNorm", "layer_norm": "LayerNorm", "group_norm": "GroupNorm", "instance_norm": "InstanceNorm",
    "add": "sum", "mul": "product",
    "relu": "ReLU", "relu6": "ReLU6", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "selu": "SELU", "prelu": "PReLU",
    "hardswish": "hard-swish", "hardsigmoid": "hard sigmoid", "lstm": "LSTM", "gru": "GRU", "linear": "Linear",
    "scaled_dot_product_attention": "scaled dot-product attention",
}  # fmt: skip


def kind_of(op: Op) -> NodeKind:
    """Which family an op belongs to in the drawing."""
    name = op.base_name
    if name.startswith(("max_pool", "avg_pool", "adaptive_", "lp_pool", "fractional_max")):
        return "pool"
    return _KIND_OF.get(name, "norm" if "dropout" in name else "other")


def times(numbers: tuple[int, ...]) -> str:
    """``(64, 56, 56)`` -> ``64×56×56``."""
    return "×".join(str(number) for number in numbers)


def shape_label(shape: Shape, *, batched: bool = True) -> str:
    """A shape without its batch axis, as it stands on an edge; ``scalar`` for a single number."""
    if batched and len(shape) > 1:
        return times(shape[1:])
    return times(shape) or "scalar"


def detail_of(op: Op, trace: Trace) -> str:
    """What the op is, in the field's own terms and with this run's numbers."""
    name = op.base_name
    if kind_of(op) == "conv":
        return _conv(op, trace)
    special = _DETAILS.get(name)
    if special is not None:
        return special(op, trace)
    if kind_of(op) == "pool" and "pool" in name:
        return _pool(op, trace)
    if name in ("mean", "sum", "amax", "amin", "max", "min", "std", "var"):
        return _reduction(op, trace)
    if kind_of(op) == "shape":
        return f"→ {times(trace.shape(op.outputs[0]))}"
    return _TITLES.get(name, name.replace("_", " "))


def step_of(op: Op, trace: Trace) -> str:
    """The op in one line of a table, where no drawing names it."""
    detail = detail_of(op, trace)
    if op.base_name == "cat":
        return f"concat of {detail}"
    return f"{op.base_name} {detail}" if detail.startswith("→") else detail


def title_of(op: Op) -> str:
    """The op's name where no module names it; with its number if it has but one tensor: ``÷ 16``."""
    symbol, other = SYMBOLS.get(op.base_name, op.base_name), op.attribute("other")
    if op.base_name in ("rsub", "rdiv"):  # written the other way round: 1 - x
        sign = SYMBOLS[op.base_name[1:]]
        return f"{other:g} {sign}" if len(op.inputs) == 1 and isinstance(other, (int, float)) else sign
    return f"{symbol} {other:g}" if len(op.inputs) == 1 and isinstance(other, (int, float)) else symbol


def _numbers(value: Attribute, rank: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * rank
    numbers = tuple(n for n in value if isinstance(n, int)) if isinstance(value, tuple) else ()
    return numbers * rank if len(numbers) == 1 else numbers


def _side(numbers: tuple[int, ...]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else times(numbers)


def _conv(op: Op, trace: Trace) -> str:
    weight = trace.shape(op.inputs[1])
    rank = len(weight) - 2
    parts = ["ConvTranspose" if "transpose" in op.name else "Conv"]
    parts[0] += f"{rank}d {times(weight[2:])}"
    for name, default in (("stride", 1), ("dilation", 1)):
        numbers = _numbers(op.attribute(name, default), rank)
        if set(numbers) != {default}:
            parts.append(f"{name} {_side(numbers)}")
    groups = op.attribute("groups", 1)
    if isinstance(groups, int) and groups > 1:
        is_depthwise = groups == trace.shape(op.inputs[0])[-rank - 1]
        parts.append("depthwise" if is_depthwise else f"{groups} groups")
    return ", ".join(parts)


def _pool(op: Op, trace: Trace) -> str:
    name = op.base_name
    what = "max" if "max" in name else "norm" if name.startswith("lp_") else "average"
    if name.startswith("adaptive"):
        size = trace.shape(op.outputs[0])[-next((int(letter) for letter in name if letter.isdigit()), 2) :]
        return f"global {what} pool" if set(size) == {1} else f"adaptive {what} pool → {times(size)}"
    rank = next((int(letter) for letter in name if letter.isdigit()), 2)
    kernel = _numbers(op.attribute("kernel_size"), rank)
    stride = _numbers(op.attribute("stride"), rank) or kernel
    return f"{what} pool {times(kernel)}" + (f", stride {_side(stride)}" if stride != kernel else "")


def _reduction(op: Op, trace: Trace) -> str:
    shape, dim = trace.shape(op.inputs[0]), op.attribute("dim", op.attribute("axis"))
    axes = (dim,) if isinstance(dim, int) else dim if isinstance(dim, tuple) else tuple(range(len(shape)))
    sizes = tuple(shape[axis] for axis in axes if isinstance(axis, int) and -len(shape) <= axis < len(shape))
    return f"{op.base_name} over {times(sizes)}"


def _linear(op: Op, trace: Trace) -> str:
    out_features, in_features = trace.shape(op.inputs[1])[-2:]
    return f"Linear {in_features}→{out_features}"


def _batch_norm(op: Op, trace: Trace) -> str:
    return f"BatchNorm{max(len(trace.shape(op.inputs[0])) - 2, 1)}d"


def _softmax(op: Op, trace: Trace) -> str:
    dim = op.attribute("dim")
    shape = trace.shape(op.inputs[0])
    return f"softmax over {shape[dim]}" if isinstance(dim, int) and -len(shape) <= dim < len(shape) else "softmax"


def _recurrent(op: Op, trace: Trace) -> str:
    size = trace.shape(op.outputs[1])[-1] if len(op.outputs) > 1 else trace.shape(op.outputs[0])[-1]
    return f"{op.base_name.upper()} {trace.shape(op.inputs[0])[-1]}→{size}"


_DETAILS: Mapping[str, _Detail] = {
    "linear": _linear,
    "batch_norm": _batch_norm,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "lstm": _recurrent,
    "gru": _recurrent,
    "cat": lambda op, _: f"{len(op.inputs)} tensor{'s' * (len(op.inputs) > 1)}, axis {op.attribute('dim', 0)}",
    "rsub": lambda op, _: title_of(op),
    "rdiv": lambda op, _: title_of(op),
    "dropout": lambda op, _: f"dropout p={op.attribute('p', 0.5)}",
    "getitem": lambda op, trace: f"→ {times(trace.shape(op.outputs[0]))}",
}
