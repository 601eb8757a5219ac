"""Layers and input sizes as textbooks choose them, drawn until they make a question worth asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias, TypeVar

from explainer.arithmetic import Axis, ConvLayer, MaxPoolLayer, conv_layer, max_pool_layer
from explainer.questions.axis_slips import axis_slips
from explainer.questions.records import Difficulty, Kind, WindowLayer
from explainer.types import Shape

Item = TypeVar("Item")
Chosen: TypeAlias = tuple[tuple[WindowLayer, ...], Shape]
Options: TypeAlias = Mapping[Difficulty, tuple[int, ...]]

# A number that stands twice is drawn twice as often.
_SIZES: Options = {
    "easy": (5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 20, 24, 28, 32),
    "medium": (13, 14, 15, 16, 27, 28, 28, 30, 31, 32, 40, 48, 55, 56, 63, 64),
    "hard": (27, 28, 30, 32, 48, 55, 56, 64, 75, 96, 100, 112, 112, 128, 150, 160, 200, 224, 224),
}
_KERNELS: Options = {"easy": (3, 3, 5), "medium": (3, 3, 5, 5, 7, 4), "hard": (3, 3, 5, 5, 7, 4, 9, 11)}
_STRIDES: Options = {"easy": (1, 2, 2), "medium": (1, 2, 2, 3, 3), "hard": (1, 2, 2, 3, 3)}
_DILATIONS: Options = {"easy": (1,), "medium": (1, 1, 1, 2), "hard": (1, 2, 2, 3)}
_GROUPS: Options = {"easy": (1,), "medium": (1, 1, 2, 4), "hard": (1, 2, 2, 4, 8)}
_IN_CHANNELS: Options = {"easy": (1, 2, 3, 4, 8), "medium": (3, 4, 8, 16, 32), "hard": (8, 16, 24, 32, 48, 64)}
_OUT_CHANNELS: Options = {"easy": (4, 5, 6, 8, 10), "medium": (6, 8, 16, 20, 32), "hard": (8, 16, 32, 48, 64, 96)}
_FEWEST_WINDOWS = 3
_FEWEST_TRAPS = 4


class Dice:
    """Draws from options. Only ``random()`` is promised to give the same numbers in every version of Python."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed).random  # noqa: S311 - a link must deal the same questions to everybody

    def pick(self, options: Sequence[Item]) -> Item:
        return options[int(self._random() * len(options))]


def choose(kind: Kind, difficulty: Difficulty, dice: Dice) -> Chosen | None:
    """The layers and the input's shape, None if this draw makes no good question."""
    draw = {"axis": _one_axis, "size": _two_axes, "parameters": _weights, "field": _stack, "padding": _keeping}[kind]
    return draw(difficulty, dice)


def _one_axis(difficulty: Difficulty, dice: Dice) -> Chosen | None:
    size, channels = dice.pick(_SIZES[difficulty]), dice.pick((1, 3, 3, 8))
    rank = dice.pick((1, 2, 2) if difficulty != "easy" else (2,))
    is_pool = rank == 2 and dice.pick((True, False, False))
    layer = _pool(difficulty, dice) if is_pool else _conv(difficulty, dice, rank, channels)
    return _if_good(layer, (1, channels, *(size,) * rank))


