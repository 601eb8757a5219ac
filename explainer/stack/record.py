"""What a person put together: an input and the rows below it, each a layer with its arguments or a text that is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import gcd

from explainer.arithmetic import Argument
from explainer.errors import InvalidInput
from explainer.stack.layers import FORMS
from explainer.types import Shape

MOST_ROWS = 99
LARGEST_SIZE = 65_536
MOST_SPATIAL = 3
LONGEST_TEXT = 200
LONGEST_COMMENT = 120
KEPT = "kept as text: "


@dataclass(frozen=True, slots=True)
class Item:
    """One row. ``arguments`` by torch's names, in torch's order, without those that are the default; ``item`` makes them so.

    ``text`` is what was typed where it is no layer that we know: it is kept, and exported as a comment.
    """

    name: str = ""
    arguments: tuple[tuple[str, Argument], ...] = ()
    text: str = ""
    comment: str = ""

    def value(self, parameter: str) -> Argument:
        """The argument given, or torch's default."""
        given = dict(self.arguments)
        if parameter in given:
            return given[parameter]
        return next((known.default for known in FORMS[self.name].parameters if known.name == parameter), None)

    def changed(self, **values: Argument) -> Item:
        return item(self.name, {**dict(self.arguments), **values}, self.comment)

    def code(self) -> str:
        """The PyTorch line, with only what differs from torch's defaults.

        >>> item("Conv2d", {"in_channels": 3, "out_channels": 64, "kernel_size": 7, "stride": 2, "bias": True}).code()
        'nn.Conv2d(3, 64, kernel_size=7, stride=2)'
        """
        if self.text:
            return self.text
        required = {known.name for known in FORMS[self.name].parameters if known.required} - {"kernel_size"}
        written, may_go_bare = [], True
        for name, value in self.arguments:
            may_go_bare = may_go_bare and name in required
            written.append(repr(value) if may_go_bare else f"{name}={value!r}")
        return f"nn.{self.name}({', '.join(written)})"


def item(name: str, arguments: Mapping[str, Argument], comment: str = "") -> Item:
    """The row of a known layer; raises InvalidInput for an argument that it does not have."""
    known = FORMS[name].parameters
    if unknown := set(arguments) - {parameter.name for parameter in known}:
        raise InvalidInput("{name} takes no argument {argument}.", field=min(unknown), name=name, argument=min(unknown))
    kept = tuple(
        (parameter.name, _frozen(arguments[parameter.name]))
        for parameter in known
        if parameter.name in arguments and (parameter.required or not _same(arguments[parameter.name], parameter.default))
    )
    return Item(name, kept, comment=comment)


def text_item(text: str, comment: str = "") -> Item:
    """The row of a text that is no layer, on one line; an empty one is a question mark."""
    return Item(text=" ".join(text.split())[:LONGEST_TEXT] or "?", comment=" ".join(comment.split())[:LONGEST_COMMENT])


def _frozen(value: Argument) -> Argument:
    return tuple(value) if isinstance(value, list) else value


def _same(value: Argument, default: Argument) -> bool:
    return value == default and isinstance(value, bool) == isinstance(default, bool)


@dataclass(frozen=True, slots=True)
class Stack:
    """``input_shape`` is (C, ...) without the batch."""

    input_shape: Shape
    items: tuple[Item, ...] = ()

    def put(self, index: int, *added: Item) -> Stack:
        """With rows added before ``index``; raises InvalidInput where there would be too many."""
        if len(self.items) + len(added) > MOST_ROWS:
            raise InvalidInput("A stack has at most {limit} rows.", field="stack", limit=MOST_ROWS)
        return replace(self, items=(*self.items[:index], *added, *self.items[index:]))

    def without(self, index: int) -> Stack:
        return replace(self, items=(*self.items[:index], *self.items[index + 1 :]))

    def moved(self, index: int, to: int) -> Stack:
        """With one row at another place; the others close up."""
        to = max(0, min(to, len(self.items) - 1))
        rest = self.without(index)
        return replace(rest, items=(*rest.items[:to], self.items[index], *rest.items[to:]))

    def with_item(self, index: int, new: Item) -> Stack:
        return replace(self, items=(*self.items[:index], new, *self.items[index + 1 :]))


def input_shape(numbers: Iterable[int]) -> Shape:
    """(C, ...) checked: channels and up to three sizes, each from 1 to 65,536."""
    shape = tuple(numbers)
    if not 1 <= len(shape) <= MOST_SPATIAL + 1:
        raise InvalidInput(
            "The input needs channels and up to three sizes, as 3 × 224 × 224; there are {count} numbers.",
            field="input", count=len(shape),
        )  # fmt: skip
    for size in shape:
        if not 1 <= size <= LARGEST_SIZE:
            raise InvalidInput("Each size of the input must be from 1 to {limit:,}, not {size}.", field="input",
                               limit=LARGEST_SIZE, size=size)  # fmt: skip
    return shape


def new_item(name: str, shape: Shape | None) -> Item:
    """A layer to start from: channels follow the row above, whose output is ``shape``; sizes are the usual ones."""
    channels, last = (shape[1], shape[-1]) if shape and len(shape) > 1 else (3, 3)
    values: dict[str, Argument] = {
        "in_channels": channels, "out_channels": max(channels, 16), "num_features": channels, "num_channels": channels,
        "num_groups": gcd(channels, 32), "in_features": last, "out_features": 10, "normalized_shape": (last,),
        "kernel_size": 2 if "Pool" in name or "Transpose" in name else 3, "norm_type": 2, "dim": 1, "value": 0.0,
        "output_size": 1, "upscale_factor": 2, "downscale_factor": 2, "unflattened_size": (-1,),
    }  # fmt: skip
    if name == "Fold" and shape and len(shape) == 4:
        values["output_size"] = shape[2:]
    wanted = {parameter.name: values.get(parameter.name, 1) for parameter in FORMS[name].parameters if parameter.required}
    if name.startswith("ConvTranspose"):
        wanted |= {"stride": 2}
    elif name.startswith("Conv"):
        wanted |= {"padding": 1}
    elif name == "Upsample":
        wanted |= {"scale_factor": 2}
    return item(name, wanted)
