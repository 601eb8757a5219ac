"""Whether a piece of text begins with a statement that somebody would write: grammar, and names that occur elsewhere."""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections import Counter
from collections.abc import Callable
from symtable import symtable
from typing import TypeVar

from explainer.paste.repairing.grammar import Statement, ends_before
from explainer.paste.repairing.lexing import CONSTANTS, KEYWORDS, OPENERS, Token, lex
from explainer.paste.repairing.lines import ARMS, HEADERS

_USUAL = frozenset(
    "self cls super torch nn F np math os sys init optim torchvision logging logger LOGGER warnings x out einops timm"
    " Tensor Optional Union List Tuple Dict Any".split()
) | frozenset(dir(builtins))
_Made = TypeVar("_Made")
_INNER = r"[^\[\]=\n#]|[=!<>]=|(?<=\w)=(?=\w)"
_DEEP = rf"\[(?:{_INNER})*\]"
_DEEPER = rf"\[(?:{_INNER}|{_DEEP})*\]"
_INDEX = rf"\[(?:{_INNER}|{_DEEPER})*\]"
_TARGET = rf"(?:[A-Za-z_]\w*(?:\.\w+|{_INDEX})*|\(\s*[A-Za-z_][\w., ]*\))"
_LEFT = re.compile(
    r"(?:class\s+[A-Za-z_]\w*\s*[(:]|(?:async\s+)?def\s+[A-Za-z_]\w*\s*\(|@[A-Za-z_]"
    r"|from\s+\.[\w.]*\s+import\b"
    r"|(?:return|raise|if|elif|while|for|with|import|from|assert|del|yield|await)\b(?!\s*[=.,)])"
    r"|(?:try|else|finally)\s*:|except\b|(?:pass|break|continue|return)\b"
    r"|super\s*\("
    r"|[A-Za-z_][\w.]*\s*:\s*[A-Za-z_][\w.\[\], |]*=(?!=)|self\.[A-Za-z_]\w*\s*:\s*[A-Za-z_]"
    rf"|(?:\*?{_TARGET}\s*,\s*)*\*?{_TARGET}\s*,?\s*(?:[-+*/@%&|^]|//|\*\*|<<|>>)?=(?!=)"
    rf"|[A-Za-z_]\w*(?:\.\w+|{_INDEX})*\()",
    re.ASCII,
)
_CODE_WORD = re.compile(
    r"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]*(?=\s?[-+*/]?=[^=]|[(\[)\]]|\.[A-Za-z_])"
    r"|(?<=[.(\[=])[A-Za-z_][A-Za-z0-9_]*(?![\"'])|(?<== )[A-Za-z_][A-Za-z0-9_]*(?![\"'])"
    r"|(?<![A-Za-z0-9_])[A-Za-z]+_[A-Za-z0-9_]+(?![A-Za-z0-9_])|(?<=, )[A-Za-z_][A-Za-z0-9_]*(?=[,)\]])"
    r"|(?<=\*)[A-Za-z_][A-Za-z0-9_]*(?=[,)])|(?<= [*/+@] )[A-Za-z_][A-Za-z0-9_]*|[A-Za-z_][A-Za-z0-9_]*(?= [*/+@] )"
)
_LONGEST, _WIDEST = 2000, 400


def begins_like_one(text: str, place: int) -> bool:
    """A quick look: a keyword with what follows it, the left side of an assignment, a call."""
    return _LEFT.match(text, place, place + _WIDEST) is not None


def count_words(text: str) -> Counter[str]:
    """How often each name is written where names are: not in strings, in comments only where it looks like code."""
    words: Counter[str] = Counter()
    for token in lex(text):
        if token.kind == "name":
            words[token.text] += 1
        elif token.kind == "comment":
            words.update(words_in(token.text))
    return words


def words_in(comment: str) -> list[str]:
    """The words of a comment that look like names in code."""
    return _CODE_WORD.findall(comment)


