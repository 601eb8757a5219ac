"""A table from pasted text, and a worked-out table as text to take along."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import say, translator
from explainer.table import Network, Solution, Table, to_tabs, to_text
from ui import draw, table_state

_VARIANT = "table-variant"


def paste(table: Table, lang: str) -> None:
    """A field for a table as it was found, and what its reading had to say."""
    _ = translator(lang)
    st.text_area(
        _("A table as you found it: run together, with tabs, commas or bars, in LaTeX, a line per layer, or nn.Sequential"),
        key=table_state.TEXT, height=150,
    )  # fmt: skip
    with st.container(horizontal=True, gap="small", key="table-read"):
        st.button(_("Read it"), key="table-read-it", type="primary", on_click=_read)
        st.button(_("Edit the present table as text"), key="table-as-text", on_click=_fetch, args=(table, lang), type="tertiary")
    _remarks(lang)


def _read() -> None:
    table_state.take_text(str(st.session_state.get(table_state.TEXT, "")))


def _fetch(table: Table, lang: str) -> None:
    st.session_state[table_state.TEXT] = to_tabs(table, lang)


def _remarks(lang: str) -> None:
    """How many lines the last text gave, which of its networks was read, and what was left out."""
    _ = translator(lang)
    found = table_state.last_reading()
    if found is None:
        return
    text, reading = found
    if not text.strip():
        draw.note([_("There is nothing to read yet.")])
        return
    if not reading.table.lines:
        draw.note([_("No line of a table was found in the text.")], "bad")
        return
    if len(reading.variants) > 1:
        st.session_state[_VARIANT] = reading.variants[reading.variant]
        st.pills(_("Which of its networks"), reading.variants, key=_VARIANT, on_change=_choose, required=True)
    if reading.remarks:
        first = escape(_("{count} lines read. There is more to say:", count=len(reading.table.lines)))
        items = "".join(f"<li>{escape(say(remark, lang))}</li>" for remark in reading.remarks)
        st.html(f"<div class='bl-note bl-warn' role='status'><b>{first}</b><ul>{items}</ul></div>")
    else:
        draw.note([_("{count} lines read.", count=len(reading.table.lines))], "good")


def _choose() -> None:
    found, name = table_state.last_reading(), st.session_state.get(_VARIANT)
    if found is not None and name in found[1].variants:
        table_state.take_text(found[0], found[1].variants.index(str(name)))


def take_along(solution: Solution, network: Network | None, lang: str) -> None:
    """The module's source and the filled-in table, to copy or to keep as a file."""
    _ = translator(lang)
    names = {"csv": "CSV", "markdown": "Markdown", "latex": "LaTeX"}
    code, *others = st.tabs([_("PyTorch code"), *names.values()], key="table-export")
    with code:
        if network is None:
            draw.muted(_("No line can be built yet."))
        else:
            st.code(network.source, language="python", wrap_lines=True)
            _download("network.py", network.source, "text/x-python", lang)
    endings = {"csv": "csv", "markdown": "md", "latex": "tex"}
    for place, form in zip(others, ("csv", "markdown", "latex"), strict=True):
        with place:
            text = to_text(solution, form, lang)  # type: ignore[arg-type]
            st.code(text, language="latex" if form == "latex" else "markdown" if form == "markdown" else None)
            _download(f"table.{endings[form]}", text, "text/csv" if form == "csv" else "text/plain", lang)


def _download(name: str, text: str, mime: str, lang: str) -> None:
    data = text.encode("utf-8-sig" if name.endswith("csv") else "utf-8")
    _ = translator(lang)
    st.download_button(_("Download {name}", name=name), data, name, mime, key=f"download-{name}", on_click="ignore")
