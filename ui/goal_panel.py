"""Goal seek on the Layer page: the output one wants, and every setting that reaches it, each with a button that applies it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from explainer.arithmetic import ConvLayer, conv_layer
from explainer.goal import Option, Pair, options_for, same_advice, sharing_inputs, stride_advice, targets
from explainer.language import say, say_shape, translator
from explainer.types import Sentence
from ui import draw, state
from ui.conv_form import ConvChoice
from ui.inputs import LARGEST_SIDE
from ui.panel_choice import choice as choose

_FIRST, _MORE = 12, 24
_NAMES = ("kernel_size", "stride", "padding", "dilation")


def goal_panel(choice: ConvChoice, lang: str) -> None:
    """Everything about the way back from an output to the settings; ``choice`` must make a layer."""
    layer = conv_layer(2, **choice.arguments())
    with st.container(key="goal"):
        left, right = st.columns((1.45, 1), gap="medium")
        with left:
            wanted = _wanted(choice, lang)
            _options(layer, choice, wanted, lang)
        with right:
            _advice(layer, choice, lang)


def _wanted(choice: ConvChoice, lang: str) -> Pair:
    _ = translator(lang)
    known = targets(choice.size)
    words = {"same": _("same"), "half": _("half"), "third": _("a third")}

    def spoken(word: str) -> str:
        return f"{_size(known[word])} = {words[word]}" if word in known else _("other …")

    found = choose(_("I want an output of"), (*known, "other"), spoken, key="want")
    if found in known:
        return known[found]
    start = conv_layer(2, **choice.arguments()).output_shape(choice.input_shape)[-2:]
    with st.container(horizontal=True, gap="xsmall", key="goal-other"):
        height = st.number_input(
            _("wanted height"), 1, LARGEST_SIDE, start[0], key="want_h", bind="query-params", width=130
        )  # fmt: skip
        width = st.number_input(
            _("wanted width"), 1, LARGEST_SIDE, None, step=1, key="want_w", bind="query-params", width=130,
            placeholder=f"= {height}",
        )  # fmt: skip
    return int(height), int(height if width is None else width)


def _size(sizes: Pair) -> str:
    return str(sizes[0]) if sizes[0] == sizes[1] else say_shape(sizes)


def _options(layer: ConvLayer, choice: ConvChoice, wanted: Pair, lang: str) -> None:
    _ = translator(lang)
    found = options_for(layer, choice.input_shape, wanted)
    if not found:
        draw.note([_("No convolution of usual size turns {before} into {after}.", before=say_shape(choice.size),
                     after=say_shape(wanted)), _instead(choice.size, wanted, lang)])  # fmt: skip
        return
    paired = found[0].windows[0] != found[0].windows[1]
    if paired:
        draw.muted(_("Height and width need different numbers, written as (height, width)."))
    heads = [*_NAMES, _("unread"), _("parameters")]
    st.html(f"<div class='bl-goal bl-goal-head'>{''.join(f'<span>{escape(head)}</span>' for head in heads)}</div>")
    asked = (choice.size, wanted, choice.padding_mode)
    shown = int(st.session_state.get("goal-shown", _FIRST)) if st.session_state.get("goal-asked") == asked else _FIRST
    st.session_state["goal-asked"], st.session_state["goal-shown"] = asked, shown
    with st.container(key="goal-rows", gap=None):
        for number, option in enumerate(found[:shown]):
            _row(number, option, layer, choice, lang)
    if (rest := len(found) - shown) > 0:
        st.button(_("Show more ({count} left)", count=rest), key="goal-more", type="tertiary", on_click=_show_more)


def _show_more() -> None:
    st.session_state["goal-shown"] += _MORE


def _instead(size: Pair, wanted: Pair, lang: str) -> str:
    _ = translator(lang)
    if wanted[0] > size[0] or wanted[1] > size[1]:
        return _("A size grows with nn.Upsample(size={sizes}) or a transposed convolution.", sizes=wanted)
    return _("nn.AdaptiveAvgPool2d({sizes!r}) reaches every size.", sizes=wanted)


def _row(number: int, option: Option, layer: ConvLayer, choice: ConvChoice, lang: str) -> None:
    """One line: the four numbers, what they leave unread, what they cost, and the button."""
    _ = translator(lang)
    now = _numbers(option.layer) == _numbers(layer)
    unread = option.unread(choice.size)
    texts = [_written(option, name) for name in _NAMES]
    texts += [_rows_and_columns(unread), f"{option.layer.param_count:,}"]
    cells = "".join(
        f"<span class='{'bl-zero' if text in ('0', '1') and name in ('padding', 'dilation') else ''}' data-label='{name}'>"
        f"{escape(text)}</span>"
        for name, text in zip((*_NAMES, _("unread"), _("parameters")), texts, strict=True)
    )
    with st.container(horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center", key=f"goal-row-{number}"):
        st.html(f"<div class='bl-goal{' bl-now' if now else ''}'>{cells}</div>", width="stretch")
        words = ", ".join(f"{name}={text}" for name, text in zip(_NAMES, texts, strict=False))
        st.button(
            _("in use") if now else _("use"), key=f"goal-use-{number}", type="tertiary", disabled=now,
            on_click=state.set_fields, args=(fields_of(option),), help=words,
        )  # fmt: skip


def _rows_and_columns(unread: Pair) -> str:
    """``2`` for both axes, ``1 H`` or ``1 H, 2 W`` where they differ, nothing where all is read."""
    if unread[0] == unread[1]:
        return str(unread[0]) if unread[0] else ""
    return ", ".join(f"{count} {axis}" for count, axis in zip(unread, "HW", strict=True) if count)


def _numbers(layer: ConvLayer) -> tuple[object, ...]:
    return layer.kernel_size, layer.stride, layer.padding_sides, layer.dilation


def _written(option: Option, name: str) -> str:
    height, width = (getattr(window, name) for window in option.windows)
    return str(height) if height == width else f"({height}, {width})"


def fields_of(option: Option) -> dict[str, object]:
    """The values of the Layer page's fields that apply an option; the second field stays empty where it follows the first."""
    fields: dict[str, object] = {"padding_as": "int"}
    for name in _NAMES:
        height, width = (getattr(window, name) for window in option.windows)
        fields |= {name: height, f"{name}_w": None if width == height else width}
    return fields


def _advice(layer: ConvLayer, choice: ConvChoice, lang: str) -> None:
    _ = translator(lang)
    _told(_("To keep the size"), same_advice(layer), lang)
    _told(_("padding='same' and stride"), stride_advice(layer), lang)
    _told(_("Inputs that share this output"), sharing_inputs(layer.axes(choice.size)), lang)


def _told(title: str, sentences: Sequence[Sentence], lang: str) -> None:
    lines = "".join(f"<p>{escape(say(sentence, lang))}</p>" for sentence in sentences)
    st.html(f"<section class='bl-told'><h3>{escape(title)}</h3>{lines}</section>")
