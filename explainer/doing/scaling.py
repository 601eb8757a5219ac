"""Norms, softmax and dropout: numbers are measured against others, and scaled."""

from __future__ import annotations

from math import prod

from explainer.doing.sizes import after, axis_of, before, has_weights, number_of, plain, table
from explainer.types import Op, Sentence, Shape, Trace, sentence


def _batch_norm(op: Op, trace: Trace) -> Sentence:
    shape = before(op, trace)
    channels = shape[1] if len(shape) > 1 else 1
    if not op.attribute("training"):
        return sentence(
            "Each of the {channels} channels is scaled and shifted with the mean and variance stored during training.",
            channels=channels,
        )
    if not has_weights(op, trace):
        return sentence("Each of the {channels} channels is brought to mean 0 and variance 1 over this batch.", channels=channels)
    return sentence(
        "Each of the {channels} channels is brought to mean 0 and variance 1 over this batch, then scaled and shifted.",
        channels=channels,
    )


def _normalized(op: Op, trace: Trace) -> Shape:
    shape = op.attribute("normalized_shape")
    return tuple(n for n in shape if isinstance(n, int)) if isinstance(shape, tuple) else before(op, trace)[-1:]


def _layer_norm(op: Op, trace: Trace) -> Sentence:
    size = _normalized(op, trace)
    if has_weights(op, trace):
        return sentence("Every group of {size} numbers is brought to mean 0 and variance 1, then scaled and shifted.", size=size)
    return sentence("Every group of {size} numbers is brought to mean 0 and variance 1.", size=size)


def _rms_norm(op: Op, trace: Trace) -> Sentence:
    size = _normalized(op, trace)
    if has_weights(op, trace):
        return sentence("Every group of {size} numbers is divided by the root of its mean square, then scaled.", size=size)
    return sentence("Every group of {size} numbers is divided by the root of its mean square.", size=size)


def _group_norm(op: Op, trace: Trace) -> Sentence | None:
    shape, groups = before(op, trace), number_of(op, "num_groups")
    if groups is None or len(shape) < 2:
        return None
    if has_weights(op, trace) and groups == 1:
        return sentence(
            "In each sample the numbers of all {channels} channels together are brought to mean 0 and variance 1, then each"
            " channel is scaled and shifted.",
            channels=shape[1],
        )
    if has_weights(op, trace):
        return sentence(
            "In each sample the {channels} channels form {groups} groups; the numbers of each are brought to mean 0 and variance"
            " 1, then each channel is scaled and shifted.",
            channels=shape[1], groups=int(groups),
        )  # fmt: skip
    if groups == 1:
        return sentence("In each sample the numbers of all {channels} channels together are brought to mean 0 and variance 1.",
                        channels=shape[1])  # fmt: skip
    return sentence(
        "In each sample the {channels} channels form {groups} groups; the numbers of each are brought to mean 0 and variance 1.",
        channels=shape[1], groups=int(groups),
    )  # fmt: skip


def _instance_norm(op: Op, trace: Trace) -> Sentence | None:
    shape = before(op, trace)
    if op.attribute("use_input_stats") is False:
        return sentence("Each channel is scaled and shifted with the mean and variance stored during training.")
    if len(shape) < 3:
        return None
    if has_weights(op, trace):
        return sentence(
            "In each sample each of the {channels} channels is brought to mean 0 and variance 1 over its {count:,} positions,"
            " then scaled and shifted.",
            channels=shape[1], count=prod(shape[2:]),
        )  # fmt: skip
    return sentence(
        "In each sample each of the {channels} channels is brought to mean 0 and variance 1 over its {count:,} positions.",
        channels=shape[1], count=prod(shape[2:]),
    )  # fmt: skip


def _local_response_norm(op: Op, _trace: Trace) -> Sentence | None:
    size = number_of(op, "size")
    if size is None:
        return None
    return sentence("Every number is divided by a measure of the squares in {size} neighbouring channels; the shape stays.",
                    size=int(size))  # fmt: skip


def _normalize(op: Op, trace: Trace) -> Sentence | None:
    shape, p = before(op, trace), number_of(op, "p")
    axis = axis_of(op, len(shape)) if shape else None
    if axis is None or p is None:
        return None
    return sentence("The {size} numbers along axis {axis} are divided by their {p}-norm, which is 1 afterwards.",
                    size=shape[axis], axis=axis, p=plain(p))  # fmt: skip


def _softmax_size(op: Op, trace: Trace) -> int:
    """How many numbers compete. Without ``dim`` torch takes axis 0 of tensors with 0, 1 or 3 axes, else axis 1."""
    shape = before(op, trace)
    axis = axis_of(op, len(shape)) if shape else None
    axis = axis if axis is not None else 0 if len(shape) in (0, 1, 3) else 1
    return shape[axis] if shape else 1


def _softmax(op: Op, trace: Trace) -> Sentence:
    size = _softmax_size(op, trace)
    if op.base_name == "log_softmax":
        return sentence("Every {size} numbers become the logarithms of weights between 0 and 1 that add up to 1.", size=size)
    if op.base_name == "softmin":
        return sentence("Every {size} numbers become weights that add up to 1, the largest for the smallest number.", size=size)
    if op.base_name == "gumbel_softmax":
        return sentence("Noise is added; then every {size} numbers become weights between 0 and 1 that add up to 1.", size=size)
    return sentence("Every {size} numbers become weights between 0 and 1 that add up to 1.", size=size)


def _dropout(op: Op, _trace: Trace) -> Sentence | None:
    share, is_whole = number_of(op, "p"), op.base_name.endswith("d") or op.base_name.startswith("feature")
    if share is None or op.base_name == "feature_alpha_dropout":
        return None
    if op.attribute("training"):
        if op.base_name == "alpha_dropout":
            return sentence("Replaces each number by one fixed value with probability {p}, then rescales all.", p=plain(share))
        if is_whole:
            return sentence("Sets each channel to 0 with probability {p}, and scales the others up.", p=plain(share))
        return sentence("Sets each number to 0 with probability {p}, and scales the others up.", p=plain(share))
    if is_whole:
        return sentence("Lets everything through in evaluation; in training it would set a share of {p} of the channels to 0.",
                        p=plain(share))  # fmt: skip
    if op.base_name == "alpha_dropout":
        return sentence("Lets everything through in evaluation; in training it would replace a share of {p}.", p=plain(share))
    return sentence("Lets everything through in evaluation; in training it would set a share of {p} to 0.", p=plain(share))


def _running(op: Op, trace: Trace) -> Sentence | None:
    shape = after(op, trace)
    axis = axis_of(op, len(shape)) if shape else None
    if axis is None:
        return None
    if op.base_name == "cumprod":
        return sentence("Along axis {axis} every number becomes the product of itself and all before it.", axis=axis)
    return sentence("Along axis {axis} every number becomes the sum of itself and all before it.", axis=axis)


WORDS = table(
    ("batch_norm", _batch_norm),
    ("layer_norm", _layer_norm),
    ("rms_norm", _rms_norm),
    ("group_norm", _group_norm),
    ("instance_norm", _instance_norm),
    ("local_response_norm", _local_response_norm),
    ("normalize", _normalize),
    ("softmax log_softmax softmin gumbel_softmax", _softmax),
    ("dropout dropout1d dropout2d dropout3d alpha_dropout feature_dropout", _dropout),
    ("cumsum cumprod", _running),
)
