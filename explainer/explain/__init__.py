"""A module in plain words: every line with this run's shapes, and the whole in three sentences. All of it from the trace.

steps.py sliding.py       one op in a sentence, with its formula
lines.py building.py      the lines of forward and constructor
knowing.py reaching.py    what an expression is worth in this run; which statements it came to
running.py statements.py  the functions that ran; lines without a layer: kept numbers, unpacked sizes, branches, loops
idioms.py summary.py      what the dataflow shows: residuals, bottlenecks, gates, attention; told in three sentences
"""

from __future__ import annotations

from explainer.explain.lines import line_notes
from explainer.explain.summary import summarise
from explainer.hazards.view import View
from explainer.outline import Outline
from explainer.types import Explanation, Trace


def explain(trace: Trace, source: str = "", first_line: int = 1) -> Explanation:
    """What the module does, in sentences; ``first_line`` is where ``source`` starts in its file."""
    view = View(trace, Outline(source, first_line))
    return Explanation(trace.name, summarise(view), line_notes(view))
