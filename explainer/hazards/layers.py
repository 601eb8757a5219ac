"""Hazards of single layers: their numbers do something that few people want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from explainer.diagnosis.case import code_path
from explainer.hazards.view import View
from explainer.types import Attribute, Hazard, Op, sentence

_MOST_NAMED = 4


def zero_width(view: View) -> Iterator[Hazard]:
    """A layer with no channel at all: what comes behind it does not depend on the input."""
    for op in view.live_ops:
        made = view.shape(op.outputs[0]) if op.outputs else ()
        is_layer = (op.base_name == "linear" or op.base_name.startswith("conv")) and len(op.inputs) > 1
        if not is_layer or 0 not in view.shape(op.inputs[1])[:1] or 0 not in made:
            continue
        yield Hazard(
            "zero_width",
            view.outline.built_at(view.trace, op.scope) or op.line,
            sentence(
                "{layer} has 0 output channels: its result is {shape!s}, no number at all.", layer=view.name_of(op), shape=made
            ),
            sentence("Whatever comes behind it is the same for every input; a gate made so is one constant, 0.5 without a bias."),
            sentence("Keep at least one channel: max(1, channels // reduction)."),
        )


def bias_before_norm(view: View) -> Iterator[Hazard]:
    """A bias that the normalisation behind it subtracts again; those that one line builds are told of together."""
    found: dict[int | None, dict[str, tuple[Op, Op]]] = defaultdict(dict)
    for op in view.live_ops:
        has_bias = (
            op.base_name.startswith("conv") and len(op.inputs) > 2 and view.trace.values[op.inputs[2]].origin == "parameter"
        )
        after = view.only_user(op.outputs[0]) if has_bias else None
        if after is not None and after.base_name == "batch_norm":
            line = view.outline.built_at(view.trace, op.scope) or op.line
            found[line].setdefault(op.scope, (op, after))
    for line, pairs in found.items():
        op, after = next(iter(pairs.values()))
        message = sentence(
            "{layer} has a bias, and {norm} behind it takes every channel's mean away.",
            layer=view.name_of(op),
            norm=view.name_of(after),
        )
        if len(pairs) > 1:
            names = [view.name_of(conv) for conv, _ in pairs.values()]
            message = sentence(
                "{count} convolutions built here have a bias ({layers}), and the norm behind each takes every channel's mean"
                " away.",
                count=len(pairs), layers=", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else ""),
            )  # fmt: skip
        count = sum(view.trace.values[conv.inputs[2]].element_count for conv, _ in pairs.values())
        yield Hazard(
            "bias_before_norm",
            line,
            message,
            sentence("The bias has no effect in training: {count:,} parameters for nothing.", count=count),
            sentence("Write bias=False."),
        )


def dropped_edge(view: View) -> Iterator[Hazard]:
    """Rows or columns of the input that no window of a strided layer reads."""
    seen: set[tuple[str, int | None]] = set()
    for op in view.live_ops:
        found = _unread(view, op)
        if found is None or (op.scope, op.line) in seen:
            continue
        seen.add((op.scope, op.line))
        axis, size, lost = found
        yield Hazard(
            "dropped_edge",
            op.line,
            sentence(
                "{layer} never reads the last {lost} of {size} positions along axis {axis}.",
                layer=view.name_of(op),
                lost=lost,
                size=size,
                axis=axis,
            ),
            sentence("Its windows stop before the end, so what stands there cannot change its result."),
            sentence("Choose a size that fits the stride, or pad."),
        )


def _unread(view: View, op: Op) -> tuple[int, int, int] | None:
    """(axis, size, positions at the end that no window reaches)."""
    name = op.base_name
    is_conv = name in ("conv1d", "conv2d", "conv3d")
    if not is_conv and not name.startswith(("max_pool", "avg_pool")):
        return None
    if op.attribute("ceil_mode", default=False) or op.attribute("padding") in ("same", "valid"):
        return None
    shape = view.shape(op.inputs[0])
    rank = int(next(letter for letter in name if letter.isdigit()))
    kernel = view.shape(op.inputs[1])[2:] if is_conv else numbers(op.attribute("kernel_size"), rank)
    stride = numbers(op.attribute("stride"), rank) or kernel
    padding, dilation = numbers(op.attribute("padding", 0), rank), numbers(op.attribute("dilation", 1), rank)
    for i in range(min(rank, len(kernel), len(stride), len(padding), len(dilation))):
        axis = len(shape) - rank + i
        window = dilation[i] * (kernel[i] - 1) + 1
        if not 1 < stride[i] <= window:
            continue  # stride 1 reads all; a stride beyond the window skips everywhere, as 1×1 shortcuts do on purpose
        lost = (shape[axis] + 2 * padding[i] - window) % stride[i] - padding[i]
        if lost > 0:
            return axis, shape[axis], lost
    return None


def numbers(value: Attribute, rank: int) -> tuple[int, ...]:
    """One whole number for each axis."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,) * rank
    found = tuple(n for n in value if isinstance(n, int)) if isinstance(value, tuple) else ()
    return found * rank if len(found) == 1 else found


