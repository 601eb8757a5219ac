"""Goal seek for layers without a choice of windows: from the output size one wants to the setting that gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from explainer.arithmetic import LAYERS, Argument
from explainer.errors import InvalidLayer
from explainer.types import Sentence, Shape, sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """The PyTorch line that reaches the wanted output, None where nothing does, and what is to be said about it."""

    code: str | None
    told: tuple[Sentence, ...]


def can_answer(name: str) -> bool:
    """Whether an output determines what to write."""
    return _kind(name) in _ANSWERS


def sizes_of(name: str, shape: Shape) -> Shape:
    """The sizes that the layer changes: all behind batch and channels for Upsample."""
    rank = LAYERS[name].rank
    return shape[2:] if rank is None else shape[-rank:]


def answer_for(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> Answer:
    """What turns the input into an output of these sizes, the layer's other arguments as they are.

    >>> answer_for("PixelShuffle", {"upscale_factor": 2}, (1, 18, 4, 4), (12, 12)).code
    'nn.PixelShuffle(3)'
    """
    return _ANSWERS[_kind(name)](name, arguments, input_shape, wanted)


def _kind(name: str) -> str:
    family = LAYERS[name].family
    return name if family == "resolution" else family


def _reaches(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> str | None:
    """The line of a layer that gives the wanted sizes; raises InvalidLayer where torch refuses."""
    layer: Any = LAYERS[name].make(**arguments)
    return str(layer.code()) if sizes_of(name, layer.output_shape(input_shape)) == wanted else None


def _written(numbers: tuple[Any, ...]) -> Any:
    return numbers[0] if len(set(numbers)) == 1 else numbers


def _adaptive(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> Answer:
    size = _written(wanted)
    code = _reaches(name, {**arguments, "output_size": size}, input_shape, wanted)
    told = sentence("output_size={size} gives it, from every input with at least one cell on each axis.", size=size)
    return Answer(code, (told,))


def _upsample(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> Answer:
    """By ``size``, and by every factor between two fractions, since the product is rounded down."""
    sizes, others = sizes_of(name, input_shape), {k: v for k, v in arguments.items() if k not in ("size", "scale_factor")}
    by_size = {**others, "size": _written(wanted)}
    by_size.pop("recompute_scale_factor", None)  # goes with factors only
    told = [sentence("size={size} gives it from every input.", size=_written(wanted))]
    least = [Fraction(after, before) for before, after in zip(sizes, wanted, strict=True)]
    above = min(Fraction(after + 1, before) for before, after in zip(sizes, wanted, strict=True))
    if max(least) >= above:
        told.append(sentence("No single scale_factor does: the axes grow by different factors. A tuple of them does."))
    else:
        low, high = str(max(least)), str(above)
        told.append(
            sentence(
                "So does every scale_factor between {low} and {high}: size × scale_factor is rounded down.", low=low, high=high
            )
        )
    if len(set(least)) == 1 and least[0].denominator == 1:
        told.append(sentence("scale_factor={factor} is exact.", factor=int(least[0])))
    return Answer(_reaches(name, by_size, input_shape, wanted), tuple(told))


def _shuffled(name: str, _arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> Answer:
    """The one whole number by which height and width change, if there is one and the channels can give it."""
    argument = LAYERS[name].parameters[0].name
    growing = name == "PixelShuffle"
    *_, channels, height, width = input_shape
    largest = int(channels**0.5) if growing else min(height, width)
    reachable = {}
    for factor in range(1, largest + 1):
        if (channels % factor**2 if growing else height % factor or width % factor) == 0:
            sizes = (height * factor, width * factor) if growing else (height // factor, width // factor)
            reachable[sizes] = factor
    if wanted in reachable:
        factor = reachable[wanted]
        left = channels // factor**2 if growing else channels * factor**2
        told = sentence(
            "{argument}={factor} gives it, and nothing else does; {channels} channels become {left}.",
            argument=argument, factor=factor, channels=channels, left=left,
        )  # fmt: skip
        return Answer(_reaches(name, {argument: factor}, input_shape, wanted), (told,))
    options = ", ".join(f"{high} × {wide}" for high, wide in reachable)
    if growing:
        why = sentence(
            "No factor gives it: height and width grow by one whole number whose square divides the channels. This input can "
            "become {options}.",
            options=options,
        )  # fmt: skip
    else:
        why = sentence(
            "No factor gives it: height and width are divided by one whole number. This input can become {options}.",
            options=options,
        )  # fmt: skip
    return Answer(None, (why,))


def _padding(name: str, arguments: Mapping[str, Argument], input_shape: Shape, wanted: Shape) -> Answer:
    """As even a split as there is, the odd cell behind: if torch refuses it, it refuses every other."""
    totals = [after - before for before, after in zip(sizes_of(name, input_shape), wanted, strict=True)]
    cells = tuple(cell for total in reversed(totals) for cell in (total - ceil(total / 2), ceil(total / 2)))
    try:
        code = _reaches(name, {**arguments, "padding": _written(cells)}, input_shape, wanted)
    except InvalidLayer as refusal:
        return Answer(None, (sentence("No padding gives it."), refusal.sentence))
    told = [sentence("padding={padding} gives it.", padding=_written(cells))]
    if any(totals):
        told.append(
            sentence(
                "Only the sum over both sides counts, here {totals} from the first axis to the last; the split is yours.",
                totals=", ".join(f"{total:+d}" if total else "0" for total in totals),
            )
        )
    return Answer(code, tuple(told))


_ANSWERS: Mapping[str, Callable[[str, Mapping[str, Argument], Shape, Shape], Answer]] = {
    "adaptive pool": _adaptive,
    "Upsample": _upsample,
    "PixelShuffle": _shuffled,
    "PixelUnshuffle": _shuffled,
    "padding": _padding,
}
