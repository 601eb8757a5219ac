"""What websites do to code, as functions of clean source; each is named as in the table of benchmarks/repair.py."""

from __future__ import annotations

import ast
import html
import io
import tokenize
from collections.abc import Callable

Damage = Callable[[str], str]


def without_indentation(source: str) -> str:
    return "\n".join(line.strip() for line in source.split("\n"))


def without_indentation_and_blank_lines(source: str) -> str:
    return "\n".join(line.strip() for line in source.split("\n") if line.strip())


def joined_by_spaces(source: str) -> str:
    return " ".join(line.strip() for line in source.split("\n") if line.strip())


def joined_by_nothing(source: str) -> str:
    return "".join(line.strip() for line in source.split("\n") if line.strip())


def without_comments(source: str) -> str:
    lines = source.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines)


def fenced(source: str) -> str:
    return f"Here is my block, it does not work:\n\n```python\n{source}\n```\n\nWhat is wrong with it?"


def prompted(source: str) -> str:
    """As in an interpreter: ``>>>`` before what begins a statement at the margin, ``...`` before what goes on."""
    starts = {node.lineno - 1 for node in ast.parse(source).body}
    starts |= {d.lineno - 1 for node in ast.parse(source).body for d in getattr(node, "decorator_list", ())}
    return "\n".join((">>> " if row in starts else "... ") + line for row, line in enumerate(source.split("\n")))


def in_a_notebook(source: str) -> str:
    first, *rest = source.split("\n")
    return "\n".join([f"In [3]: {first}", *(f"   ...: {line}" for line in rest), "Out[3]: 4"])


def numbered(source: str) -> str:
    return "\n".join(f"{number:>3}  {line}" for number, line in enumerate(source.split("\n"), start=1))


def numbered_with_dots(source: str) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(source.split("\n"), start=1))


def as_a_diff(source: str) -> str:
    lines = source.split("\n")
    return "\n".join([f"@@ -0,0 +1,{len(lines)} @@", *("+" + line for line in lines)])


def quoted(source: str) -> str:
    return "\n".join("> " + line for line in source.split("\n"))


def with_entities(source: str) -> str:
    return html.escape(source)


def in_html(source: str) -> str:
    """As a highlighter writes it: every keyword in a span, every character that HTML needs as an entity."""
    escaped = html.escape(source)
    for word in ("class ", "def ", "return "):
        escaped = escaped.replace(word, f"<span class='k'>{word}</span>")
    return f"<pre><code>{escaped}</code></pre>"


def with_odd_spaces(source: str) -> str:
    return "\ufeff" + source.replace("    ", "\u00a0\u00a0 \u00a0")


def with_invisible_characters(source: str) -> str:
    return source.replace("(", "\u200b(").replace("self", "self\u200d")


def full_width(source: str) -> str:
    """Brackets, commas and colons outside strings and comments as a Chinese keyboard writes them."""
    wide = {"(": "（", ")": "）", ",": "，", ":": "："}
    return _outside_strings(source, lambda text: wide.get(text, text))


def curly_quotes(source: str) -> str:
    """Strings of one line between curly quotes."""

    def curl(text: str) -> str:
        if (
            len(text) > 1
            and text[0] == text[-1]
            and text[0] in "\"'"
            and text[:3] not in ('"""', "'''")
            and not set(text[1:-1]) & set("\\'\"")
        ):
            return ("“" + text[1:-1] + "”") if text[0] == '"' else ("‘" + text[1:-1] + "’")
        return text

    return _outside_strings(source, curl)


def _outside_strings(source: str, change: Callable[[str], str]) -> str:
    rows = source.split("\n")
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        if token.type in (tokenize.OP, tokenize.STRING) and token.start[0] == token.end[0]:
            row, start, end = token.start[0] - 1, token.start[1], token.end[1]
            rows[row] = rows[row][:start] + change(token.string) + rows[row][end:]
    return "\n".join(rows)


def after(*damages: Damage) -> Damage:
    """One damage on top of the other."""

    def damaged(source: str) -> str:
        for damage in damages:
            source = damage(source)
        return source

    return damaged


LOSSES: dict[str, Damage] = {
    "indentation lost": without_indentation,
    "indentation and blank lines lost": without_indentation_and_blank_lines,
    "line breaks lost, a space left": joined_by_spaces,
    "line breaks lost, a space left, no comments": after(without_comments, joined_by_spaces),
    "line breaks lost, nothing left": joined_by_nothing,
    "line breaks lost, nothing left, no comments": after(without_comments, joined_by_nothing),
}
ADDITIONS: dict[str, Damage] = {
    "in a fence, between prose": fenced,
    "behind prompts": prompted,
    "behind a notebook's prompts": in_a_notebook,
    "behind line numbers": numbered,
    "behind line numbers with dots": numbered_with_dots,
    "as a diff": as_a_diff,
    "quoted": quoted,
    "with entities": with_entities,
    "in HTML": in_html,
    "with odd spaces": with_odd_spaces,
    "with invisible characters": with_invisible_characters,
    "full-width punctuation": full_width,
    "curly quotes": curly_quotes,
}
COMPOSITIONS: dict[str, Damage] = {
    "full-width, indentation lost": after(full_width, without_indentation),
    "line breaks lost, entities": after(joined_by_spaces, with_entities),
    "indentation lost, line numbers": after(without_indentation, numbered),
    "indentation lost, in a fence": after(without_indentation, fenced),
    "odd spaces, quoted": after(with_odd_spaces, quoted),
}
DAMAGES = {**LOSSES, **ADDITIONS, **COMPOSITIONS}


def meaning(source: str) -> str:
    """The syntax tree: what has to come back. Docstrings aside, and white space in strings, which nothing could bring back."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                node.body = node.body[1:] or [ast.Pass()]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = "".join(node.value.replace("\\", "").split())
    return ast.dump(tree)


def means(source: str, wanted: str) -> bool:
    """Whether the source has this meaning; False if Python cannot read it."""
    try:
        return meaning(source) == wanted
    except (SyntaxError, ValueError, RecursionError):
        return False
