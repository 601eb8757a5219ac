"""The receptive field of every value of a trace: which positions of an input can influence it.

Convention. It is the theoretical field, the set of positions that can have any influence at all with some weights, and not the
effective one, where most influence lies. A window is given by its first and its last position, holes inside it included
(dilation). Positions are those of the input; what padding adds lies outside, so a window may begin below 0 or end behind the
last position, and zeros there are no dependence. Windows unite where branches join; if they move at different speeds, or along
different axes, the union is the whole axis. Behind a mean over an axis, an adaptive pool, attention, a norm over positions, a
Fourier transform or a roll the field is the whole axis: ``unbounded``. What no rule understands counts as reading everything
and is listed. An answer is an upper bound in every case. It follows tensors: a number that leaves them (``item()``, a branch in
Python) is not followed.

reach.py     one axis of a value against one axis of an input: windows that move with the index; compose, unite
links.py     how a result's axes read an operand's axes
sliding.py, moving.py, mixing.py, indexing.py    one rule for each op
memory.py    writes through views
fields.py    the pass over a trace
"""

from explainer.receptive.fields import Analysis, Field, analyse, output_labels, receptive_fields
from explainer.receptive.reach import WHOLE, Reach

__all__ = ["WHOLE", "Analysis", "Field", "Reach", "analyse", "output_labels", "receptive_fields"]
