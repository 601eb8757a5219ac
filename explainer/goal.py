"""Goal seek: from the output size one wants back to the settings of a layer with windows that reach it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from explainer.arithmetic import (
    LAYERS,
    Argument,
    Axis,
    ConvLayer,
    ConvTransposeLayer,
    UnfoldLayer,
    Window,
    dividing_paddings,
    same_padding,
    settings_for,
    spreads_for,
)
from explainer.arithmetic.pool import PoolLayer
from explainer.conv_facts import never_read
from explainer.errors import InvalidLayer
from explainer.types import Sentence, Shape, sentence

Seekable = ConvLayer | ConvTransposeLayer | PoolLayer | UnfoldLayer

_FAMILIES = frozenset({"convolution", "transposed convolution", "pool"})
_NUMBERS = ("kernel_size", "stride", "padding", "output_padding", "dilation")
_UNSAID = {"padding": 0, "output_padding": 0, "dilation": 1}
_LARGEST_PATCH = 64
_MIXED = {1: 0, 2: 40, 3: 12}
_MOST_PAIRS = 60
_AXES = ("depth", "height", "width")


@dataclass(frozen=True, slots=True)
class Option:
    """Settings that reach the wanted output: a window for each axis, and the layer that they make."""

    windows: tuple[Window, ...]
    layer: Seekable

    @property
    def rarity(self) -> tuple[int, ...]:
        """To sort by: equal windows first, then as few different numbers as possible, then what is common."""
        first = self.windows[0]
        differences = sum(_differences(first, other) for other in self.windows[1:])
        return differences, sum(w.rarity for w in self.windows), first.kernel_size, first.stride, first.padding

    def unread(self, sizes: Shape) -> tuple[int, ...]:
        """How many positions of an input of these sizes no window reads, on each axis; a transposed window reads all."""
        if isinstance(self.layer, ConvTransposeLayer):
            return (0,) * len(sizes)
        mode = self.layer.padding_mode if isinstance(self.layer, ConvLayer) else "zeros"
        return tuple(_count_unread(axis, mode) for axis in self.layer.axes(sizes))


@lru_cache(maxsize=1024)
def _count_unread(axis: Axis, padding_mode: str) -> int:
    return len(never_read(axis, padding_mode))


def can_seek(name: str) -> bool:
    """Whether the layer has windows whose numbers make the size."""
    return LAYERS[name].family in _FAMILIES or name == "Unfold"


def reached(layer: Seekable, input_shape: Shape) -> Shape:
    """How many windows there are on each axis: the output's sizes, which Unfold writes as one row."""
    output = layer.output_shape(input_shape)
    if isinstance(layer, UnfoldLayer):
        return tuple(axis.output for axis in layer.axes(input_shape[-layer.rank :]))
    return output[-layer.rank :]


def numbers_of(name: str) -> tuple[str, ...]:
    """The layer's arguments that goal seek chooses.

    >>> numbers_of("AvgPool2d"), numbers_of("LPPool1d")
    (('kernel_size', 'stride', 'padding'), ('kernel_size', 'stride'))
    """
    known = {parameter.name for parameter in LAYERS[name].parameters}
    return tuple(number for number in _NUMBERS if number in known)


