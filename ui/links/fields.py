"""One parameter of a link: which texts it may have, what they mean, and what it should have been where it is none of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from explainer.types import Sentence, sentence

Value: TypeAlias = "int | float | bool | str | tuple[int, int] | tuple[str, ...] | None"

VERSION = 1  # of all links; one that does not say has this one
_MOST_SHOWN = 40
_MOST_OPTIONS = 8
_CARRIED_ALONG = re.compile(r"utm_\w+|fbclid|gclid|spm|from|isappinstalled")  # what mail programs and chats append


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds; a default of None stands for a field that is empty."""

    least: int
    largest: int
    default: int | None = None

    def read(self, texts: Sequence[str]) -> int | None:
        """The value; ValueError if the texts are none."""
        if not re.fullmatch(r"[+-]?\d{1,18}", texts[-1], re.ASCII) or not self.least <= int(texts[-1]) <= self.largest:
            raise ValueError(texts)
        return int(texts[-1])

    def write(self, value: Value) -> list[str]:
        return [] if value is None else [str(value)]

    def wanted(self, name: str, written: str) -> Sentence:
        if self.least == self.largest:
            return sentence(
                "{name}={written} of the link is left out: it can only be {least} here.",
                name=name, written=written, least=self.least,
            )  # fmt: skip
        return sentence(
            "{name}={written} of the link is left out: it would have to be a whole number from {least:,} to {largest:,}.",
            name=name, written=written, least=self.least, largest=self.largest,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words or fractions, which are the same in every language."""

    options: tuple[str, ...] | tuple[float, ...]
    default: str | float

    def read(self, texts: Sequence[str]) -> str | float:
        known: dict[str, str | float] = {str(option): option for option in self.options}
        if texts[-1] not in known:
            raise ValueError(texts)
        return known[texts[-1]]

    def write(self, value: Value) -> list[str]:
        return [str(value)]

    def wanted(self, name: str, written: str) -> Sentence:
        if len(self.options) > _MOST_OPTIONS and not self.default:
            return sentence("The link's {name} is unknown: {written}.", name=name, written=written)
        if len(self.options) > _MOST_OPTIONS:
            return sentence(
                "The link's {name} is unknown: {written}. This is {default} instead.",
                name=name, written=written, default=self.default,
            )  # fmt: skip
        options = ", ".join(str(option) for option in self.options if option != "")
        if len(self.options) == 1:
            return sentence(
                "{name}={written} of the link is left out: it can only be {least} here.",
                name=name, written=written, least=options,
            )  # fmt: skip
        return sentence(
            "{name}={written} of the link is left out: it would have to be one of {options}.",
            name=name, written=written, options=options,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    default: bool

    def read(self, texts: Sequence[str]) -> bool:
        if texts[-1].lower() not in ("true", "false"):
            raise ValueError(texts)
        return texts[-1].lower() == "true"

    def write(self, value: Value) -> list[str]:
        return [str(value).lower()]

    def wanted(self, name: str, written: str) -> Sentence:
        return sentence(
            "{name}={written} of the link is left out: it would have to be true or false.", name=name, written=written
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Any text of bounded length that the ``pattern`` fits, if there is one."""

    default: str = ""
    longest: int = 120
    pattern: str = ""

    def read(self, texts: Sequence[str]) -> str:
        if len(texts[-1]) > self.longest or (self.pattern and not re.fullmatch(self.pattern, texts[-1], re.ASCII)):
            raise ValueError(texts)
        return texts[-1]

    def write(self, value: Value) -> list[str]:
        return [str(value)]

    def wanted(self, name: str, written: str) -> Sentence:
        return sentence("{name}={written} of the link is left out: it says nothing here.", name=name, written=written)


@dataclass(frozen=True, slots=True)
class Own:
    """A parameter that its page reads and answers for itself, because it takes more than a look at the text.

    One that may stand in a link more than once has as many values, up to ``most``; of any other the last counts.
    """

    default: str = ""
    most: int = 1

    def read(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(texts)

    def write(self, value: Value) -> list[str]:
        return list(value) if isinstance(value, tuple) else [str(value)]  # type: ignore[arg-type]

    def wanted(self, name: str, written: str) -> Sentence:
        raise AssertionError((name, written))


Field: TypeAlias = "Whole | Word | Flag | Text | Own"
Fields: TypeAlias = Mapping[str, Field]
Query: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a link sets, by parameter, and the sentences about what it does not."""

    state: Mapping[str, Value]
    dropped: tuple[Sentence, ...] = ()


def read_query(fields: Fields, query: Query) -> Arrived:
    """The values that a link gives to the fields of a page; whatever is not as it should be is left out and said.

    >>> read_query({"stride": Whole(1, 9, 1)}, {"stride": ["3"], "lang": ["zh"]}).state
    {'stride': 3, 'lang': 'zh'}
    """
    state: dict[str, Value] = {}
    dropped: list[Sentence] = []
    everywhere: Fields = {**COMMON, **fields}
    for name, texts in query.items():
        field = everywhere.get(name)
        if field is None:
            if not _CARRIED_ALONG.fullmatch(name):
                dropped.append(sentence("This page knows no parameter {name}: the link's is left out.", name=shortened(name)))
            continue
        try:
            state[name] = field.read(texts)
        except ValueError:
            dropped.append(_newer(texts[-1]) if name == "v" else field.wanted(name, shortened(texts[-1])))
        else:
            dropped += _repeated(name, texts, field.most if isinstance(field, Own) else 1)
    return Arrived(state, tuple(dropped))


def to_query(fields: Fields, state: Mapping[str, Value]) -> dict[str, str | list[str]]:
    """The shortest query that sets the state: what is as at the beginning is not in it. KeyError for what is no field.

    >>> to_query({"stride": Whole(1, 9, 1), "bias": Flag(True)}, {"stride": 1, "bias": False})
    {'bias': 'false'}
    """
    everywhere: Fields = {**COMMON, **fields}
    written = {name: everywhere[name].write(value) for name, value in state.items() if value != everywhere[name].default}
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in written.items() if texts}


def faults(name: str, texts: Iterable[str], field: Field) -> list[Sentence]:
    """A sentence for each text that the field does not take."""
    found: list[Sentence] = []
    for text in texts:
        try:
            field.read([text])
        except ValueError:
            found.append(field.wanted(name, shortened(text)))
    return found


def _repeated(name: str, texts: Sequence[str], most: int) -> list[Sentence]:
    if len(set(texts)) == 1 or len(texts) <= most:
        return []
    if most > 1:
        return [sentence("The link says {name} {count} times: the first {most} count.", name=name, count=len(texts), most=most)]
    told = sentence("The link says {name} more than once: {written} counts, its last.", name=name, written=shortened(texts[-1]))
    return [told]


def shortened(text: str) -> str:
    """What a sentence shows of a text that came with a link."""
    return text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"


def _newer(written: str) -> Sentence:
    return sentence(
        "This link is of version {written}, which this Blocklens does not know: what it could not read is left out.",
        written=shortened(written),
    )


COMMON: Fields = {"lang": Text(longest=20, pattern="(?i:en|zh)([-_][A-Za-z-]*)?"), "v": Whole(VERSION, VERSION, VERSION)}
