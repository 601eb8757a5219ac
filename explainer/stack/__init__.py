"""A stack of layers: rows with their arguments, worked out one after the other.

layers.py    which layers there are; norms, activations and dropout beside those of explainer/arithmetic
record.py    Item and Stack; what a new row starts from
reading.py   which input positions an output position reads
rows.py      shape, jump, receptive field, parameters and multiply-adds of every row
source.py literals.py program.py    Python text to rows, and back
link.py      a stack as one word of a link
presets.py   stacks to start from
"""

from explainer.stack.layers import FORMS
from explainer.stack.link import Opened, from_link, to_link
from explainer.stack.literals import parse_literal
from explainer.stack.presets import PRESETS
from explainer.stack.program import write_source
from explainer.stack.record import MOST_ROWS, Item, Stack, input_shape, item, new_item
from explainer.stack.rows import Row, can_fit, fitted, places, seen, work_out
from explainer.stack.source import Imported, Remark, read_source

__all__ = [
    "FORMS",
    "MOST_ROWS",
    "PRESETS",
    "Imported",
    "Item",
    "Opened",
    "Remark",
    "Row",
    "Stack",
    "can_fit",
    "fitted",
    "from_link",
    "input_shape",
    "item",
    "new_item",
    "parse_literal",
    "places",
    "read_source",
    "seen",
    "to_link",
    "work_out",
    "write_source",
]
