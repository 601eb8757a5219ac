"""What the Table page shows of a worked-out table: facts, line by line, its network, its sizes along the depth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from explainer.labels import times
from explainer.language import say, say_shape, translator
from explainer.render.size_figure import size_figure
from explainer.table import COLUMNS, Line, Network, Solution, Table, heads
from explainer.table.steps import turned
from ui import cached, draw, table_state
from ui.components.viewer.component import viewer
from ui.draw import Fact

_MARKS = {"agrees": "✓", "wrong": "✗", "carried": "↓", "computed": "", "unread": "?", "stopped": "✗"}
_DETAILED = 14


def subtitle(solution: Solution, lang: str) -> str:
    """What becomes of the input, and whether the table's sizes are right."""
    _ = translator(lang)
    if not solution.lines:
        return _("Paste a table, type one, or start from one of these.")
    right = solution.count("agrees")
    sizes = {"before": say_shape(turned(solution.input_shape)), "after": say_shape(turned(solution.output_shape))}
    wrong = [number for number, line in enumerate(solution.lines, 1) if line.verdict == "wrong"]
    if solution.stopped is not None:
        return _("Line {number} cannot be built; up to there {before} becomes {after}.", number=solution.stopped, **sizes)
    if wrong:
        return _(
            "{before} becomes {after}. The size at line {number} is not what the arithmetic gives.", number=wrong[0], **sizes
        )
    if right:
        return _("{before} becomes {after}. All {count} declared sizes are right.", count=right, **sizes)
    return _("{before} becomes {after}.", **sizes)


def facts_row(solution: Solution, network: Network | None, lang: str) -> None:
    """Sizes, costs, receptive field, and how many declared sizes are right."""
    _ = translator(lang)
    right, wrong = solution.count("agrees"), solution.count("wrong", "carried")
    unread = solution.count("unread", "stopped")
    sizes = f"{times(turned(solution.input_shape))} → {times(turned(solution.output_shape))}"
    field = next((one for one in reversed(network.fields) if one), None) if network is not None else None
    checked = _("none declared") if not right + wrong else _("{right} of {all} right", right=right, all=right + wrong)
    draw.facts([
        Fact(_("Input → output"), sizes, _("height × width × channels")),
        Fact(_("Declared sizes"), checked, _("{count} lines not understood", count=unread) if unread else "",
             "bad" if wrong or unread else "good" if right else ""),
        Fact(_("Parameters"), f"{solution.param_count:,}", _("counted from the arithmetic")),
        Fact(_("Multiply-adds (MACs)"), f"{solution.macs:,}", _("conv, linear, matrix product")),
        Fact(_("Receptive field"), _("global") if field == "global" else field or "–", _("what one output value sees")),
    ])  # fmt: skip


def worked_out(solution: Solution, network: Network | None, lang: str) -> None:
    """The table with every cell filled in, each line's verdict, and below it what is wrong."""
    _ = translator(lang)
    draw.pane_title(_("Worked out"), _("one input, evaluation mode"))
    used = [
        column for column in COLUMNS[1:-1] if column == "operation" or any(line.filled.get(column) for line in solution.lines)
    ]
    names = heads(lang)
    head = ["#", *(names[column] for column in used), names["output"], _("sees"), _("parameters"), _("MACs")]
    cells = "".join(f"<th scope='col'>{escape(text)}</th>" for text in head)
    fields = network.fields if network is not None else ()
    rows = "".join(_row(number, line, used, fields, len(head), lang) for number, line in enumerate(solution.lines))
    st.html(f"<div class='bl-scroll' tabindex='0' role='region' aria-label='{escape(_('Worked out'), quote=True)}'>"
            f"<table class='bl-table'><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>")  # fmt: skip
    _legend(solution, lang)


def _row(number: int, line: Line, used: Sequence[str], fields: tuple[str | None, ...], width: int, lang: str) -> str:
    _ = translator(lang)
    how = dict(line.how)
    cells = "".join(_cell(column, line, how.get(column, ""), lang) for column in used)
    field = fields[number] if number < len(fields) and line.steps[1] > line.steps[0] else None
    field = _("all") if field == "global" else field or ""
    counts = "".join(f"<td class='bl-num'>{'' if not count else f'{count:,}'}</td>" for count in (line.param_count, line.macs))
    notes = "".join(f"<li>{escape(say(note, lang))}</li>" for note in line.notes)
    below = (
        f"<tr class='bl-why bl-v-{line.verdict}'><td></td><td colspan='{width - 1}'><ul>{notes}</ul></td></tr>" if notes else ""
    )
    return (
        f"<tr class='bl-v-{line.verdict}'><td class='bl-num'>{number + 1}</td>{cells}<td>{_output(line, lang)}</td>"
        f"<td class='bl-num'>{escape(field)}</td>{counts}</tr>{below}"
    )


def _cell(column: str, line: Line, how: str, lang: str) -> str:
    _ = translator(lang)
    text = line.filled.get(column)
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


def rules(table: Table, solution: Solution, lang: str) -> None:
    """What was filled in by convention, and the one convention that a person can choose."""
    _ = translator(lang)
    words = {"auto": _("as the table suggests"), "bn_relu": "BN, ReLU", "relu": "ReLU", "nothing": _("nothing")}
    draw.pane_title(_("Read between the lines"))
    st.session_state["table-after"] = table.after
    st.pills(
        _("What follows a convolution whose cell is empty"), tuple(words), format_func=words.__getitem__, key="table-after",
        required=True, on_change=table_state.set_after, args=("table-after",),
    )  # fmt: skip
    items = "".join(f"<li>{escape(say(rule, lang))}</li>" for rule in solution.rules)
    st.html(f"<ul class='bl-rules'>{items}</ul>")


def network_graph(table: Table, solution: Solution, lang: str) -> None:
    """The network's dataflow: every step of a short table, a box per line of a long one."""
    _ = translator(lang)
    draw.pane_title(_("The network"), _("Ctrl and wheel zooms; drag to move"))
    depth = 99 if len(solution.steps) <= _DETAILED else 1
    viewer(cached.table_drawing(table, depth, lang), key="table-graph", selected="", lang=lang)


def size_plot(solution: Solution, network: Network | None, lang: str) -> None:
    """Height and channels from line to line."""
    _ = translator(lang)
    draw.pane_title(_("Sizes along the depth"))
    figure = size_figure(solution, network.fields if network is not None else (), lang)
    words = _("{before} becomes {after} in {count} lines.", before=say_shape(turned(solution.input_shape)),
              after=say_shape(turned(solution.output_shape)), count=len(solution.lines))  # fmt: skip
    st.plotly_chart(figure, key="table-sizes", config={"displayModeBar": False, "scrollZoom": False}, alt=words)
