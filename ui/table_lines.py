"""The table line by line, worked out: every cell filled in, each line's verdict, why a size is wrong, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from explainer.labels import times
from explainer.language import say, translator
from explainer.table import COLUMNS, Line, Network, Solution, heads
from explainer.table.lines import FIT
from explainer.table.steps import turned
from ui import draw, table_state

_MARKS = {"agrees": "✓", "wrong": "✗", "carried": "↓", "computed": "", "unread": "?", "stopped": "✗"}
_NUMBERS = ("number", "sees", "parameters", "macs")


def worked_out(solution: Solution, network: Network | None, lang: str) -> None:
    """The table with every cell filled in, each line's verdict, and below it what is wrong."""
    _ = translator(lang)
    draw.pane_title(_("Worked out"), _("one input, evaluation mode"))
    names = heads(lang) | {"number": "#", "sees": _("sees"), "parameters": _("parameters"), "macs": _("MACs")}
    used = [name for name in COLUMNS[1:-1] if name == "operation" or any(line.filled.get(name) for line in solution.lines)]
    columns = ("number", *used, "output", "sees", "parameters", "macs")
    head = "".join(f"<th scope='col' class='{_class(name)}'>{escape(names[name])}</th>" for name in columns)
    fields = network.fields if network is not None else ()
    rows = "".join(_row(number, line, used, fields, lang) for number, line in enumerate(solution.lines))
    draw.table("bl-table", _("Worked out"), head, rows)
    _legend(solution, lang)


def _class(column: str) -> str:
    return f"bl-is-{column}" + (" bl-num" if column in _NUMBERS else "")


def _row(number: int, line: Line, used: Sequence[str], fields: tuple[str | None, ...], lang: str) -> str:
    _ = translator(lang)
    how = dict(line.how)
    field = fields[number] if number < len(fields) and line.steps[1] > line.steps[0] else None
    texts = {
        "number": str(number + 1),
        "sees": _("all") if field == "global" else field or "",
        "parameters": f"{line.param_count:,}" if line.param_count else "",
        "macs": f"{line.macs:,}" if line.macs else "",
    }
    plain = {name: f"<td class='{_class(name)}'>{escape(text)}</td>" for name, text in texts.items()}
    cells = "".join(_cell(column, line, how.get(column, ""), lang) for column in used)
    end = f"<td class='bl-is-output'>{_output(line, lang)}</td>{plain['sees']}{plain['parameters']}{plain['macs']}"
    notes = "".join(f"<li>{escape(say(note, lang))}</li>" for note in line.notes)
    width = len(used) + len(texts)
    below = f"<tr class='bl-why bl-v-{line.verdict}'><td></td><td colspan='{width}'><ul>{notes}</ul></td></tr>" if notes else ""
    return f"<tr class='bl-v-{line.verdict}'>{plain['number']}{cells}{end}</tr>{below}"


def _cell(column: str, line: Line, how: str, lang: str) -> str:
    _ = translator(lang)
    found = line.filled.get(column)
    text = {"none": _("none"), FIT: _("identity or 1×1")}.get(found, found)
    typed = line.cells.get(column)
    if column == "input" and not typed and text:
        how = "computed"
    words = {"solved": _("found from the sizes"), "assumed": _("the usual one"), "computed": ""}.get(how, "")
    title = f" title='{escape(words, quote=True)}'" if words else ""
    name = f"<b>{escape(line.cells.name)}</b> " if column == "operation" and line.cells.name else ""
    return f"<td class='bl-is-{column}'>{name}<span class='bl-{how or 'typed'}'{title}>{escape(text)}</span></td>"


def _output(line: Line, lang: str) -> str:
    _ = translator(lang)
    words = {
        "agrees": _("as declared"),
        "wrong": _("not as declared"),
        "carried": _("wrong from above"),
        "unread": _("not understood"),
        "stopped": _("cannot be built"),
        "computed": "",
    }[line.verdict]
    mark, title = _MARKS[line.verdict], escape(words, quote=True)
    sign = f"<b class='bl-mark' title='{title}' aria-label='{title}' role='img'>{mark}</b> " if mark else ""
    said = ""
    if line.verdict in ("wrong", "carried") and line.declared is not None and not line.declared.agrees(line.after):
        said = f" <s>{escape(times(line.declared.numbers()))}</s>"
    return f"{sign}{escape(times(turned(line.after)) if line.after else '–')}{said}"


def _legend(solution: Solution, lang: str) -> None:
    """What the kinds of writing mean, of those that occur."""
    _ = translator(lang)
    kinds = {how for line in solution.lines for _column, how in line.how}
    words = {"solved": _("found from the sizes: one answer"), "assumed": _("not said: the usual one")}
    items = "".join(
        f"<li><span class='bl-{kind}'>123</span> {escape(text)}</li>" for kind, text in words.items() if kind in kinds
    )
    if items:
        st.html(f"<ul class='bl-legend bl-how'>{items}</ul>")


def fixes(solution: Solution, lang: str) -> None:
    """A button for every line whose size a nearby setting would make right."""
    _ = translator(lang)
    found = [(number, line.fix) for number, line in enumerate(solution.lines) if line.fix is not None]
    if found:
        with st.container(horizontal=True, gap="xsmall", key="table-fixes"):
            for number, one in found[:8]:
                st.button(
                    _("Line {number}: use {setting}", number=number + 1, setting=one.words), key=f"table-fix-{number}",
                    icon=":material/build:", on_click=table_state.fix, args=(number, one.cells),
                )  # fmt: skip
