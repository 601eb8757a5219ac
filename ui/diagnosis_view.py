"""Why a block fails, what it needs to pass, what to look out for, and what it does in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from explainer.language import say, translator
from explainer.render.findings_text import fix_words, joined
from explainer.types import Diagnosis, Explanation, Fix, Hazard, Operand, Sentence
from ui import draw
from ui.wrapping import unbroken

_STYLE = Path(__file__).with_name("diagnosis.css")


def draw_diagnosis(found: Diagnosis, lang: str, on_apply: Callable[[Fix], None], *, key: str = "diagnosis") -> None:
    """Where and why it stopped, the operands with the axes that disagree, the story, and every fix with its diff.

    ``on_apply`` gets the fix whose button was pressed, before the page runs again.
    """
    _ = translator(lang)
    st.html(_STYLE)
    operands = _operands(found.operands, lang)
    title = escape(_("It stops here."))
    with st.container(key=f"diagnosis-card-{key}"):
        st.html(
            f"<section class='bl-diagnosis' aria-label='{title}'>{_where(found, lang)}{operands}"
            f"{_paragraph(found.got, lang)}{_paragraph((*found.reason, *found.story), lang)}{_own_words(found, lang)}</section>"
        )
        for number, fix in enumerate(found.fixes):
            _fix(fix, number, lang, on_apply, key)
        if found.unfinished:
            draw.muted(_("The search for a change that makes it pass was stopped: with one of them it ran without an end."))
        elif not found.fixes and found.rule != "syntax":  # of what Python cannot read nothing is tried
            draw.muted(_("No single change that was tried makes it pass."))


def _where(found: Diagnosis, lang: str) -> str:
    _ = translator(lang)
    line = "" if found.line is None else escape(_("line {line}", line=found.line))
    place = f"<span>{line}</span>" if line else ""
    code = dict(found.where.values).get("code", "")
    shown = f"<code>{escape(str(code))}</code>" if code else ""
    return f"<div class='bl-where'>{place}{shown}</div><h2>{escape(say_what(found, lang))}</h2>"


def say_what(found: Diagnosis, lang: str) -> str:
    """What is wrong as a sentence that stands alone, and not behind the number of a line."""
    what = say(found.what, lang)
    return what[:1].upper() + what[1:] if _is_word(what) else what


def _is_word(text: str) -> bool:
    """Whether a sentence begins with an English word, and not with a name of the code."""
    return text.split(" ")[0] in ("the", "there", "this", "a", "one", "only", "tensors", "index", "more", "what")


def _operands(operands: Sequence[Operand], lang: str) -> str:
    """The operands that disagree, each size in a box of its own, with the wrong ones marked."""
    marked = [operand for operand in operands if operand.axes][:4]
    _ = translator(lang)
    words = _("does not fit")
    rows = "".join(
        f"<div><dt>{escape(say(operand.name, lang))}</dt><dd>{_sizes(operand, words)}</dd></div>" for operand in marked
    )
    return f"<dl class='bl-operands'>{rows}</dl>" if rows else ""


def _sizes(operand: Operand, words: str) -> str:
    boxes = (
        f"<b title='{escape(words, quote=True)}'>{size}</b>" if axis in operand.axes else f"<i>{size}</i>"
        for axis, size in enumerate(operand.shape)
    )
    return "<span aria-hidden='true'>×</span>".join(boxes)


def _paragraph(sentences: Sequence[Sentence], lang: str) -> str:
    return f"<p>{escape(unbroken(joined(sentences, lang)))}</p>" if sentences else ""


def _own_words(found: Diagnosis, lang: str) -> str:
    """What torch or Python said, folded away: whoever searches the web for it needs it as it is."""
    _ = translator(lang)
    if not found.torch:
        return ""
    title = escape(_("The message as torch or Python gives it"))
    return f"<details><summary>{title}</summary><code>{escape(found.torch)}</code></details>"


def _fix(fix: Fix, number: int, lang: str, on_apply: Callable[[Fix], None], key: str) -> None:
    _ = translator(lang)
    with st.container(key=f"{key}-fix-{number}"):
        passes = escape(_("was run again and passes"))
        title = f"<strong>{escape(fix_words(fix, lang))}</strong><span>{passes}</span>"
        st.html(f"<div class='bl-fix'>{title}</div>{diff_html(fix.diff, lang)}")
        st.button(_("Apply"), key=f"{key}-apply-{number}", icon=":material/check:", on_click=on_apply, args=(fix,))


def diff_html(diff: str, lang: str) -> str:
    """The changed lines of a unified diff with one line around them, taken out and put in told apart by sign and colour."""
    _ = translator(lang)
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@", "\\"))]
    near = {i + step for i, line in enumerate(lines) if line[:1] in "+-" and line for step in (-1, 0, 1)}
    shown = [line for i, line in enumerate(lines) if i in near]
    margin = min((_indent(line) for line in shown if line[1:].strip()), default=0)
    rows = "".join(_changed(line, margin) for line in shown)
    title = escape(_("The change"), quote=True)
    return f"<pre class='bl-diff' tabindex='0' aria-label='{title}'>{rows}</pre>"


def _indent(line: str) -> int:
    return len(line[1:]) - len(line[1:].lstrip())


def _changed(line: str, margin: int) -> str:
    """A line without the margin that all have; what does not fit stands below its own beginning."""
    kind = {"+": "bl-put-in", "-": "bl-taken-out"}.get(line[:1], "")
    text = f"{line[:1] or ' '} {line[1 + margin :]}"
    return f"<span class='{kind}' style='--in:{_indent(line) - margin if line[1:].strip() else 0}'>{escape(text)}</span>"


def draw_hazards(hazards: Sequence[Hazard], lang: str, first_line: int = 1) -> None:
    """What works and will surprise, each with its line, why it matters and what to do; nothing if there is none.

    ``first_line`` is the line of the file that is shown to the reader as line 1.
    """
    _ = translator(lang)
    if not hazards:
        return
    st.html(_STYLE)
    items = "".join(_hazard(hazard, lang, first_line) for hazard in hazards)
    title = escape(_("It runs. Worth a look:"))
    st.html(f"<section class='bl-hazards' aria-label='{title}'><h2>{title}</h2><ul>{items}</ul></section>")


def _hazard(hazard: Hazard, lang: str, first_line: int) -> str:
    _ = translator(lang)
    line = "" if hazard.line is None else escape(_("line {line}", line=hazard.line - first_line + 1))
    place = f"<span>{line}</span> " if line else ""
    return (
        f"<li>{place}<b>{escape(unbroken(say(hazard.message, lang)))}</b> {draw.terms(say(hazard.why, lang), lang)}"
        f" <em>{escape(say(hazard.advice, lang))}</em></li>"
    )


def draw_explanation(found: Explanation, lang: str, source: str = "", first_line: int = 1) -> None:
    """The module in three sentences, then line by line; with ``source`` each line's code stands above its sentences.

    ``first_line`` is the line of the file that ``source`` starts at, shown to the reader as line 1.
    """
    st.html(_STYLE)
    code = source.splitlines()
    rows, seen = [], set[str]()
    summary = draw.terms(unbroken(joined(found.summary, lang)), lang, seen)
    for note in found.lines:
        number = note.line - first_line + 1
        text = code[number - 1] if 0 < number <= len(code) else ""
        said = "<br>".join(draw.terms(unbroken(say(sentence, lang)), lang, seen) for sentence in note.text)
        rows.append(f"<li value='{number}'>{_code(text)}<p>{said}</p></li>")
    st.html(f"<div class='bl-words'><p class='bl-summary'>{summary}</p><ol>{''.join(rows)}</ol></div>")


def _code(text: str) -> str:
    """The line, whose arrow is not broken into its two signs."""
    whole = escape(text.strip()).replace("-&gt;", "<span class='bl-arrow'>-&gt;</span>")
    return f"<code>{whole}</code>" if whole else ""
