"""Goal seek: from the output size one wants back to the settings of a convolution that reach it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from explainer.arithmetic import Axis, ConvLayer, Window, dividing_paddings, same_padding, settings_for
from explainer.conv_facts import never_read
from explainer.errors import InvalidLayer
from explainer.types import Sentence, Shape, sentence

Pair = tuple[int, int]

_LARGEST_PATCH = 64
_MIXED = 40
_MOST_PAIRS = 60
_AXES = ("height", "width")


@dataclass(frozen=True, slots=True)
class Option:
    """Settings that reach the wanted output: one window for the height, one for the width, and the layer they make."""

    windows: tuple[Window, Window]
    layer: ConvLayer

    @property
    def rarity(self) -> tuple[int, ...]:
        """To sort by: equal windows first, then as few different numbers as possible, then what is common."""
        height, width = self.windows
        return (_differences(height, width), height.rarity + width.rarity, height.kernel_size, height.stride, height.padding)

    def unread(self, sizes: Pair) -> Pair:
        """How many rows and columns of an input of these sizes no window reads."""
        rows, columns = (len(never_read(axis, self.layer.padding_mode)) for axis in self.layer.axes(sizes))
        return rows, columns


def targets(sizes: Pair) -> dict[str, Pair]:
    """The outputs that people want most, rounded up as a centred kernel does.

    >>> targets((12, 13))
    {'same': (12, 13), 'half': (6, 7), 'third': (4, 5)}
    """
    return {name: (-(-sizes[0] // part), -(-sizes[1] // part)) for name, part in (("same", 1), ("half", 2), ("third", 3))}


def windows_for(size: int, output: int) -> tuple[Window, ...]:
    """The windows that turn ``size`` into ``output``, the most common first.

    kernel_size up to 11, stride up to 4, padding up to 5, dilation up to 2; where the size shrinks more than fourfold also
    strides about the ratio, with kernels up to it, and the one window that covers everything.

    >>> [(w.kernel_size, w.stride, w.padding) for w in windows_for(224, 14)][:2]
    [(16, 16, 0), (15, 15, 0)]
    """
    found = set(settings_for(size, output))
    ratio = -(-size // output)
    if ratio > 4:
        strides = range(max(5, ratio - 1), ratio + 2)
        found |= set(settings_for(size, output, range(1, min(ratio + 1, _LARGEST_PATCH) + 1), strides, range(4), range(1, 2)))
        found.update(window for window in (Window(ratio, ratio), Window(size)) if window.on(size).output == output)
    return tuple(sorted(found, key=lambda w: (w.rarity, w.kernel_size, w.stride, w.padding, w.dilation)))


def options_for(layer: ConvLayer, input_shape: Shape, wanted: Pair) -> tuple[Option, ...]:
    """Everything that turns the input into ``wanted``: windows for both axes, or the 60 best pairs where no single one does.

    Only settings that the layer takes, with its own channels, groups and padding mode.
    """
    rows, columns = (windows_for(size, output) for size, output in zip(input_shape[-2:], wanted, strict=True))
    common = set(rows) & set(columns)
    pairs: Iterable[tuple[Window, Window]] = ((window, window) for window in common)
    if not common:
        pairs = product(rows[:_MIXED], columns[:_MIXED])
    found = (option for pair in pairs if (option := _option(layer, input_shape, pair)) is not None)
    return tuple(sorted(found, key=lambda option: option.rarity))[: None if common else _MOST_PAIRS]


def _option(layer: ConvLayer, input_shape: Shape, windows: tuple[Window, Window]) -> Option | None:
    made = replace(
        layer,
        kernel_size=tuple(window.kernel_size for window in windows),
        stride=tuple(window.stride for window in windows),
        padding=tuple(window.padding for window in windows),
        dilation=tuple(window.dilation for window in windows),
    )
    try:
        made.output_shape(input_shape)
    except InvalidLayer:
        return None
    return Option(windows, made)


def _differences(height: Window, width: Window) -> int:
    pairs = ((getattr(height, name), getattr(width, name)) for name in ("kernel_size", "stride", "padding", "dilation"))
    return sum(first != second for first, second in pairs)


def same_advice(layer: ConvLayer) -> tuple[Sentence, ...]:
    """How to keep the size with the layer's kernel and dilation, on each axis where they differ."""
    axes = tuple(zip(layer.kernel_size, layer.dilation, strict=True))
    if len(set(axes)) == 1:
        return (_same(*axes[0]),)
    return tuple(_same_on(name, *axis) for name, axis in zip(_AXES, axes, strict=True))


def _same(kernel: int, dilation: int) -> Sentence:
    before, after = same_padding(kernel, dilation)
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
    return height if axis == "height" else width


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


def _shortest(numbers: Shape) -> int | Shape:
    return numbers[0] if len(set(numbers)) == 1 else numbers


def sharing_inputs(axes: tuple[Axis, ...]) -> tuple[Sentence, ...]:
    """Which input sizes give the present output, for both axes at once where they go the same way."""
    rows, columns = axes
    if (rows.same_output_sizes, rows.output) == (columns.same_output_sizes, columns.output):
        return (_sharing("size", rows),)
    return _sharing("height", rows), _sharing("width", columns)


def _sharing(name: str, axis: Axis) -> Sentence:
    sizes, output = axis.same_output_sizes, axis.output
    if len(sizes) == 1:
        return {
            "size": sentence("Only size {size} gives {output}.", size=sizes[0], output=output),
            "height": sentence("Only height {size} gives {output}.", size=sizes[0], output=output),
            "width": sentence("Only width {size} gives {output}.", size=sizes[0], output=output),
        }[name]
    numbers = {"first": sizes[0], "last": sizes[-1], "output": output}
    return {
        "size": sentence("Every size from {first} to {last} gives {output}.", **numbers),
        "height": sentence("Every height from {first} to {last} gives {output}.", **numbers),
        "width": sentence("Every width from {first} to {last} gives {output}.", **numbers),
    }[name]
