"""How each layer's output size comes about, with its own numbers and in two notations, as HTML read aloud in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from math import prod
from typing import Any, Literal, TypeAlias

from explainer.arithmetic import LAYERS, Axis
from explainer.language import Translator, join_sentences, say_shape, translator
from explainer.layer_facts import AXIS_NAMES, LayerFacts
from explainer.render.conv_formula import formula_html as conv_formula_html

Notation: TypeAlias = Literal["pytorch", "textbook"]
NOTATIONS: tuple[Notation, ...] = ("pytorch", "textbook")
_TWO_NOTATIONS = {"convolution", "transposed convolution", "pool", "patches"}
_MOST_BINS = 12
_TWICE_P = " + 2<i class='bl-p'>P</i>"
_LONGEST_LIST = 4


@dataclass(frozen=True, slots=True)
class Formula:
    """``left`` = ``symbols``, then one line per step; ``words`` is the whole of it read aloud. ``after`` are sentences,
    ``aside`` says what a symbol stands for."""

    left: str
    symbols: str
    lines: tuple[str, ...]
    words: str
    after: tuple[str, ...] = ()
    aside: str = ""


def has_two_notations(facts: LayerFacts) -> bool:
    return facts.family in _TWO_NOTATIONS


def layer_formula_html(facts: LayerFacts, notation: Notation, lang: str) -> str:
    """One block per axis, or one for all axes that go the same way."""
    if facts.family == "convolution" and notation == "pytorch" and len(facts.axes) == 2:
        return conv_formula_html(facts.axes, lang)
    return "".join(map(to_html, formulas(facts, notation, lang)))


def formulas(facts: LayerFacts, notation: Notation, lang: str) -> tuple[Formula, ...]:
    """The formulas of a layer, in the order of the output's dimensions."""
    return tuple(_FAMILIES[facts.family](facts, notation, translator(lang)))


def to_html(formula: Formula) -> str:
    symbols = f"<div class='bl-symbols'><b>{formula.left}</b> = {formula.symbols}</div>"
    symbols += f"<div class='bl-symbols'>{formula.aside}</div>" if formula.aside else ""
    lines = "".join(f"<div class='bl-line'><span>=</span><span>{line}</span></div>" for line in formula.lines)
    after = "".join(f"<div class='bl-after'>{escape(text)}</div>" for text in formula.after)
    words = escape(formula.words, quote=True)
    return f"<div class='bl-formula' role='math' aria-label='{words}'>{symbols}{lines}{after}</div>"


def _p(value: object) -> str:
    return f"<b class='bl-p'>{value}</b>"


def _k(value: object) -> str:
    return f"<b class='bl-k'>{value}</b>"


def _s(value: object) -> str:
    return f"<b class='bl-s'>{value}</b>"


def _d(value: object) -> str:
    return f"<b class='bl-d'>{value}</b>"


def _strong(value: object) -> str:
    return f"<strong>{value}</strong>"


def _out(names: tuple[str, ...]) -> str:
    return " = ".join(f"{name}<sub>out</sub>" for name in names)


