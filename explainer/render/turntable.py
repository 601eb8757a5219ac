"""A convolution under four knobs: everything that the first page shows of it, for every position of the knobs at once."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from explainer.arithmetic import Axis, conv_layer
from explainer.conv_facts import ConvFacts, conv_facts
from explainer.errors import BlocklensError
from explainer.language import join_sentences, say, say_shape, translator

SIZE = 12
CHANNELS = (3, 8)
# What the knobs are called in a link, in PyTorch, and which values they have.
KNOBS: Mapping[str, tuple[str, range]] = {
    "k": ("kernel_size", range(1, 6)),
    "s": ("stride", range(1, 5)),
    "p": ("padding", range(4)),
    "d": ("dilation", range(1, 4)),
}
START: Mapping[str, int] = {"k": 3, "s": 2, "p": 1, "d": 2}


def turntable(lang: str) -> dict[str, Any]:
    """The knobs and, by their values, output size, costs, the line of PyTorch and a sentence.

    ``reads`` has a digit for each position of one axis, padding included: how many windows read it. Both axes are alike. A turn
    without an ``output`` is one that torch refuses. ``told`` of a turn is the place of its sentence in ``told``.
    """
    _ = translator(lang)
    words = {
        "input": _("input {size}", size=say_shape((SIZE, SIZE))),
        "output": _("output {size}", size="{size}"),
        "drawing": _(
            "A kernel slides over {size} cells: the darker a cell, the more windows read it; the hatched ones none reads.",
            size=say_shape((SIZE, SIZE)),
        ),
        "one": _("output ({row}, {column}) reads the framed cells", row="{row}", column="{column}"),
        "open": _("Open on the Layer page"),
        "again": _("Start over"),
    }
    turns = {"".join(map(str, turn)): _turn(lang, *turn) for turn in product(*(values for _name, values in KNOBS.values()))}
    told = list(dict.fromkeys(found["told"] for found in turns.values()))
    return {
        "size": SIZE,
        "knobs": [{"key": key, "name": name, "least": values[0], "most": values[-1]} for key, (name, values) in KNOBS.items()],
        "heads": [_("Output"), _("Parameters"), _("Multiply-adds (MACs)"), _("Never read")],
        "words": words,
        "told": told,
        "turns": {key: {**found, "told": told.index(found["told"])} for key, found in turns.items()},
    }


def _turn(lang: str, kernel_size: int, stride: int, padding: int, dilation: int) -> dict[str, Any]:
    _ = translator(lang)
    try:
        layer = conv_layer(2, *CHANNELS, kernel_size, stride, padding, dilation)
        found = conv_facts(layer, (1, CHANNELS[0], SIZE, SIZE))
    except BlocklensError as refusal:
        return {"told": say(refusal.sentence, lang)}
    dead = SIZE * SIZE - (SIZE - len(found.unread[0])) * (SIZE - len(found.unread[1]))
    return {
        "output": found.axes[0].output,
        "reads": _reads(found.axes[0]),
        "code": found.code,
        "facts": [
            say_shape(found.output_shape[1:]), f"{layer.param_count:,}", f"{found.macs:,}",
            _("{part} of {whole} cells", part=dead, whole=SIZE * SIZE) if dead else _("nothing"),
        ],
        "told": _told(found, lang),
        "dead": bool(dead),
    }  # fmt: skip


def _told(found: ConvFacts, lang: str) -> str:
    _ = translator(lang)
    return join_sentences(say(gap, lang) for gap in found.gaps) or _("Every position of the input is read.")


def _reads(axis: Axis) -> str:
    return "".join(str(len(axis.reached_by(cell))) for cell in range(-axis.padding[0], axis.size + axis.padding[1]))
