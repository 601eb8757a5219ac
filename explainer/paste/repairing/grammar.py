"""Where grammar puts the end of a statement, whatever the line breaks say.

Two operands that stand side by side (``) self``, ``1 def``) are never one expression, so that between them a line has ended.
What grammar leaves open is decided by what real code does: an ``if`` that comes to an ``else`` before a colon belongs to an
expression, an ``@`` before a ``def`` is a decorator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from explainer.paste.repairing.lexing import CLOSERS, OPENERS, Token, lex
from explainer.paste.repairing.lines import HEADERS

STARTS = frozenset("def class return raise import from pass break continue while with try assert del global nonlocal".split())
_WHOLE = frozenset({"pass", "break", "continue"})
_TAKES_COLON = HEADERS | {"async"}
_DECORATOR = re.compile(  # "@ v  # ..." is a product
    r"@(?:[A-Za-z_][\w.]*?\s*(?:\([^()\n]*\)\s*)?[@#]"
    r"|\s*[A-Za-z_][\w.]*?\s*(?:\([^()\n]*\)\s*)?(?:(?:async\s+)?def\s+\w|class\s+\w))"
)
_NOT_IN = re.compile(r"not\s+in\b")
_ELSE_COLON = re.compile(r"else\s*:")
_BINDS = re.compile(
    r"(?:\*?[A-Za-z_][\w.]*(?:\[[^\[\]=\n]*\])?\s*,\s*)*\*?[A-Za-z_][\w.]*(?:\[[^\[\]=\n]*\])?\s*(?:[-+*/@%&|^]|//|\*\*|<<|>>)?=(?!=)"
)
_TUPLE = re.compile(r"\(\s*[A-Za-z_][\w.]*\s*,[\w., ]*\)\s*(?:,\s*(?:\([\w., ]*\)|[A-Za-z_][\w.]*)\s*)*=(?!=)")
_IMPORTS = re.compile(r"from\s+[\w.]+\s+import\b")
_FARTHEST = 200


@dataclass(slots=True)
class Statement:
    """The statement that is being read: its tokens, its open brackets, and what its colon would mean."""

    tokens: list[Token] = field(default_factory=list)
    brackets: list[str] = field(default_factory=list)
    lambdas: int = 0
    chosen: int = 0
    done: bool = False

    @property
    def head(self) -> str:
        return self.tokens[0].text if self.tokens else ""

    @property
    def is_header(self) -> bool:
        return self.head in _TAKES_COLON

    @property
    def last(self) -> Token:
        return self.tokens[-1]

    def add(self, token: Token) -> None:
        text = token.text
        if text in OPENERS:
            self.brackets.append(text)
        elif text in CLOSERS and self.brackets:
            self.brackets.pop()
        elif not self.brackets and token.kind in ("name", "op"):
            self._note(text)
        self.tokens.append(token)

    def _note(self, text: str) -> None:
        """Keeps count of what a later ``:`` or ``else`` may belong to."""
        if text == "lambda":
            self.lambdas += 1
        elif text == "if" and self.tokens:
            self.chosen += 1
        elif text == "else" and self.chosen:
            self.chosen -= 1
        elif text == ":" and self.lambdas:
            self.lambdas -= 1
        elif text == ":":
            self.done = (self.head or text) in _TAKES_COLON


def ends_before(statement: Statement, token: Token, text: str) -> bool:
    """Whether grammar puts an end between the statement and the token."""
    if statement.done:
        return True
    if not statement.tokens or statement.brackets:
        return False
    last = statement.last
    if last.text in _WHOLE and last.kind == "name":
        return True
    if token.kind == "name":
        return _ends_before_name(statement, token, text)
    if token.text == "(":
        return last.is_operand and _TUPLE.match(text, token.start) is not None
    if token.text == "@":
        if statement.head == "@":
            return len(statement.tokens) > 1
        return last.is_operand and _DECORATOR.match(text, token.start) is not None
    if not last.is_operand:
        return False
    if token.kind == "string":
        return last.kind != "string" or (_is_long(token) and (not _is_long(last) or len(statement.tokens) == 1))
    return token.kind == "number" or token.text in ("{", "~", "...")


def returns_nothing(statement: Statement, token: Token, text: str) -> bool:
    """Whether what stands behind a ``return`` or a ``raise`` is bound, so that it is no value."""
    return statement.head in ("return", "raise") and len(statement.tokens) == 1 and _BINDS.match(text, token.start) is not None


def _is_long(string: Token) -> bool:
    return string.text.endswith(('"""', "'''"))


def _ends_before_name(statement: Statement, token: Token, text: str) -> bool:
    word, last = token.text, statement.last
    if word in STARTS:
        return not _continues(statement, word) or (word == "from" and _IMPORTS.match(text, token.start) is not None)
    if word in ("if", "else", "for", "async", "elif", "except", "finally"):
        return _opens(statement, token, text)
    if not last.is_operand or (statement.head == "from" and last.text == "..."):
        return False  # three packages up
    if word == "not":
        return _NOT_IN.match(text, token.start) is None
    return word not in ("and", "or", "in", "is", "as")


def _continues(statement: Statement, word: str) -> bool:
    last = statement.last.text
    if word == "import":
        return statement.head == "from" and all(token.text != "import" for token in statement.tokens)
    if word == "from":
        return last == "yield" or statement.head in ("raise", "yield")
    return last == "async" and word in ("def", "with")


def _opens(statement: Statement, token: Token, text: str) -> bool:
    """Whether an ``if``, ``else`` or ``for`` outside brackets begins a statement rather than going on with an expression."""
    if token.text == "for":
        return statement.head != "async" or len(statement.tokens) > 1
    if token.text == "else":
        return not statement.chosen or _ELSE_COLON.match(text, token.start) is not None
    if token.text == "if":
        return not statement.last.is_operand or first_of(text, token.end) == ":"
    return True


def first_of(text: str, place: int) -> str:
    """What comes first behind an ``if``, outside brackets: its colon or an ``else``; empty if neither does."""
    depth = lambdas = 0
    for seen, token in enumerate(lex(text, place)):
        depth += (token.text in OPENERS) - (token.text in CLOSERS)
        if depth < 0 or seen > _FARTHEST:
            break
        if depth or token.kind not in ("name", "op"):
            continue
        if token.text == "lambda":
            lambdas += 1
        elif token.text == ":" and lambdas:
            lambdas -= 1
        elif token.text in (":", "else"):
            return token.text
        elif token.text in STARTS:
            break
    return ""
