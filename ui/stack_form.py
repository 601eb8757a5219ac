"""The arguments of one row as fields, whatever layer it is: a field per argument that torch has."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explainer.arithmetic import Argument, Parameter
from explainer.errors import BlocklensError
from explainer.language import translator
from explainer.stack import FORMS, Item, Stack, parse_literal, read_source
from ui import draw, stack_state, state
from ui.inputs import card
from ui.limits import LARGEST

_PAIRS = "stack-pairs"
_TYPED = "stack-typed"


def row_form(stack: Stack, index: int, lang: str) -> None:
    """The fields of a row; each change makes a new stack."""
    _ = translator(lang)
    row = stack.items[index]
    if row.text:
        _text_form(stack, index, lang)
        return
    parameters = FORMS[row.name].parameters
    words = any(parameter.kind == "per_axis" and _needs_text(row.value(parameter.name)) for parameter in parameters)
    shown = [parameter for parameter in parameters if parameter.name != "return_indices"]
    with st.grid("auto", min_column_width=118, gap="xsmall"):
        for parameter in shown:
            _field(stack, index, parameter, as_text=words or bool(st.session_state.get(_PAIRS)))
    below = st.empty()
    problem = st.session_state.get(_TYPED)
    if problem and problem[0] == (index, row.name):
        draw.complaint(below, f"row-{problem[1]}", problem[2], lang)
    if any(parameter.kind == "per_axis" for parameter in shown) and not words:
        st.toggle(_("numbers for each axis, as 3, 5"), key=_PAIRS, bind="query-params")


def _needs_text(value: Argument) -> bool:
    return isinstance(value, (tuple, str))


def _field(stack: Stack, index: int, parameter: Parameter, *, as_text: bool) -> None:
    """One widget. Its value is set from the stack before it is drawn, so that undo and links reach it."""
    row = stack.items[index]
    name, value = parameter.name, row.value(parameter.name)
    key = f"row-{name}-{stack_state.edition()}"
    row_typed, name_typed, _, typed = st.session_state.get(_TYPED) or (None,) * 4
    is_wrong = (row_typed, name_typed) == ((index, row.name), name)
    in_text = parameter.kind in ("sides", "numbers") or (parameter.kind == "per_axis" and (as_text or is_wrong))
    shown = typed if is_wrong else _seed(value, parameter, in_text=in_text)
    state.set_shown(key, shown)
    change: dict[str, Any] = {"key": key, "on_change": _changed, "args": (key, shown, index, row.name, parameter)}
    with card(f"row-{name}"):
        if parameter.kind == "flag" and not parameter.optional:
            st.toggle(name, **change)
        elif parameter.kind == "flag":
            st.selectbox(name, (None, True, False), format_func=str, **change)
        elif parameter.kind == "choice":
            st.selectbox(name, parameter.choices, **change)
        elif in_text:
            st.text_input(name, **change)
        elif parameter.kind == "factor":
            st.number_input(name, step=0.1, format="%g", placeholder=_unset(parameter), **change)
        else:
            st.number_input(name, parameter.minimum, LARGEST, step=1, placeholder=_unset(parameter), **change)


def _unset(parameter: Parameter) -> str | None:
    if not parameter.optional:
        return None
    return "= kernel_size" if parameter.name == "stride" else "None"


def _seed(value: Argument, parameter: Parameter, *, in_text: bool) -> object:
    if in_text:
        return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)
    if parameter.kind == "factor" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _changed(key: str, shown: object, index: int, name: str, parameter: Parameter) -> None:
    """Takes what a widget holds into the stack; what cannot be read is said beside it and stays as it was typed.

    A field whose row has gone in the meantime changes nothing, nor does one of an earlier edition that nobody touched.
    """
    stack, given = stack_state.acting(), st.session_state[key]
    if given == shown:
        return
    st.session_state[_TYPED] = None
    if [row.name for row in stack.items[index : index + 1]] != [name]:
        return
    row = stack.items[index]
    try:
        value = _read(given, parameter)
    except BlocklensError as error:
        st.session_state[_TYPED] = ((index, row.name), parameter.name, error.sentence, given)
        return
    if value is None and not parameter.optional:
        return
    if isinstance(value, float) and value.is_integer() and isinstance(parameter.default, (int, type(None))):
        value = int(value)
    stack_state.put_by_field(stack.with_item(index, row.changed(**{parameter.name: value})))


def _read(given: object, parameter: Parameter) -> Argument:
    if isinstance(given, str) and parameter.kind != "choice":
        if not given.strip() and parameter.optional:
            return None
        value = parse_literal(given, parameter.name)
        return (value,) if parameter.kind == "numbers" and isinstance(value, int) else value
    assert given is None or isinstance(given, (bool, int, float, str))
    return given


def _text_form(stack: Stack, index: int, lang: str) -> None:
    _ = translator(lang)
    draw.note([_("Kept as text."), _("Write a layer of torch.nn here and it takes its place.")])
    key, text = f"row-text-{stack_state.edition()}", stack.items[index].text
    state.set_shown(key, text)
    with card("row-text"):
        st.text_input(_("this line"), key=key, on_change=_retyped, args=(key, text, index))


def _retyped(key: str, shown: str, index: int) -> None:
    stack, given = stack_state.acting(), st.session_state[key]
    if given == shown or not any(row.text for row in stack.items[index : index + 1]):
        return
    stack_state.put_below(stack.without(index), index - 1, *read_source(given).items)


def title_of(row: Item, index: int, lang: str) -> str:
    """``Row 3: MaxPool2d``."""
    _ = translator(lang)
    return _("Row {number}: {name}", number=index + 1, name=row.name or _("text"))
