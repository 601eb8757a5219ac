"""What Question mode shows of a question: its lines of PyTorch, the verdict, the worked solution, the progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

import streamlit as st

from explainer.arithmetic import Axis
from explainer.language import say, translator
from explainer.questions import FORMULAS, Difficulty, Kind, Outcome, Question, Verdict, say_verdict
from explainer.render.row_picture import row_picture
from explainer.types import Sentence, sentence
from ui import draw, shell
from ui.components.picture.component import picture
from ui.practice_state import Place

KIND_NAMES: Mapping[Kind, Sentence] = MappingProxyType({
    "axis": sentence("output size, one axis"),
    "size": sentence("output size H × W"),
    "parameters": sentence("parameter count"),
    "field": sentence("receptive field of two layers"),
    "padding": sentence("padding that keeps the size"),
})  # fmt: skip
FIELD_NAMES: Mapping[Kind, Sentence] = MappingProxyType({
    "axis": sentence("Your answer: a number"),
    "size": sentence("Your answer: H × W"),
    "parameters": sentence("Your answer: a number"),
    "field": sentence("Your answer: a number"),
    "padding": sentence("Your answer: padding ="),
})  # fmt: skip
DIFFICULTY_NAMES: Mapping[Difficulty, Sentence] = MappingProxyType({
    "easy": sentence("easy"), "medium": sentence("medium"), "hard": sentence("hard"),
})  # fmt: skip
OUTCOME_NAMES: Mapping[Outcome, Sentence] = MappingProxyType({
    "open": sentence("not answered"),
    "right": sentence("right at once"),
    "later": sentence("right in the end"),
    "wrong": sentence("wrong so far"),
    "shown": sentence("solution shown"),
})  # fmt: skip
MARKS: Mapping[Outcome, str] = MappingProxyType({"open": "", "right": "✓", "later": "✓", "wrong": "✗", "shown": "?"})


def asked(question: Question, lang: str) -> None:
    st.html(f"<p class='bl-asked'>{escape(say(question.asked, lang))}</p>")
    st.code(question.code, language="python", wrap_lines=True)


def verdict(found: Verdict, lang: str) -> None:
    """Right or wrong, and where the arithmetic went wrong."""
    head, *lines = say_verdict(found, lang)
    mark, tone = ("✓", "good") if found.right else ("✗", "bad")
    text = f"<p><b><i aria-hidden='true'>{mark}</i> {escape(head)}</b></p>" + "".join(f"<p>{escape(line)}</p>" for line in lines)
    st.html(f"<div class='bl-note bl-{tone} bl-verdict'>{text}</div>")


def solution(question: Question, lang: str) -> None:
    """The way to the answer, step by step, and where there is a row to look at, the row."""
    _ = translator(lang)
    steps = "".join(f"<li>{escape(say(step, lang))}</li>" for step in question.solution)
    title = _("Step by step")
    st.html(f"<section class='bl-solution'><h2>{escape(title)}</h2><ol>{steps}</ol></section>")
    if question.kind in ("axis", "padding"):
        _row(question.axes[0], _("One line per window:"), lang)
    elif question.kind == "size":
        _row(question.axes[0], _("One line per window, along the height:"), lang)
        _row(question.axes[1], _("and along the width:"), lang)
    _layer_link(question, lang)


def _row(axis: Axis, title: str, lang: str) -> None:
    draw.muted(title)
    picture(row_picture(axis, lang), row_picture(axis, lang, narrow=True), key=f"practice-row-{title}")


def _layer_link(question: Question, lang: str) -> None:
    """The same convolution on the page where its numbers can be turned."""
    layer = question.conv
    if layer is None or layer.rank != 2:
        return
    query: dict[str, str] = {"in_channels": str(layer.in_channels), "out_channels": str(layer.out_channels)}
    query |= dict(zip(("height", "width"), map(str, question.input_shape[2:]), strict=True))
    for name in ("kernel_size", "stride", "padding", "dilation"):
        down, across = getattr(layer, name)
        query |= {name: str(down)} | ({f"{name}_w": str(across)} if across != down else {})
    query |= {"groups": str(layer.groups), "bias": str(layer.bias).lower()}
    entry = shell.ENTRIES[0]
    _ = translator(lang)
    label = _("Turn these numbers")
    with st.container(key="practice-layer-link"):
        st.page_link(shell.ROOT / entry.path, label=label, icon=":material/tune:", query_params=query | {"lang": lang})


def progress(place: Place, outcomes: Sequence[Outcome], lang: str) -> None:
    _ = translator(lang)
    draw.pane_title(_("Progress"), say(DIFFICULTY_NAMES[place.asked.difficulty], lang))
    st.html(squares(outcomes, place.position, lang))
    answered = len(outcomes) - outcomes.count("open")
    draw.muted(_("{right} right at once, {answered} of {total} answered.",
                 right=outcomes.count("right"), answered=answered, total=place.total))  # fmt: skip
    if place.asked.only:
        draw.muted(_("These are the ones you missed."))


def squares(outcomes: Sequence[Outcome], position: int, lang: str) -> str:
    """One square per question, coloured and marked by what came of it; each says so in words too."""
    items = []
    for number, found in enumerate(outcomes, 1):
        here = " aria-current='step'" if number == position else ""
        words = escape(say(OUTCOME_NAMES[found], lang))
        mark = escape(MARKS[found] or str(number))
        items.append(f"<li class='bl-{found}'{here} title='{words}'><i aria-hidden='true'>{mark}</i>"
                     f"<span class='bl-unseen'>{number}: {words}</span></li>")  # fmt: skip
    return f"<ol class='bl-squares'>{''.join(items)}</ol>"


def formula(question: Question, lang: str) -> None:
    _ = translator(lang)
    with st.expander(_("The formula"), key="practice-formula"):
        st.html(f"<p class='bl-rule'><code>{escape(FORMULAS[question.kind])}</code></p>")
