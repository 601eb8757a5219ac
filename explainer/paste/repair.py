from __future__ import annotations

from dataclasses import dataclass

from explainer.types import Sentence


@dataclass(frozen=True)
class RE:
    kind: str
    count: int
    message: Sentence
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Repaired:
    source: str
    edits: tuple[RE, ...]
    readings: tuple[str, ...]


def repair(text: str) -> Repaired:
    return Repaired(text, (), (text,))
