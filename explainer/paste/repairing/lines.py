"""One logical line: a statement or the header of one, with what it reads and writes, known from its tokens alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from explainer.paste.repairing.lexing import CLOSERS, CONSTANTS, KEYWORDS, OPENERS, Token

HEADERS = frozenset({"class", "def", "if", "elif", "else", "for", "while", "with", "try", "except", "finally"})
ARMS = frozenset({"elif", "else", "except", "finally"})
_LEAVES = frozenset({"return", "raise", "break", "continue"})
_WORDS = re.compile(r"[A-Za-z][a-z]*|[A-Z]+|\d+")
_REGISTERED = re.compile(r"self\.(?:register_\w+|add_module)\([\"'](\w+)[\"']")
_CALLED = re.compile(r"[\w.]+(?=\()")
_GROWS = frozenset({"append", "extend", "add", "insert", "update"})
_DULL = frozenset("()[]{},.:")
_MOST_TOKENS, _MOST_WORDS, _SHORT = 60, 20, 24
_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**=", ":="})


@dataclass(slots=True)
class Line:
    """``kind``: the keyword of a header, ``return`` and the like, else ``simple``; ``place``: its number in the text.

    ``before``: comments above it; ``after``: one behind it; ``inline``: it stood behind its header's colon; ``grows``: what it
    appends or adds to; ``words``: what it is written with, in small letters; ``known``: names bound above it in its function.
    """

    tokens: list[Token]
    before: list[str] = field(default_factory=list)
    after: str = ""
    decorators: list[list[Token]] = field(default_factory=list)
    blank: bool = False
    column: int = 0
    inline: bool = False
    kind: str = "simple"
    name: str = ""
    parameters: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    shape: str = ""
    called: str = ""
    grows: str = ""
    words: tuple[str, ...] = ()
    place: int = 0
    known: frozenset[str] = frozenset()

    @property
    def is_header(self) -> bool:
        return self.kind in HEADERS

    @property
    def leaves(self) -> bool:
        """Whether nothing in its block is run after it."""
        return self.kind in _LEAVES

    @property
    def first(self) -> str:
        return self.tokens[0].text


def describe(line: Line) -> None:
    """Fills in the kind of the line and its names."""
    texts = [token.text for token in line.tokens if token.kind != "comment"]
    head = texts[1] if texts[0] == "async" and len(texts) > 1 else texts[0]
    line.kind = head if head in _LEAVES or (head in HEADERS and texts[-1] == ":") else "simple"
    if head in ("def", "class"):
        line.name = next((t for t in texts[texts.index(head) + 1 :]), "")
    if line.kind == "def":
        line.parameters = _parameters(texts)
    line.reads, line.writes = _names(line)
    line.shape, line.called = _shape(line, texts)
    registered = _REGISTERED.match("".join(texts[:6]))
    if registered:
        line.writes |= {f"self.{registered[1]}"}
    line.parts = frozenset(part for name in line.reads | line.writes for part in _WORDS.findall(name) if part != "self")
    line.grows = _grown(line, texts)
    line.words = words_of(line.tokens)


def _grown(line: Line, texts: Sequence[str]) -> str:
    """The name that the line appends to or adds to."""
    if line.shape.endswith("augment") and line.writes:
        return min(line.writes)
    name, _, verb = line.called.rpartition(".")
    return name if verb in _GROWS and line.shape.endswith("call") and texts[0] == name.partition(".")[0] else ""


def words_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The different words of names and short strings, and the operators, in order."""
    found = dict[str, None]()
    for token in tokens[:_MOST_TOKENS]:
        if token.kind == "op":
            if token.text not in _DULL:
                found[token.text] = None
        elif token.kind == "name" or (token.kind == "string" and len(token.text) < _SHORT):
            for word in _WORDS.findall(token.text):
                found[word.lower()] = None
    return tuple(found)[:_MOST_WORDS]


