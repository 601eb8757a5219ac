"""The refusals that several layers share: each raises InvalidLayer with a sentence that says what fits instead."""

from __future__ import annotations

from math import gcd, isinf

from explainer.arithmetic.arguments import nearest_divisors, whole
from explainer.arithmetic.axis import Axis
from explainer.errors import InvalidLayer
from explainer.types import Shape


def require_rank(rank: int) -> None:
    if rank not in (1, 2, 3):
        raise InvalidLayer("rank must be 1, 2 or 3, not {rank}.", field="rank", rank=rank)


def require_choice(value: object, name: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InvalidLayer("{name} must be one of {choices}, not {value}.",
                           field=name, name=name, choices=", ".join(map(repr, choices)), value=repr(value))  # fmt: skip


def require_number(value: object, name: str) -> float:
    """The value as a float; infinities are numbers, nan is not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise InvalidLayer("{name} must be a number, not {value}.", field=name, name=name, value=repr(value))
    if not isinf(value) and abs(value) >= 2.0**63:
        raise InvalidLayer("{name}={value} is too large.", field=name, name=name, value=value)
    return float(value)


def require_dimensions(shape: Shape, rank: int) -> None:
    """(N, C, ...) or (C, ...), ``rank`` sizes after the channels."""
    if len(shape) not in (rank + 1, rank + 2):
        raise InvalidLayer(
            "Input {shape} has {count} dimensions; this layer takes {batched} (batch, channels and {rank} more), "
            "or {unbatched} without the batch.",
            field="input_shape", shape=shape, count=len(shape), batched=rank + 2, unbatched=rank + 1, rank=rank,
        )  # fmt: skip


def require_channels(shape: Shape, rank: int, in_channels: int) -> None:
    require_dimensions(shape, rank)
    channels = shape[-rank - 1]
    if channels != in_channels:
        raise InvalidLayer(
            "Input {shape} has {channels} channels, but the layer expects in_channels={in_channels}.",
            field="in_channels", shape=shape, channels=channels, in_channels=in_channels,
        )  # fmt: skip


def refuse_empty(shape: Shape) -> InvalidLayer:
    return InvalidLayer("Input {shape} is empty: each size after the batch must be at least 1.", field="input_shape", shape=shape)


def require_cells(shape: Shape, first: int) -> None:
    """Every size from dimension ``first`` on is at least 1."""
    if 0 in shape[first:]:
        raise refuse_empty(shape)


def require_groups(in_channels: int, out_channels: int, groups: int, fewest: tuple[int, int] = (0, 1)) -> None:
    whole(in_channels, "in_channels", fewest[0])
    whole(out_channels, "out_channels", fewest[1])
    whole(groups, "groups", 1)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            below, above = nearest_divisors(gcd(in_channels, out_channels), groups)
            if above is None:
                raise InvalidLayer(
                    "groups={groups} does not divide {name}={channels}. The largest number that divides "
                    "in_channels={in_channels} and out_channels={out_channels} is {below}.",
                    field="groups", groups=groups, name=name, channels=channels, in_channels=in_channels,
                    out_channels=out_channels, below=below,
                )  # fmt: skip
            raise InvalidLayer(
                "groups={groups} does not divide {name}={channels}. The nearest numbers that divide "
                "in_channels={in_channels} and out_channels={out_channels} are {below} and {above}.",
                field="groups", groups=groups, name=name, channels=channels, in_channels=in_channels,
                out_channels=out_channels, below=below, above=above,
            )  # fmt: skip


def too_small(axis: Axis, dimension: int, largest_padding: int | None = None) -> InvalidLayer:
    """No window fits on this axis; names the smallest padding that would, unless that is more than allowed."""
    needed = -(-(axis.reach - axis.size) // 2)
    if largest_padding is not None and needed > largest_padding:
        return InvalidLayer(
            "The kernel reaches over {reach} cells, but dimension {dimension} has {padded} with padding "
            "({size} + {before} + {after}), and padding can be at most {limit} here. Make the kernel smaller.",
            field="kernel_size", reach=axis.reach, dimension=dimension, padded=axis.padded, size=axis.size,
            before=axis.padding[0], after=axis.padding[1], limit=largest_padding,
        )  # fmt: skip
    return InvalidLayer(
        "The kernel reaches over {reach} cells, but dimension {dimension} has {padded} with padding "
        "({size} + {before} + {after}). The smallest padding that fits is {needed}.",
        field="kernel_size", reach=axis.reach, dimension=dimension, padded=axis.padded, size=axis.size,
        before=axis.padding[0], after=axis.padding[1], needed=needed,
    )  # fmt: skip
