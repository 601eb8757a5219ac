"""A sliding window as a scene for the browser: axes, channels and words, in JSON; ui/components/window_picture draws it."""

from __future__ import annotations

from math import inf
from typing import Any, TypeAlias

from explainer.arithmetic import (
    AdaptivePoolLayer,
    AvgPoolLayer,
    Axis,
    ConvLayer,
    ConvTransposeLayer,
    Layer,
    LPPoolLayer,
    MaxPoolLayer,
    UnfoldLayer,
)
from explainer.conv_facts import never_read
from explainer.errors import InvalidInput, TooLarge
from explainer.language import Translator, join_sentences, say_shape, translator
from explainer.render.window_words import window_words
from explainer.render.wiring_picture import wiring_picture
from explainer.types import Shape

Scene: TypeAlias = dict[str, Any]
Windowed: TypeAlias = ConvLayer | ConvTransposeLayer | MaxPoolLayer | AvgPoolLayer | LPPoolLayer | AdaptivePoolLayer | UnfoldLayer

_LONGEST = 2**26
_LISTED = 2**18
_POINT: Scene = {"size": 1, "kernel": 1, "stride": 1, "before": 0, "after": 0, "dilation": 1, "output": 1}


def has_window(layer: Layer) -> bool:
    """Whether ``window_scene`` can show the layer."""
    return isinstance(layer, Windowed)


def window_scene(layer: Layer, input_shape: Shape, lang: str) -> Scene:
    """What the picture needs of a layer on an input; raises InvalidLayer where torch refuses.

    ``axes`` are rows and columns of one channel, of the middle slice of a volume. A transposed convolution is a convolution
    read backwards: its windows lie on the output, ``size`` is the output's and ``output`` the input's.
    """
    if not isinstance(layer, Windowed):
        raise InvalidInput("{name} has no sliding window to show.", field="layer", name=type(layer).__name__)
    output_shape = layer.output_shape(input_shape)
    before, after = input_shape[-layer.rank :], output_shape[-layer.rank :]
    if isinstance(layer, UnfoldLayer):
        after = tuple(axis.output for axis in layer.axes(before))
    if max(*before, *after, *_kernel(layer)) > _LONGEST:
        raise TooLarge("The picture shows at most {limit:,} positions on an axis.", field="input_shape", limit=_LONGEST)
    axes, kind = _axes(layer, before, after), _kind(layer)
    return {
        "kind": kind,
        "adaptive": isinstance(layer, AdaptivePoolLayer),
        "flat": layer.rank == 1,
        "axes": axes,
        "mode": getattr(layer, "padding_mode", "zeros"),
        "bias": bool(getattr(layer, "bias", False)),
        "counted": getattr(layer, "count_include_pad", True),
        "divisor": getattr(layer, "divisor_override", None),
        "norm": layer.norm_type if isinstance(layer, LPPoolLayer) and kind == "lp" else 0,  # JSON has no infinity
        "absolute": isinstance(layer, LPPoolLayer) and kind == "max",
        "titles": _titles(layer, before, after, axes, lang),
        "legend": _legend(layer, axes, translator(lang)),
        "notes": _notes(layer, input_shape, before, axes, lang),
        "wiring": _wiring(layer, input_shape, lang),
        "words": window_words(lang, flat=layer.rank == 1, transposed=isinstance(layer, ConvTransposeLayer)),
    }


def _kernel(layer: Windowed) -> Shape:
    return (1,) if isinstance(layer, AdaptivePoolLayer) else layer.kernel_size


def _kind(layer: Windowed) -> str:
    if isinstance(layer, ConvTransposeLayer):
        return "transposed"
    if isinstance(layer, ConvLayer):
        return "conv"
    if isinstance(layer, MaxPoolLayer) or getattr(layer, "kind", "") == "Max" or getattr(layer, "norm_type", 0) == inf:
        return "max"
    if isinstance(layer, LPPoolLayer) and layer.norm_type > 0:
        return "lp"
    return "avg" if isinstance(layer, (AvgPoolLayer, AdaptivePoolLayer)) else "copy"


def _axes(layer: Windowed, before: Shape, after: Shape) -> list[Scene]:
    if isinstance(layer, AdaptivePoolLayer):
        found = [_bins(size, count) for size, count in zip(before, after, strict=True)]
    else:
        counts = before if isinstance(layer, ConvTransposeLayer) else after
        found = [_axis(axis, count) for axis, count in zip(layer.axes(before), counts, strict=True)]
    return found[-2:] if len(found) > 1 else [dict(_POINT), *found]


