"""Where a comment ends that has run into the code behind it: ``# Sigmoid激活函数self.sigmoid = nn.Sigmoid()``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from explainer.paste.repairing.grammar import Statement
from explainer.paste.repairing.lexing import CLOSERS, KEYWORDS, OPENERS, Token, lex
from explainer.paste.repairing.lines import HEADERS
from explainer.paste.repairing.statements import Judge, begins_like_one, calls, closers, compiles

_PRAGMA = re.compile(
    r"#\s*(?:type:\s*ignore|noqa|pyre-\w+|pyrefly:\s*ignore|pylint:\s*\w+=[\w,-]+|fmt:\s*\w+|pragma:\s*no\s*cover|mypy:\s*\S+)"
    r"(?::\s*[A-Z]+[0-9]+)?(?:\s*\[[^\]\n]*\])?[ \t]*"
)
_PLAIN = re.compile(r"\.\.\.|[rRbBfFuU]{0,2}[\"']|[A-Za-z_]\w*\s*:\s*\w|@")
_RUN = re.compile(
    r"(?<![A-Za-z0-9])[rRbBfFuU]{0,2}[\"']|\*{1,2}(?=[A-Za-z_{\[(])|(?<=\s)[-+*/@|&](?=\s)|[\[({]|[A-Za-z_][A-Za-z0-9_]*|(?<=\s)\d+(?=[,:])|[@)\]}#]|\.(?=[a-z_]+\()"
)
_FIRST = re.compile(r"[A-Za-z_]\w*")
_BINDS = re.compile(r"(?:[^()\[=\n]|\[(?:[^\]=\n]|[=!<>]=|(?<=\w)=(?=\w))*\]|\([^()=\n]*\))*?(?<![=!<>])=(?!=)")
_KEYWORD_ARGUMENT = re.compile(r"\w+\s?=(?!=)")
_SURELY = re.compile(
    r"class\s+\w+\s*[(:]|def\s+\w+\s*\(|async\s|@|self\.|super\(|return\s|import\s|elif\s|else\s*:|except\b|finally\s*:|if\s[^:]*:|for\s[^:]*\sin\s"
)
_ANNOTATES = re.compile(r"(?:self\.)?[A-Za-z_]\w*\s*:\s*[A-Za-z_\"']")
_ASSIGNS = re.compile(r"\s*[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*)*\s*[-+*/]?=(?!=)")
_RAISES = re.compile(r"raise\s+[A-Z]\w*\(")
_IDLE = re.compile(r"nn\.[A-Z]|[A-Z][\w.]*\(\)|(?:zip|range|len|list|tuple|dict|enumerate|isinstance|int|float|max|min|sum)\b")
_LOOKED_THROUGH = 400  # characters, in the time that it takes to look at a token
_AFTER_DOT = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)")
_WITHIN = frozenset("\"'[{)]}.-+/|&0123456789")  # no statement begins with these
_BROKEN_OFF = re.compile(  # no comment ends so, but for one that has lost what it says
    r"(?<![=<>!])=\s*$|->\s*$|'s\s+$|(?<![A-Za-z0-9_])(?i:a|an|the|of|(?<!want )to|and|or|by|with|just|our|its|their|because"
    r"|than|into|from|via|we|you|should|will|can|must|may|could|would|e\.g\.|i\.e\.)\s+$"
)
_SPOKEN_OF = re.compile(r"[\w.]+=(?!=|\s*(?:self|torch|nn|F|np)\.)")
_TIGHT, _TIGHT_OWN = re.compile(r"[\w.]+=(?:True|False|None|[-\d\"'])"), re.compile(r"self\.\w+=(?!=)")
_DECLARES = re.compile(r"self\.\w+\s*:\s*[A-Za-z_][^=]*\Z")
_ARGUMENT = re.compile(r"\w+\s*:\s*[A-Za-z_\"']")
# "testing: self.x = 1" is no annotation, and nobody binds nothing
_SPOKEN = re.compile(r"(?!(?:else|try|finally)\b)\w+\s*:\s*self\.|_\s*=(?!=)")
_FULL_STOP = re.compile(r"[A-Za-z_)\]]\.\s+[A-Za-z_]")
_LEFT_OUT = re.compile(r"=\s*\.\.\.\s*$")
_SET_APART = re.compile(r"(?<![\w.])(?!(?:in|else|if|and|or|not|is|return|lambda|for|yield|await)\b)[A-Za-z_]\w* \[")
_ONE_BINDS = re.compile(r"[A-Za-z_][\w.]*(?:\[[^\]\n]*\][\w.]*)*\s*[-+*/]?=(?!=)")
_TIGHT_SIGN = re.compile(r"(?<=[\w\])])=(?!=|\s*(?:self|torch|nn|F|np)\.)")
_ONE_WORD = re.compile(r"#+\s*\w+\s*")
_CLASS_CALL = re.compile(r"(?<![\w.])[A-Z][a-z0-9]*[A-Z]\w*\(")
_LOOPS = re.compile(r"\bfor\s[\w, ()]+\sin\s|\bwhile\s")
_PLAIN_TYPE = re.compile(r"(?!(?:else|try|finally)\b)\w+\s*:\s*([a-z_]\w*)\s*=")
_TYPES = frozenset("int float bool str list dict tuple set bytes object".split())
_BRACKETS = re.compile(r"[()\[\]{}#]")
_FARTHEST, _LONGEST_WORD, _WIDEST = 2000, 100, 80
_LONE = frozenset({"pass", "break", "continue"})
_ALONE = frozenset({"pass", "break", "continue", "try", "else", "finally"})
_GOES_ON = frozenset("and or if else for in is not . + - * / @ | &".split())


class CommentEnds:
    """Finds the ends of the comments of one text. ``glued``: line breaks were lost without a space in their place."""

    def __init__(self, text: str, judge: Judge, glued: bool, spaced: bool) -> None:
        self._text, self._judge, self._glued, self._spaced = text, judge, glued, spaced
        self._counted = dict[str, int]()
        self._airy = _TIGHT_OWN.search(text) is None  # what stands before a "=" is set apart from it
        self._strict = self._airy and not _binds_tightly(text)  # everywhere

    def __call__(self, comment: Token, statement: Statement) -> int:
        if pragma := _PRAGMA.match(self._text, comment.start, comment.end):
            place = pragma.end()
            if statement.brackets or begins_like_one(self._text, place) or _PLAIN.match(self._text, place):
                return place if place < comment.end else comment.end
        for place in self._places(comment):
            if not self._judge.may_look(2):
                break
            if not statement.brackets and (self._text[place] in _WITHIN or self._is_broken_off(comment.start, place)):
                continue
            if self._text[place] == "#":
                if self._text[place - 1] != "#" and not self._text[place + 1 : place + 2].isdigit():
                    return place
                continue
            found = self._goes_on(statement, place, comment.end) if statement.brackets else self._begins(place, comment.end)
            if found:
                return place
        return comment.end

    def _places(self, comment: Token) -> Iterator[int]:
        """Where code could begin, from left to right; never where the comment itself begins."""
        text, first, opened, inside = self._text, comment.start + 1, 0, comment.start
        while first < comment.end and text[first] in " #\t!":
            first += 1
        for run in _RUN.finditer(text, first, comment.end):
            start, word = run.start(), run[0]
            if start < inside:
                continue
            gap = text[start - 1] in " \t"
            if word[0] in CLOSERS and opened > 0:
                opened -= 1
                continue  # it closes what the comment has opened
            if word in OPENERS:
                inside = _closed(text, start, comment.end)
                opened += inside == start
            if self._glued and word[0].isidentifier():
                for place in self._inside(word):
                    yield start + place
            if self._glued and self._is_full_stop(run):
                continue
            if start > first and (self._spaced if gap else self._glued or word[0] in "#)]}"):
                yield start

    def _is_full_stop(self, run: re.Match[str]) -> bool:
        """Whether the dot behind a word ends a sentence and the name behind the dot is one of its own."""
        name = _AFTER_DOT.match(self._text, run.end())
        return (
            name is not None
            and run[0] not in ("self", "nn", "torch", "F")
            and self._judge.knows(name[1])
            and self._judge.may_look(10)
            and self._times(f"{run[0]}.{name[1]}") == 1
        )

    def _times(self, name: str) -> int:
        """How often a dotted name stands in the text, as long as it may be looked through."""
        if name not in self._counted and self._judge.may_look(len(self._text) // _LOOKED_THROUGH):
            self._counted[name] = len(re.findall(rf"(?<![\w.]){re.escape(name)}(?!\w)", self._text))
        return self._counted.get(name, 0)

    def _inside(self, word: str) -> list[int]:
        """Where a word may be two: before a keyword or a known word."""
        found = []
        for place in range(1, len(word) if len(word) <= _LONGEST_WORD else 0):
            tail = word[place:]
            if len(tail) == 1 and not self._judge.is_often(tail):
                continue
            if self._judge.knows(word) and self._judge.counts(tail) < self._judge.counts(word) and tail not in KEYWORDS:
                continue
            if tail in KEYWORDS or tail in ("self", "super", "nn") or (self._judge.counts(tail) and word[place - 1] != "_"):
                found.append(place)
        return found

    def _is_broken_off(self, start: int, place: int) -> bool:
        """Whether the comment would end in a word that leads to another, or in the left side of an assignment."""
        if _ONE_WORD.fullmatch(self._text, start, place) and _ONE_BINDS.match(self._text, place):
            return False
        return _BROKEN_OFF.search(self._text, max(start, place - 20), place) is not None

    def _begins(self, place: int, stop: int) -> bool:
        """Whether a statement begins here and another one, or nothing, behind it."""
        if not begins_like_one(self._text, place) or self._is_word(place):
            return False
        end, whole = self._judge.end_of(place, stop)
        piece = self._text[place:end]
        if not whole or end <= place or _LEFT_OUT.search(piece) or self._is_told(place, piece):
            return False
        first, bound = _FIRST.match(piece), _BINDS.match(piece)
        word = first[0] if first else ""
        unknown, total = self._judge.unknown_names(place + (bound.end() if bound else 0), end)
        if word in KEYWORDS or piece[0] == "@":
            return self._begins_with_keyword(place, word, end, stop, bool(unknown))
        if _DECLARES.match(piece):
            return self._followed(end, stop)
        if bound:
            if (self._strict and _TIGHT_SIGN.match(piece, bound.end() - 1)) or (self._glued and self._is_glued_on(bound[0])):
                return False
            if word != "self" and unknown > (total if piece.rstrip()[-1] in ")]}" else 1):
                return False
        elif not self._is_call(piece, word) or unknown * 4 > total + 2 * (word == "self") + 3 * ("_" in word):
            return False
        return self._followed(end, stop)

    def _is_word(self, place: int) -> bool:
        """Whether a word stands here before what is bound (``shape: x = ``), or an argument is spoken of (``bias=True``)."""
        typed = _PLAIN_TYPE.match(self._text, place)
        if (typed is not None and typed[1] not in _TYPES) or _SPOKEN.match(self._text, place):
            return True
        tight = _SPOKEN_OF if self._strict else _TIGHT
        return self._airy and tight.match(self._text, place) is not None

    def _is_told(self, place: int, piece: str) -> bool:
        """Whether a sentence ends in the piece, goes on behind its comma, or lists what is bound, of which it is the last."""
        if _ends_sentence(piece) or (piece.rstrip().endswith(",") and not closers(piece)):
            return True
        return _ASSIGNS.match(piece) is not None and self._text[max(0, place - 2) : place].rstrip().endswith(",")

    def _is_glued_on(self, targets: str) -> bool:
        """Whether the last of several names that are bound is two words, the first of which ends what the comment lists."""
        *before, last = targets.rstrip("= ").split(",")
        return bool(before) and not self._judge.knows(last.strip()) and bool(self._inside(last.strip()))

    def _begins_with_keyword(self, place: int, word: str, end: int, stop: int, unknown: bool) -> bool:
        """The same for a statement that begins with a keyword; ``unknown``: with names that are nowhere else."""
        piece = self._text[place:end]
        if word in _LONE and (self._text.startswith("#", end + 1) or (word != "pass" and not self._is_in_a_loop(place))):
            return False
        if word in ("continue", "break") and _ASSIGNS.match(self._text, end):
            return self._followed(end, stop)
        if word in _ALONE or piece.rstrip() == "return":
            return self._followed(end, stop, surely=piece.rstrip()[-1] != ":")
        if word == "return" and unknown:
            return self._followed(end, stop, surely=True)
        if word in ("import", "del", "assert", "raise") and unknown and piece.rstrip()[-1] not in ")]\"'":
            return _RAISES.match(piece) is not None and self._followed(end, stop)
        return self._followed(end, stop)

    def _is_in_a_loop(self, place: int) -> bool:
        """Whether a loop stands above the place in its function."""
        return _LOOPS.search(self._text, max(0, self._text.rfind("def ", 0, place)), place) is not None

    def _is_call(self, piece: str, word: str) -> bool:
        """Whether it is a call that somebody would write for what it does, not for its value."""
        if not calls(piece + closers(piece)) or _IDLE.match(piece):
            return False
        return self._judge.knows(word) or ("_" in word and not piece.rstrip().endswith("()"))

    def _followed(self, end: int, stop: int, surely: bool = False) -> bool:
        """Whether what follows the statement is none of the comment's words."""
        rest = next(lex(self._text, end), None)
        if rest is None or rest.start >= stop or rest.kind in ("comment", "string") or rest.fresh:
            return True
        if surely:
            return _SURELY.match(self._text, rest.start) is not None
        if self._glued and not rest.gap and rest.kind == "name":
            return True
        if _ANNOTATES.match(self._text, rest.start):
            return True
        return begins_like_one(self._text, rest.start) and self._judge.end_of(rest.start, stop)[1]

    def _goes_on(self, statement: Statement, place: int, stop: int) -> bool:
        """Whether the open brackets of the statement go on here."""
        text = self._text
        before = [token for token in statement.tokens if token.kind != "comment"]
        first = next(lex(text, place))
        if first.text in CLOSERS:
            if OPENERS[statement.brackets[-1]] != first.text:
                return False
        elif before[-1].is_operand:
            if first.text not in _GOES_ON and not (first.kind == before[-1].kind == "string"):
                return False
        elif first.kind == "name" and first.text not in KEYWORDS and not self._known_argument(statement, first):
            return False
        if not self._judge.may_look(5):
            return False
        rest, tail = self._rest(statement, place, stop)
        unknown, _ = self._judge.unknown_names(place, place + len(rest))
        if unknown - len(_CLASS_CALL.findall(rest)) > len(rest) // 40 or (self._airy and _SET_APART.search(rest)):
            return False
        start = " ".join(token.text for token in before)
        if before[0].text in HEADERS:
            return _compiles_header(start, rest + tail)
        return compiles(f"{start} {rest}{tail}")

    def _known_argument(self, statement: Statement, first: Token) -> bool:
        if statement.head in ("def", "async") and _ARGUMENT.match(self._text, first.start):
            return True
        if self._text.startswith(" (", first.end):
            return False  # a word, and what stands in brackets behind it
        return self._judge.knows(first.text) or _KEYWORD_ARGUMENT.match(self._text, first.start) is not None

    def _rest(self, statement: Statement, place: int, stop: int) -> tuple[str, str]:
        """The text from here until the brackets are closed, and what would close them if the line ends before."""
        brackets, end = list(statement.brackets), place
        for token in lex(self._text, place):
            if token.start >= stop or token.kind == "comment" or end - place > _FARTHEST or not self._judge.may_look():
                break
            if token.text in OPENERS:
                brackets.append(token.text)
            elif token.text in CLOSERS:
                brackets.pop()
            end = token.end
            if not brackets:
                break
        return self._text[place:end], "".join(OPENERS[opener] for opener in reversed(brackets))


