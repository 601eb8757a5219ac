"""What a repair says that it did: one record for each kind of edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explainer.types import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Done:
    """One kind of edit: how often, in words, and which lines of the source it is about."""

    kind: str
    count: int
    message: Sentence
    lines: tuple[int, ...] = ()


def said(kind: str, count: int, lines: Sequence[int] = ()) -> Done:
    """The record of an edit of this kind."""
    return Done(kind, count, _in_words(kind, count), tuple(lines))


def _in_words(kind: str, count: int) -> Sentence:
    one, many = _SENTENCES[kind]
    return one if count == 1 else sentence(many.template, count=count)


_SENTENCES: dict[str, tuple[Sentence, Sentence]] = {
    "line breaks": (sentence("Put back 1 line break."), sentence("Put back {count} line breaks.")),
    "indentation": (sentence("Put back the indentation of 1 line."), sentence("Put back the indentation of {count} lines.")),
    "guesses": (sentence("Guessed where 1 block ends."), sentence("Guessed where {count} blocks end.")),
    "comments": (
        sentence("Ended 1 comment that had run into the code behind it."),
        sentence("Ended {count} comments that had run into the code behind them."),
    ),
    "brackets": (sentence("Closed 1 bracket that was left open."), sentence("Closed {count} brackets that were left open.")),
    "broken off": (
        sentence("The code breaks off; what was open was closed."),
        sentence("The code breaks off; what was open was closed."),
    ),
    "prose": (
        sentence("Made a comment of 1 line that is no code."),
        sentence("Made comments of {count} lines that are no code."),
    ),
    "unreadable": (
        sentence("Made a comment of 1 statement that Python cannot read."),
        sentence("Made comments of {count} statements that Python cannot read."),
    ),
    "fences": (
        sentence("Took the code out of its fence of backquotes."),
        sentence("Took the code out of {count} fences of backquotes."),
    ),
    "prompts": (sentence("Took away 1 prompt."), sentence("Took away {count} prompts.")),
    "output": (sentence("Left out 1 line of output."), sentence("Left out {count} lines of output.")),
    "line numbers": (sentence("Took away 1 line number."), sentence("Took away {count} line numbers.")),
    "diff": (sentence("Read a diff: its new side was taken."), sentence("Read a diff: its new side was taken, {count} lines.")),
    "quote marks": (sentence("Took away 1 quote mark."), sentence("Took away {count} quote marks.")),
    "tags": (sentence("Took away 1 HTML tag."), sentence("Took away {count} HTML tags.")),
    "entities": (
        sentence("Put back 1 character that was an HTML entity."),
        sentence("Put back {count} characters that were HTML entities."),
    ),
    "spaces": (sentence("Made 1 odd space an ordinary one."), sentence("Made {count} odd spaces ordinary ones.")),
    "invisible": (sentence("Took away 1 invisible character."), sentence("Took away {count} invisible characters.")),
    "full-width": (
        sentence("Made 1 full-width or curly character the one that Python knows."),
        sentence("Made {count} full-width or curly characters the ones that Python knows."),
    ),
    "emphasis": (
        sentence("Put back underscores that had become emphasis, once."),
        sentence("Put back underscores that had become emphasis, {count} times."),
    ),
    "margin": (sentence("Took away the margin."), sentence("Took away the margin of {count} lines.")),
    "tabs": (sentence("Made 1 tab spaces."), sentence("Made {count} tabs spaces.")),
}  # fmt: skip


def missing_class(name: str, line: int) -> Done:
    """The record of a class line that was put back."""
    words = sentence("{line} was missing.", line=f"class {name}(nn.Module):")
    return Done("class", 1, words, (line,))