def _two_axes(difficulty: Difficulty, dice: Dice) -> Chosen | None:
    size = (dice.pick(_SIZES[difficulty]), dice.pick(_SIZES[difficulty]))
    layer = _conv(difficulty, dice, 2, 3)
    if difficulty == "hard" and dice.pick((True, True, False)):
        kernel = (dice.pick((1, 3, 5, 7)), dice.pick((1, 3, 5, 7)))
        padding = dice.pick(((0, 0), (kernel[0] // 2, kernel[1] // 2)))
        layer = conv_layer(2, 3, layer.out_channels, kernel, layer.stride, padding, layer.dilation)
    rows, columns = layer.axes(size)
    return _if_good(layer, (1, 3, *size)) if rows.output != columns.output else None


def _weights(difficulty: Difficulty, dice: Dice) -> Chosen | None:
    before, after = dice.pick(_IN_CHANNELS[difficulty]), dice.pick(_OUT_CHANNELS[difficulty])
    groups, size = dice.pick(_GROUPS[difficulty]), dice.pick(_SIZES[difficulty])
    kernel = dice.pick(((3, 3), (5, 5), (1, 3), (3, 5)) if difficulty == "hard" else ((3, 3), (3, 3), (5, 5), (1, 1)))
    bias = difficulty == "easy" or dice.pick((True, True, False))
    if before % groups or after % groups or before == after:
        return None
    return (conv_layer(2, before, after, kernel, groups=groups, bias=bias),), (1, before, size, size)


def _stack(difficulty: Difficulty, dice: Dice) -> Chosen | None:
    size, middle = dice.pick((32, 48, 64, 96, 112, 128, 224)), dice.pick((8, 16, 32))
    first = _conv(difficulty, dice, 2, 3, middle)
    is_pool = dice.pick((True, False, False))
    second: WindowLayer = _pool(difficulty, dice) if is_pool else _conv(difficulty, dice, 2, middle)
    near = first.axes((size, size))[0]
    far = second.axes((near.output,) * 2)[0]
    fits = _is_sensible(near) and _is_sensible(far) and near.reach + (far.reach - 1) * near.stride <= size
    return ((first, second), (1, 3, size, size)) if fits else None


def _keeping(difficulty: Difficulty, dice: Dice) -> Chosen | None:
    kernel, size = dice.pick((3, 5, 7, 9, 11, *((4, 6) if difficulty == "hard" else ()))), dice.pick(_SIZES[difficulty])
    dilations: Options = {"easy": (1,), "medium": (1, 2, 2, 3), "hard": (2, 3, 4)}
    dilation = dice.pick(dilations[difficulty])
    lost = dilation * (kernel - 1)
    if lost % 2 or lost + 1 >= size:
        return None
    channels = dice.pick((3, 8, 16, 32))
    return (conv_layer(2, channels, channels, kernel, padding=lost // 2, dilation=dilation),), (1, channels, size, size)


def _conv(difficulty: Difficulty, dice: Dice, rank: int, channels: int, out_channels: int = 0) -> ConvLayer:
    kernel, stride = dice.pick(_KERNELS[difficulty]), dice.pick(_STRIDES[difficulty])
    padding, dilation = dice.pick((0, 1, 1, 2, kernel // 2)), dice.pick(_DILATIONS[difficulty])
    return conv_layer(rank, channels, out_channels or dice.pick((6, 8, 16, 32)), kernel, stride, padding, dilation)


def _pool(difficulty: Difficulty, dice: Dice) -> MaxPoolLayer:
    kernel, padding = dice.pick((2, 2, 3, 3)), dice.pick((0, 0, 1))
    stride = dice.pick((None, 2, 1) if difficulty == "hard" else (None, 2))
    return max_pool_layer(2, kernel, stride, padding if kernel == 3 else 0)


def _if_good(layer: WindowLayer, shape: Shape) -> Chosen | None:
    good = all(_is_sensible(axis) and _has_traps(axis) and axis.output != axis.size for axis in layer.axes(shape[2:]))
    return ((layer,), shape) if good else None


def _has_traps(axis: Axis) -> bool:
    return len({slip.numbers for slip in axis_slips(axis)}) >= _FEWEST_TRAPS


def _is_sensible(axis: Axis) -> bool:
    """Windows that overlap or touch, fit without padding, and are not padded with more than half of themselves."""
    within = axis.stride <= axis.reach <= axis.size and axis.padding[0] <= axis.reach // 2
    return within and axis.output >= _FEWEST_WINDOWS