def _ends_sentence(piece: str) -> bool:
    """Whether a dot in it is followed by a space and a name, outside strings."""
    if not _FULL_STOP.search(piece):
        return False
    return any(dot.text == "." and name.gap and name.kind == "name" for dot, name in pairwise(lex(piece)))


def _binds_tightly(text: str) -> bool:
    """Whether a statement of the text has no space before its "="."""
    depth, before = 0, ""
    for token in lex(text):
        depth += (token.text in OPENERS) - (token.text in CLOSERS)
        if token.text == "=" and depth <= 0 and not token.gap and before.isidentifier():
            return True
        before = token.text
    return False


def _closed(text: str, place: int, stop: int) -> int:
    """Where the brackets that open here are closed again, if that is soon, and in the same comment."""
    depth, end = 0, min(stop, place + _WIDEST)
    for found in _BRACKETS.finditer(text, place, end):
        depth += (found[0] in OPENERS) - (found[0] in CLOSERS)
        if depth == 0 or found[0] == "#":
            return place if found[0] == "#" else found.start() + 1
    return place


def _compiles_header(start: str, rest: str) -> bool:
    """Whether a header that ends with these brackets can be read."""
    start = start.removeprefix("el")
    return any(compiles(f"{start} {rest}{ending}") for ending in (": pass", " in x: pass", " as x: pass"))
