"""What a table leaves out because its readers know it: norms, activations, shortcuts. Each one in use is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.table.lines import Understood
from explainer.table.operation import CONVOLUTIONS, Wanted
from explainer.table.record import After
from explainer.types import Sentence, sentence

_WEIGHTY = (*CONVOLUTIONS, "fc", "block")


@dataclass(frozen=True, slots=True)
class Conventions:
    """``after``: what follows a convolution whose line does not say. ``last``: the last line with weights."""

    after: After
    last: int
    rules: tuple[Sentence, ...]

    def then(self, wanted: Wanted, line: int) -> tuple[str, ...]:
        """The norms and activations behind an operation."""
        if wanted.then is not None:
            return wanted.then
        if wanted.kind in CONVOLUTIONS:
            return {"bn_relu": ("BN", "ReLU"), "relu": ("ReLU",)}.get(self.after, ())
        return ("ReLU",) if wanted.kind == "fc" and line != self.last and self.after in ("bn_relu", "relu") else ()


def conventions_for(asked: After, lines: Sequence[Understood]) -> Conventions:
    """The conventions of a table; ``auto`` takes them from what its lines say."""
    weighty = [number for number, line in enumerate(lines) if line.wanted is not None and line.wanted.kind in _WEIGHTY]
    last = weighty[-1] if weighty else -1
    if asked != "auto":
        return Conventions(asked, last, ())
    residual = any(is_residual(line) for line in lines)
    after: After = "nothing" if any(map(_says_what_follows, lines)) else "bn_relu" if residual else "relu"
    return Conventions(after, last, (_RULES[after],) if weighty else ())


def is_residual(line: Understood) -> bool:
    """Whether something goes around a line: it says so, or it is a block of several convolutions and does not deny it."""
    if line.wanted is None or line.around is False:
        return False
    convolutions = sum(part.kind in CONVOLUTIONS for part in line.wanted.parts)
    return bool(line.around) or (line.wanted.kind == "block" and convolutions > 1)


def _says_what_follows(line: Understood) -> bool:
    wanted = line.wanted
    return wanted is not None and (wanted.kind == "after" or wanted.then is not None or any(part.then for part in wanted.parts))


_RULES = {
    "nothing": sentence("Some lines name a norm or an activation, so an empty cell means that nothing follows."),
    "bn_relu": sentence(
        "No line names a norm or an activation, and there are residual blocks: as in ResNet, BN and ReLU follow every"
        " convolution."
    ),
    "relu": sentence(
        "No line names a norm or an activation, and there are no residual blocks: as in VGG, ReLU follows every convolution and"
        " every fully connected layer but the last."
    ),
}
BIAS = sentence("A convolution has a bias unless BN follows it: BN would take the bias away again.")
ORDER = sentence("Around a shortcut, the norm stands before the sum and the activation behind it, as in ResNet.")
BLOCKS = sentence(
    "Several convolutions in brackets are a residual block. Where it changes the size, its first repetition does: the largest"
    " kernel takes the stride, and a 1×1 convolution with the same stride and norm is the shortcut. Write none as shortcut for"
    " a plain block."
)
FLAT = sentence("A fully connected layer behind a map reads all of its values in one row: nn.Flatten is put in between.")
WINDOWS = sentence(
    "Numbers that the sizes do not decide are the usual ones: a convolution moves by 1 and is padded to keep the size, a pool"
    " moves by its own width; an average pool without a window takes the whole map."
)
