"""Words that two lines have become one in: ``Fclass``, ``channel_attentionif``, ``strideself.padding``."""

from __future__ import annotations

import builtins
import re

from explainer.paste.repairing.grammar import Statement, first_of
from explainer.paste.repairing.lexing import CONSTANTS, KEYWORDS, Token
from explainer.paste.repairing.statements import Judge

_AFTER = {
    "class": re.compile(r"\s+[A-Za-z_]\w*\s*[(:]"),
    "def": re.compile(r"\s+[A-Za-z_]\w*\s*\("),
    "async": re.compile(r"\s+(?:def|with|for)\s"),
    "return": re.compile(r"(?:\s+(?!=|\.|,|and\b|or\b|in\b|is\b|if\b|else\b)[\w\"'({\[~-]|\s*$|\s*[@#])"),
    "raise": re.compile(r"\s+[A-Za-z_]"),
    "import": re.compile(r"\s+[A-Za-z_]"),
    "from": re.compile(r"\s+[.A-Za-z_][\w.]*\s+import\s"),
    "for": re.compile(r"\s+[\w(][\w, ()]*\sin\s"),
    "while": re.compile(r"\s+[\w(]"),
    "with": re.compile(r"\s+[\w(]"),
    "assert": re.compile(r"\s+[\w(]"),
    "del": re.compile(r"\s+[A-Za-z_]"),
    "try": re.compile(r"\s*:"),
    "else": re.compile(r"\s*:"),
    "finally": re.compile(r"\s*:"),
    "except": re.compile(r"\s*:|\s+[A-Z(]"),
    "elif": re.compile(r"\s+[\w(]|\("),
    "if": re.compile(r"\s+[\w(\"'\[~-]|\("),
    "self": re.compile(r"\.[A-Za-z_]"),
    "super": re.compile(r"\("),
}
_INDEX = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
_BINDS = re.compile(
    rf"(?:\.[A-Za-z_]\w*|{_INDEX})*(?:\s*,\s*(?:[A-Za-z_][\w.]*(?:{_INDEX})?|\([\w, ]+\)))*\s*(?:[-+*/@%&|^]|//|\*\*)?=(?!=)"
)
_CALLS = re.compile(r"(?:\.[A-Za-z_]\w*)*\(")
_LATER = re.compile(r"(?:\.\w+)*\.\w+self\.")
_ANNOTATES = re.compile(r"\s*:\s*[A-Za-z_\"']")
_FOLLOWING = re.compile(r"\s+(?:([A-Za-z_][A-Za-z0-9_]*|[\d\"'])|[(\[-])")
_BUILTINS, _CALLED = (
    frozenset(dir(builtins)),
    frozenset("print setattr super nn F torch init np math warnings logger logging os sys".split()),
)
_CONSTANT = re.compile(r"(?:None|True|False)(?=[a-z_])")
_ASSIGNS = frozenset({"=", "+=", "-=", "*=", "/=", "//="})
_TYPED = re.compile(r"\s*:\s*[A-Za-z_\"'][\w.\[\], |\"']*=(?!=)")
_LONGEST, _LESS = 100, 0.9
_LAST = frozenset("shape dtype device size training data weight bias T".split())
_ENDS = frozenset({"pass", "break", "continue", "return"})
_IN_BRACKETS = frozenset({"if", "for", "else", "and", "or", "in", "is", "not"})


def _may_end(statement: Statement) -> bool:
    """Whether a line could end in a name here: it binds, or its first word is a keyword."""
    if not statement.tokens or statement.head in KEYWORDS or statement.head == "@":
        return True
    return any(
        token.kind == "op" and (token.text == ":" or (token.text.endswith("=") and token.text not in ("==", "!=", "<=", ">=")))
        for token in statement.tokens
    )