def targets(sizes: Shape, *, growing: bool = False) -> dict[str, Shape]:
    """The outputs that people want most, parts rounded up as a centred kernel does.

    >>> targets((12, 13))
    {'same': (12, 13), 'half': (6, 7), 'third': (4, 5)}
    """
    if growing:
        return {name: tuple(size * times for size in sizes) for name, times in (("double", 2), ("fourfold", 4), ("same", 1))}
    return {name: tuple(-(-size // part) for size in sizes) for name, part in (("same", 1), ("half", 2), ("third", 3))}


@lru_cache(maxsize=256)
def windows_for(size: int, output: int, *, ceil_mode: bool = False, pool: bool = False) -> tuple[Window, ...]:
    """The windows that turn ``size`` into ``output``, the most common first.

    kernel_size up to 11, stride up to 4, padding up to 5, dilation up to 2; where the size shrinks more than fourfold also
    strides about the ratio, with kernels up to it, and the one window that covers everything.

    >>> [(w.kernel_size, w.stride, w.padding) for w in windows_for(224, 14)][:2]
    [(16, 16, 0), (15, 15, 0)]
    """
    found = set(settings_for(size, output, ceil_mode=ceil_mode, pool=pool))
    ratio = -(-size // output)
    if ratio > 4:
        kernels, strides = range(1, min(ratio + 1, _LARGEST_PATCH) + 1), range(max(5, ratio - 1), ratio + 2)
        found |= set(settings_for(size, output, kernels, strides, range(4), range(1, 2), ceil_mode, pool))
        large = Window(ratio, ratio, ceil_mode=ceil_mode), Window(size, ceil_mode=ceil_mode)
        found.update(window for window in large if window.on(size).output == output)
    return tuple(sorted(found, key=lambda w: (w.rarity, w.kernel_size, w.stride, w.padding, w.dilation)))


def options_for(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> tuple[Option, ...]:
    """Everything that turns the input into ``wanted``: one window for all axes, or the 60 best mixtures where none does.

    Only settings that ``nn.name`` takes, with its other arguments as they are.
    """
    sizes = input_shape[-len(wanted) :]
    axes = list(zip(sizes, wanted, strict=True))
    known = {axis: _windows(name, arguments, *axis) for axis in set(axes)}
    rows = [known[axis] for axis in axes]
    common = set(rows[0]).intersection(*rows[1:])
    mixed = product(*(row[: _MIXED[len(wanted)]] for row in rows))
    chosen: Iterable[tuple[Window, ...]] = ((window,) * len(wanted) for window in common) if common else mixed
    found = (option for windows in chosen if (option := _option(name, arguments, input_shape, wanted, windows)) is not None)
    return tuple(sorted(found, key=lambda option: option.rarity))[: None if common else _MOST_PAIRS]


def _windows(name: str, arguments: Mapping[str, Argument], size: int, output: int) -> tuple[Window, ...]:
    family = LAYERS[name].family
    if family == "transposed convolution":
        return spreads_for(size, output)
    missing = _UNSAID.keys() - set(numbers_of(name)) - {"output_padding"}
    found = windows_for(size, output, ceil_mode=bool(arguments.get("ceil_mode")), pool=family == "pool")
    return tuple(window for window in found if all(getattr(window, number) == _UNSAID[number] for number in missing))


def _option(
    name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape, windows: tuple[Window, ...]
) -> Option | None:
    chosen: dict[str, Argument] = {number: tuple(getattr(w, number) for w in windows) for number in numbers_of(name)}
    if len(windows) == 1:  # LPPool1d takes no tuples
        chosen = {number: getattr(windows[0], number) for number in numbers_of(name)}
    try:
        layer: Any = LAYERS[name].make(**{**arguments, **chosen})
        found = reached(layer, input_shape)
    except InvalidLayer:
        return None
    return Option(windows, layer) if found == wanted else None


def _differences(first: Window, other: Window) -> int:
    return sum(getattr(first, number, 0) != getattr(other, number, 0) for number in _NUMBERS)


def same_advice(layer: ConvLayer | PoolLayer | UnfoldLayer) -> tuple[Sentence, ...]:
    """How to keep the size with the layer's kernel and dilation, on each axis where they differ."""
    axes = tuple(zip(layer.kernel_size, layer.dilation, strict=True))
    if len(set(axes)) == 1:
        return (_same(*axes[0], layer),)
    return tuple(_same_on(name, *axis) for name, axis in zip(_AXES[-len(axes) :], axes, strict=True))


def _same(kernel: int, dilation: int, layer: ConvLayer | PoolLayer | UnfoldLayer) -> Sentence:
    before, after = same_padding(kernel, dilation)
    if isinstance(layer, UnfoldLayer) and before != after:
        return sentence(
            "With kernel_size={kernel} and dilation={dilation}, keeping the size takes {before} cells before and {after} after. "
            "Unfold adds equally many on both sides: put a padding layer before it.",
            kernel=kernel, dilation=dilation, before=before, after=after,
        )  # fmt: skip
    if isinstance(layer, PoolLayer) and (before != after or 2 * before > kernel):
        return sentence(
            "With kernel_size={kernel} and dilation={dilation}, keeping the size takes {before} cells before and {after} after. "
            "A pool adds equally many on both sides, at most half the kernel: put a padding layer before it.",
            kernel=kernel, dilation=dilation, before=before, after=after,
        )  # fmt: skip
    if before == after:
        return sentence(
            "With kernel_size={kernel} and dilation={dilation}, padding={padding} keeps every size at stride 1.",
            kernel=kernel, dilation=dilation, padding=before,
        )  # fmt: skip
    return sentence(
        "With kernel_size={kernel} and dilation={dilation}, keeping the size takes {total} cells on each axis: {before} before "
        "and {after} after. One number for both sides cannot do that; padding='same' can, at stride 1.",
        kernel=kernel, dilation=dilation, total=before + after, before=before, after=after,
    )  # fmt: skip


def _same_on(axis: str, kernel: int, dilation: int) -> Sentence:
    before, after = same_padding(kernel, dilation)
    height = sentence(
        "Height, kernel {kernel} with dilation {dilation}: {before} cells before and {after} after keep it at stride 1.",
        kernel=kernel, dilation=dilation, before=before, after=after,
    )  # fmt: skip
    width = sentence(
        "Width, kernel {kernel} with dilation {dilation}: {before} cells before and {after} after keep it at stride 1.",
        kernel=kernel, dilation=dilation, before=before, after=after,
    )  # fmt: skip
    depth = sentence(
        "Depth, kernel {kernel} with dilation {dilation}: {before} cells before and {after} after keep it at stride 1.",
        kernel=kernel, dilation=dilation, before=before, after=after,
    )  # fmt: skip
    return {"depth": depth, "height": height, "width": width}[axis]


def stride_advice(layer: ConvLayer) -> tuple[Sentence, ...]:
    """Why ``padding='same'`` refuses a stride, and what to write instead for the layer's stride, or for 2 if it has none."""
    strides = layer.stride if set(layer.stride) != {1} else (2,) * layer.rank
    columns = zip(layer.kernel_size, strides, layer.dilation, strict=True)
    paddings = [dividing_paddings(kernel, stride, dilation) for kernel, stride, dilation in columns]
    why = sentence(
        "padding='same' refuses every stride above 1: the output would be smaller than the input, and how many cells "
        "to add would depend on the input's size."
    )
    if not all(paddings):
        return (why,)
    cells = tuple(found[-1] for found in paddings)
    return why, sentence(
        "With stride={stride} write padding={padding}: a size that the stride divides becomes exactly size / stride.",
        stride=_shortest(strides), padding=_shortest(cells),
    )  # fmt: skip


def patch_advice(layer: UnfoldLayer, sizes: Shape) -> Sentence:
    """How to read every cell once, with the layer's kernel: windows side by side.

    >>> from explainer.arithmetic import unfold_layer
    >>> str(patch_advice(unfold_layer(4), (12, 16)))
    'With kernel_size=4 write stride=4 and padding=0: every cell is read once, in (3, 4) windows.'
    """
    kernel, left = layer.kernel_size, tuple(size % step for size, step in zip(sizes, layer.kernel_size, strict=True))
    windows = tuple(size // step for size, step in zip(sizes, kernel, strict=True))
    if any(left):
        return sentence(
            "With kernel_size={kernel} write stride={stride} and padding=0: no cell is read twice, in {windows} windows; "
            "{left} cells at the end of each axis are not read.",
            kernel=_shortest(kernel), stride=_shortest(kernel), windows=windows, left=left,
        )  # fmt: skip
    return sentence(
        "With kernel_size={kernel} write stride={stride} and padding=0: every cell is read once, in {windows} windows.",
        kernel=_shortest(kernel), stride=_shortest(kernel), windows=windows,
    )  # fmt: skip


def growth_advice(layer: ConvTransposeLayer) -> Sentence:
    """How to make the output exactly stride times as large, with the layer's kernel, stride and dilation.

    >>> from explainer.arithmetic import conv_transpose_layer
    >>> str(growth_advice(conv_transpose_layer(2, 8, 4, 3, stride=2)))
    'With kernel_size=3 and stride=2 write padding=1 and output_padding=1: the output is exactly stride times the input.'
    """
    found = [_growing(*axis) for axis in zip(layer.kernel_size, layer.stride, layer.dilation, strict=True)]
    known = [pair for pair in found if pair is not None]
    numbers: dict[str, int | Shape] = {"kernel": _shortest(layer.kernel_size), "stride": _shortest(layer.stride)}
    if len(known) < len(found):
        return sentence(
            "With kernel_size={kernel} and stride={stride} no padding makes the output exactly stride times the input: an even "
            "reach would need one cell more on one side.",
            **numbers,
        )
    return sentence(
        "With kernel_size={kernel} and stride={stride} write padding={padding} and output_padding={extra}: the output is "
        "exactly stride times the input.",
        **numbers, padding=_shortest(tuple(pair[0] for pair in known)), extra=_shortest(tuple(pair[1] for pair in known)),
    )  # fmt: skip


def _growing(kernel: int, stride: int, dilation: int) -> tuple[int, int] | None:
    """padding and the least output_padding that make every output stride times its input."""
    surplus = dilation * (kernel - 1) + 1 - stride
    extra = -surplus if surplus < 0 else surplus % 2
    return ((surplus + extra) // 2, extra) if extra < max(stride, dilation) else None


def _shortest(numbers: Shape) -> int | Shape:
    return numbers[0] if len(set(numbers)) == 1 else numbers


def sharing_inputs(axes: tuple[Axis, ...]) -> tuple[Sentence, ...]:
    """Which input sizes give the present output, for all axes at once where they go the same way."""
    if len({(axis.same_output_sizes, axis.output) for axis in axes}) == 1:
        return (_sharing("size", axes[0]),)
    return tuple(_sharing(name, axis) for name, axis in zip(_AXES[-len(axes) :], axes, strict=True))


def _sharing(name: str, axis: Axis) -> Sentence:
    sizes, output = axis.same_output_sizes, axis.output
    if len(sizes) == 1:
        return {
            "size": sentence("Only size {size} gives {output}.", size=sizes[0], output=output),
            "depth": sentence("Only depth {size} gives {output}.", size=sizes[0], output=output),
            "height": sentence("Only height {size} gives {output}.", size=sizes[0], output=output),
            "width": sentence("Only width {size} gives {output}.", size=sizes[0], output=output),
        }[name]
    numbers = {"first": sizes[0], "last": sizes[-1], "output": output}
    return {
        "size": sentence("Every size from {first} to {last} gives {output}.", **numbers),
        "depth": sentence("Every depth from {first} to {last} gives {output}.", **numbers),
        "height": sentence("Every height from {first} to {last} gives {output}.", **numbers),
        "width": sentence("Every width from {first} to {last} gives {output}.", **numbers),
    }[name]
