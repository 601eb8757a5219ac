"""A layer whose weights do not fit its input: channels, features, axes, groups, windows."""

from __future__ import annotations

import re

from explainer.diagnosis.case import Case, Finding
from explainer.diagnosis.story import axis_steps, shape_steps, told, way
from explainer.gates import layout_of
from explainer.types import Operand, Sentence, Shape, sentence

_NORMS = ("batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm")
_POOLS = ("max_pool", "avg_pool", "lp_pool", "fractional_max_pool")


def conv_rank(case: Case) -> Finding | None:
    """A convolution whose input has too few or too many axes."""
    if not case.op.startswith("conv") or len(case.shapes) < 2:
        return None
    given, weight = case.shapes[:2]
    rank = len(weight)
    if len(given) in (rank, rank - 1):
        return None
    what = sentence("{layer} takes {rank} axes, and its input has {given}.", layer=case.layer, rank=rank, given=len(given))
    got = sentence("Its input is {shape!s}.", shape=given)
    reason = sentence(
        "A {dims}-dimensional convolution reads batch, channels and {dims} axes to slide over; a missing batch axis is a 1 in"
        " front.",
        dims=rank - 2,
    )
    return Finding("rank", what, case.operands((), ()), (got,), (reason,), _made_by(case))


def conv_channels(case: Case) -> Finding | None:
    """A convolution whose input has other channels than its weight."""
    if not case.op.startswith("conv") or len(case.shapes) < 2:
        return None
    given, weight = case.shapes[:2]
    axis = len(given) - len(weight) + 1
    groups = case.attribute("groups", 1)
    transposed = "transpose" in case.op
    wanted = weight[0] if transposed else weight[1] * (groups if isinstance(groups, int) else 1)
    if axis not in (0, 1) or axis >= len(given) or given[axis] == wanted:
        return None
    operands = case.operands((axis,), (0,) if transposed else (1,))
    if axis == 1 and given[-1] == wanted and wanted <= 1024 and not _channels_known(case):
        return _channels_last(case, operands, given, wanted)
    if axis == 0 and given[1:2] == (wanted,):
        return _no_batch(case, operands, given, wanted)
    what = sentence("{layer} expects {wanted} channels and gets {given}.", layer=case.layer, wanted=wanted, given=given[axis])
    got = sentence("Its input is {shape!s}, its weight {weight!s}.", shape=given, weight=weight)
    reason = sentence("The in_channels of a convolution must be the number of channels that come in.")
    return Finding("conv_channels", what, operands, (got,), (reason,), _channel_story(case, axis))


def _channels_known(case: Case) -> bool:
    """Whether the layer that made the input has put its channels at axis 1: then an equal size of the last axis is chance."""
    found = layout_of(case.trace, case.inputs[0], case.flow)
    return found is not None and found[0] == 1


def _channels_last(case: Case, operands: tuple[Operand, ...], given: Shape, wanted: int) -> Finding:
    what = sentence("{layer} finds its {wanted} channels in the last axis.", layer=case.layer, wanted=wanted)
    got = sentence("Its input is {shape!s}.", shape=given)
    reason = sentence("torch reads (batch, channels, height, width); this input is laid out (batch, height, width, channels).")
    if len(given) == 3:
        reason = sentence("torch reads (batch, channels, length); this input is laid out (batch, length, channels).")
    if len(given) == 5:
        reason = sentence("torch reads the channels from axis 1, before the axes that it slides over.")
    return Finding("channels_last", what, operands, (got,), (reason,), _channel_story(case, 1))


def _no_batch(case: Case, operands: tuple[Operand, ...], given: Shape, wanted: int) -> Finding:
    what = sentence("{layer} takes this input for one without a batch axis.", layer=case.layer)
    got = sentence("Its input is {shape!s}, and {wanted} channels are expected in its first axis.", shape=given, wanted=wanted)
    reason = sentence("An input with one axis fewer than usual is read as a single sample, channels first.")
    return Finding("batch_missing", what, operands, (got,), (reason,), ())


def _channel_story(case: Case, axis: int) -> tuple[Sentence, ...]:
    steps = axis_steps(case, case.inputs[0], axis)
    if not steps:
        return _made_by(case)
    return (sentence("Channels on the way: {steps}.", steps=told(steps)),)


