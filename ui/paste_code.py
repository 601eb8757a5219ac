"""The paste itself: the editor, what was repaired in it, and examples to start from."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.paste.result import PasteResult
from ui import draw, paste_state
from ui.components.code_editor.component import Mark, code_editor, written
from ui.paste_examples import EXAMPLES

_KEY = "paste-editor"


def editor(result: PasteResult | None, lang: str) -> None:
    """The editor; what is written is kept at once and run on demand."""
    code_editor(
        paste_state.current(), version=paste_state.version(), marks=_marks(result), key=_KEY, lang=lang,
        on_text=_keep, on_run=_run,
    )  # fmt: skip
    if not paste_state.fits_in_link():
        _too_long(lang)


def _keep() -> None:
    text = written(_KEY)
    if text is not None:
        paste_state.keep_text(text)


def _run() -> None:
    _keep()  # the browser sends both at once, in no particular order
    paste_state.run()


def _marks(result: PasteResult | None) -> dict[int, Mark]:
    """The line that failed, where the lines in the editor are those that ran."""
    if result is None or result.source != paste_state.current():
        return {}
    stopped = result.mishap or (result.trace.failure if result.trace else None)
    if stopped is None or stopped.line is None:
        return {}
    return {stopped.line: Mark("fail", f"{stopped.error}: {stopped.message}")}


def _too_long(lang: str) -> None:
    _ = translator(lang)
    with st.container(horizontal=True, vertical_alignment="center", key="paste-too-long"):
        draw.muted(_("This paste is too long for a link. Save it as a file; whoever gets it pastes it here."))
        st.download_button(
            _("Save"), paste_state.current(), "block.py", "text/x-python", icon=":material/download:", on_click="ignore"
        )


def examples(lang: str) -> None:
    _ = translator(lang)
    draw.muted(_("Nothing at hand? Try one of these:"))
    with st.container(horizontal=True, gap="xsmall", key="paste-examples"):
        for key, title, code in EXAMPLES:
            st.button(say(title, lang), key=f"paste-example-{key}", on_click=paste_state.open_text, args=(code,))


def repairs(result: PasteResult, lang: str) -> None:
    """What was done to the text, the readings it allows, and the code that was run."""
    _ = translator(lang)
    done = "".join(f"<li>{escape(say(edit.message, lang))}</li>" for edit in result.edits)
    if done:
        st.html(f"<div class='bl-repairs'><h2>{escape(_('What was put right'))}</h2><ul>{done}</ul></div>")
    if result.readings > 1:
        _readings(result, lang)
    guessed = {line for edit in result.edits for line in edit.lines}
    rows = "".join(
        f"<li{' class=bl-guess' if number in guessed else ''}><code>{escape(line) or ' '}</code></li>"
        for number, line in enumerate(result.source.splitlines(), start=1)
    )
    st.html(f"<ol class='bl-repaired' tabindex='0' aria-label='{escape(_('The repaired code'), quote=True)}'>{rows}</ol>")
    st.button(_("Edit the repaired code"), key="paste-adopt", icon=":material/edit:", on_click=_adopt, args=(result.source,))


def _adopt(source: str) -> None:
    paste_state.open_repaired(source)


def _readings(result: PasteResult, lang: str) -> None:
    """Which of the readings is shown, each with where it differs from the likeliest."""
    _ = translator(lang)
    key = "paste-reading"
    told = (*(say(words, lang) for words in result.alternatives), *[""] * result.readings)
    st.session_state[key] = result.reading
    if all(edit.kind == "methods" for edit in result.edits):
        draw.muted(_("Methods stand outside their class here; the text can be read as it stands, or with them in it."))
    else:
        draw.muted(_("Where a block ends was lost with the indentation: this is a guess, and there are others."))
    st.selectbox(
        _("reading"), range(result.readings), key=key, format_func=lambda number: f"{number + 1} · {told[number]}".rstrip(" ·"),
        on_change=_choose_reading, label_visibility="collapsed",
    )  # fmt: skip


def _choose_reading() -> None:
    paste_state.choose(reading=int(st.session_state["paste-reading"]))
