"""Goal seek on the Layer page: the output one wants, and every setting that reaches it, each with a button that applies it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from operator import ge
from typing import Any

import streamlit as st

from explainer.arithmetic import LAYERS, ConvLayer, ConvTransposeLayer, UnfoldLayer
from explainer.goal import (
    Option,
    Seekable,
    growth_advice,
    numbers_of,
    options_for,
    patch_advice,
    reached,
    same_advice,
    sharing_inputs,
    stride_advice,
    targets,
)
from explainer.language import say, say_shape, translator
from explainer.types import Sentence, Shape
from ui import draw, state
from ui.components.goal_list.component import Line, goal_list
from ui.layer_choice import PAGE, LayerChoice, suffixes
from ui.limits import LARGEST_SIDE
from ui.panel_choice import choice as choose

_FIRST, _MORE = 12, 24
_KEYS = ("want_d", "want_h", "want_w")


def goal_panel(choice: LayerChoice, lang: str) -> None:
    """Everything about the way back from an output to the settings; ``choice`` must make a layer that can be sought."""
    layer: Any = LAYERS[choice.layer].make(**dict(choice.arguments))
    with st.container(horizontal=True, gap="medium", key="goal"):
        with st.container():
            wanted = _wanted(layer, choice, lang)
            _options(layer, choice, wanted, lang)
        _advice(layer, _sizes(layer, choice), lang)


def _sizes(layer: Seekable, choice: LayerChoice) -> Shape:
    return choice.input_shape[-layer.rank :]


def _wanted(layer: Seekable, choice: LayerChoice, lang: str) -> Shape:
    _ = translator(lang)
    known = targets(_sizes(layer, choice), growing=isinstance(layer, ConvTransposeLayer))
    words = {"same": _("same"), "half": _("half"), "third": _("a third"), "double": _("double"), "fourfold": _("fourfold")}

    def spoken(word: str) -> str:
        return f"{_size(known[word])} = {words[word]}" if word in known else _("other …")

    asked = (
        _("I want windows on each axis, which Unfold writes as one row")
        if isinstance(layer, UnfoldLayer)
        else _("I want an output of")
    )
    found = choose(asked, (*known, "other"), spoken, key="want")
    if found in known:
        return known[found]
    start = reached(layer, choice.input_shape)[0]
    return ask_sizes((start,) * layer.rank, lang)


def ask_sizes(starts: Shape, lang: str) -> Shape:
    """A field for each axis of the wanted output; one left empty follows the first."""
    _ = translator(lang)
    rank, starts = len(starts), tuple(min(max(start, 1), LARGEST_SIDE) for start in starts)
    labels = (_("wanted length"),) if rank == 1 else (_("wanted depth"), _("wanted height"), _("wanted width"))[-rank:]
    keys = _KEYS[1:2] if rank == 1 else _KEYS[-rank:]
    sizes: list[int] = []
    with st.container(horizontal=True, gap="xsmall", key="goal-other"):
        for label, key, start in zip(labels, keys, starts, strict=True):
            size = st.number_input(
                label, 1, LARGEST_SIDE, None if sizes and start == starts[0] else start, step=1, key=key, bind="query-params",
                width=130,
                placeholder=f"= {sizes[0]}" if sizes else None,
            )  # fmt: skip
            sizes.append(int(size) if size is not None else sizes[0] if sizes else start)
    return tuple(sizes)


def _size(sizes: Shape) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else say_shape(sizes)


def _options(layer: Seekable, choice: LayerChoice, wanted: Shape, lang: str) -> None:
    _ = translator(lang)
    sizes = _sizes(layer, choice)
    found = options_for(choice.layer, dict(choice.arguments), choice.input_shape, wanted)
    if not found:
        instead = [] if isinstance(layer, UnfoldLayer) else [_instead(sizes, wanted, lang)]
        draw.note([_("No window of usual size turns {before} into {after}.", before=say_shape(sizes), after=say_shape(wanted)),
                   *instead])  # fmt: skip
        return
    if len(set(found[0].windows)) > 1:
        draw.muted(_("Height and width need different numbers, written as (height, width).") if layer.rank == 2 else
                   _("The axes need different numbers, written as (depth, height, width)."))  # fmt: skip
    asked = (choice.layer, sizes, wanted, dict(choice.arguments).get("padding_mode"))
    shown = int(st.session_state.get("goal-shown", _FIRST)) if st.session_state.get("goal-asked") == asked else _FIRST
    st.session_state["goal-asked"], st.session_state["goal-shown"] = asked, shown
    heads = _heads(choice.layer, layer, lang)

    def use(number: int) -> None:
        state.ask_fields(fields_of(found[number], choice.layer), PAGE)

    goal_list(
        [_line(option, layer, choice, lang) for option in found[:shown]], heads, len(numbers_of(choice.layer)),
        len(found) - shown, lang, key="goal-list", on_use=use, on_more=_show_more,
    )  # fmt: skip


def _heads(name: str, layer: Seekable, lang: str) -> tuple[str, ...]:
    _ = translator(lang)
    unread = () if isinstance(layer, ConvTransposeLayer) else (_("unread"),)
    rows = (_("output"),) if isinstance(layer, UnfoldLayer) else ()
    return (*numbers_of(name), *unread, *rows, *((_("parameters"),) if layer.param_count else ()))


def _show_more() -> None:
    st.session_state["goal-shown"] += _MORE


def _instead(sizes: Shape, wanted: Shape, lang: str) -> str:
    _ = translator(lang)
    written = wanted[0] if len(wanted) == 1 else wanted
    if any(after > before for before, after in zip(sizes, wanted, strict=True)):
        return _("A size grows with nn.Upsample(size={sizes}) or a transposed convolution.", sizes=written)
    return _("nn.AdaptiveAvgPool{rank}d({sizes!r}) reaches every size.", rank=len(sizes), sizes=written)


def _line(option: Option, layer: Seekable, choice: LayerChoice, lang: str) -> Line:
    """The numbers, what they leave unread, what they cost."""
    _ = translator(lang)
    names, heads = numbers_of(choice.layer), _heads(choice.layer, layer, lang)
    texts = [_written(option, name) for name in names]
    words = ", ".join(f"{name}={text}" for name, text in zip(names, texts, strict=True))
    if not isinstance(layer, ConvTransposeLayer):
        texts.append(_left_out(option.unread(_sizes(layer, choice))))
    if isinstance(option.layer, UnfoldLayer):
        texts.append(say_shape(option.layer.output_shape(choice.input_shape)[-2:]))
    if layer.param_count:
        texts.append(f"{option.layer.param_count:,}")
    cells = tuple((text, _tone(head, text, names, _("unread"))) for head, text in zip(heads, texts, strict=True))
    return Line(cells, words, _numbers(option.layer, names) == _numbers(layer, names))


def _tone(head: str, text: str, names: Sequence[str], unread: str) -> str:
    """Numbers that do nothing are pale, what is lost is a warning, the rest beside the numbers is pale."""
    if head in names:
        return "bl-zero" if text == ("1" if head == "dilation" else "0") else ""
    return "bl-beside bl-lost" if head == unread and text != "0" else "bl-beside bl-zero"


def _left_out(unread: Shape) -> str:
    """``2`` for all axes, ``1 H`` or ``1 H, 2 W`` where they differ."""
    if len(set(unread)) == 1:
        return str(unread[0])
    return ", ".join(f"{count} {axis}" for count, axis in zip(unread, "DHW"[-len(unread) :], strict=True) if count)


def _numbers(layer: Seekable, names: Sequence[str]) -> tuple[object, ...]:
    """What the layer has for each; the cells of a word as padding are known too."""
    return tuple(
        layer.padding_sides if name == "padding" and isinstance(layer, ConvLayer) else getattr(layer, name) for name in names
    )


def _written(option: Option, name: str) -> str:
    numbers = tuple(getattr(window, name) for window in option.windows)
    return str(numbers[0]) if len(set(numbers)) == 1 else str(numbers)


def fields_of(option: Option, name: str) -> dict[str, object]:
    """The values of the Layer page's fields that apply an option; a further field stays empty where it follows the first."""
    fields: dict[str, object] = {"padding_as": "int"} if isinstance(option.layer, ConvLayer) else {}
    for number in numbers_of(name):
        first, *others = (getattr(window, number) for window in option.windows)
        fields[number] = first
        fields |= {
            number + suffix: None if value == first else value
            for suffix, value in zip(suffixes(len(option.windows)), others, strict=True)
        }
    return fields


def _advice(layer: Seekable, sizes: Shape, lang: str) -> None:
    _ = translator(lang)
    if isinstance(layer, ConvTransposeLayer):
        st.html(_told(_("To grow by the stride"), (growth_advice(layer),), lang))
        return
    parts = [_told(_("To keep the size"), same_advice(layer), lang)]
    if isinstance(layer, UnfoldLayer) and set(layer.dilation) == {1} and all(map(ge, sizes, layer.kernel_size)):
        parts.append(_told(_("To cut patches"), (patch_advice(layer, sizes),), lang))
    if isinstance(layer, ConvLayer):
        parts.append(_told(_("padding='same' and stride"), stride_advice(layer), lang))
    parts.append(_told(_("Inputs that share this output"), sharing_inputs(layer.axes(sizes)), lang))
    st.html("".join(parts))


def _told(title: str, sentences: Sequence[Sentence], lang: str) -> str:
    lines = "".join(f"<p>{escape(say(sentence, lang))}</p>" for sentence in sentences)
    return f"<section class='bl-told'><h3>{escape(title)}</h3>{lines}</section>"
