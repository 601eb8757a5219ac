"""What is around every page: the style, the brand, the way to other pages, and the language switch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from explainer.language import LANGUAGES, Translator, say, translator
from explainer.paste.link import to_word
from explainer.stack import PRESETS, to_link
from explainer.types import Sentence, sentence
from ui import state
from ui.components.document.component import set_up_document
from ui.components.glossary.component import glossary
from ui.components.share.component import share
from ui.links import arrival
from ui.paste_examples import EXAMPLES

ROOT = Path(__file__).parent.parent

Query: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: where it is, what it is called, and what one does there. An example is a title and the query that opens it."""

    path: str
    url_path: str
    icon: str
    title: Sentence
    about: Sentence
    examples: tuple[tuple[Sentence, Query], ...] = ()


def _query(**values: int | str) -> Query:
    return tuple((name, str(value)) for name, value in values.items())


GLOSSARY = PageEntry(
    "pages/glossary.py",
    "glossary",
    ":material/dictionary:",
    sentence("Glossary"),
    sentence("What the words mean, in English and Chinese. A dotted line below a word says it on any page."),
    (
        (sentence("Receptive field"), _query(term="receptive_field")),
        (sentence("Broadcasting"), _query(term="broadcasting")),
        (sentence("Gate"), _query(term="gate")),
    ),
)
HOME = PageEntry("pages/home.py", "home", ":material/home:", sentence("Home"), sentence("See what a block really does"))
ENTRIES = (
    PageEntry(
        "pages/layer.py",
        "layer",
        ":material/grid_on:",
        sentence("Layer"),
        sentence("Turn the numbers of a convolution, a pool or any other layer: which size comes out, why, and what it costs."),
        (
            (
                sentence("ResNet's first layer"),
                _query(layer="Conv2d", out_channels=64, kernel_size=7, stride=2, padding=3, height=224, width=224),
            ),
            (
                sentence("Depthwise 3 × 3"),
                _query(layer="Conv2d", in_channels=32, out_channels=32, groups=32, stride=1, padding_as="same"),
            ),
            (sentence("Holes from stride and dilation"), _query(layer="Conv2d", stride=2, dilation=2)),
        ),
    ),
    PageEntry(
        "pages/paste.py",
        "paste",
        ":material/content_paste:",
        sentence("Paste"),
        sentence(
            "Bring a block as you found it: line breaks lost, classes missing, wrong somewhere."
            " See what it does, and where it fails."
        ),
        tuple((title, _query(code=to_word(code) or "")) for _key, title, code in EXAMPLES[:3]),
    ),
    PageEntry(
        "pages/blocks.py",
        "blocks",
        ":material/account_tree:",
        sentence("Blocks"),
        sentence("Choose a block and turn its knobs: every tensor on its way through, what it costs, the gate it learns."),
        (
            (sentence("Behind ResNet's last stage"), _query(channels=2048, h=7, w=7)),
            (sentence("Channels, then places: CBAM"), _query(block="cbam")),
            (sentence("A stride given twice"), _query(block="residual_attention", stride_at="both")),
        ),
    ),
    PageEntry(
        "pages/attention.py",
        "attention",
        ":material/visibility:",
        sentence("Attention"),
        sentence("See a gate on a picture: which channels and places it lets through, and what it changes."),
        (
            (sentence("CBAM on a cat"), _query(block="cbam")),
            (sentence("Where a place looks"), _query(block="non_local", picture="astronaut")),
            (sentence("Average or maximum: CAM"), _query(block="channel_attention", picture="coffee")),
        ),
    ),
    PageEntry(
        "pages/compare.py",
        "compare",
        ":material/compare_arrows:",
        sentence("Compare"),
        sentence("Put two blocks side by side: their graphs, what each costs, how far it sees, and how long it takes."),
        (
            (
                sentence("A whole convolution or one taken apart"),
                _query(a_block="conv_norm_act", b_block="depthwise_separable"),
            ),
            (sentence("ResNet's block or GhostNet's"), _query(a_block="basic_block", b_block="ghost_bottleneck")),
            (sentence("One bottleneck, two strides"), _query(a_block="bottleneck", b_block="bottleneck", b_stride_at="first")),
        ),
    ),
    PageEntry(
        "pages/stack.py",
        "stack",
        ":material/stacks:",
        sentence("Stack"),
        sentence("Put layers below each other: the size after each, what they cost, and how much of the input one number sees."),
        (
            (sentence("VGG's first block"), _query(stack=to_link(PRESETS["VGG"]))),
            (sentence("LeNet-5"), _query(stack=to_link(PRESETS["LeNet-5"]))),
            (sentence("Wider without more numbers: dilation"), _query(stack=to_link(PRESETS["Dilated"]))),
        ),
    ),
    PageEntry(
        "pages/table.py",
        "table",
        ":material/table:",
        sentence("Table"),
        sentence(
            "Paste the table of a paper or a forum: each size checked, what it leaves out found, and the network it stands for."
        ),
        (
            (sentence("ResNet-18 as printed"), _query(table="ResNet-18")),
            (sentence("VGG-16 as printed"), _query(table="VGG-16")),
            (sentence("A table with a wrong size"), _query(table="Wrong")),
        ),
    ),
    PageEntry(
        "pages/practice.py",
        "practice",
        ":material/school:",
        sentence("Practice"),
        sentence("Work out sizes yourself; a wrong answer is told where the arithmetic went wrong."),
        (
            (sentence("Output sizes, easy"), _query(kinds="axis.size", difficulty="easy", length=5, seed=1)),
            (sentence("Receptive fields"), _query(kinds="field", difficulty="medium", length=5, seed=1)),
            (sentence("Padding that keeps the size"), _query(kinds="padding", difficulty="medium", length=5, seed=1)),
        ),
    ),
)


