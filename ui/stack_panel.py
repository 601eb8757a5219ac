"""A stack of layers: what it starts from, its rows, the chosen row's arguments and receptive field, text in and out."""

from __future__ import annotations

import re
from fractions import Fraction
from html import escape

import streamlit as st

from explainer.errors import BlocklensError
from explainer.language import say, say_shape, translator
from explainer.stack import FORMS, PRESETS, Row, Stack, fitted, input_shape, new_item, work_out
from explainer.types import Shape
from ui import draw, stack_row, stack_state, stack_text, state
from ui.components.stack_list.component import Line, stack_list, take_act
from ui.inputs import card
from ui.links import arrival
from ui.links.fields import Whole

_LIST, _BAD, _ADD = "stack-list", "stack-input-bad", "stack-add"
_USUAL = (
    "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "ConvTranspose2d", "Upsample",
    "Flatten", "Linear", "Dropout",
)  # fmt: skip


def worked_out(stack: Stack) -> tuple[Row, ...]:
    """The facts of every row."""
    return work_out(stack)


def subtitle(stack: Stack, rows: tuple[Row, ...], lang: str) -> str:
    """What the whole stack does, or which row stops it."""
    _ = translator(lang)
    bad = next((number for number, row in enumerate(rows, 1) if row.shape is None), None)
    if not rows:
        return _("Add a layer, start from an example, or paste nn.Sequential.")
    if bad is not None:
        return _("Row {number} cannot follow what stands above it.", number=bad)
    last = rows[-1]
    before, after = say_shape(stack.input_shape), say_shape(last.shape[1:] if last.shape else ())
    if last.regrouped or not last.field or not all(last.jump):
        return _("{before} becomes {after}; each value sees the whole input.", before=before, after=after)
    return _("{before} becomes {after}; each value sees {field}.", before=before, after=after, field=say_shape(last.field))


def stack_panel(stack: Stack, rows: tuple[Row, ...], lang: str) -> None:
    """Everything below the heading."""
    arrival.check(stack_state.ROW, Whole(1, len(stack.items)) if stack.items else None)
    _controls(stack, lang)
    for sentence in stack_state.said():
        st.html(f"<div class='bl-note bl-warn' role='status'>{escape(say(sentence, lang))}</div>")
    chosen = stack_state.chosen(stack)
    with st.container(key="stack-panes"):
        left, right = st.columns((1.9, 1), gap="small")
    with left.container(border=True, key="pane-stack"):
        _rows(stack, rows, chosen, lang)
    with left.container(border=True, key="pane-text"):
        stack_text.text(stack, rows, lang)
    with right.container(border=True, key="pane-row"):
        stack_row.details(stack, rows, chosen, lang)


def _controls(stack: Stack, lang: str) -> None:
    _ = translator(lang)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="stack-controls"):
        with st.container(width=230), card("stack-input"):
            bad, typed = st.session_state.get(_BAD) or (None, say_shape(stack.input_shape))
            key = f"stack-input-{stack_state.edition()}"
            state.set_shown(key, typed)
            st.text_input(_("input C × H × W"), key=key, on_change=_set_input, args=(key, typed),
                          help=_("Channels, then the sizes: 3 × 224 × 224, or 1 × 16000 for a signal."))  # fmt: skip
        with st.container(horizontal=True, gap="xsmall", width="content", key="stack-presets"):
            start = escape(_("Start from"))
            st.html(f"<span class='bl-muted'>{start}</span>", width="content")
            names = {"ResNet": _("ResNet stem"), "VGG": _("VGG block"), "LeNet-5": "LeNet-5", "Dilated": _("Dilated")}
            for name, spoken in names.items():
                last = len(PRESETS[name].items) - 1
                st.button(spoken, key=f"preset-{name}", on_click=stack_state.put, args=(PRESETS[name], last))
    if bad is not None:
        draw.complaint(st.empty(), "stack-input", bad, lang)


def _set_input(key: str, shown: str) -> None:
    """Takes ``3 × 224 × 224``, ``3x224x224`` or ``3, 224, 224``."""
    typed, stack = str(st.session_state[key]), stack_state.acting()
    if typed == shown:
        return
    st.session_state[_BAD] = None
    try:
        shape = input_shape(int(number) for number in re.findall(r"-?\d{1,9}", typed))
    except BlocklensError as error:
        st.session_state[_BAD] = error.sentence, typed
        return
    stack_state.put_by_field(Stack(shape, stack.items))


