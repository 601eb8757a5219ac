"""Architecture tables: what papers and forums print, read, checked against the arithmetic, and made into a network.

record.py words.py operation.py     lines of cells; the words that stand in them; what a line asks for
normal.py phrases.py                signs brought to one spelling; phrases to operations
grid.py reading.py                  pasted text to a table; inverted.py: rows of MobileNet's own columns
lines.py sizes.py                   cells to what they say, and back; declared sizes
conventions.py filling.py windows.py    what a table leaves out
building.py steps.py solve.py mismatch.py    line by line: steps, sizes, why a size is wrong
program.py network.py               the source of the module; the module and its trace
layers.py rows.py folding.py back.py    a stack or a trace as a table
export.py report.py link.py presets.py    a table as text, as JSON, as one word; tables to start from
"""

from explainer.table.back import table_of_stack, table_of_trace
from explainer.table.export import Form, heads, to_tabs, to_text
from explainer.table.lines import understand, write_line
from explainer.table.link import Opened, from_link, to_link
from explainer.table.network import Network, build_network, look_into
from explainer.table.presets import PRESETS
from explainer.table.program import write_program
from explainer.table.reading import Reading, looks_like_table, read_any, read_table
from explainer.table.record import AFTERS, COLUMNS, MOST_LINES, After, Cells, Table, lines_of
from explainer.table.report import diagnosis_of, fixed, rows_of
from explainer.table.solve import Line, Solution, solve

__all__ = [
    "AFTERS",
    "COLUMNS",
    "MOST_LINES",
    "PRESETS",
    "After",
    "Cells",
    "Form",
    "Line",
    "Network",
    "Opened",
    "Reading",
    "Solution",
    "Table",
    "build_network",
    "diagnosis_of",
    "fixed",
    "from_link",
    "heads",
    "lines_of",
    "look_into",
    "looks_like_table",
    "read_any",
    "read_table",
    "rows_of",
    "solve",
    "table_of_stack",
    "table_of_trace",
    "to_link",
    "to_tabs",
    "to_text",
    "understand",
    "write_line",
    "write_program",
]