def open_app(lang: str) -> StreamlitPage:
    """Draws the frame and returns the page to run. Must be called on every run."""
    state.open_frame()
    st.html(ROOT / "ui" / "style.css")
    set_up_document(lang)
    glossary(lang)
    pages = {entry: _page(entry, lang) for entry in (HOME, *available(), GLOSSARY)}
    current = st.navigation(list(pages.values()), position="hidden")
    arrival.arrive(current.url_path)
    title = next((say(entry.title, lang) for entry in pages if entry.url_path == current.url_path), "Blocklens")
    share(lang, title=title, embedded=state.is_embedded())
    if state.is_embedded():
        st.html("<style>.stApp .bl-share { display: none; }</style>")
        return current
    with st.sidebar:
        _ = translator(lang)
        st.html(f"<div class='bl-brand'>Block<i>lens</i></div><div class='bl-muted'>{_('See what a block really does')}</div>")
        # A container around each would be a tenth of what the browser walks through at every message.
        with st.container(key="nav"):
            for entry, page in pages.items():
                place = st.container(key="nav-current") if page.url_path == current.url_path else st
                place.page_link(page, icon=entry.icon, width="stretch")
        with st.container(key="sidebar-foot"):
            _language_switch(lang)
    return current


def enter_page() -> tuple[str, Translator]:
    """The reader's language and its translator; the first call of every page.

    Streamlit runs the files in ``pages/`` by itself where ``serving/start.py`` has not told it otherwise, as in its own AppTest:
    the first run of a process then comes here without the frame, so it opens the frame and starts over.
    """
    lang = state.language()
    if not state.take_frame():
        open_app(lang)
        st.rerun()
    return lang, translator(lang)


def available() -> tuple[PageEntry, ...]:
    """The pages that exist so far, in the order of the sidebar."""
    return tuple(entry for entry in ENTRIES if (ROOT / entry.path).is_file())


def _page(entry: PageEntry, lang: str) -> StreamlitPage:
    path, title = ROOT / entry.path, say(entry.title, lang)
    # No icon: the browser would ask Google's font server for it, as the tab's picture.
    return st.Page(path, title=title, url_path=entry.url_path, default=entry is HOME)


def _language_switch(lang: str) -> None:
    _ = translator(lang)
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=state.LANGUAGE_KEY,
        on_change=state.push_language,
        label_visibility="collapsed",
        required=True,
    )
