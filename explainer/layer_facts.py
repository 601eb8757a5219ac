"""What there is to say about any layer of the registry and one input: sizes, written products, what is odd about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from explainer.arithmetic import (
    LAYERS,
    AdaptivePoolLayer,
    Argument,
    Axis,
    ConvLayer,
    ConvTransposeLayer,
    FlattenLayer,
    FoldLayer,
    LinearLayer,
    LPPoolLayer,
    MaxPoolLayer,
    PaddingLayer,
    PixelShuffleLayer,
    PixelUnshuffleLayer,
    UnfoldLayer,
    UpsampleLayer,
)
from explainer.arithmetic.pool import PoolLayer
from explainer.arithmetic.registry import Layer
from explainer.conv_facts import conv_facts, gaps_of, kind_of, never_read, same_output
from explainer.language import say_shape
from explainer.types import Fill, Sentence, Shape, sentence

AXIS_NAMES: Mapping[int, tuple[str, ...]] = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


@dataclass(frozen=True, slots=True)
class Windows:
    """Two axes of sliding windows, as the picture draws them. A row of one axis is one cell high."""

    axes: tuple[Axis, ...]
    unread: tuple[tuple[int, ...], ...]
    gaps: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """Everything the Layer page shows, for every layer.

    ``axes`` are empty where no window slides; those of a transposed convolution and of Fold slide over the output.
    ``param_product`` and ``macs_product`` are empty where nothing is multiplied. ``unread`` are the input positions, per axis,
    that no window reads; ``gaps`` says so, empty if all is read. ``names`` name the dimensions of the input.
    """

    name: str
    family: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    axes: tuple[Axis, ...]
    param_product: str
    macs: int
    macs_product: str
    weight_shape: Shape | None
    weight_axes: str
    code: str
    kind: Sentence
    unread: tuple[tuple[int, ...], ...]
    gaps: tuple[Sentence, ...]
    notes: tuple[Sentence, ...]

    @property
    def slides_over_input(self) -> bool:
        """Whether windows read the input, so that "never read" means something."""
        return bool(self.axes) and not isinstance(self.layer, (ConvTransposeLayer, FoldLayer))

    @property
    def windows(self) -> Windows | None:
        """What the picture draws, None where there is nothing to slide or a third axis."""
        if not self.slides_over_input or len(self.axes) > 2:
            return None
        if len(self.axes) == 2:
            return Windows(self.axes, self.unread, self.gaps)
        return Windows((Axis(1, 1), *self.axes), ((), *self.unread), self.gaps)

    @property
    def spatial(self) -> int:
        """How many of the last dimensions are sizes of an image, a sequence or a volume; 0 where that is not the point."""
        if isinstance(self.layer, UpsampleLayer):
            return len(self.input_shape) - 2
        rank = LAYERS[self.name].rank
        return 0 if rank is None or isinstance(self.layer, (FoldLayer, UnfoldLayer)) else rank

    @property
    def names(self) -> tuple[str, ...]:
        """One letter per dimension of the input where the field has one, else its number."""
        if not self.spatial:
            return tuple(str(dimension) for dimension in range(len(self.input_shape)))
        return ("N", "C")[-(len(self.input_shape) - self.spatial) :] + AXIS_NAMES[self.spatial]


def layer_facts(name: str, arguments: Mapping[str, Argument], input_shape: Shape) -> LayerFacts:
    """The facts of ``nn.name(**arguments)`` on an input; raises InvalidLayer where torch refuses.

    >>> facts = layer_facts("MaxPool2d", {"kernel_size": 3, "stride": 2}, (1, 64, 56, 56))
    >>> facts.output_shape, facts.code
    ((1, 64, 27, 27), 'nn.MaxPool2d(kernel_size=3, stride=2)')
    """
    form = LAYERS[name]
    layer = form.make(**arguments)
    output_shape = layer.output_shape(input_shape)
    axes = _axes(layer, input_shape)
    slides = bool(axes) and not isinstance(layer, (ConvTransposeLayer, FoldLayer))
    mode = layer.padding_mode if isinstance(layer, ConvLayer) else "zeros"
    unread = tuple(never_read(axis, mode) for axis in axes) if slides else ()
    weight_shape: Shape | None = getattr(layer, "weight_shape", None)
    return LayerFacts(
        name=name,
        family=form.family,
        layer=layer,
        input_shape=input_shape,
        output_shape=output_shape,
        axes=axes,
        param_product=_param_product(layer),
        macs=layer.macs(input_shape),
        macs_product=_macs_product(layer, input_shape, output_shape),
        weight_shape=weight_shape,
        weight_axes=_weight_axes(layer),
        code=layer.code(),
        kind=_kind(layer, input_shape),
        unread=unread,
        gaps=_gaps(axes, unread) if slides else _lost(layer, input_shape),
        notes=_notes(layer, input_shape, axes),
    )


def _axes(layer: Layer, input_shape: Shape) -> tuple[Axis, ...]:
    if isinstance(layer, FoldLayer):
        return layer.axes(layer.output_size)
    if isinstance(layer, (ConvLayer, ConvTransposeLayer, PoolLayer, UnfoldLayer)):
        return layer.axes(input_shape[-layer.rank :])
    return ()


def _param_product(layer: Layer) -> str:
    if not isinstance(layer, (ConvLayer, ConvTransposeLayer, LinearLayer)):
        return ""
    return say_shape(layer.weight_shape) + (f" + {layer.bias_count}" if layer.bias else "")


def _macs_product(layer: Layer, input_shape: Shape, output_shape: Shape) -> str:
    """A transposed convolution multiplies every input value, the others add up to every output value."""
    if isinstance(layer, LinearLayer):
        return f"{say_shape(_counted(output_shape))} × {layer.in_features}"
    if isinstance(layer, (ConvLayer, ConvTransposeLayer)):
        counted = input_shape if isinstance(layer, ConvTransposeLayer) else output_shape
        return f"{say_shape(_counted(counted))} × ({say_shape(layer.weight_shape[1:])})"
    return ""


def _counted(shape: Shape) -> Shape:
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def _weight_axes(layer: Layer) -> str:
    if isinstance(layer, LinearLayer):
        return "out × in"
    if isinstance(layer, (ConvLayer, ConvTransposeLayer)):
        first = "in × out/groups" if isinstance(layer, ConvTransposeLayer) else "out × in/groups"
        return " × ".join((first, *AXIS_NAMES[layer.rank]))
    return ""


def _kind(layer: Layer, input_shape: Shape) -> Sentence:
    if isinstance(layer, ConvLayer):
        return kind_of(layer)
    if isinstance(layer, LinearLayer):
        if prod(input_shape[:-1]) == 1:
            return sentence("It acts on the last axis only: one matrix for all its values.")
        return sentence(
            "It acts on the last axis only: the same matrix at each of the {count} positions before it.",
            count=prod(input_shape[:-1]),
        )
    if isinstance(layer, AdaptivePoolLayer):
        if layer.kind == "Max":
            return sentence("You give the output size; the input is cut into that many bins, and each gives its largest value.")
        return sentence("You give the output size; the input is cut into that many bins, and each gives its mean.")
    if isinstance(layer, PaddingLayer):
        return _PADDING_KINDS[layer.kind]
    return next(text for kind, text in _KINDS if isinstance(layer, kind))


_PADDING_KINDS: Mapping[str, Sentence] = {
    "Zero": sentence("The added cells are 0."),
    "Constant": sentence("The added cells all have the same value."),
    "Reflection": sentence("The added cells mirror the input; its edge is not repeated."),
    "Replication": sentence("The added cells repeat the edge of the input."),
    "Circular": sentence("The added cells continue on the opposite side, as if the input were a ring."),
}
_KINDS: tuple[tuple[type, Sentence], ...] = (
    (ConvTransposeLayer, sentence("Every input value spreads a window over the output; where windows overlap, they are added.")),
    (MaxPoolLayer, sentence("Each output is the largest value of its window; channels stay apart.")),
    (LPPoolLayer, sentence("Each output is the p-norm of its window; channels stay apart.")),
    (PoolLayer, sentence("Each output is the mean of its window; channels stay apart.")),
    (UnfoldLayer, sentence("Every window becomes one column. Values are copied, nothing is computed.")),
    (FoldLayer, sentence("Every column is put back as a window; where windows overlap, they are added.")),
    (UpsampleLayer, sentence("New values are copied or interpolated from their neighbours; channels stay apart.")),
    (PixelShuffleLayer, sentence("Channels become pixels. Values move, nothing is computed.")),
    (PixelUnshuffleLayer, sentence("Pixels become channels. Values move, nothing is computed.")),
    (FlattenLayer, sentence("Several axes become one. The values and their order stay.")),
    (object, sentence("One axis becomes several. The values and their order stay.")),
)


def _gaps(axes: tuple[Axis, ...], unread: tuple[tuple[int, ...], ...]) -> tuple[Sentence, ...]:
    if len(axes) == 2:
        return gaps_of(axes, unread)
    named = zip(AXIS_NAMES[len(axes)], axes, unread, strict=True)
    return _joined(
        sentence("Along {axis}, {count} of {size} positions are never read.", axis=name, count=len(positions), size=axis.size)
        for name, axis, positions in named
        if positions
    )


def _lost(layer: Layer, input_shape: Shape) -> tuple[Sentence, ...]:
    """What a negative padding cuts away."""
    if not isinstance(layer, PaddingLayer):
        return ()
    named = zip(AXIS_NAMES[layer.rank], input_shape[-layer.rank :], layer.padding_sides, strict=True)
    return _joined(
        sentence("Along {axis}, {count} of {size} positions are cut away.", axis=name, count=cut, size=size)
        for name, size, sides in named
        if (cut := -sum(min(side, 0) for side in sides))
    )


def _notes(layer: Layer, input_shape: Shape, axes: tuple[Axis, ...]) -> tuple[Sentence, ...]:
    if isinstance(layer, ConvLayer) and layer.rank == 2:
        return conv_facts(layer, input_shape).notes
    if isinstance(layer, ConvTransposeLayer):
        return _joined(_transposed_notes(layer, axes))
    if isinstance(layer, AdaptivePoolLayer):
        return _joined(_bin_notes(layer, input_shape))
    if isinstance(layer, FoldLayer) or not axes:
        return ()
    if len(axes) == 2:
        return same_output(axes)
    named = zip(AXIS_NAMES[len(axes)], axes, strict=True)
    return _joined(
        sentence(
            "Along {axis}, every size from {first} to {last} gives {output}.",
            axis=name, first=axis.same_output_sizes[0], last=axis.same_output_sizes[-1], output=axis.output,
        )
        for name, axis in named
        if len(axis.same_output_sizes) > 1
    )  # fmt: skip


def _transposed_notes(layer: ConvTransposeLayer, axes: tuple[Axis, ...]) -> Iterator[Sentence]:
    for name, axis in zip(AXIS_NAMES[layer.rank], axes, strict=True):
        missed = len(never_read(axis, "zeros"))
        if missed:
            yield sentence("Along {axis}, no input reaches {count} of {size} output positions: there is only the bias.",
                           axis=name, count=missed, size=axis.size)  # fmt: skip
        elif axis.dilation == 1 and axis.kernel_size % axis.stride:
            yield sentence(
                "Along {axis}, kernel_size={kernel} is no multiple of stride={stride}: neighbouring outputs get unequally many "
                "contributions, which can show as a checkerboard.",
                axis=name, kernel=axis.kernel_size, stride=axis.stride,
            )  # fmt: skip


def _bin_notes(layer: AdaptivePoolLayer, input_shape: Shape) -> Iterator[Sentence]:
    for name, bins in zip(AXIS_NAMES[layer.rank], layer.bins(input_shape[-layer.rank :]), strict=True):
        sizes = sorted({end - start for start, end in bins})
        overlaps = sum(bins[i][1] > bins[i + 1][0] for i in range(len(bins) - 1))
        if sizes == [1] and not overlaps:
            yield sentence("Along {axis}, every bin is one cell: nothing changes.", axis=name)
        elif sizes == [1]:
            yield sentence("Along {axis}, every bin is one cell; {overlaps} of them repeat the one before.",
                           axis=name, overlaps=overlaps)  # fmt: skip
        elif len(sizes) == 1 and not overlaps:
            yield sentence("Along {axis}, every bin has {count} cells and none overlap: a pool with kernel_size={count} "
                           "does the same.", axis=name, count=sizes[0])  # fmt: skip
        elif len(sizes) == 1:
            yield sentence("Along {axis}, every bin has {count} cells, and {overlaps} pairs of neighbours overlap.",
                           axis=name, count=sizes[0], overlaps=overlaps)  # fmt: skip
        elif sizes:
            yield sentence("Along {axis}, bins have {least} to {most} cells, and {overlaps} pairs of neighbours overlap.",
                           axis=name, least=sizes[0], most=sizes[-1], overlaps=overlaps)  # fmt: skip


def _joined(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """One sentence for all axes of which the same is true."""
    axes: dict[tuple[str, tuple[tuple[str, Fill], ...]], list[str]] = {}
    for each in sentences:
        rest = tuple(pair for pair in each.values if pair[0] != "axis")
        axes.setdefault((each.template, rest), []).append(str(dict(each.values)["axis"]))
    return tuple(Sentence(template, (("axis", ", ".join(names)), *rest)) for (template, rest), names in axes.items())


def axis_rows(facts: LayerFacts) -> tuple[tuple[str, str, str], ...]:
    """Name, size before and size after, one row per dimension; regrouped dimensions share a row."""
    before, after = facts.input_shape, facts.output_shape
    layer: Any = facts.layer
    if isinstance(layer, FlattenLayer):
        start, end = layer.start_dim % len(before), layer.end_dim % len(before)
        merged = (f"{start}–{end}" if start < end else str(start), say_shape(before[start : end + 1]), str(after[start]))
        kept = [(str(i), str(size), str(size)) for i, size in enumerate(before)]
        return (*kept[:start], merged, *kept[end + 1 :])
    if facts.name == "Unflatten":
        dim = layer.dim % len(before)
        parts = after[dim : dim + len(layer.unflattened_size)]
        kept = [(str(i), str(size), str(size)) for i, size in enumerate(before)]
        return (*kept[:dim], (str(dim), str(before[dim]), say_shape(parts)), *kept[dim + 1 :])
    if len(before) == len(after):
        columns = zip(facts.names, before, after, strict=True)
        return tuple((name, str(old), str(new)) for name, old, new in columns)
    return (("", say_shape(before), say_shape(after)),)
