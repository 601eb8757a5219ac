"""A worked-out table as text to copy: CSV, Markdown, LaTeX, tabs. Each of them is read back as the same table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Literal, TypeAlias

from explainer.language import translator
from explainer.table.record import COLUMNS, Table
from explainer.table.solve import Solution

Form: TypeAlias = Literal["csv", "markdown", "latex"]
_FORMULA = ("=", "+", "@")
_LATEX: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "×": r"$\times$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def heads(lang: str) -> dict[str, str]:
    """The columns' names in the reader's language."""
    _ = translator(lang)
    return {
        "name": _("name"), "input": _("input"), "operation": _("operation"), "kernel": _("kernel"), "channels": _("channels"),
        "stride": _("stride"), "padding": _("padding"), "then": _("norm, activation"), "shortcut": _("shortcut"),
        "output": _("output"),
    }  # fmt: skip


def to_text(solution: Solution, form: Form, lang: str) -> str:
    """The table with every cell filled in, and what each line costs."""
    _ = translator(lang)
    named = any(line.cells.name for line in solution.lines)
    shown = [column for column in COLUMNS if column != "name" or named]
    names = heads(lang)
    rows = [[names[column] for column in shown] + [_("parameters"), _("MACs")]]
    for line in solution.lines:
        costs = ["" if count is None else str(count) for count in (line.param_count, line.macs)]
        rows.append([line.cells.name if column == "name" else line.filled.get(column) for column in shown] + costs)
    return {"csv": _csv, "markdown": _markdown, "latex": _latex}[form](rows)


def to_tabs(table: Table, lang: str) -> str:
    """The table as it was typed, to be edited as text; columns without a single entry are left out."""
    names = heads(lang)
    shown = [column for column in COLUMNS if any(line.get(column) for line in table.lines)]
    rows = [[names[column] for column in shown], *([line.get(column) for column in shown] for line in table.lines)]
    return "\n".join("\t".join(row) for row in rows)


def _csv(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([[_harmless(cell) for cell in row] for row in rows])
    return written.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _markdown(rows: list[list[str]]) -> str:
    head, *body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    rule = ["---"] * (len(head) - 2) + ["---:", "---:"]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body)) + "\n"


def _latex(rows: list[list[str]]) -> str:
    lines = [" & ".join("".join(_LATEX.get(sign, sign) for sign in cell) for cell in row) + r" \\" for row in rows]
    columns = "l" * (len(rows[0]) - 2) + "rr"
    return "\n".join(
        [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule", r"\end{tabular}", ""]
    )
