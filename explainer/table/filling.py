"""The numbers that one line leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from explainer.errors import InvalidLayer
from explainer.table.operation import CONVOLUTIONS, WINDOWED, Pair, Wanted
from explainer.table.sizes import Declared
from explainer.table.windows import STRIDES, How, output_of, settle, usual
from explainer.types import Shape

_ENDS = ("fc", "flatten", "softmax", "dropout", "")


@dataclass(frozen=True, slots=True)
class Filled:
    """An operation with all its numbers; ``how`` names the cells that were not typed."""

    wanted: Wanted
    how: dict[str, How]


def fill(wanted: Wanted, shape: Shape, target: Declared | None, following: str) -> Filled:
    """The operation with every number, on an input (C, H, W) or (features,); raises InvalidLayer where one cannot be known.

    ``following`` is the kind of the next operation, empty at the end of the table.
    """
    plane = target.plane if target is not None else None
    if _is_global(wanted, plane, following):
        return Filled(replace(wanted, kind="global avg pool"), {"operation": "assumed"})
    if wanted.kind in WINDOWED:
        return _window(wanted, shape, target)
    if wanted.kind == "fc" and wanted.channels is None:
        said = (target.alone or target.channels) if target is not None else None
        if said is None:
            raise InvalidLayer("A fully connected layer needs its number of outputs: write it under channels.", field="channels")
        return Filled(replace(wanted, channels=said), {"channels": "solved"})
    if wanted.kind == "upsample" and wanted.amount is None:
        factor = plane[0] // shape[1] if plane and len(shape) == 3 and plane[0] % shape[1] == 0 else 2
        return Filled(replace(wanted, amount=float(factor)), {"operation": "assumed"})
    if wanted.kind == "block":
        return _block(wanted, shape, plane)
    return Filled(wanted, {})


def _is_global(wanted: Wanted, plane: Pair | None, following: str) -> bool:
    """An average pool without a window, in front of the classifier."""
    bare = wanted.kind == "avg pool" and wanted.kernel is None and wanted.stride is None
    return bare and (plane == (1, 1) or (plane is None and following in _ENDS))


def _window(wanted: Wanted, shape: Shape, target: Declared | None) -> Filled:
    sizes = map_of(shape, wanted.kind)
    how: dict[str, How] = {}
    plane = target.plane if target is not None else None
    if wanted.kind in CONVOLUTIONS and wanted.channels is None:
        said = target.channels if target is not None else None
        if said is None and wanted.kind == "depthwise conv":
            said = shape[0]
        if said is None:
            raise InvalidLayer(
                "A convolution needs its number of output channels, and no declared size tells it.", field="channels"
            )
        wanted, how["channels"] = replace(wanted, channels=said), "solved"
    if wanted.same:
        stride = wanted.stride or (1, 1)
        plane = (-(-sizes[0] // stride[0]), -(-sizes[1] // stride[1]))
    filled, found = settle(wanted, sizes, plane)
    if wanted.same and output_of(filled, sizes) != plane:
        raise InvalidLayer(
            "No padding that is equal on both sides makes {wanted} of {before} here: an even kernel would need another.",
            field="padding", wanted=plane or sizes, before=sizes,
        )  # fmt: skip
    return Filled(replace(filled, same=False), how | found)


def map_of(shape: Shape, kind: str) -> Pair:
    """Height and width of an input; raises InvalidLayer where there are none."""
    if len(shape) != 3:
        raise InvalidLayer("{kind} needs a map of height and width, but {features} numbers in a row arrive.", kind=kind,
                           features=shape[0])  # fmt: skip
    return shape[1], shape[2]


def _block(wanted: Wanted, shape: Shape, plane: Pair | None) -> Filled:
    """The block with the stride of its first repetition: given, or the one that leads to the declared size."""
    sizes = map_of(shape, "block")
    if wanted.stride is not None or any(part.stride not in (None, (1, 1)) for part in wanted.parts):
        return Filled(wanted, {})
    found = [
        stride
        for stride in STRIDES
        if plane is not None and plane_behind(replace(wanted, stride=(stride, stride)), sizes) == plane
    ]
    stride = found[0] if found else 1
    return Filled(replace(wanted, stride=(stride, stride)), {"stride": "solved" if len(found) == 1 else "assumed"})


def parts_of(wanted: Wanted, repeat: int) -> Iterator[Wanted]:
    """The operations of one repetition of a block, each with all its numbers."""
    strided = _strided(wanted) if repeat == 0 and wanted.stride is not None else -1
    for place, part in enumerate(wanted.parts):
        stride = part.stride if repeat == 0 else (1, 1) if part.kind in CONVOLUTIONS else part.stride
        filled = replace(part, stride=wanted.stride if place == strided else stride, then=part.then or wanted.then)
        yield usual(filled) if part.kind in WINDOWED else filled


def _strided(wanted: Wanted) -> int:
    """The first of the convolutions with the largest kernel: the 3×3 of a bottleneck."""
    places = [place for place, part in enumerate(wanted.parts) if part.kind in WINDOWED]
    return max(places, key=lambda place: (wanted.parts[place].kernel or (0, 0), -place), default=-1)


def plane_behind(wanted: Wanted, sizes: Pair) -> Pair | None:
    """Height and width behind a whole block."""
    for repeat in range(min(wanted.repeat, 2)):
        for part in parts_of(wanted, repeat):
            if part.kind in WINDOWED:
                found = output_of(part, sizes)
                if found is None:
                    return None
                sizes = found
    return sizes
