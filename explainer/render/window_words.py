"""The words of the window picture. ``{name}`` in them is filled in by the browser."""

from __future__ import annotations

from explainer.language import Translator, translator


def window_words(lang: str, *, flat: bool, transposed: bool) -> dict[str, str]:
    """Every word by the name under which the browser asks for it; ``flat`` is one row, whose cells need no row number."""
    _ = translator(lang)
    places = _positions(_) if flat else _cells(_)
    return {**_controls(_), **places, **(_adding(_) if transposed else _reading(_))}


def _controls(_: Translator) -> dict[str, str]:
    return {
        "controls": _("Move the window"),
        "play": _("Play"),
        "pause": _("Pause"),
        "back": _("Step back"),
        "next": _("Step forward"),
        "step": _("step {step} of {steps}", step="{step}", steps="{steps}"),
        "position": _("Position of the window"),
        "input": _("input"),
        "kernel": _("kernel"),
        "blob": _("blob"),
        "stripes": _("stripes"),
        "corner": _("corner"),
        "ones": _("ones"),
        "edge": _("edge (Sobel)"),
        "blur": _("blur"),
        "identity": _("identity"),
        "sharpen": _("sharpen"),
        "custom": _("own numbers"),
        "edit": _("New value"),
        "weight": _("weight, row {row}, column {column}: {value}", row="{row}", column="{column}", value="{value}"),
        "bias": _("bias"),
        "many": _("{count} products are too many to add up here.", count="{count}"),
        "uncounted": _("padding is not counted"),
        "maximum": _("the maximum of"),
    }


def _positions(_: Translator) -> dict[str, str]:
    return {
        "in": _("input {column}", column="{column}"),
        "out": _("output {column}", column="{column}"),
        "span": _("positions {columns}", columns="{columns}"),
        "inset": _("around the window: positions {columns}", columns="{columns}"),
        "cell": _("position {column}: {value}", column="{column}", value="{value}"),
        "padcell": _("padding, position {column}: {value}", column="{column}", value="{value}"),
    }


def _cells(_: Translator) -> dict[str, str]:
    return {
        "in": _("input ({row}, {column})", row="{row}", column="{column}"),
        "out": _("output ({row}, {column})", row="{row}", column="{column}"),
        "span": _("rows {rows}, columns {columns}", rows="{rows}", columns="{columns}"),
        "inset": _("around the window: rows {rows}, columns {columns}", rows="{rows}", columns="{columns}"),
        "cell": _("row {row}, column {column}: {value}", row="{row}", column="{column}", value="{value}"),
        "padcell": _("padding, row {row}, column {column}: {value}", row="{row}", column="{column}", value="{value}"),
    }


def _adding(_: Translator) -> dict[str, str]:
    """A transposed convolution adds each input to the outputs in its window."""
    return {
        "hint": _("Point at an input or output cell, or press play"),
        "one": _("fed by 1 input"),
        "some": _("fed by {count} inputs", count="{count}"),
        "none": _("no input reaches it"),
        "copied": "",
        "stamp": _("is multiplied by the kernel and added to"),
    }


def _reading(_: Translator) -> dict[str, str]:
    return {
        "hint": _("Point at an output or input cell, or press play"),
        "one": _("read by 1 output"),
        "some": _("read by {count} outputs", count="{count}"),
        "none": _("no window reaches it"),
        "copied": _("no window reads it in place, only its copy in the padding"),
        "stamp": "",
    }
