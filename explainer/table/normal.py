"""Text as people paste it, brought to one spelling: LaTeX, HTML, full-width characters and every sign for times."""

from __future__ import annotations

import html
import re
import unicodedata

_TIMES = "×✕✖╳⨯∗✗⋅·*"
_BRACKETS = ("bmatrix", "matrix", "pmatrix", "array", "tabular", "smallmatrix", "Bmatrix", "split", "aligned")
_COMMANDS = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|mathrm|mathbf|mathit|emph|small|footnotesize|scriptsize|operatorname|makecell|"
    r"underline|bf|it|rm|centering|shortstack|thead)(?![a-zA-Z])\s*(?:\[[^\]]*\])?"
)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|specialrule(?:\{[^}]*\}){3}|cline\{[^}]*\}|cmidrule(?:\([^)]*\))?\{[^}]*\}"
    r"|Xhline\{?[^}\s]*\}?|noalign\{[^}]*\}|arraystretch|vspace\{[^}]*\}|rule\{[^}]*\}\{[^}]*\})"
)
_SQUARED = re.compile(r"(?<![\d.^])\$?(\d{1,4})\s*(?:²|\^\s*\{?\s*2\s*\}?)\$?(?!\d)")
_MULTI = re.compile(
    r"\\multi(?:column|row)\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}\s*(?:\[[^\]]*\])?\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\*))\s*(?:\[[^\]]*\])?\s*\{"
)


def unify(text: str) -> str:
    """One spelling for signs: ``×`` between numbers is ``x``, brackets and digits are ASCII, HTML is text.

    >>> unify("Conv ３×３， 64 <br> BN")
    'Conv 3x3, 64  ;  BN'
    """
    text = html.unescape(re.sub(r"<\s*br\s*/?>", " ; ", text))
    text = re.sub(r"</?(?:sub|sup|b|i|em|strong|td|th|code|span)[^<>]*>", " ", text)
    text = _SQUARED.sub(r"\1x\1", text)  # before NFKC makes 2242 of 224²
    text = unicodedata.normalize("NFKC", text)
    text = text.translate(str.maketrans("–—−‑、。【】", "----,.[]"))
    text = re.sub(r"[⎡⎢⎣]", "[", re.sub(r"[⎤⎥⎦]", "]", text))
    sign = f"[{re.escape(_TIMES)}xX]"
    text = re.sub(rf"(?<=\d)\s*{sign}\s*(?=\d)", "x", text)
    text = re.sub(rf"(?<=[\])}}])\s*{sign}\s*(?=\d)", " x", text)
    text = re.sub(rf"(?<![\w.])(\d+)\s*{sign}\s*(?=[\[({{])", r" rep\1 ", text)
    return re.sub(rf"[{re.escape(_TIMES)}]", " ", text)


def is_latex(text: str) -> bool:
    return bool(re.search(r"\\\\|\\begin\{|\\hline|\\times|\\multicolumn", text)) and "&" in text


def latex_lines(text: str) -> list[list[str]]:
    """The rows of a LaTeX table as lists of cells, matrices as ``[a; b]``; a cell over several columns stands once."""
    text = re.sub(r"(?<!\\)%[^\n]*", "", text)
    text = _RULES.sub(" ", text)
    text = _matrices(text)
    body = re.search(
        r"\\begin\{tabular\*?x?\}(?:\{[^{}]*\})?(?:\[[^\]]*\])?\{(?:[^{}]|\{[^{}]*\})*\}(.*?)\\end\{tabular", text, re.S
    )
    text = body.group(1) if body else text
    rows = re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\tabularnewline", text)
    found = [[_plain(cell) for cell in re.split(r"(?<!\\)&", row)] for row in rows]
    return [row for row in found if any(row)]


def _matrices(text: str) -> str:
    """Innermost matrices first; a table inside a cell is a cell of several lines."""
    inner = re.compile(
        r"(?:\\left\s*[\[({.])?\s*\\begin\{(?P<kind>" + "|".join(_BRACKETS) + r")\}(?:\[[^\]]*\])?(?P<spec>\{[clr|@{}\s]*\})?"
        r"(?P<body>(?:(?!\\begin\{|\\end\{).)*)\\end\{(?P=kind)\}\s*(?:\\right\s*[\])}.])?",
        re.S,
    )

    def written(match: re.Match[str]) -> str:
        if match["kind"] == "tabular" and "&" in match["body"]:
            return match.group(0).replace("tabular", "tabular\x02")
        lines = [line.replace("&", " ") for line in re.split(r"\\\\(?:\s*\[[^\]]*\])?", match["body"])]
        joined = " ; ".join(line.strip() for line in lines if line.strip())
        around = match["kind"] == "bmatrix" or r"\left" in match.group(0)
        return f"[{joined}]" if around else joined

    before = None
    while before != text:
        before, text = text, inner.sub(written, text)
    text = text.replace("\x02", "")
    return re.sub(r"\\begin\{bmatrix\}", "[", text)


def _plain(cell: str) -> str:
    """A cell without commands."""
    cell = re.sub(r"\\(?:times|cdot|ast)(?![a-zA-Z])\s*", "×", cell)
    while (match := _MULTI.search(cell)) is not None:
        cell = cell[: match.start()] + "{" + cell[match.end() :]
    cell = _COMMANDS.sub(" ", cell)
    cell = re.sub(r"\\(?:left|right|big|Big|bigg)(?![a-zA-Z])\s*", "", cell)
    cell = re.sub(r"\\([%#_&$])", r"\1", cell)
    cell = re.sub(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?|\\[,;:! ]", " ", cell)
    return " ".join(re.sub(r"[{}$~]", " ", cell).split())