def _rows(stack: Stack, rows: tuple[Row, ...], chosen: int, lang: str) -> None:
    """The list with its facts, and what can be added."""
    _ = translator(lang)
    draw.pane_title(_("Layers"), _("one input, evaluation mode"))
    heads = ("#", _("layer"), _("output"), _("sees"), _("jump"), _("start"), _("Σ parameters"), _("Σ MACs"))
    lines = [Line(_("input"), cells=(say_shape(stack.input_shape), "", "", "", "", "")), *(_line(row, lang) for row in rows)]
    words = {
        "up": _("Move up"), "down": _("Move down"), "double": _("Duplicate"), "remove": _("Remove"),
        "keys": _("↑ ↓ choose · Alt + ↑ ↓ move · Ctrl + D duplicate · Delete remove · or drag a row"),
    }  # fmt: skip
    st.html(f"<style>.st-key-{_LIST} {{ --rows: {len(lines)}; }}</style>")
    stack_list(lines, heads, words, key=_LIST, selected=chosen, on_act=_act)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="stack-tools"):
        names = [*_USUAL, *sorted(set(FORMS) - set(_USUAL))]
        st.selectbox(_("Add a layer below the chosen row"), names, index=None, key=_ADD, placeholder=_("Add a layer …"),
                     label_visibility="collapsed", on_change=_add)  # fmt: skip
        if fitted(stack) != stack:
            st.button(_("Let channels follow"), key="stack-fit", icon=":material/link:", on_click=_fit,
                      help=_("Sets in_channels, in_features and num_features to what the row above gives."))  # fmt: skip


def _line(row: Row, lang: str) -> Line:
    _ = translator(lang)
    code = row.item.code().removeprefix("nn.")
    problem = say(row.refusal, lang) if row.refusal else ""
    if row.shape is None:
        return Line(code, row.item.comment, ("–", "–", "–", "–", "–", "–"), problem)
    alike = [_alike(numbers) for numbers in (row.field, row.jump, row.start)]
    if row.regrouped or not all(row.jump):
        alike = [_("all"), "", ""]
    total = "" if row.total_params is None else f"{row.total_params:,}"
    return Line(code, row.item.comment, (say_shape(row.shape[1:]), *alike, total, _short(row.total_macs or 0)), problem)


def _alike(numbers: tuple[int, ...] | tuple[Fraction, ...]) -> str:
    """One number where the axes agree."""
    return " × ".join(map(str, numbers[:1] if len(set(numbers)) == 1 else numbers)).replace("-", "−")


def _short(count: int) -> str:
    """A count with four digits and its power of a thousand.

    >>> _short(118013952), _short(950)
    ('118.0 M', '950')
    """
    amount = float(count)
    for unit in ("", " k", " M", " G", " T", " P"):
        if amount < 1000:
            return f"{amount:.4g}{unit}" if not unit else f"{amount:.1f}{unit}"
        amount /= 1000
    return f"{amount:,.0f} E"


def _act() -> None:
    """Does what was done in the list."""
    stack = stack_state.acting()
    act = take_act(_LIST, len(stack.items))
    if act is None:
        return
    if act.do == "select":
        stack_state.choose(act.index)
    elif act.do == "move":
        to = max(0, min(act.to, len(stack.items) - 1))
        stack_state.put(stack.moved(act.index, to), to)
    elif act.do == "remove":
        stack_state.put(stack.without(act.index), max(0, min(act.index, len(stack.items) - 2)))
    else:
        stack_state.put_below(stack, act.index, stack.items[act.index])


def _fit() -> None:
    stack_state.put(fitted(stack_state.acting()))


def _add() -> None:
    name, stack = st.session_state[_ADD], stack_state.acting()
    st.session_state[_ADD] = None
    if name in FORMS:
        chosen = stack_state.chosen(stack)
        above = work_out(Stack(stack.input_shape, stack.items[: chosen + 1]))
        shape: Shape | None = above[-1].shape if above else (1, *stack.input_shape)
        stack_state.put_below(stack, chosen, new_item(name, shape))
