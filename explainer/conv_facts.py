"""What there is to say about a convolution and one input: sizes, written products, and what is odd about this setting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from explainer.arithmetic import Axis, ConvLayer
from explainer.language import say_shape
from explainer.types import Sentence, Shape, sentence


@dataclass(frozen=True, slots=True)
class ConvFacts:
    """Everything the Layer page shows, and what it was computed from.

    ``unread`` are the positions on each axis that no window reads; ``gaps`` says so, empty if all is read.
    """

    layer: ConvLayer
    input_shape: Shape
    output_shape: Shape
    axes: tuple[Axis, ...]
    param_product: str
    macs: int
    macs_product: str
    code: str
    kind: Sentence
    unread: tuple[tuple[int, ...], ...]
    gaps: tuple[Sentence, ...]
    notes: tuple[Sentence, ...]


def conv_facts(layer: ConvLayer, input_shape: Shape) -> ConvFacts:
    """The facts of a two-dimensional convolution on (N, C, H, W); raises InvalidLayer where torch refuses."""
    output_shape = layer.output_shape(input_shape)
    axes = layer.axes(input_shape[-layer.rank :])
    computed = output_shape if output_shape[0] > 1 else output_shape[1:]
    unread = tuple(never_read(axis, layer.padding_mode) for axis in axes)
    return ConvFacts(
        layer=layer,
        input_shape=input_shape,
        output_shape=output_shape,
        axes=axes,
        param_product=say_shape(layer.weight_shape) + (f" + {layer.bias_count}" if layer.bias else ""),
        macs=layer.macs(input_shape),
        macs_product=f"{say_shape(computed)} × ({say_shape(layer.weight_shape[1:])})",
        code=layer.code(),
        kind=kind_of(layer),
        unread=unread,
        gaps=gaps_of(axes, unread),
        notes=(*same_output(axes), *_better_padding(layer, axes)),
    )


def kind_of(layer: ConvLayer) -> Sentence:
    """Says which input channels an output channel sees."""
    if layer.groups > 1 and layer.groups == layer.in_channels:
        return sentence("Depthwise: every input channel has filters of its own, and channels do not mix.")
    if layer.groups > 1:
        return sentence(
            "Grouped: each output channel sees {seen} of the {channels} input channels.",
            seen=layer.weight_shape[1],
            channels=layer.in_channels,
        )
    if prod(layer.kernel_size) == 1:
        return sentence("Pointwise: it mixes channels and never looks at a neighbour.")
    return sentence("Every output channel looks at all {channels} input channels.", channels=layer.in_channels)


def never_read(axis: Axis, padding_mode: str) -> tuple[int, ...]:
    """The input positions that no window reads, neither in place nor as a copy in the padding.

    >>> never_read(Axis(12, 3, 3, padding=(1, 1)), "zeros"), never_read(Axis(12, 3, 3, padding=(1, 1)), "circular")
    ((11,), ())
    """
    copied = set()
    if padding_mode != "zeros":
        padding = (*range(-axis.padding[0], 0), *range(axis.size, axis.size + axis.padding[1]))
        copied = {_source(cell, axis.size, padding_mode) for cell in padding if axis.reached_by(cell)}
    unread = (*axis.skipped, *range(axis.size - axis.unread, axis.size))
    return tuple(position for position in unread if position not in copied)


def _source(cell: int, size: int, padding_mode: str) -> int:
    """The input position that a cell of the padding is a copy of."""
    if padding_mode == "circular":
        return cell % size
    if padding_mode == "replicate":
        return min(max(cell, 0), size - 1)
    return -cell if cell < 0 else 2 * (size - 1) - cell


def gaps_of(axes: tuple[Axis, ...], unread: tuple[tuple[int, ...], ...]) -> tuple[Sentence, ...]:
    """Says how many rows and columns no window reads, at the end and in between; empty if all are read."""
    ends = [
        sum(position >= axis.size - axis.unread for position in positions) for axis, positions in zip(axes, unread, strict=True)
    ]
    between = [len(positions) - end for positions, end in zip(unread, ends, strict=True)]
    height, width = (axis.size for axis in axes)
    found: list[Sentence] = []
    rows, columns = ends
    if rows and columns:
        found.append(sentence(
            "No window reaches the end of the input: {rows} of {height} rows and {columns} of {width} columns are never read.",
            rows=rows, height=height, columns=columns, width=width,
        ))  # fmt: skip
    elif rows:
        found.append(sentence("No window reaches the end of the input: {rows} of {height} rows are never read.",
                              rows=rows, height=height))  # fmt: skip
    elif columns:
        found.append(sentence("No window reaches the end of the input: {columns} of {width} columns are never read.",
                              columns=columns, width=width))  # fmt: skip
    rows, columns = between
    if rows and columns:
        found.append(sentence(
            "The windows leave gaps: {rows} of {height} rows and {columns} of {width} columns in between are never read.",
            rows=rows, height=height, columns=columns, width=width,
        ))  # fmt: skip
    elif rows:
        found.append(sentence("The windows leave gaps: {rows} of {height} rows in between are never read.",
                              rows=rows, height=height))  # fmt: skip
    elif columns:
        found.append(sentence("The windows leave gaps: {columns} of {width} columns in between are never read.",
                              columns=columns, width=width))  # fmt: skip
    return tuple(found)


def same_output(axes: tuple[Axis, ...]) -> tuple[Sentence, ...]:
    """Says which heights and widths give the same output, where more than one does."""
    rows, columns = axes
    if len(rows.same_output_sizes) == len(columns.same_output_sizes) == 1:
        return ()
    if rows == columns:
        return (sentence("Every size from {first} to {last} gives {output}.", **_range(rows)),)
    spoken = (
        (sentence("Every height from {first} to {last} gives {output}.", **_range(rows)), rows),
        (sentence("Every width from {first} to {last} gives {output}.", **_range(columns)), columns),
    )
    return tuple(text for text, axis in spoken if len(axis.same_output_sizes) > 1)


def _range(axis: Axis) -> dict[str, int]:
    return {"first": axis.same_output_sizes[0], "last": axis.same_output_sizes[-1], "output": axis.output}


def _better_padding(layer: ConvLayer, axes: tuple[Axis, ...]) -> tuple[Sentence, ...]:
    """A smaller padding with the same output and nothing left unread at the end, where one number for all axes will do."""
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str) or not any(axis.unread for axis in axes):
        return ()
    for cells in range(max(layer.padding)):
        tried = [replace(axis, padding=(cells, cells)) for axis in axes]
        if all(new.output == old.output and not new.unread for new, old in zip(tried, axes, strict=True)):
            return (sentence("With padding={cells} the end is read too, and the output stays the same.", cells=cells),)
    return ()