def _shape(line: Line, texts: Sequence[str]) -> tuple[str, str]:
    """What sort of statement it is, and the first thing that it calls."""
    called = _CALLED.search(" ".join(texts[:60])[:600].replace(" . ", ".").replace(" (", "("))
    if line.kind != "simple":
        return line.kind, called[0] if called else ""
    own = "self " if texts[0] == "self" else ""
    if len(texts) == 1 or texts[0] in KEYWORDS:
        return ("text" if line.tokens[0].kind == "string" else texts[0] if texts[0] in KEYWORDS else "bare"), called[
            0
        ] if called else ""
    if texts[1] == ":" and "=" not in texts:
        shape = "annotate"
    elif line.writes or "=" in texts:
        assign = next((text for text in texts if text in _ASSIGNS), "=")
        shape = own + ("assign" if assign == "=" else "augment")
    else:
        shape = own + "call"
    return shape, called[0] if called else ""


def _parameters(texts: Sequence[str]) -> tuple[str, ...]:
    """The names between the brackets of a ``def``, without annotations and defaults."""
    found, depth, expecting = list[str](), 0, False
    for text in texts:
        if text in OPENERS:
            depth += 1
            expecting = expecting or depth == 1
        elif text in CLOSERS:
            depth -= 1
            if depth <= 0:
                break
        elif depth == 1 and text == ",":
            expecting = True
        elif depth == 1 and expecting and text not in ("*", "**", "/"):
            found.append(text)
            expecting = False
    return tuple(found)


def _names(line: Line) -> tuple[frozenset[str], frozenset[str]]:  # noqa: C901 - one walk over the tokens, a rule for each sort
    """What is read and what is bound; ``self.x`` counts as a name of its own, that of a comprehension or ``lambda`` as none."""
    tokens = [token for token in line.tokens if token.kind != "comment"]
    binds_until, until = _binding(tokens) if line.kind == "simple" else (-1, -1)
    reads, writes, own, before, looped = set[str](), set[str](), set[str](), "", line.kind == "for"
    mode, depth, inside = "", 0, 0
    for place, token in enumerate(tokens):
        text = token.text
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if token.kind == "name" and text in KEYWORDS:
            looped = looped and not (text == "in" and mode == "for")
            mode = {"for": "for", "as": "as", "import": "as", "in": "", "lambda": "lambda"}.get(text, mode)
        elif token.kind == "name" and text not in CONSTANTS and before != ".":
            if following == "=" and depth > 0 and before in ("(", ","):
                pass
            elif following == ".":
                chained = f"{text}.{tokens[place + 2].text}" if place + 2 < len(tokens) else text
                bound = place + 3 == until or (place + 3 < until and tokens[place + 3].text in (",", "="))
                (writes if bound and text == "self" else reads).add(chained)
                reads.add(text)
            elif place < until and not inside and following not in ("(", "["):
                writes.add(text)
                if tokens[binds_until].text not in ("=", ":="):
                    reads.add(text)
            elif mode == "for":
                (writes if looped else own).add(text)
            elif mode == "lambda":
                own.add(text)
                mode = "" if following == ":" else mode
            elif mode == "as":
                writes.add(text)
                mode = "" if line.kind == "with" else mode
            elif before in ("def", "class") or following == ":=":
                writes.add(text)
            else:
                reads.add(text)
        elif token.kind == "string" and text[:1] in "fF" and "{" in text:
            reads |= set(re.findall(r"\{\s*([A-Za-z_]\w*)", text))
        opened, closed = text in OPENERS, text in CLOSERS
        depth += opened - closed
        inside = inside + opened - closed if inside or (opened and before not in ("", ",", "=", "(", "[")) else 0
        before = text
    reads = {name for name in reads if name.partition(".")[0] not in own} if own else reads
    return frozenset(reads), frozenset(writes - {"self"})


def _binding(tokens: Sequence[Token]) -> tuple[int, int]:
    """Where the last sign stands that binds what is before it, and where that ends: there, or where its annotation begins."""
    sign, colon, depth = -1, -1, 0
    for place, token in enumerate(tokens):
        depth += (token.text in OPENERS) - (token.text in CLOSERS)
        if token.text == "lambda":
            break
        if depth == 0 and token.kind == "op":
            if token.text in _ASSIGNS:
                sign = place
            elif token.text == ":" and colon < 0 < place:
                colon = place
    return sign, colon if 0 < colon < sign else sign