class Splits:
    """Finds the length of the first of two glued words in one text, 0 if a word is one."""

    def __init__(self, text: str, judge: Judge) -> None:
        self._text, self._judge = text, judge

    def __call__(self, name: Token, statement: Statement) -> int:
        word = name.text
        if self._text[name.end : name.end + 1] in ("'", '"') and len(word) > 1 and word[-1] in "rRfFbBuU":
            return len(word) - 1  # the letter belongs to the string
        if not 2 <= len(word) <= _LONGEST or word in KEYWORDS or word in CONSTANTS:
            return 0
        if statement.brackets:
            return self._in_brackets(name)
        if statement.is_header or (statement.tokens and statement.last.text in ("def", "class")):
            return 0  # no line ends inside a header
        known = self._judge.knows(word) and (word == "self" or not word.endswith("self"))
        doubt = 0.0 if not known else 1.5 if any(token.text in _ASSIGNS for token in statement.tokens) else 4.0
        annotates = any(token.text == ":" for token in statement.tokens) and not statement.is_header
        if not _may_end(statement):
            return 0
        if statement.tokens and (constant := _CONSTANT.match(word)) and not statement.last.is_operand:
            return constant.end()
        among = statement.head.startswith("_")  # one of several that are set apart
        forced = (
            not annotates and self._text[name.end : name.end + 1] == ":" and not statement.lambdas and len(statement.tokens) > 1
        )
        annotates = annotates or forced
        best, length = 0.0, 0
        for place in range(1, len(word)):
            if not statement.tokens and word[:place] not in _ENDS and word[:place] != "raise":
                continue
            score = self._score(name, place, annotates, among)
            score -= 0 if word[place:] in _AFTER else min(doubt, _LESS) if self._are_two(word, place) else doubt
            score += 2 * forced * (score > 0)
            if score > best:
                best, length = score, place
        return length

    def _are_two(self, word: str, place: int) -> bool:
        """Whether both parts stand by themselves at least as often as the word, which may be glued more than once."""
        if self._judge.is_usual(word):
            return False
        return min(self._judge.counts(word[:place]), self._judge.counts(word[place:])) >= max(2, self._judge.counts(word))

    def _score(self, name: Token, place: int, annotates: bool, among: bool) -> float:  # noqa: C901 - one rule after the other
        """How much speaks for a line break at this place of the word."""
        left, right, after = name.text[:place], name.text[place:], name.end
        if not left.isidentifier() or not right.isidentifier():
            return 0
        attribute = self._text[name.start - 1] == "."
        known = (self._judge.counts(left) > 0 if attribute else self._judge.has_seen(left)) or left in _LAST
        if left in KEYWORDS and left not in _ENDS and (left != "raise" or right != "self"):
            return 0
        if right in _AFTER:
            if not _AFTER[right].match(self._text, after) or (right == "if" and first_of(self._text, after) != ":"):
                return 0
            return (6 if known else 3) + len(right) / 100
        if (left.endswith("_") and (attribute or not known)) or _LATER.match(self._text, after):
            return 0
        if right.startswith("_") and not right.startswith("__") and not annotates:
            last = left in _LAST or (right == "_" and self._text[after : after + 1] == ",")
            if last and (
                _BINDS.match(self._text, after)
                or (right != "_" and self._judge.counts(right) and _CALLS.match(self._text, after))
            ):
                return 1.5
            return 1.5 if known and among and _BINDS.match(self._text, after) else 0
        if right in _ENDS:
            return 3 if known and len(left) > 1 else 0
        if right in KEYWORDS:
            return 0
        if annotates and _ANNOTATES.match(self._text, after):
            fits = (4.0 if known else 0) + (2 if self._judge.has_seen(right) else 0)
            return fits and fits + len(left) / 100
        if _BINDS.match(self._text, after) or _TYPED.match(self._text, after):
            fits = (
                (1.0 if len(left) > 1 else 0.5) + (self._judge.has_seen(right) and right not in _BUILTINS)
                if known
                else 0.8
                if self._judge.counts(right) and len(right) > 3 - attribute
                else 0
            )
            return fits and fits + min(len(left), len(right)) / 100
        if _CALLS.match(self._text, after) and known and left not in _BUILTINS:
            usual = right in _CALLED
            free = (
                (not attribute or not self._judge.knows(name.text) or self._are_two(name.text, place))
                and (self._judge.knows(right) or (right.isupper() and self._judge.has_seen(right)))
                and right not in _BUILTINS
                and "." in self._text[after : after + 1]
            )
            both = (
                len(right) > 3
                and not attribute
                and self._judge.counts(right) > 0
                and right not in _BUILTINS
                and not self._judge.knows(name.text)
            )
            return 2 if usual else 1 if free or both else 0
        return 0

    def _in_brackets(self, name: Token) -> int:
        """Inside brackets two words are one only where a line began with an operator: ``(aand b)``."""
        word, text = name.text, self._text
        following = _FOLLOWING.match(text, name.end)
        if not following:
            return 0
        forced = following[1] is not None and following[1] not in _IN_BRACKETS and following[1] != "as"
        if self._judge.knows(word) and not forced:
            return 0
        lengths = [
            len(word) - len(tail)
            for tail in _IN_BRACKETS
            if word.endswith(tail) and (forced or self._judge.has_seen(word[: -len(tail)]))
        ]
        return max((length for length in lengths if length > 0), default=0)
