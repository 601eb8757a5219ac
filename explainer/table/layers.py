"""Layers of torch to what a table says of them, and operations of a trace to layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from explainer.arithmetic import Argument
from explainer.errors import BlocklensError
from explainer.stack import Item, item
from explainer.table.operation import Pair, Wanted
from explainer.table.words import Kind
from explainer.types import Op, Trace

_AFTERS = frozenset(
    "ReLU ReLU6 LeakyReLU GELU SiLU Mish ELU PReLU Hardswish Hardsigmoid Sigmoid Tanh".split()
)  # fmt: skip
_NORMS: Mapping[str, str] = {
    "BatchNorm2d": "BN", "BatchNorm1d": "BN", "InstanceNorm2d": "IN",
}  # fmt: skip
_FUNCTIONS: Mapping[str, str] = {
    "relu": "ReLU", "relu6": "ReLU6", "gelu": "GELU", "silu": "SiLU", "mish": "Mish", "elu": "ELU", "leaky_relu": "LeakyReLU",
    "sigmoid": "Sigmoid", "tanh": "Tanh", "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid",
}  # fmt: skip


def wanted_of(one: Item) -> Wanted | None:
    """What a layer is in a table; None where a table cannot say it, such as a slope other than the usual one."""
    given = {name: value for name, value in one.arguments if name != "inplace"}
    if one.name in _NORMS:
        return Wanted("after", then=(_NORMS[one.name],)) if set(given) <= {"num_features"} else None
    if one.name in _AFTERS:
        return Wanted("after", then=(one.name,)) if not given else None
    maker = _MAKERS.get(one.name)
    return maker(one, given) if maker is not None else None


def _conv(one: Item, given: dict[str, Argument]) -> Wanted | None:
    if given.get("padding_mode", "zeros") != "zeros" or _pair(given.get("output_padding", 0)) != (0, 0):
        return None
    groups, channels = one.value("groups"), one.value("in_channels")
    dilation, padding = _pair(one.value("dilation")), one.value("padding")
    if dilation is None or dilation[0] != dilation[1] or padding == "valid":
        return None
    depthwise = groups == channels and groups != 1 and one.name == "Conv2d"
    kind: Kind = "depthwise conv" if depthwise else "conv" if one.name == "Conv2d" else "transposed conv"
    return Wanted(
        kind, _pair(one.value("kernel_size")), _whole(one.value("out_channels")), _pair(one.value("stride")),
        None if padding == "same" else _pair(padding), dilation[0], 1 if depthwise else _whole(groups) or 1,
        bool(one.value("bias")), padding == "same",
    )  # fmt: skip


def _pool(one: Item, given: dict[str, Argument]) -> Wanted | None:
    kernel, dilation = _pair(one.value("kernel_size")), _pair(given.get("dilation", 1))
    odd = given.get("count_include_pad") is False or given.get("divisor_override") or given.get("return_indices")
    if odd or dilation is None or dilation[0] != dilation[1]:
        return None
    stride = _pair(given.get("stride")) or kernel
    kind = "max pool" if one.name == "MaxPool2d" else "avg pool"
    padding, ceil = _pair(given.get("padding", 0)), bool(given.get("ceil_mode"))
    return Wanted(kind, kernel, None, stride, padding, dilation[0], ceil=ceil)  # type: ignore[arg-type]


def _whole_map(one: Item, given: dict[str, Argument]) -> Wanted | None:
    if _pair(given.get("output_size")) != (1, 1):
        return None
    return Wanted("global avg pool" if "Avg" in one.name else "global max pool")


def _linear(one: Item, given: dict[str, Argument]) -> Wanted | None:
    return Wanted("fc", channels=_whole(one.value("out_features")), bias=bool(one.value("bias")))


def _flatten(_one: Item, given: dict[str, Argument]) -> Wanted | None:
    return Wanted("flatten") if not given else None


def _softmax(_one: Item, given: dict[str, Argument]) -> Wanted | None:
    return Wanted("softmax") if given.get("dim") == 1 else None


def _dropout(one: Item, given: dict[str, Argument]) -> Wanted | None:
    amount = one.value("p")
    return Wanted("dropout", amount=float(amount) if isinstance(amount, (int, float)) and amount != 0.5 else None)


def _upsample(_one: Item, given: dict[str, Argument]) -> Wanted | None:
    factor = given.get("scale_factor")
    plain = set(given) == {"scale_factor"} and isinstance(factor, (int, float)) and float(factor).is_integer()
    return Wanted("upsample", amount=float(str(factor))) if plain else None


_MAKERS: Mapping[str, Callable[[Item, dict[str, Argument]], Wanted | None]] = {
    "Conv2d": _conv, "ConvTranspose2d": _conv, "MaxPool2d": _pool, "AvgPool2d": _pool, "AdaptiveAvgPool2d": _whole_map,
    "AdaptiveMaxPool2d": _whole_map, "Linear": _linear, "Flatten": _flatten, "Softmax": _softmax, "Dropout": _dropout,
    "Upsample": _upsample,
}  # fmt: skip


def _pair(value: object) -> Pair | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value, value
    if isinstance(value, tuple) and len(value) in (1, 2) and all(isinstance(number, int) for number in value):
        return value[0], value[-1]
    return None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# Operations of a trace.


def item_of(op: Op, trace: Trace) -> Item | None:
    """The layer that an operation is, None if it is none of those that a table knows."""
    name = op.base_name
    try:
        if name in _FUNCTIONS:
            return item(_FUNCTIONS[name], {key: value for key, value in op.attributes if key != "inplace"})  # type: ignore[misc]
        maker = _OPS.get(name)
        return maker(op, trace) if maker is not None else None
    except (BlocklensError, AssertionError, IndexError, TypeError, ValueError, ZeroDivisionError):
        return None  # a trace may come from a sandbox, whose word counts for nothing: an odd form is no layer


def _of_conv(op: Op, trace: Trace) -> Item:
    weight, transposed = trace.shape(op.inputs[1]), "transpose" in op.name
    groups = op.attribute("groups", 1)
    assert isinstance(groups, int)
    into, out = (weight[0], weight[1] * groups) if transposed else (weight[1] * groups, weight[0])
    attributes = {
        key: value for key, value in op.attributes if key in ("stride", "padding", "dilation", "groups", "output_padding")
    }
    given = {"in_channels": into, "out_channels": out, "kernel_size": weight[2:], "bias": len(op.inputs) > 2, **attributes}
    return item("ConvTranspose2d" if transposed else "Conv2d", {key: _flat(value) for key, value in given.items()})


def _flat(value: object) -> Argument:
    """One number where all are equal."""
    if isinstance(value, tuple) and value and len(set(value)) == 1:
        return value[0]  # type: ignore[no-any-return]
    return value  # type: ignore[return-value]


def _of_norm(op: Op, trace: Trace) -> Item | None:
    shape = trace.shape(op.inputs[0])
    trainable = sum(trace.values[i].origin == "parameter" for i in op.inputs)
    if len(shape) not in (2, 4) or trainable != 2 or op.attribute("training"):
        return None
    return item(f"BatchNorm{len(shape) // 2}d", {"num_features": shape[1]})


def _of_instance_norm(op: Op, trace: Trace) -> Item | None:
    plain = len(op.inputs) == 1 and len(trace.shape(op.inputs[0])) == 4
    return item("InstanceNorm2d", {"num_features": trace.shape(op.inputs[0])[1]}) if plain else None


def _of_hardtanh(op: Op, trace: Trace) -> Item | None:
    return item("ReLU6", {}) if (op.attribute("min_val"), op.attribute("max_val")) == (0.0, 6.0) else None


def _of_prelu(op: Op, trace: Trace) -> Item | None:
    return item("PReLU", {}) if trace.shape(op.inputs[1]) == (1,) else None


def _of_pool(op: Op, trace: Trace) -> Item:
    keys = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices", "count_include_pad")
    given = {key: _flat(value) for key, value in op.attributes if key in keys}
    return item("MaxPool2d" if op.base_name == "max_pool2d" else "AvgPool2d", given)


def _of_adaptive(op: Op, trace: Trace) -> Item | None:
    size = _pair(op.attribute("output_size"))
    if size == trace.shape(op.inputs[0])[2:] != (1, 1):
        return item("Identity", {})
    return item("AdaptiveMaxPool2d" if "max" in op.name else "AdaptiveAvgPool2d", {"output_size": _flat(size)})


def _of_mean(op: Op, trace: Trace) -> Item | None:
    dims = op.attribute("dim")
    axes = {axis % 4 for axis in dims if isinstance(axis, int)} if isinstance(dims, tuple) else set()
    return item("AdaptiveAvgPool2d", {"output_size": 1}) if axes == {2, 3} and len(trace.shape(op.inputs[0])) == 4 else None


def _of_view(op: Op, trace: Trace) -> Item | None:
    before, after = trace.shape(op.inputs[0]), trace.shape(op.outputs[0])
    if before == after:
        return item("Identity", {})
    return item("Flatten", {}) if len(after) == 2 and after[0] == before[0] else None


def _of_linear(op: Op, trace: Trace) -> Item | None:
    weight = trace.shape(op.inputs[1])
    return item("Linear", {"in_features": weight[1], "out_features": weight[0], "bias": len(op.inputs) > 2})


def _of_softmax(op: Op, trace: Trace) -> Item | None:
    dim = op.attribute("dim")
    return item("Softmax", {"dim": dim % len(trace.shape(op.inputs[0])) if isinstance(dim, int) else None})


def _of_dropout(op: Op, trace: Trace) -> Item | None:
    amount = op.attribute("p", 0.5)
    return item("Dropout", {"p": amount}) if isinstance(amount, (int, float)) else None


def _of_upsample(op: Op, trace: Trace) -> Item | None:
    before, after = trace.shape(op.inputs[0]), trace.shape(op.outputs[0])
    if (
        op.attribute("mode", "nearest") != "nearest"
        or len(before) != 4
        or after[2] % before[2]
        or after[2] * before[3] != after[3] * before[2]
    ):
        return None
    return item("Upsample", {"scale_factor": after[2] // before[2]})


_OPS: Mapping[str, Callable[[Op, Trace], Item | None]] = {
    "conv2d": _of_conv, "conv_transpose2d": _of_conv, "batch_norm": _of_norm, "max_pool2d": _of_pool, "avg_pool2d": _of_pool,
    "adaptive_avg_pool2d": _of_adaptive, "adaptive_max_pool2d": _of_adaptive, "instance_norm": _of_instance_norm,
    "mean": _of_mean, "flatten": _of_view, "view": _of_view, "reshape": _of_view, "hardtanh": _of_hardtanh, "prelu": _of_prelu,
    "linear": _of_linear, "softmax": _of_softmax, "dropout": _of_dropout, "interpolate": _of_upsample,
}  # fmt: skip
