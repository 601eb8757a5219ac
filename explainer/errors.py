"""What Blocklens raises itself. A user's model that fails is not here: it is a ``Failure`` in its ``Trace``.

BlocklensError
+-- InvalidLayer      numbers that no layer can be built from, or an input the layer cannot take
+-- InvalidInput      an input shape, a knob or an option that makes no sense
+-- TooLarge          the answer would need more memory or time than this server gives
+-- Cancelled         whoever asked no longer wants the answer
+-- SandboxRefused    a paste was not run, or stopped before it had an answer
    +-- SandboxStopped    the sandbox itself ended; it starts again with the next paste
"""

from __future__ import annotations

from explainer.types import Fill, Sentence, sentence


class BlocklensError(Exception):
    """A sentence with the offending values in it; ``str()`` is its English form, ``sentence`` translates.

    ``field`` names the argument that is wrong, so that a form can say it beside the widget.
    """

    def __init__(self, template: str, *, field: str = "", **values: Fill) -> None:
        super().__init__(template)
        self.field = field
        self.sentence: Sentence = sentence(template, **values)

    def __str__(self) -> str:
        return str(self.sentence)


class InvalidLayer(BlocklensError):
    """Numbers that no layer can be built from, or an input that the layer cannot take."""


class InvalidInput(BlocklensError):
    """An input shape, a knob or an option that makes no sense."""


class TooLarge(BlocklensError):
    """The answer would need more memory or time than this server gives to one visitor."""


class Cancelled(BlocklensError):
    """Whoever asked no longer wants the answer."""


class SandboxRefused(BlocklensError):
    """There is no answer from a paste, and this sentence says why."""


class SandboxStopped(SandboxRefused):
    """The sandbox itself ended; it starts again with the next paste."""
