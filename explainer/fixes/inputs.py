"""Fixes that leave the code alone: another input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explainer.fixes.scene import Draft, Scene
from explainer.types import Input, Shape

_SIDES = (32, 28, 64, 224, 56, 128, 256, 96, 112, 299, 48, 16)
_WORTH = frozenset(
    "batch_norm_one_value rank batch_missing channels_last norm_rank unpack_rank kernel_too_large flatten_features"
    " linear_features view_size concat_size residual_size padding_missing stride_twice shortcut_stride broadcast features"
    " permute_rank axis matmul_sizes torch dtype flatten_missing argument_count raised".split()
)


def other_inputs(scene: Scene) -> Iterator[Draft]:
    """The first input with a batch axis, channels first, other sides, other numbers; one more or one fewer of them."""
    if scene.rule not in _WORTH or not scene.result.inputs:
        return
    first, *rest = scene.result.inputs
    for shape in _shapes(first.shape, scene.rule):
        rank = 1 if scene.rule in ("channels_last", "batch_missing", "rank", "unpack_rank") else 7
        yield from scene.with_inputs((replace(first, shape=shape), *rest), rank)
    if scene.rule == "batch_norm_one_value":
        yield from scene.with_inputs((replace(first, shape=(2, *first.shape[1:])), *rest), 1)
    if scene.rule == "dtype":
        for kind in ("int64", "float32"):
            yield from scene.with_inputs((replace(first, dtype=kind), *rest), 1)
    if scene.rule == "argument_count":
        yield from scene.with_inputs((*scene.result.inputs, first), 1)
        yield from scene.with_inputs((first, *rest[:-1]), 1)


def _shapes(shape: Shape, rule: str) -> Iterator[Shape]:
    if rule == "channels_last":
        yield (shape[0], shape[-1], *shape[1:-1])
        return
    if rule in ("rank", "batch_missing", "norm_rank", "unpack_rank", "permute_rank", "axis"):
        yield (1, *shape)
        yield (1, 1, *shape)
        if len(shape) == 2:
            yield (*shape, 32)
            yield (*shape, 32, 32)
        if len(shape) == 3:
            yield (*shape, shape[-1])
        if len(shape) > 2:
            yield shape[:-1]
            yield shape[1:]
            yield shape[:2]
    if len(shape) >= 4:
        now = shape[-1]
        near = sorted({-(-now // step) * step for step in (2, 4, 8, 16, 32)} - {now})
        for side in dict.fromkeys((*near, 2 * now, *_SIDES)):
            yield (*shape[:2], *(side,) * (len(shape) - 2))


def likely_inputs(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """The inputs of a result, as they must be given to get it again."""
    return tuple(replace(given, name="") for given in inputs)