class Judge:
    """Judges pieces of one text; ``words`` are its words. Looks at no more than a fixed number of tokens."""

    def __init__(self, text: str, words: Counter[str], looks: int = 15_000) -> None:
        self._text, self._words, self._looks = text, words, looks
        self.split: Callable[[Token, Statement], int] = lambda _token, _statement: 0

    def knows(self, word: str) -> bool:
        """Whether the word is one of the language, of torch, or written elsewhere as well."""
        return self.is_usual(word) or self._words[word] > 1

    def is_usual(self, word: str) -> bool:
        """Whether the word is one of the language or of torch."""
        return word in KEYWORDS or word in CONSTANTS or word in _USUAL

    def counts(self, word: str) -> int:
        """How often the word stands by itself."""
        return self._words[word]

    def is_often(self, word: str) -> bool:
        """Whether the word stands by itself in more than one or two places."""
        return self.is_usual(word) or self._words[word] > 2

    def may_look(self, tokens: int = 1) -> bool:
        """Takes some of the tokens that may still be looked at; whether there were any left."""
        self._looks -= tokens
        return self._looks >= 0

    def has_seen(self, word: str) -> bool:
        """Whether the word stands by itself anywhere; for a part of a word that is looked at."""
        return self.knows(word) or self._words[word] > 0

    def end_of(self, place: int, stop: int) -> tuple[int, bool]:
        """The end of the statement that begins here, no further than ``stop``; whether it parses."""
        if not self.may_look(5):
            return place, False
        statement, end, joined = Statement(), place, list[int]()
        for token in lex(self._text, place):
            if token.text == "\\":
                joined.append(token.start)  # it joined two lines that have become one
                continue
            if token.start >= stop or token.kind == "comment" or token.fresh or end - place > _LONGEST:
                break
            if ends_before(statement, token, self._text) or token.text == ";":
                break
            if not self.may_look():
                return place, False
            length = self.split(token, statement) if token.kind == "name" else 0
            statement.add(token)
            end = token.start + (length or len(token.text))
            if length:
                break
        cuts = [place, *(start + skip for start in joined if start < end for skip in (0, 1)), end]
        piece = " ".join(self._text[start:stop] for start, stop in zip(cuts[::2], cuts[1::2], strict=True)).rstrip()
        if statement.brackets:
            piece = piece.rstrip(",") + "".join(OPENERS[opener] for opener in reversed(statement.brackets))
        return end, bool(statement.tokens) and parses(piece)

    def unknown_names(self, start: int, end: int) -> tuple[int, int]:
        """How many names in the piece occur nowhere else, and how many there are; attributes and words for arguments aside."""
        before, unknown, total = "", 0, 0
        tokens = list(lex(self._text[start:end]))
        for place, token in enumerate(tokens):
            named = before in ("", "(", ",") and place + 1 < len(tokens) and tokens[place + 1].text in ("=", ":")
            if token.kind == "name" and before != "." and not named and token.text not in KEYWORDS | CONSTANTS:
                total += 1
                unknown += not self.knows(token.text)
            before = token.text
        return unknown, total


def closers(piece: str) -> str:
    """What would close the brackets that the piece leaves open."""
    opened = list[str]()
    for token in lex(piece):
        if token.text in OPENERS:
            opened.append(OPENERS[token.text])
        elif opened and token.text == opened[-1]:
            opened.pop()
    return "".join(reversed(opened))


def calls(piece: str) -> bool:
    """Whether the statement is nothing but a call."""
    tree = tree_of(piece.strip())
    return (
        tree is not None
        and len(tree.body) == 1
        and isinstance(tree.body[0], ast.Expr)
        and isinstance(tree.body[0].value, ast.Call)
    )


def parses(piece: str) -> bool:
    """Whether it is one statement, or the header of one."""
    piece = piece.strip()
    head = piece.split("(", 1)[0].split(":", 1)[0].split()
    word = head[0] if head else ""
    if word in ARMS:
        opener = "try: pass\n" if word in ("except", "finally") else "if x: pass\n"
        return compiles(f"{opener}{piece} pass" if piece.endswith(":") else opener + piece)
    if piece.endswith(":") and (word in HEADERS or word == "async"):
        return compiles(piece + " pass" + ("\nfinally: pass" if word == "try" else ""))
    if piece.startswith("@"):
        return compiles(piece + "\ndef f(): pass")
    return compiles(piece)


def compiles(source: str) -> bool:
    """Whether Python can read it. A table of symbols takes a fifth of the time of a tree, but is not made of all that has one."""
    return _made(source, lambda text: symtable(text, "", "exec")) is not None or tree_of(source) is not None


def tree_of(source: str) -> ast.Module | None:
    """The syntax tree, None if Python cannot read it."""
    return _made(source, ast.parse)


def _made(source: str, make: Callable[[str], _Made]) -> _Made | None:
    """What is made of the source, None if Python cannot read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
