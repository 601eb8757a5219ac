"""The network as steps, each a few layers in a row with, perhaps, a way around them; and what each of them makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from explainer.arithmetic import Argument, Layer
from explainer.errors import InvalidLayer, TooLarge
from explainer.stack import Item, item
from explainer.stack.layers import make_layer
from explainer.table.operation import Around, Pair, Wanted
from explainer.table.windows import usual
from explainer.types import Shape

NORMS = ("BN", "IN")
_MOST_NUMBERS = 10**12


@dataclass(frozen=True, slots=True)
class Step:
    """x becomes after(main(x)), or after(main(x) + shortcut(y)), where y is what went into step ``source``.

    ``line`` is the table's line that asked for it; ``repeat`` numbers the repetitions of a block from 0.
    """

    line: int
    main: tuple[Item, ...]
    source: int | None = None
    shortcut: tuple[Item, ...] = ()
    after: tuple[Item, ...] = ()
    repeat: int = 0


def layers_for(wanted: Wanted, shape: Shape, then: tuple[str, ...]) -> tuple[Item, ...]:
    """The layers of one operation with all its numbers, on an input (C, H, W) or (features,).

    A convolution with a norm right behind it has no bias, as the norm would take it away; any other has one.
    """
    normed = bool(then) and then[0] in NORMS
    return (*_operation(wanted, shape, normed), *_behind(wanted, shape, then))


def _operation(wanted: Wanted, shape: Shape, normed: bool) -> tuple[Item, ...]:
    kind = wanted.kind
    if kind in ("conv", "depthwise conv", "transposed conv"):
        return (_convolution(wanted, shape, normed),)
    if kind in ("max pool", "avg pool"):
        assert wanted.kernel is not None
        name = "MaxPool2d" if kind == "max pool" else "AvgPool2d"
        given: dict[str, Argument] = {"kernel_size": plain(wanted.kernel), "padding": plain(wanted.padding or (0, 0))}
        if wanted.stride != wanted.kernel:
            given["stride"] = plain(wanted.stride or wanted.kernel)
        if wanted.ceil:
            given["ceil_mode"] = True
        return (item(name, given | ({"dilation": wanted.dilation} if wanted.dilation > 1 else {})),)
    if kind == "fc":
        flat: tuple[Item, ...] = () if len(shape) == 1 else (item("Flatten", {}),)
        assert wanted.channels is not None
        bias: dict[str, Argument] = {"bias": False} if wanted.bias is False else {}
        return (*flat, item("Linear", {"in_features": prod(shape), "out_features": wanted.channels} | bias))
    return _simple(wanted)


def _simple(wanted: Wanted) -> tuple[Item, ...]:
    made: dict[str, tuple[str, dict[str, Argument]]] = {
        "global avg pool": ("AdaptiveAvgPool2d", {"output_size": 1}),
        "global max pool": ("AdaptiveMaxPool2d", {"output_size": 1}),
        "flatten": ("Flatten", {}),
        "softmax": ("Softmax", {"dim": 1}),
        "dropout": ("Dropout", {} if wanted.amount is None else {"p": wanted.amount}),
        "upsample": ("Upsample", {"scale_factor": int(wanted.amount or 2)}),
    }
    if wanted.kind not in made:
        return ()
    return (item(*made[wanted.kind]),)


def _convolution(wanted: Wanted, shape: Shape, normed: bool) -> Item:
    assert wanted.kernel is not None
    depthwise = wanted.kind == "depthwise conv"
    given: dict[str, Argument] = {
        "in_channels": shape[0],
        "out_channels": wanted.channels if wanted.channels is not None else shape[0],
        "kernel_size": plain(wanted.kernel),
        "stride": plain(wanted.stride or (1, 1)),
        "padding": plain(wanted.padding or (0, 0)),
        "dilation": wanted.dilation,
        "groups": shape[0] if depthwise else wanted.groups,
        "bias": not normed if wanted.bias is None else wanted.bias,
    }
    return item("ConvTranspose2d" if wanted.kind == "transposed conv" else "Conv2d", given)


def _behind(wanted: Wanted, shape: Shape, then: tuple[str, ...]) -> tuple[Item, ...]:
    convolves = wanted.kind in ("conv", "transposed conv", "fc")
    channels = wanted.channels if convolves and wanted.channels is not None else shape[0]
    flat = wanted.kind in ("fc", "flatten") or len(shape) == 1
    return tuple(_named(name, channels, flat) for name in then)


def _named(name: str, channels: int, flat: bool) -> Item:
    if name in NORMS:
        kind = "BatchNorm" if name == "BN" else "InstanceNorm"
        return item(f"{kind}{1 if flat else 2}d", {"num_features": channels})
    return item(name, {})


def plain(pair: Pair) -> int | Pair:
    """One number where both sides agree."""
    return pair[0] if pair[0] == pair[1] else pair


def way_around(around: Around, shape: Shape, made: Shape, normed: bool) -> tuple[Item, ...]:
    """The layers of a shortcut from ``shape`` to ``made``: none for the identity, else a convolution, normed as the main path.

    Raises InvalidLayer where they do not meet.
    """
    if len(shape) != 3 or len(made) != 3:
        raise InvalidLayer("A shortcut needs maps of height and width: {before} and {after} are none.", before=shape, after=made)
    conv = around.conv
    if conv is None and (shape == made or not around.fit):
        if shape != made:
            raise InvalidLayer(
                "The shortcut brings {around}, the operation makes {made}: an identity adds only equal sizes."
                " A 1×1 convolution with {channels} channels and stride {stride} would fit.",
                around=turned(shape), made=turned(made), channels=made[0], stride=_stride_between(shape, made),
            )  # fmt: skip
        return ()
    if conv is None:
        stride = _stride_between(shape, made)
        conv = Wanted("conv", (1, 1), made[0], (stride, stride), (0, 0))
    filled = usual(replace(conv, kernel=conv.kernel or (1, 1), channels=made[0] if conv.channels is None else conv.channels))
    found = layers_for(filled, shape, ("BN",) if normed else ())
    arrived = shape_behind(found, shape)
    if arrived != made:
        raise InvalidLayer(
            "The shortcut makes {around}, the operation {made}: they cannot be added."
            " With {channels} channels and stride {stride} the shortcut would fit.",
            around=turned(arrived), made=turned(made), channels=made[0], stride=_stride_between(shape, made),
        )  # fmt: skip
    return found


def _stride_between(shape: Shape, made: Shape) -> int:
    return max(1, -(-shape[1] // made[1]))


def turned(shape: Shape) -> Shape:
    """(C, H, W) as tables write it: H, W, C."""
    return (*shape[1:], shape[0])


def shape_behind(items: tuple[Item, ...], shape: Shape) -> Shape:
    """What layers make of (C, H, W) or (features,); raises InvalidLayer."""
    for one in items:
        shape = layer_of(one).output_shape((1, *shape))[1:]
        if 0 in shape:
            raise InvalidLayer("Nothing is left: the output is {shape}.", shape=shape)
        if max(prod(shape), layer_of(one).param_count) > _MOST_NUMBERS:
            raise TooLarge("This layer has more than {limit:,} numbers.", limit=_MOST_NUMBERS)
    return shape


def cost_of(items: tuple[Item, ...], shape: Shape) -> tuple[int, int]:
    """(parameters, multiply-adds) of layers in a row."""
    params = macs = 0
    for one in items:
        layer = layer_of(one)
        params += layer.param_count
        macs += layer.macs((1, *shape))
        shape = layer.output_shape((1, *shape))[1:]
    return params, macs


def layer_of(one: Item) -> Layer:
    return make_layer(one.name, dict(one.arguments))
