"""What is taken away as text: it can be read back, says what the trace says, and no name breaks out of it."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from explainer.codec import from_json
from explainer.cost import totals
from explainer.render.exports import export, export_kinds
from explainer.render.layout import lay_out
from explainer.render.viewer_view import View
from explainer.types import Trace
from tests.viewed import SOURCE, broken, hostile, residual


def text_of(kind: str, subject=None, view: View | None = None) -> str:
    file = export(kind, subject or residual(), view or View(), "en")
    assert file is not None
    return file.text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("subject", [residual, broken, hostile])
def test_every_kind_of_the_menu_gives_a_file(subject, lang) -> None:
    for kind, label in export_kinds(lang):
        file = export(kind, subject(), View(), lang)
        assert file is not None
        assert file.text.strip()
        assert label
        assert re.fullmatch(r"\w+(_shapes)?\.\w+", file.name), "no name leaves its folder"


def test_what_is_no_kind_gives_nothing() -> None:
    assert export("../../etc/passwd", residual(), View(), "en") is None


def test_the_csv_sums_to_the_totals() -> None:
    rows = list(csv.reader(io.StringIO(text_of("csv").removeprefix("\ufeff"))))
    assert rows[0] == ["line", "module", "step", "input shape", "output shape", "parameters", "MACs"]
    assert len(rows) == 1 + len(residual().trace.ops)
    assert sum(int(row[6] or 0) for row in rows[1:]) == totals(residual().trace).macs
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_the_json_is_the_trace() -> None:
    assert from_json(Trace, json.loads(text_of("json"))) == residual().trace


def test_the_dot_is_what_is_drawn() -> None:
    whole, folded = (lay_out(text_of("dot", view=View(depth=depth))) for depth in (99, 1))
    assert set(folded.nodes) - set(whole.nodes)
    assert len(folded.nodes) < len(whole.nodes)


def test_the_source_says_its_shapes() -> None:
    lines = text_of("source").splitlines()
    assert [line.split("  # ")[0].rstrip() for line in lines] == [line.rstrip() for line in SOURCE.splitlines()]
    assert lines[14].endswith("# 4")


def test_mermaid_quotes_every_name() -> None:
    text = text_of("mermaid", hostile())
    assert text.startswith("flowchart TB\n")
    assert "<img" not in text
    assert "#60;img" in text
    for line in text.splitlines()[1:]:
        assert re.fullmatch(r' *(subgraph \w+\["[^"]*"\]|end|\w+ (-->|-\.->)(\|"[^"]*"\|)? \w+|\w+[(\[]+"[^"]*"[)\]]+)', line), (
            line
        )


def test_latex_escapes_what_it_reads_as_commands() -> None:
    text = text_of("latex")
    assert text.startswith(r"\begin{tabular}{rlllrrr}")
    assert r"1$\times$16$\times$8$\times$8" in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + len(residual().trace.ops)
    assert all(len(re.findall(r"(?<!\\)&", row)) == 6 for row in rows)
    assert not re.search(r"(?<!\\)[_#%]", text)


def test_a_report_carries_every_function_of_the_viewer():
    """It is written by the browser from their names: one that is not named is missing in the file alone."""
    folder = Path(__file__).parent.parent / "ui" / "components" / "viewer"
    sources = [path.read_text(encoding="utf-8") for path in folder.glob("*.js")]
    defined = {name for source in sources for name in re.findall(r"^function (\w+)\(", source, re.MULTILINE)}
    named = next(
        found for source in sources if (found := re.search(r"function viewerParts\(\) \{\s*return \[(.*?)\]", source, re.DOTALL))
    )
    assert defined == set(re.findall(r"\w+", named[1]))
