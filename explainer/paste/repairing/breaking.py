"""The statements of a text and the comments around them: by the line breaks that are left, by grammar where they are lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from explainer.paste.repairing.grammar import STARTS, Statement, ends_before, returns_nothing
from explainer.paste.repairing.lexing import OPENERS, Token, lex
from explainer.paste.repairing.lines import Line, describe

_SHAPES = re.compile(r"#\s*(?:[\[(<{]|->|=|\w+\()")  # a note on what the line in front of it made
CommentEnd: TypeAlias = "Callable[[Token, Statement], int]"
Split: TypeAlias = "Callable[[Token, Statement], int]"


@dataclass(slots=True)
class Broken:
    """The lines, the places where line breaks were put back, how many brackets were closed, comments after the last line.

    ``tight``: a body stood right behind its header's colon.
    """

    lines: list[Line] = field(default_factory=list)
    breaks: list[Token] = field(default_factory=list)
    closed: int = 0
    open_at_end: int = 0
    cut: int = 0
    tight: bool = False
    last_comments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Damage:
    """What is known of lost line breaks: which places stand in a line that has lost some, and how to find their ends."""

    collapsed: Callable[[int], bool] = lambda _: False
    comment_end: CommentEnd = lambda comment, _: comment.end
    split: Split = lambda _name, _statement: 0
    glued: bool = False


def break_lines(text: str, damage: Damage | None = None) -> Broken:
    """The statements of the text in order, of which nothing is known yet but their tokens."""
    return _Breaker(text, damage or Damage()).run()


def described(broken: Broken) -> Broken:
    """The same with what is known of each statement from its tokens."""
    for line in broken.lines:
        describe(line)
    return broken


class _Breaker:
    def __init__(self, text: str, damage: Damage) -> None:
        self._text, self._damage, self._found = text, damage, Broken()
        self._statement, self._comments, self._decorators = Statement(), list[str](), list[list[Token]]()
        self._blank, self._inline = False, False

    def run(self) -> Broken:
        tokens = lex(self._text)
        moved: int | None = None
        while True:
            try:
                token = tokens.send(moved)
            except StopIteration:
                break
            moved = self._take(token)
        self._found.open_at_end = len(self._statement.brackets)
        self._close()
        self._finish()
        self._found.last_comments = self._comments
        return self._found

    def _take(self, token: Token) -> int | None:
        """Takes a token in; returns where to go on reading if that is not right behind it."""
        if token.kind == "comment":
            return self._take_comment(token)
        if token.text == "\\":
            return None  # it joined two lines that have become one
        self._end_before(token)
        if not self._statement.tokens:
            self._blank = self._blank or token.blank
        if token.text == ";" and not self._statement.brackets:
            self._finish(goes_on=True)
            return None
        moved = None
        if (
            token.kind == "name"
            and self._damage.collapsed(token.start)
            and (length := self._damage.split(token, self._statement))
        ):
            token.text, moved = token.text[:length], token.start + length
        self._statement.add(token)
        return moved

    def _take_comment(self, token: Token) -> int | None:
        moved = None
        if self._damage.collapsed(token.start):
            end = self._damage.comment_end(token, self._statement)
            if end < token.end:
                token.text, moved = token.text[: end - token.start].rstrip(), end
                self._found.cut += 1
        if self._statement.brackets:
            self._statement.add(token)
            return moved
        behind = not token.fresh and not self._comments and (moved is None or _SHAPES.match(token.text) is not None)
        self._finish()
        if behind and self._found.lines:
            self._found.lines[-1].after = token.text
        else:
            self._blank = self._blank or token.blank
            self._comments.append(token.text)
        return moved

    def _end_before(self, token: Token) -> None:
        """Finishes the statement if the token cannot belong to it."""
        statement = self._statement
        if not statement.tokens:
            return
        if statement.brackets:
            if (
                token.kind == "name"
                and token.text in STARTS
                and token.text != "from"
                and (token.fresh or statement.last.is_operand)
            ):
                self._close()
                self._finish()
        elif token.fresh:
            self._finish()
        elif ends_before(statement, token, self._text) or self._returned(statement, token):
            inline = statement.done and not self._damage.collapsed(token.start)
            if not inline:
                self._found.breaks.append(token)
            self._finish()
            self._inline = inline
            self._found.tight = self._found.tight or (inline and not token.gap)

    def _returned(self, statement: Statement, token: Token) -> bool:
        """Whether a ``return`` is over; words that may be two are left to be split."""
        if not self._damage.collapsed(token.start) or (self._damage.glued and token.gap):
            return False
        return returns_nothing(statement, token, self._text)

    def _close(self) -> None:
        """Closes the brackets that a statement has left open."""
        tokens = self._statement.tokens
        for opener in reversed(self._statement.brackets):
            tokens.append(Token("op", OPENERS[opener], tokens[-1].end))
        self._found.closed += len(self._statement.brackets)
        self._statement.brackets.clear()

    def _finish(self, goes_on: bool = False) -> None:
        statement, self._statement = self._statement, Statement()
        if not statement.tokens:
            return
        first, inline = statement.tokens[0], self._inline
        self._inline = inline and goes_on
        if first.text == "@" and len(statement.tokens) > 1:
            self._decorators.append(statement.tokens)
            return
        line = Line(
            statement.tokens, self._comments, blank=self._blank, column=first.column if first.fresh else -1, inline=inline
        )
        if self._decorators:
            first = self._decorators[0][0]
            line.column = first.column if first.fresh else -1
        line.decorators, self._decorators = self._decorators, []
        self._comments, self._blank = [], False
        self._found.lines.append(line)
