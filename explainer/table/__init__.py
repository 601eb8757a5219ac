"""Architecture tables: what papers and forums print, read, checked against the arithmetic, and made into a network.

record.py words.py operation.py     lines of cells; the words that stand in them; what a line asks for
normal.py phrases.py                signs brought to one spelling; phrases to operations
grid.py reading.py                  pasted text to a table
lines.py sizes.py                   cells to what they say, and back; declared sizes
conventions.py filling.py windows.py    what a table leaves out
building.py steps.py solve.py mismatch.py    line by line: steps, sizes, why a size is wrong
program.py network.py               the source of the module; the module and its trace
back.py                             a stack or a trace as a table
export.py link.py presets.py
"""

from explainer.table.lines import understand, write_line
from explainer.table.network import build_network, trace_network
from explainer.table.program import write_program
from explainer.table.record import AFTERS, COLUMNS, MOST_LINES, After, Cells, Table, lines_of
from explainer.table.solve import Line, Solution, solve

__all__ = [
    "AFTERS",
    "COLUMNS",
    "MOST_LINES",
    "After",
    "Cells",
    "Line",
    "Solution",
    "Table",
    "build_network",
    "lines_of",
    "solve",
    "trace_network",
    "understand",
    "write_line",
    "write_program",
]
