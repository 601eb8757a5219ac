"""The parts of torch that few pastes need and that take long to load, and the words that call for them.

The app loads all of them, a command line that has read its files only what these mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WHEN: dict[str, str] = {
    "export": r"torch\.export|\bexport\(",
    "fx": r"\bfx\b|symbolic_trace",
    "jit": r"\bjit\b",
    "fake": r"FakeTensor|FlopCounter|_subclasses",
    "func": r"\bvmap\b|\bfunc\b|functorch|jacrev|checkpoint",
    "optim": r"\boptim\b|\.backward\(|autograd",
    "training": r"(?!)",  # asked for by the app, never by a text
    "numpy": r"\bnp\b|numpy",
    "rare": r"parametriz|spectral_norm|weight_norm|lazy|Lazy|distributions|sparse|linalg|\bfft\b|prune|einops|timm|torchvision"
    r"|DataLoader|dataset",
}


def words_in(texts: Iterable[str]) -> frozenset[str]:
    """The rare parts that these texts mention."""
    return frozenset(part for part, words in WHEN.items() if any(re.search(words, text) for text in texts))