def _made_by(case: Case) -> tuple[Sentence, ...]:
    """How the input got its shape, in whole shapes; that it is the module's own input if nothing changed it."""
    if not case.inputs:
        return ()
    value = case.trace.values[case.inputs[0]]
    steps = shape_steps(case, value.id)
    if steps:
        return (sentence("How the input got this shape: {steps}.", steps=steps),)
    if value.origin == "input" or not way(case, value.id):
        return (sentence("It is the module's own input; no layer before it changes its shape."),)
    return ()


def window_too_large(case: Case) -> Finding | None:
    """A kernel that is larger than what it slides over."""
    if not re.search(r"Kernel size can't be greater|Output size is too small|smaller than kernel size", case.message):
        return None
    given = case.shapes[0] if case.shapes else ()
    kernel = case.shapes[1][2:] if case.op.startswith("conv") and len(case.shapes) > 1 else case.attribute("kernel_size", 0)
    sizes = kernel if isinstance(kernel, tuple) else (kernel,) * max(len(given) - 2, 1)
    shown = "×".join(str(size) for size in sizes)
    what = sentence("the {kernel} window of {layer} does not fit its input.", kernel=shown, layer=case.layer)
    got = sentence("Its input is {shape!s}.", shape=given)
    reason = sentence("A window needs at least kernel_size rows and columns, padding included.")
    axes = tuple(range(len(given) - len(sizes), len(given)))
    return Finding("kernel_too_large", what, case.operands(axes), (got,), (reason,), _made_by(case))


def linear_features(case: Case) -> Finding | None:
    """A linear layer whose input ends in another number of features."""
    if case.op != "linear" or len(case.shapes) < 2 or not case.shapes[0]:
        return None
    given, weight = case.shapes[:2]
    if len(weight) != 2 or given[-1] == weight[1]:
        return None
    wanted, count = weight[1], 1
    for size in given[1:]:
        count *= size
    operands = case.operands((len(given) - 1,), (1,))
    got = sentence("Its input is {shape!s}, its weight {weight!s}.", shape=given, weight=weight)
    story = _made_by(case)
    if len(given) > 2 and count == wanted:
        what = sentence("{layer} gets maps where it expects one row per sample.", layer=case.layer)
        reason = sentence(
            "A linear layer works on the last axis only: flatten first, and {product} makes {wanted}.",
            product=" · ".join(map(str, given[1:])), wanted=wanted,
        )  # fmt: skip
        return Finding("flatten_missing", what, operands, (got,), (reason,), story)
    what = sentence("{layer} expects {wanted} features and gets {given}.", layer=case.layer, wanted=wanted, given=given[-1])
    if wanted in given[1:-1]:
        axis = given.index(wanted, 1)
        reason = sentence(
            "A linear layer works on the last axis; here the {wanted} stand in axis {axis}.", wanted=wanted, axis=axis
        )
        return Finding("features_axis", what, operands, (got,), (reason,), story)
    flat = _flattened(case)
    if flat:
        product = " · ".join(map(str, flat))
        reason = sentence("Flattening made {product} = {given} features of every sample.", product=product, given=given[-1])
        return Finding("flatten_features", what, operands, (got,), (reason,), story)
    reason = sentence("The in_features of a linear layer must be the size of its input's last axis.")
    return Finding("linear_features", what, operands, (got,), (reason,), story)


def _flattened(case: Case) -> Shape:
    """The sizes that were multiplied into the last axis just before, if it was made by flattening."""
    for op, before, after in reversed(way(case, case.inputs[0])):
        sizes, made = case.trace.shape(before), case.trace.shape(after)
        if op.base_name in ("flatten", "view", "reshape") and len(sizes) > len(made):
            return sizes[len(made) - 1 :] if sizes[: len(made) - 1] == made[:-1] else ()
        if sizes != made:
            return ()
    return ()


def norm_channels(case: Case) -> Finding | None:
    """A normalisation made for another number of channels."""
    if case.op not in _NORMS or not case.shapes:
        return None
    given = case.shapes[0]
    if case.op in ("layer_norm", "rms_norm"):
        return _layer_norm(case, given)
    counts = [shape[0] for shape in case.shapes[1:] if len(shape) == 1]
    if len(given) < 2 or not counts or counts[0] == given[1]:
        return None
    what = sentence("{layer} is made for {wanted} channels and gets {given}.", layer=case.layer, wanted=counts[0], given=given[1])
    got = sentence("Its input is {shape!s}.", shape=given)
    reason = sentence("A normalisation keeps numbers for every channel, so their count must be that of its input.")
    if len(given) == 3 and given[-1] == counts[0] and not _channels_known(case):
        reason = sentence(
            "It reads (batch, channels, length); here the {wanted} stand in the last axis, as linear layers leave them.",
            wanted=counts[0],
        )
    return Finding("norm_channels", what, case.operands((1,), (0,)), (got,), (reason,), _channel_story(case, 1))