def _bins(size: int, count: int) -> Scene:
    """``kernel`` is the largest bin."""
    return {**_POINT, "size": size, "kernel": min(size, -(-size // max(count, 1)) + 1), "output": count}


def _axis(axis: Axis, count: int) -> Scene:
    before, after = axis.padding
    return {
        "size": axis.size,
        "kernel": axis.kernel_size,
        "stride": axis.stride,
        "before": before,
        "after": after,
        "dilation": axis.dilation,
        "output": count,
    }


def _titles(layer: Windowed, before: Shape, after: Shape, axes: list[Scene], lang: str) -> dict[str, str]:
    _ = translator(lang)
    cropped = isinstance(layer, ConvTransposeLayer)
    padded = tuple(axis["size"] + axis["before"] + axis["after"] for axis in axes)[-len(before) :]
    shown, made = before[-2:], after[-2:]
    source, target = _("input {size}", size=say_shape(shown)), _("output {size}", size=say_shape(made))
    if padded != (made if cropped else shown):
        if cropped:
            target = _("output {size}, cut out of {padded}", size=say_shape(made), padded=say_shape(padded))
        else:
            source = _("input {size}, padded to {padded}", size=say_shape(shown), padded=say_shape(padded))
    if isinstance(layer, UnfoldLayer):
        target = _("{size} windows, one column each", size=say_shape(made))
    return {"input": source, "output": target, "kernel": _("kernel {size}", size=say_shape(_kernel(layer)[-2:]))}


def _legend(layer: Windowed, axes: list[Scene], _: Translator) -> list[tuple[str, str]]:
    marks = []
    turned = isinstance(layer, ConvTransposeLayer)
    if any(axis["before"] > 0 or axis["after"] > 0 for axis in axes):
        marks.append(("pad", _padding_name(layer, _)))
    if any(_last(axis) > axis["size"] + axis["after"] for axis in axes):
        marks.append(("over", _("beyond the padding (ceil_mode)")))
    if _has_gaps(layer, axes):
        marks.append(("dead", _("no input reaches it") if turned else _("no window reaches it")))
    marks.append(("window", _("written by the chosen input") if turned else _("read by the chosen output")))
    return marks


def _padding_name(layer: Windowed, _: Translator) -> str:
    if isinstance(layer, ConvTransposeLayer):
        return _("cut off by padding")
    if isinstance(layer, MaxPoolLayer):
        return _("padding (−∞)")
    if isinstance(layer, AvgPoolLayer) and not layer.count_include_pad:
        return _("padding (not counted)")
    return {
        "reflect": _("padding (mirrored)"),
        "replicate": _("padding (edge repeated)"),
        "circular": _("padding (wrapped around)"),
    }.get(getattr(layer, "padding_mode", ""), _("padding (zeros)"))


def _last(axis: Scene) -> int:
    """Where the last window ends, counted from input position 0."""
    return int((axis["output"] - 1) * axis["stride"] - axis["before"] + axis["dilation"] * (axis["kernel"] - 1) + 1)


def _has_gaps(layer: Windowed, axes: list[Scene]) -> bool:
    """Whether some position, padding included, is in no window."""
    if isinstance(layer, AdaptivePoolLayer):
        return False
    behind = any(_last(axis) < axis["size"] + axis["after"] for axis in axes)
    cropped = any(min(axis["before"], axis["after"]) < 0 for axis in axes)
    return behind or cropped or any(_unreached(layer, axis) != 0 for axis in axes)


def _unreached(layer: Windowed, axis: Scene) -> int | None:
    """How many positions no window reads; None where a long axis has holes that would have to be counted one by one."""
    if isinstance(layer, AdaptivePoolLayer):
        return 0
    found = Axis(axis["size"], axis["kernel"], axis["stride"], (axis["before"], axis["after"]), axis["dilation"])
    if not isinstance(layer, (ConvLayer, ConvTransposeLayer, UnfoldLayer)):
        found = Axis(found.size, found.kernel_size, found.stride, found.padding, found.dilation, layer.ceil_mode)
    if max(found.size, found.padded) > _LISTED:
        solid = found.stride <= found.reach and found.dilation == 1 and min(found.padding) >= 0
        return found.unread if solid else None
    return len(never_read(found, getattr(layer, "padding_mode", "zeros")))


def _notes(layer: Windowed, input_shape: Shape, spatial: Shape, axes: list[Scene], lang: str) -> list[str]:
    _ = translator(lang)
    notes = []
    rows, columns = (_unreached(layer, axis) for axis in axes)
    height, width = (axis["size"] for axis in axes)
    if rows is not None and columns is not None and rows + columns:
        cells = height * width - (height - rows) * (width - columns)
        numbers = {"rows": rows, "height": height, "columns": columns, "width": width, "cells": cells, "total": height * width}
        notes.append(_gap_note(layer, numbers, _))
    if layer.rank == 3:
        depth = spatial[0]
        if _kernel(layer)[0] > 1:
            notes.append(_("The kernel reaches over {depth} slices; the sum is that of one.", depth=_kernel(layer)[0]))
        notes.append(_("Height and width of the middle depth slice are shown, number {index} of {depth}.",
                       index=depth // 2, depth=depth))  # fmt: skip
    return notes + _channel_notes(layer, input_shape, _)


def _gap_note(layer: Windowed, numbers: dict[str, int], _: Translator) -> str:
    if layer.rank == 1:
        if isinstance(layer, ConvTransposeLayer):
            return _("No input reaches {cells:,} of {total:,} output positions.", cells=numbers["cells"], total=numbers["total"])
        return _("Never read: {cells:,} of {total:,} positions.", cells=numbers["cells"], total=numbers["total"])
    if isinstance(layer, ConvTransposeLayer):
        return _(
            "No input reaches {rows:,} of {height:,} rows and {columns:,} of {width:,} columns of the output, "
            "together {cells:,} of {total:,} cells.",
            **numbers,
        )
    return _(
        "Never read: {rows:,} of {height:,} rows and {columns:,} of {width:,} columns, together {cells:,} of {total:,} cells.",
        **numbers,
    )


def _channel_notes(layer: Windowed, input_shape: Shape, _: Translator) -> list[str]:
    if not isinstance(layer, (ConvLayer, ConvTransposeLayer)):
        channels = input_shape[-layer.rank - 1]
        return [_("One of {channels:,} channels is shown.", channels=channels)] if channels > 1 else []
    inputs, outputs = layer.in_channels // layer.groups, layer.out_channels
    if inputs > 1:
        text = _("One of {inputs:,} × {outputs:,} channel pairs is shown: a full output adds {inputs:,} such sums.",
                 inputs=inputs, outputs=outputs)  # fmt: skip
        return [join_sentences((text, _("The bias is added once."))) if layer.bias else text]
    return [_("One of {channels:,} output channels is shown.", channels=outputs)] if outputs > 1 else []


def _wiring(layer: Windowed, input_shape: Shape, lang: str) -> Scene:
    """Channels and groups; a pool is as many groups as it has channels. ``lines`` are title, caption, weight, its order."""
    _ = translator(lang)
    if isinstance(layer, (ConvLayer, ConvTransposeLayer)):
        inputs, outputs, groups = layer.in_channels, layer.out_channels, layer.groups
        weight = _("weight {shape}", shape=f"[{', '.join(map(str, layer.weight_shape))}]")
        lines = [_wiring_caption(layer, _), weight, _weight_order(layer, _)]
    elif isinstance(layer, UnfoldLayer):
        inputs = groups = input_shape[-layer.rank - 1]
        outputs = layer.output_shape(input_shape)[-2]
        lines = [_("Every cell of a channel's window becomes a channel of its own, without weights.")]
    else:
        inputs = outputs = groups = input_shape[-layer.rank - 1]
        lines = [_("Each channel by itself, without weights.")]
    title = _("Channels: {inputs:,} → {outputs:,}", inputs=inputs, outputs=outputs)
    return {"svg": wiring_picture(inputs, outputs, groups, f"{title}. {lines[0]}"), "lines": [title, *lines]}


def _wiring_caption(layer: ConvLayer | ConvTransposeLayer, _: Translator) -> str:
    inputs, outputs = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    if layer.groups == 1:
        return _("Every output channel reads every input channel.")
    if inputs == outputs == 1:
        return _("Depthwise: each output channel reads one input channel.")
    return _("{groups:,} groups, each with {inputs:,} input and {outputs:,} output channels of its own.",
             groups=layer.groups, inputs=inputs, outputs=outputs)  # fmt: skip


def _weight_order(layer: ConvLayer | ConvTransposeLayer, _: Translator) -> str:
    if isinstance(layer, ConvTransposeLayer):
        return _("input channels, output channels per group, kernel")
    return _("output channels, input channels per group, kernel")
