"""What can be taken away from the viewer as text: drawings, tables of shapes, the annotated source, the trace."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from explainer.codec import to_json
from explainer.cost import macs_of
from explainer.gates import find_gates
from explainer.label_words import say_label, say_labels
from explainer.labels import step_of, times
from explainer.language import translator
from explainer.listing import list_source
from explainer.render.dot import edge_labels, to_dot
from explainer.render.measure import clean, shorten
from explainer.render.step_table import step_table
from explainer.render.viewer_scene import Subject, captions
from explainer.render.viewer_view import View, draw
from explainer.types import Graph, Op, Trace

_Maker: TypeAlias = Callable[[Subject, View, str], str]


@dataclass(frozen=True, slots=True)
class File:
    """A text, or bytes, to be saved under a name."""

    name: str
    text: str = ""
    mime: str = "text/plain"
    data: bytes = b""


def export_kinds(lang: str) -> list[tuple[str, str]]:
    """(key, what a menu says) of every export."""
    _ = translator(lang)
    return [
        ("markdown", _("Table as Markdown")),
        ("latex", _("Table as LaTeX")),
        ("csv", _("Table as CSV")),
        ("source", _("Source with shapes")),
        ("dot", _("Graphviz DOT")),
        ("mermaid", _("Mermaid")),
        ("json", _("Trace as JSON")),
    ]


def export(kind: str, subject: Subject, view: View, lang: str) -> File | None:
    """The file of a kind; None if there is no such kind."""
    known = _KINDS.get(kind)
    if known is None:
        return None
    make, ending, mime = known
    return File(file_stem(subject.trace.name) + ending, make(subject, view, lang), mime)


def file_stem(name: str) -> str:
    """A name that no file system takes for more than a name."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in shorten(name, 60)) or "block"


def _dot(subject: Subject, view: View, lang: str) -> str:
    graph = say_labels(draw(subject.trace, view).graph, lang)
    return to_dot(graph, view.direction, captions(graph, lang))


def to_mermaid(graph: Graph, direction: str = "TB", frames: Mapping[str, str] | None = None) -> str:
    """The drawing as a Mermaid flowchart; names are quoted and their special characters written as codes."""
    lines = [f"flowchart {direction}"]

    def fill(group: str, indent: str) -> None:
        for inner in graph.groups:
            if inner.parent == group:
                lines.append(f'{indent}subgraph {inner.id}["{_quoted((frames or {}).get(inner.id, inner.label))}"]')
                fill(inner.id, indent + "  ")
                lines.append(f"{indent}end")
        for node in graph.nodes:
            if node.group == group:
                text = _quoted(node.label) + (f"<br>{_quoted(node.detail)}" if node.detail else "")
                opening, closing = ('(("', '"))') if len(node.label) == 1 else ('(["', '"])') if not node.ops else ('["', '"]')
                lines.append(f"{indent}{node.id}{opening}{text}{closing}")

    fill("", "  ")
    for edge, label in zip(graph.edges, edge_labels(graph), strict=True):
        arrow = "-.->" if edge.role == "skip" else "-->"
        text = f'|"{_quoted(label)}"|' if label else ""
        lines.append(f"  {edge.source} {arrow}{text} {edge.target}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Text inside Mermaid's quotes: all but letters, digits and plain signs become entity codes."""
    return "".join(c if c.isalnum() or c in " .,:+-_/=()→×⇉·…" else f"#{ord(c)};" for c in shorten(text, 80))


def _mermaid(subject: Subject, view: View, lang: str) -> str:
    graph = say_labels(draw(subject.trace, view).graph, lang)
    return to_mermaid(graph, view.direction, captions(graph, lang))


def _markdown(subject: Subject, _view: View, lang: str) -> str:
    return step_table(subject.trace, lang, markdown=True) + "\n"


def rows_of(trace: Trace, lang: str = "en") -> list[tuple[str, ...]]:
    """(line, module, step, input shapes, output shapes, parameters, MACs) of every op."""
    return [_row(op, trace, lang) for op in trace.ops]


def _row(op: Op, trace: Trace, lang: str) -> tuple[str, ...]:
    values = trace.values
    params = sum(values[i].element_count for i in op.inputs if values[i].origin == "parameter")
    reads = " ".join(times(values[i].shape) or "scalar" for i in op.inputs if values[i].origin in ("input", "op"))
    makes = " ".join(times(values[i].shape) or "scalar" for i in op.outputs)
    macs = macs_of(op, trace)
    return (
        str(op.line or ""),
        clean(op.scope),
        clean(say_label(step_of(op, trace), lang)),
        reads,
        makes,
        str(params),
        "" if macs is None else str(macs),
    )


def _heads(lang: str) -> tuple[str, ...]:
    _ = translator(lang)
    return _("line"), _("module"), _("step"), _("input shape"), _("output shape"), _("parameters"), _("MACs")


def _csv(subject: Subject, _view: View, lang: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_heads(lang))
    writer.writerows([_not_a_formula(cell) for cell in row] for row in rows_of(subject.trace, lang))
    return "\ufeff" + text.getvalue()  # the mark makes spreadsheets read it as UTF-8


def _not_a_formula(cell: str) -> str:
    """A spreadsheet must not compute what a paste called its layer."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _latex(subject: Subject, _view: View, lang: str) -> str:
    rows = [_heads(lang), *rows_of(subject.trace, lang)]
    body = [" & ".join(_tex(cell) for cell in row) + r" \\" for row in rows]
    return "\n".join((r"\begin{tabular}{rlllrrr}", r"\hline", body[0], r"\hline", *body[1:], r"\hline", r"\end{tabular}", ""))


_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "×": r"$\times$", "→": r"$\to$", "−": r"$-$", "÷": r"$\div$",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def _source(subject: Subject, _view: View, _lang: str) -> str:
    trace = subject.trace
    lines = list_source(subject.source, subject.first_line, trace, find_gates(trace), whole=True)
    width = min(88, max((len(line.text) for line in lines if line.shape), default=0))
    return "\n".join(f"{line.text:<{width}}  # {line.shape}" if line.shape else line.text for line in lines) + "\n"


def _json(subject: Subject, _view: View, _lang: str) -> str:
    return json.dumps(to_json(subject.trace), ensure_ascii=False)


_KINDS: Mapping[str, tuple[_Maker, str, str]] = {
    "markdown": (_markdown, ".md", "text/markdown"),
    "latex": (_latex, ".tex", "application/x-tex"),
    "csv": (_csv, ".csv", "text/csv"),
    "source": (_source, "_shapes.py", "text/x-python"),
    "dot": (_dot, ".dot", "text/vnd.graphviz"),
    "mermaid": (_mermaid, ".mmd", "text/plain"),
    "json": (_json, ".json", "application/json"),
}
__all__: Sequence[str] = ("File", "export", "export_kinds", "file_stem", "rows_of", "to_mermaid")
