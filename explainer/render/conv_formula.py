"""The output size of a convolution worked out with its own numbers, as HTML that is read aloud in words."""

from __future__ import annotations

from html import escape

from explainer.arithmetic import Axis
from explainer.language import translator

SYMBOLS = (
    "⌊ (<i>{size}</i> + 2 × <i class='bl-p'>padding</i> − <i class='bl-d'>dilation</i> × "
    "(<i class='bl-k'>kernel_size</i> − 1) − 1) / <i class='bl-s'>stride</i> ⌋ + 1"
)


def formula_html(axes: tuple[Axis, ...], lang: str) -> str:
    """One block per axis, or a single one where height and width go the same way."""
    rows, columns = axes
    if rows == columns:
        return _block(rows, ("H", "W"), lang)
    return _block(rows, ("H",), lang) + _block(columns, ("W",), lang)


def _block(axis: Axis, names: tuple[str, ...], lang: str) -> str:
    left = " = ".join(f"{name}<sub>out</sub>" for name in names)
    stride = f"<b class='bl-s'>{axis.stride}</b>"
    steps = (
        f"⌊ ({_numerator(axis)}) / {stride} ⌋ + 1",
        f"⌊ {axis.numerator} / {stride} ⌋ + 1",
        f"{_floor(axis)} = <strong>{axis.output}</strong>",
    )
    lines = "".join(f"<div class='bl-line'><span>=</span><span>{step}</span></div>" for step in steps)
    symbols = f"<div class='bl-symbols'><b>{left}</b> = {SYMBOLS.format(size=names[0])}</div>"
    words = escape(_words(axis, names, lang), quote=True)
    return f"<div class='bl-formula' role='math' aria-label='{words}'>{symbols}{lines}</div>"


def _numerator(axis: Axis) -> str:
    before, after = axis.padding
    cells = (
        (f"2 × <b class='bl-p'>{before}</b>",) if before == after else (f"<b class='bl-p'>{side}</b>" for side in axis.padding)
    )
    kernel = f"<b class='bl-d'>{axis.dilation}</b> × (<b class='bl-k'>{axis.kernel_size}</b> − 1)"
    return f"{axis.size} + {' + '.join(cells)} − {kernel} − 1"


def _floor(axis: Axis) -> str:
    """The quotient cut off after two digits, never rounded up past the floor."""
    whole, rest = divmod(axis.numerator, axis.stride)
    if not rest:
        return f"{whole} + 1"
    hundredths, rest = divmod(rest * 100, axis.stride)
    digits = f"{hundredths:02d}..." if rest else f"{hundredths:02d}".rstrip("0")
    return f"⌊ {whole}.{digits} ⌋ + 1 = {whole} + 1"


def _words(axis: Axis, names: tuple[str, ...], lang: str) -> str:
    _ = translator(lang)
    return _(
        "{axis} out equals the floor of {size} plus padding {padding} minus {dilation} times {kernel} minus 1, minus 1, "
        "divided by {stride}, plus 1: the floor of {numerator} divided by {stride}, plus 1, is {output}.",
        axis=", ".join(names),
        size=axis.size,
        padding=sum(axis.padding),
        dilation=axis.dilation,
        kernel=axis.kernel_size,
        stride=axis.stride,
        numerator=axis.numerator,
        output=axis.output,
    )
