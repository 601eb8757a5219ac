"""A trace as a table of steps, in plain text or Markdown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from explainer.cost import macs_of, totals
from explainer.label_words import say_label
from explainer.labels import step_of, times
from explainer.language import say, translator
from explainer.types import Op, Trace, sentence


def step_table(trace: Trace, lang: str, *, markdown: bool = False) -> str:
    """Every op with its line, output shape, parameters and multiply-adds, then the totals; where it failed, up to there."""
    _ = translator(lang)
    head = (_("line"), _("step"), _("output shape"), _("parameters"), _("MACs"))
    rows: list[tuple[str, ...]] = [
        ("", _("input") + f" {trace.values[i].name}", times(trace.shape(i)), "", "") for i in trace.inputs
    ]
    rows += [_row(op, trace, lang) for op in trace.ops]
    table = _markdown(head, rows) if markdown else _plain(head, rows)
    return "\n".join((f"# {trace.name}" if markdown else trace.name, "", *table, "", *_closing(trace, lang)))


def _row(op: Op, trace: Trace, lang: str) -> tuple[str, ...]:
    count = sum(trace.values[i].element_count for i in op.inputs if trace.values[i].origin == "parameter")
    macs = macs_of(op, trace)
    step = f"{op.scope} {say_label(step_of(op, trace), lang)}".strip()
    shape = ", ".join(times(trace.shape(i)) for i in op.outputs)
    return str(op.line or ""), step, shape, f"{count:,}" if count else "", "?" if macs is None else f"{macs:,}" if macs else ""


def _closing(trace: Trace, lang: str) -> list[str]:
    cost = totals(trace)
    words = [sentence("{count:,} parameters, {macs:,} multiply-adds (MACs).", count=cost.param_count, macs=cost.macs)]
    if cost.uncounted:
        words.append(sentence("Without a cost formula, so not counted: {names}.", names=", ".join(cost.uncounted)))
    failure = trace.failure
    if failure is not None:
        shapes = " · ".join(times(trace.shape(i)) for i in failure.inputs) or "–"
        words.append(
            sentence(
                "Stops at line {line}, {op} on {shapes}. The message: {message}",
                line=failure.line or "?",
                op=failure.op or failure.error,
                shapes=shapes,
                message=failure.message,
            )
        )
    return [say(item, lang) for item in (*trace.notes, *words)]


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = (head, ("---:", "---", "---", "---:", "---:"), *rows)
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def _plain(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = (head, *rows)
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    right = (0, 3, 4)
    return ["  ".join(_pad(cell, widths[i], to_right=i in right) for i, cell in enumerate(line)).rstrip() for line in lines]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _pad(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space