def _layer_norm(case: Case, given: Shape) -> Finding | None:
    wanted = case.attribute("normalized_shape", ())
    sizes = tuple(size for size in wanted if isinstance(size, int)) if isinstance(wanted, tuple) else ()
    if not sizes or given[-len(sizes) :] == sizes:
        return None
    what = sentence("{layer} normalises over {wanted!s}, and its input does not end so.", layer=case.layer, wanted=sizes)
    got = sentence("Its input is {shape!s}.", shape=given)
    reason = sentence("A layer norm works on the last axes: normalized_shape must be their sizes.")
    if len(sizes) == 1 and len(given) > 2 and given[1] == sizes[0]:
        reason = sentence("A layer norm works on the last axis, and here the {count} channels stand in axis 1.", count=sizes[0])
    axes = tuple(range(len(given) - len(sizes), len(given)))
    return Finding("norm_channels", what, case.operands(axes), (got,), (reason,), _made_by(case))


def norm_rank(case: Case) -> Finding | None:
    """A BatchNorm2d on something that is no picture, and its likes."""
    found = re.match(r"expected (\S+) (?:or (\S+) )?input \(got (\d)D input\)", case.message)
    if found is None:
        return None
    wanted = found[1].rstrip("D") + (" / " + found[2].rstrip("D") if found[2] else "")
    layer = code_name(case)
    what = sentence(
        "{layer} takes an input with {wanted} axes, and gets one with {given}.", layer=layer, wanted=wanted, given=found[3]
    )
    reason = sentence("The digit in its name is the number of axes behind batch and channels: 1d, 2d, 3d.")
    return Finding("norm_rank", what, (), (), (reason,), ())


def code_name(case: Case) -> str:
    from explainer.diagnosis.case import code_path

    return code_path(case.scope) or case.error


def groups(case: Case) -> Finding | None:
    """Channels that cannot be dealt out to groups or heads evenly, in the constructor or in the forward."""
    texts = {
        r"in_channels must be divisible by groups": "in_channels / groups",
        r"out_channels must be divisible by groups": "out_channels / groups",
        r"num_channels \(\d+\) must be divisible by num_groups|to be divisible by num_groups": "num_channels / num_groups",
        r"embed_dim must be divisible by num_heads": "embed_dim / num_heads",
        r"divisible by (the )?square of upscale_factor": "channels / upscale_factor²",
    }
    ratio = next((words for pattern, words in texts.items() if re.search(pattern, case.message)), None)
    if ratio is None:
        return None
    what = sentence("the channels cannot be dealt out evenly.")
    numbers = re.findall(r"\((\d+)\)", case.message)
    got = (sentence("{first} does not divide by {second}.", first=numbers[0], second=numbers[1]),) if len(numbers) == 2 else ()
    reason = sentence("{ratio} must be a whole number, for every group gets equally many.", ratio=ratio)
    if "heads" in ratio:
        reason = sentence("{ratio} must be a whole number, for every head gets equally many.", ratio=ratio)
    elif "upscale" in ratio:
        reason = sentence("{ratio} must be a whole number: so many channels become a square of positions.", ratio=ratio)
    return Finding("groups", what, case.operands((1,)) if case.op else (), got, (reason,), ())


def embedded_size(case: Case) -> Finding | None:
    """Recurrent layers and attention, which check the size of their input in words of their own."""
    patterns = (
        r"must be equal to input_size\. Expected (\d+), got (\d+)",
        r"expecting embedding dimension of (\d+), but got (\d+)",
    )
    found = next((m for p in patterns if (m := re.search(p, case.message))), None)
    if found is None:
        return None
    layer, wanted, given = code_name(case), int(found[1]), int(found[2])
    what = sentence("{layer} expects {wanted} features and gets {given}.", layer=layer, wanted=wanted, given=given)
    reason = sentence("Every token it reads must have as many numbers as it was made for.")
    return Finding("features", what, (), (), (reason,), ())