def _alike(names: tuple[str, ...], keys: tuple[Any, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Names and what they stand for, those that stand for the same together."""
    groups: dict[Any, list[str]] = {}
    for name, key in zip(names, keys, strict=True):
        groups.setdefault(key, []).append(name)
    return ((tuple(group), key) for key, group in groups.items())


# Windows: convolutions, pools, Unfold and Fold.


def _windows(facts: LayerFacts, notation: Notation, _: Translator) -> Iterator[Formula]:
    arguments = {parameter.name for parameter in LAYERS[facts.name].parameters}
    for names, axis in _alike(AXIS_NAMES[len(facts.axes)], facts.axes):
        yield _window(axis, names, arguments, notation, _)


def _window(axis: Axis, names: tuple[str, ...], arguments: set[str], notation: Notation, _: Translator) -> Formula:
    opening, closing = ("⌈", "⌉") if axis.ceil_mode else ("⌊", "⌋")
    symbols, lines = (_torch_window if notation == "pytorch" else _textbook_window)(axis, names[0], arguments)
    fraction = f"{opening} {axis.numerator} / {_s(axis.stride)} {closing} + 1"
    rounded = -(-axis.numerator // axis.stride) if axis.ceil_mode else axis.numerator // axis.stride
    count = rounded + 1
    quotient = _quotient(axis.numerator, axis.stride)
    shown = f"{opening} {quotient} {closing} + 1 = {rounded} + 1" if axis.numerator % axis.stride else f"{rounded} + 1"
    result = f"{shown} = {_strong(count)}" if count == axis.output else f"{shown} = {count}"
    steps = [*lines, fraction, result]
    after: tuple[str, ...] = ()
    if count != axis.output:
        steps.append(f"{count} − 1 = {_strong(axis.output)}")
        after = (_dropped(axis, count, _),)
    elif axis.ceil_mode and rounded != axis.numerator // axis.stride:
        after = (_overhang(axis, _),)
    symbols = f"{opening} {symbols} {closing} + 1"
    words = join_sentences((_window_words(axis, names, count, _), *after))
    return Formula(_out(names), symbols, tuple(steps), words, after, _effective(axis, notation))


def _dropped(axis: Axis, count: int, _: Translator) -> str:
    return _(
        "PyTorch drops the last window: it would start at {start}, behind the {size} cells of the input and its padding in "
        "front ({before}).",
        start=(count - 1) * axis.stride, size=axis.size, before=axis.padding[0],
    )  # fmt: skip


def _overhang(axis: Axis, _: Translator) -> str:
    over = (axis.output - 1) * axis.stride + axis.reach - axis.padded
    return _("ceil_mode rounds up: the last window hangs over the end by {count}; what is not there does not count.", count=over)


def _torch_window(axis: Axis, name: str, arguments: set[str]) -> tuple[str, list[str]]:
    """As torch's documentation has it; a parameter that the layer does not have is left out there."""
    symbols, numbers = f"<i>{name}</i>", str(axis.size)
    if "padding" in arguments:
        symbols += " + 2 × <i class='bl-p'>padding</i>"
        numbers += _cells(axis, "2 × ")
    if "dilation" in arguments:
        symbols += " − <i class='bl-d'>dilation</i> × (<i class='bl-k'>kernel_size</i> − 1) − 1"
        numbers += f" − {_d(axis.dilation)} × ({_k(axis.kernel_size)} − 1) − 1"
    else:
        symbols += " − <i class='bl-k'>kernel_size</i>"
        numbers += f" − {_k(axis.kernel_size)}"
    brackets = ("⌈", "⌉") if axis.ceil_mode else ("⌊", "⌋")
    line = f"{brackets[0]} ({numbers}) / {_s(axis.stride)} {brackets[1]} + 1"
    return f"({symbols}) / <i class='bl-s'>stride</i>", [line]


def _textbook_window(axis: Axis, name: str, arguments: set[str]) -> tuple[str, list[str]]:
    padded = "padding" in arguments
    kernel = f"<i class='bl-k'>K{'<sub>eff</sub>' if axis.dilation > 1 else ''}</i>"
    symbols = f"(<i>{name}</i> − {kernel}{_TWICE_P if padded else ''}) / <i class='bl-s'>S</i>"
    brackets = ("⌈", "⌉") if axis.ceil_mode else ("⌊", "⌋")
    cells = _cells(axis, "2 × ") if padded else ""
    line = f"{brackets[0]} ({axis.size} − {_k(axis.reach)}{cells}) / {_s(axis.stride)} {brackets[1]} + 1"
    return symbols, [line]


def _effective(axis: Axis, notation: Notation) -> str:
    """How far a dilated kernel reaches, which the textbook's K stands for then."""
    if axis.dilation == 1 or notation == "pytorch":
        return ""
    symbols = "<i class='bl-k'>K<sub>eff</sub></i> = <i class='bl-d'>D</i> × (<i class='bl-k'>K</i> − 1) + 1"
    return f"{symbols} = {_d(axis.dilation)} × ({_k(axis.kernel_size)} − 1) + 1 = {_k(axis.reach)}"


def _cells(axis: Axis, twice: str) -> str:
    before, after = axis.padding
    return f" + {twice}{_p(before)}" if before == after else f" + {_p(before)} + {_p(after)}"


def _quotient(numerator: int, divisor: int) -> str:
    """The quotient cut off after two digits, never rounded past its floor."""
    whole, rest = divmod(numerator, divisor)
    if not rest:
        return str(whole)
    hundredths, rest = divmod(rest * 100, divisor)
    digits = f"{hundredths:02d}..." if rest else f"{hundredths:02d}".rstrip("0")
    return f"{whole}.{digits}"


def _window_words(axis: Axis, names: tuple[str, ...], count: int, _: Translator) -> str:
    values = {
        "axis": ", ".join(names), "size": axis.size, "padding": sum(axis.padding), "reach": axis.reach,
        "stride": axis.stride, "numerator": axis.numerator, "output": count,
    }  # fmt: skip
    if axis.ceil_mode:
        return _("{axis} out equals the ceiling of {size} plus padding {padding} minus a window of {reach}, divided by {stride}, "
                 "plus 1: the ceiling of {numerator} divided by {stride}, plus 1, is {output}.", **values)  # fmt: skip
    return _("{axis} out equals the floor of {size} plus padding {padding} minus a window of {reach}, divided by {stride}, "
             "plus 1: the floor of {numerator} divided by {stride}, plus 1, is {output}.", **values)  # fmt: skip


def _patches(facts: LayerFacts, notation: Notation, _: Translator) -> Iterator[Formula]:
    yield from _windows(facts, notation, _)
    cells, counts = prod(facts.axes[i].kernel_size for i in (0, 1)), tuple(axis.output for axis in facts.axes)
    kernel = " × ".join(_k(axis.kernel_size) for axis in facts.axes)
    windows = f"{say_shape(counts)} = {_strong(prod(counts))}"
    if facts.name == "Unfold":
        channels = facts.input_shape[-3]
        yield Formula("L", "H<sub>out</sub> × W<sub>out</sub>", (windows,),
                      _("There are {down} times {across} windows, {count} columns.", down=counts[0], across=counts[1],
                        count=prod(counts)))  # fmt: skip
        yield Formula(
            _("rows"), "C × <i class='bl-k'>kernel_size</i>", (f"{channels} × {kernel} = {_strong(channels * cells)}",),
            _("Each column has {channels} times {cells} rows, {count}.", channels=channels, cells=cells, count=channels * cells),
        )  # fmt: skip
        return
    rows, row_word = facts.input_shape[-2], _("rows")
    yield Formula("L", "H<sub>out</sub> × W<sub>out</sub>", (windows,),
                  _("output_size has {down} times {across} windows, as many as the input has columns: {count}.",
                    down=counts[0], across=counts[1], count=prod(counts)))  # fmt: skip
    yield Formula("C", f"{row_word} / <i class='bl-k'>kernel_size</i>", (f"{rows} / ({kernel}) = {_strong(rows // cells)}",),
                  _("{rows} rows divided by {cells} cells of a window are {count} channels.",
                    rows=rows, cells=cells, count=rows // cells))  # fmt: skip


def _transposed(facts: LayerFacts, notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    keys = tuple(zip(facts.input_shape[-layer.rank :], facts.axes, layer.output_padding, strict=True))
    for names, (size, axis, extra) in _alike(AXIS_NAMES[layer.rank], keys):
        stride, padding, kernel = axis.stride, axis.padding[0], axis.kernel_size
        parts = ((size - 1) * stride, 2 * padding, axis.dilation * (kernel - 1), extra)
        if notation == "pytorch":
            symbols = (
                f"(<i>{names[0]}</i> − 1) × <i class='bl-s'>stride</i> − 2 × <i class='bl-p'>padding</i> + "
                "<i class='bl-d'>dilation</i> × (<i class='bl-k'>kernel_size</i> − 1) + <i>output_padding</i> + 1"
            )
            numbers = f"({size} − 1) × {_s(stride)} − 2 × {_p(padding)} + {_d(axis.dilation)} × ({_k(kernel)} − 1) + {extra} + 1"
            sums = f"{parts[0]} − {parts[1]} + {parts[2]} + {extra} + 1"
        else:
            effective = "<sub>eff</sub>" if axis.dilation > 1 else ""
            letter = f"<i class='bl-k'>K{effective}</i>"
            symbols = f"<i class='bl-s'>S</i> × (<i>{names[0]}</i> − 1) + {letter} − 2<i class='bl-p'>P</i> + <i>OP</i>"
            numbers = f"{_s(stride)} × ({size} − 1) + {_k(axis.reach)} − 2 × {_p(padding)} + {extra}"
            sums = f"{parts[0]} + {axis.reach} − {parts[1]} + {extra}"
        words = _(
            "{axis} out equals {size} minus 1, times stride {stride}, minus twice padding {padding}, plus a window of {reach}, "
            "plus output_padding {extra}: {output}.",
            axis=", ".join(names), size=size, stride=stride, padding=padding, reach=axis.reach, extra=extra, output=axis.size,
        )  # fmt: skip
        yield Formula(_out(names), symbols, (numbers, f"{sums} = {_strong(axis.size)}"), words, (), _effective(axis, notation))


def _adaptive(facts: LayerFacts, _notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    spatial = facts.input_shape[-layer.rank :]
    keys = tuple(zip(spatial, layer.bins(spatial), layer.output_size, strict=True))
    for names, (size, bins, given) in _alike(AXIS_NAMES[layer.rank], keys):
        output = len(bins)
        # It stands behind an equals sign.
        source = _("the input's size, for output_size is None") if given is None else _("output_size, which is given")
        start = f"start<sub>i</sub> = ⌊ i × {size} / {_s(output)} ⌋, &ensp;end<sub>i</sub> = ⌈ (i + 1) × {size} / {_s(output)} ⌉"
        listed = tuple(_bin(place, bin_, size, output) for place, bin_ in enumerate(bins))
        shown = listed if output <= _MOST_BINS else (*listed[:_LONGEST_LIST], "<div>⋮</div>", listed[-1])
        table = "".join(shown)
        words = _("{axis} out is {output}. Bin i reads from the floor of i times {size} divided by {output} up to the ceiling of "
                  "i plus 1 times {size} divided by {output}, not included.",
                  axis=", ".join(names), size=size, output=output)  # fmt: skip
        bins_html = f"<div class='bl-symbols'>{start}</div><div class='bl-bins'>{table}</div>" if output else ""
        yield Formula(_out(names), escape(source), (f"{_strong(output)}{bins_html}",), words)


def _bin(place: int, bin_: tuple[int, int], size: int, output: int) -> str:
    """Where one bin starts and ends, in numbers and as a bar."""
    first, last = bin_
    bar = f"margin-left:{100 * first / size:.2f}%;width:{100 * (last - first) / size:.2f}%"
    return (
        f"<div><span>{place}: ⌊ {_quotient(place * size, output)} ⌋ = {_k(first)}, "
        f"⌈ {_quotient((place + 1) * size, output)} ⌉ = {_k(last)}</span>"
        f"<span class='bl-track'><i style='{bar}'>{last - first}</i></span></div>"
    )


def _resolution(facts: LayerFacts, _notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    before, after = facts.input_shape[-facts.spatial :], facts.output_shape[-facts.spatial :]
    if facts.name == "Upsample":
        yield from _upsample(facts, before, after, _)
        return
    up = facts.name == "PixelShuffle"
    factor = layer.upscale_factor if up else layer.downscale_factor
    sign, inverse = ("×", "/") if up else ("/", "×")
    for names, (old, new) in _alike(AXIS_NAMES[2], tuple(zip(before, after, strict=True))):
        yield Formula(_out(names), f"<i>{names[0]}</i> {sign} <i class='bl-s'>r</i>",
                      (f"{old} {sign} {_s(factor)} = {_strong(new)}",), _product_words(", ".join(names), old, factor, new, up, _)
                      )  # fmt: skip
    channels, kept = facts.input_shape[-3], facts.output_shape[-3]
    yield Formula(_out(("C",)), f"<i>C</i> {inverse} <i class='bl-s'>r</i>²",
                  (f"{channels} {inverse} {_s(factor)}² = {channels} {inverse} {factor**2} = {_strong(kept)}",),
                  _product_words("C", channels, factor**2, kept, not up, _))  # fmt: skip


def _product_words(axis: str, old: int, factor: object, new: int, times: bool, _: Translator) -> str:
    if times:
        return _("{axis} out equals {size} times {factor}: {output}.", axis=axis, size=old, factor=str(factor), output=new)
    return _("{axis} out equals {size} divided by {factor}: {output}.", axis=axis, size=old, factor=str(factor), output=new)


def _upsample(facts: LayerFacts, before: tuple[int, ...], after: tuple[int, ...], _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    factors = layer.scale_factor if isinstance(layer.scale_factor, tuple) else (layer.scale_factor,) * len(before)
    for names, (old, new, factor) in _alike(AXIS_NAMES[len(before)], tuple(zip(before, after, factors, strict=True))):
        axis = ", ".join(names)
        if factor is None:
            given = _("size, which is given")
            yield Formula(_out(names), escape(given), (_strong(new),), f"{axis}: {given} = {new}")
            continue
        product = old * factor
        written = f"{product:.6g}" if float(f"{product:.6g}") >= new else f"{product}"
        symbols = f"⌊ <i>{names[0]}</i> × <i class='bl-s'>scale_factor</i> ⌋"
        lines = (f"⌊ {old} × {_s(f'{factor:g}')} ⌋", f"⌊ {written} ⌋ = {_strong(new)}")
        words = _("{axis} out equals the floor of {size} times {factor}: {output}.",
                  axis=axis, size=old, factor=f"{factor:g}", output=new)  # fmt: skip
        yield Formula(_out(names), symbols, lines, words)


def _padding(facts: LayerFacts, _notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    before, after = facts.input_shape[-layer.rank :], facts.output_shape[-layer.rank :]
    keys = tuple(zip(before, after, layer.padding_sides, strict=True))
    in_front, behind = _("before"), _("after")
    for names, (old, new, sides) in _alike(AXIS_NAMES[layer.rank], keys):
        symbols = f"<i>{names[0]}</i> + <i class='bl-p'>{in_front}</i> + <i class='bl-p'>{behind}</i>"
        cells = "".join(f" {'−' if side < 0 else '+'} {_p(abs(side))}" for side in sides)
        words = _("{axis} out equals {size} plus {before} before plus {after} after: {output}.",
                  axis=", ".join(names), size=old, before=sides[0], after=sides[1], output=new)  # fmt: skip
        yield Formula(_out(names), symbols, (f"{old}{cells} = {_strong(new)}",), words)


def _linear(facts: LayerFacts, _notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    leading = facts.input_shape[:-1]
    bias = " + <i class='bl-p'>b</i>" if layer.bias else ""
    before = ", ".join((*map(str, leading), _k(layer.in_features)))
    after = ", ".join((*map(str, leading), _strong(layer.out_features)))
    shape = f"({before}) → ({after})"
    words = _("The last axis goes from {before} to {after}.", before=layer.in_features, after=layer.out_features)
    if prod(leading) > 1:
        words = _("The last axis goes from {before} to {after}; the {count} positions before it stay.",
                  before=layer.in_features, after=layer.out_features, count=prod(leading))  # fmt: skip
    yield Formula("y", f"x <i class='bl-k'>W</i>ᵀ{bias}", (shape,), words)


def _regrouping(facts: LayerFacts, _notation: Notation, _: Translator) -> Iterator[Formula]:
    layer: Any = facts.layer
    before, after = facts.input_shape, facts.output_shape
    if facts.name == "Flatten":
        start, end = layer.start_dim % max(len(before), 1), layer.end_dim % max(len(before), 1)
        merged = before[start : end + 1]
        total = after[start]
        yield Formula(
            _("dimension {number}", number=start), _("product of dimensions {first} to {last}", first=start, last=end),
            (f"{say_shape(merged)} = {_strong(total)}" if len(merged) > 1 else _strong(total),),
            _("Dimensions {first} to {last} become one of {count}.", first=start, last=end, count=total),
        )  # fmt: skip
        return
    dim = layer.dim % len(before)
    parts = after[dim : dim + len(layer.unflattened_size)]
    lines = [f"{_strong(say_shape(parts))}"]
    if -1 in layer.unflattened_size:
        known = tuple(part for part in layer.unflattened_size if part != -1)
        free = parts[layer.unflattened_size.index(-1)]
        lines.insert(0, f"−1 → {before[dim]} / {say_shape(known) if known else 1} = {free}")
    yield Formula(
        _("dimension {number}", number=dim), str(before[dim]), tuple(lines),
        _("Dimension {number} of {size} becomes {parts}.", number=dim, size=before[dim], parts=parts),
    )  # fmt: skip


_FAMILIES: dict[str, Callable[[LayerFacts, Notation, Translator], Iterator[Formula]]] = {
    "convolution": _windows,
    "transposed convolution": _transposed,
    "pool": _windows,
    "adaptive pool": _adaptive,
    "patches": _patches,
    "resolution": _resolution,
    "padding": _padding,
    "linear": _linear,
    "regrouping": _regrouping,
}