def checkerboard(view: View) -> Iterator[Hazard]:
    """A transposed convolution whose windows overlap unevenly."""
    for op in view.live_ops:
        if not op.base_name.startswith("conv_transpose"):
            continue
        kernel = view.shape(op.inputs[1])[2:]
        stride = numbers(op.attribute("stride", 1), len(kernel))
        uneven = [(k, s) for k, s in zip(kernel, stride, strict=False) if s > 1 and k % s]
        if uneven:
            k, s = uneven[0]
            yield Hazard(
                "checkerboard",
                op.line,
                sentence("{layer} has kernel {kernel} and stride {stride}.", layer=view.name_of(op), kernel=k, stride=s),
                sentence("Some outputs are the sum of more products than their neighbours: pictures get a checkerboard pattern."),
                sentence("Take a kernel that is a multiple of the stride, or resize and convolve."),
            )


def even_kernel(view: View) -> Iterator[Hazard]:
    """An even kernel with padding: what comes out is shifted by half a position."""
    for op in view.live_ops:
        if op.base_name not in ("conv1d", "conv2d", "conv3d"):
            continue
        kernel = view.shape(op.inputs[1])[2:]
        stride, padding = numbers(op.attribute("stride", 1), len(kernel)), op.attribute("padding", 0)
        padded = padding == "same" or any(numbers(padding, len(kernel)))
        even = [k for k, s in zip(kernel, stride, strict=False) if s == 1 and k % 2 == 0]
        if even and padded:
            yield Hazard(
                "even_kernel",
                op.line,
                sentence("{layer} has an even kernel of {kernel} with padding.", layer=view.name_of(op), kernel=even[0]),
                sentence("It has no middle: its output lies half a position beside its input, and sizes change by one."),
                sentence("Use an odd kernel with padding kernel // 2."),
            )


def one_value_norm(view: View) -> Iterator[Hazard]:
    """A BatchNorm that has one value per channel with this input: it works in eval and stops in training."""
    for op in view.live_ops:
        shape = view.shape(op.inputs[0]) if op.base_name == "batch_norm" else ()
        count = 1
        for axis, size in enumerate(shape):
            count *= size if axis != 1 else 1
        if shape and count == 1 and len(shape) > 2:
            yield Hazard(
                "batch_norm_one_value",
                op.line,
                sentence(
                    "{layer} sees one value per channel, {shape!s}, because the batch is 1.", layer=view.name_of(op), shape=shape
                ),
                sentence("In training torch refuses this: a single value has no variance."),
                sentence("Train with a batch of at least 2, or leave the normalisation out where maps are 1×1."),
            )


def shared_statistics(view: View) -> Iterator[Hazard]:
    """A normalisation that keeps statistics, used in two places of one forward."""
    counts = {module.path: module.call_count for module in view.trace.modules}
    for module in view.trace.modules:
        parent = module.path.rpartition(".")[0]
        runs = max(counts.get(parent, 1), 1)
        keeps = any(view.trace.values[buffer].name.endswith("running_mean") for buffer in module.buffers)
        if keeps and module.builtin and module.call_count > runs:
            lines = [call.line for call in view.trace.calls if call.path == module.path and call.line is not None]
            yield Hazard(
                "shared_statistics",
                lines[1] if len(lines) > 1 else None,
                sentence(
                    "{layer} is used {count} times in one forward.", layer=code_path(module.path), count=module.call_count // runs
                ),
                sentence("It keeps one mean and one variance for tensors of different kinds, so in eval it fits none of them."),
                sentence("Give every place a normalisation of its own."),
            )
