"""One function per thing that is shown. Everything that reaches HTML is escaped here or was escaped by explainer/render."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.glossary import find_terms
from explainer.language import join_sentences, say, translator
from explainer.types import Sentence
from ui import state
from ui.wrapping import formula_html, longest, unbroken, width

_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")  # all of it means something in Markdown
Tone = Literal["", "good", "bad", "warn", "gate"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name, and below it what it is made of."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = ""


def heading(title: str, subtitle: str = "", *, formula: str = "", key: str = "heading", missing: Sentence | None = None) -> None:
    """The page's title with the button that opens ui/components/share, which is in the frame.

    ``missing`` says there what the page's link cannot hold: the frame is not drawn anew with every change of a page. Two of one
    run, of which the second takes the first one's place, need two keys that begin with ``heading``.
    """
    place = heading_place(key)
    main_title(title, place)
    below_title(subtitle, place, formula=formula, missing=missing)


def heading_place(key: str = "heading") -> DeltaGenerator:
    """Where the two parts of a heading go, for a page that does not know the second yet."""
    return st.container(key=key, gap=None)


def main_title(text: str, place: DeltaGenerator) -> None:
    """The first thing that a visitor sees: Streamlit draws its own titles at once, but HTML only after another script."""
    place.title(_PUNCTUATION.sub(r"\\\g<0>", text), anchor=False)


def below_title(subtitle: str, place: DeltaGenerator, *, formula: str = "", missing: Sentence | None = None) -> None:
    lang = state.language()
    _ = translator(lang)
    below = f"<p class='bl-sub'>{_line(subtitle, formula)}</p>" if subtitle else ""
    gap = f" data-missing='{escape(say(missing, lang), quote=True)}'" if missing else ""
    words = escape(_("Share"))
    place.html(f"<button type='button' class='bl-share' aria-haspopup='dialog'{gap}>{words}</button>{below}")


def facts(cards: Sequence[Fact], place: DeltaGenerator | None = None) -> None:
    """A row of cards that wraps on a narrow screen."""
    (place or st).html(f"<dl class='bl-facts'>{''.join(map(_fact, cards))}</dl>")


def terms(text: str, lang: str, seen: set[str] | None = None) -> str:
    """A text as HTML in which terms of the glossary show what they mean; those ``seen`` before stay plain and are added to."""
    return "".join(
        f"<span class='bl-term' tabindex='0' data-term='{piece.key}'>{escape(piece.text)}</span>"
        if piece.key
        else escape(piece.text)
        for piece in find_terms(text, lang, seen)
    )


def _fact(fact: Fact) -> str:
    detail = f"<dd class='bl-detail bl-{fact.tone}'>{escape(unbroken(fact.detail))}</dd>" if fact.detail else ""
    value = unbroken(fact.value)
    sizes = f"--n:{width(value)};--longest:{longest(value)}"
    value = f"<dd class='bl-value' style='{sizes}'>{escape(value).replace(',', ',<wbr>')}</dd>"
    return f"<div class='bl-fact'><dt>{terms(fact.label, state.language())}</dt>{value}{detail}</div>"


def note(sentences: Sequence[str], tone: Tone = "warn", *, place: DeltaGenerator | None = None) -> None:
    """A tinted box; the first sentence is set in bold."""
    (place or st).html(note_html(sentences, tone))


def note_html(sentences: Sequence[str], tone: Tone = "warn") -> str:
    """The box for what is put together from several pieces: every element of a page costs the browser time at every change."""
    first, *rest = map(unbroken, sentences)
    text = join_sentences([f"<b>{escape(first)}</b>", *map(escape, rest)])
    return f"<div class='bl-note bl-{tone}' role='note'>{text}</div>"


def complaint(place: DeltaGenerator, card: str, sentence: Sentence, lang: str) -> None:
    """What is wrong with a field: the sentence below its row, its card outlined."""
    outline = f".st-key-card-{escape(card, quote=True)}{{outline:2px solid var(--bl-gate)}}"
    text = f"<b aria-hidden='true'>✗</b> {escape(unbroken(say(sentence, lang)))}"
    place.html(f"<style>{outline}</style><div class='bl-note bl-bad' role='alert'>{text}</div>")


def chart(figure: Any, *, key: str, alt: str, **options: Any) -> None:
    """A chart of plotly without its tools, in the colours of charts.css, which its page draws; ``options`` are Streamlit's."""
    st.plotly_chart(figure, key=key, alt=alt, config={"displayModeBar": False, "scrollZoom": False}, **options)


def result(key: str, *, old: str = "") -> DeltaGenerator:
    """A container for a result. If it is ``old`` it is dimmed and says so, but stays where it was."""
    if old:
        st.html(f"<style>.st-key-{key}{{filter:grayscale(1)}}</style><div class='bl-old' role='status'>{escape(old)}</div>")
    return st.container(key=key)


def empty(text: str) -> None:
    st.html(f"<div class='bl-empty'>{escape(text)}</div>")


def muted(text: str, formula: str = "") -> None:
    """A line of small print."""
    st.html(f"<p class='bl-muted'>{_line(text, formula)}</p>")


def _line(text: str, formula: str) -> str:
    return escape(unbroken(text)) + (f" {formula_html(formula)}" if formula else "")


def table(kind: str, label: str, head: str, rows: str) -> None:
    """A table from finished HTML rows that scrolls by itself where the screen is narrower."""
    start = f"<div class='bl-scroll' tabindex='0' role='region' aria-label='{escape(label, quote=True)}'>"
    st.html(f"{start}<table class='{kind}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")


def pane_title(text: str, aside: str = "") -> None:
    st.html(f"<div class='bl-pane-title'><h2>{escape(text)}</h2><span>{escape(aside)}</span></div>")
