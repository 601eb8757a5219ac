"""The viewer on a page: one call draws code, graph, steps and details of a trace as one linked picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import Any

import streamlit as st

from explainer.errors import BlocklensError
from explainer.language import say, translator
from explainer.render.exports import File, export, export_kinds
from explainer.render.viewer_scene import Subject
from explainer.render.viewer_view import View, read_view
from ui import cached_viewer, draw, state
from ui.components.viewer.component import said_before, show
from ui.links import arrival
from ui.links.fields import Whole, Word
from ui.links.pages import HEATS, TABS

HEIGHT = "clamp(430px, calc(100vh - 392px), 1100px)"


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page knows it: its id in the drawing and the ops that it stands for."""

    id: str
    ops: tuple[int, ...]


Values = Callable[[Step], "dict[str, Any] | None"]
Files = Mapping[str, tuple[str, File | Callable[[], File]]]


def viewer(
    subject: Subject,
    *,
    key: str,
    lang: str,
    identity: str = "",
    texts: Mapping[int, str] | None = None,
    values: Values | None = None,
    files: Files | None = None,
    height: str = HEIGHT,
    in_url: bool = True,
) -> Step:
    """Shows a subject and returns the selected step. To be called inside a fragment: each selection reruns it.

    ``identity`` names the subject in the cache: all that decides its trace, as the hash of a paste; empty to hash the subject
    itself. ``texts`` are sentences by line of the source, beside those that explain it. ``values`` gives what
    explainer/render/value_pictures makes of a step, None for nothing; it may take its time, since it is asked only once the
    drawing is on the screen. ``files`` are further exports: what the menu says and the file, or what
    makes it once it is asked for, by key. ``in_url``: the step, the
    depth and the direction are kept in the link; for one viewer of a page.
    """
    identity = identity or sha256(repr(subject).encode(errors="surrogatepass")).hexdigest()
    said = said_before(key)
    view = state.viewer_view(key, read_view(said.view), told=said.view is not None, in_url=in_url)
    if in_url:
        view = _possible(view, subject)
    scene = cached_viewer.scene_of_viewer(identity, subject, view, lang)
    name = sha256(repr((identity, view, lang)).encode(errors="surrogatepass")).hexdigest()[:16]
    if in_url:
        arrival.check("nest", Whole(1, max(scene["view"]["limit"], 1)))
    is_there = name in said.has
    known = {step["id"]: Step(step["id"], tuple(step["ops"])) for step in scene["steps"]}
    first = scene["first"]
    asked, told = state.viewer_step(key, said.step, in_url=in_url)
    selected = asked if asked in known else first
    _say_lost(key, asked if asked not in known else "", lang, chosen=said.step is not None)
    numbers = values if values is not None and is_there else _nothing
    data = {
        "id": name,
        "scene": None if is_there else scene,
        "selected": told if told in known else first,
        "heat": state.viewer_word(key, "heat", said.heat, HEATS, in_url=in_url),
        "tab": state.viewer_word(key, "tab", said.tab, TABS, in_url=in_url),
        "texts": {str(line): text for line, text in _texts(identity, subject, texts, lang).items()},
        "values": [found for step in (selected, said.ahead) if step in known and (found := numbers(known[step])) is not None],
        "values_follow": values is not None,
        "exports": [*export_kinds(lang), *((name, label) for name, (label, _) in (files or {}).items())],
        "file": _asked_file(key, subject, view, lang, files or {}),
        "height": height,
    }
    show(data, key)
    if in_url:
        state.keep_viewer(key, selected if selected != first else "", view)
    return known.get(selected, Step("", ()))


def _possible(view: View, subject: Subject) -> View:
    """The view without modules that are not there, which the link that named them says."""
    if not (view.opened or view.folded):
        return view
    known = {scope for op in subject.trace.ops for scope in _around(op.scope)} | {m.path for m in subject.trace.modules}
    for name in ("open", "fold"):
        arrival.check(name, Word(tuple(sorted(known - {""})), ""), each=True)
    opened, folded = (tuple(path for path in paths if path in known) for paths in (view.opened, view.folded))
    return replace(view, opened=opened, folded=folded)


def _around(scope: str) -> tuple[str, ...]:
    """
    >>> _around("layer1.0.conv")
    ('layer1', 'layer1.0', 'layer1.0.conv')
    """
    return tuple(accumulate(scope.split("."), "{}.{}".format))


def _say_lost(key: str, step: str, lang: str, *, chosen: bool) -> None:
    """That the link's step is not in the drawing, until another one is ``chosen``: the next run's link no longer has it."""
    lost = f"{key}-lost"
    if chosen:
        st.session_state.pop(lost, None)
    elif step:
        st.session_state[lost] = step
    if lost in st.session_state:
        _ = translator(lang)
        draw.muted(_("The link's step {step} is not in this drawing.", step=st.session_state[lost][:40]))


def _nothing(_step: Step) -> None:
    """No numbers."""


def _texts(identity: str, subject: Subject, more: Mapping[int, str] | None, lang: str) -> Mapping[int, str]:
    return {**cached_viewer.line_texts(identity, subject, lang), **(more or {})}


def _asked_file(key: str, subject: Subject, view: View, lang: str, files: Files) -> dict[str, Any] | None:
    """The file that a person asked for in this run."""
    asked = st.session_state.pop(f"{key}-wanted", None)
    if not asked:
        return None
    kind, number = asked
    try:
        file = _made(files[kind][1]) if kind in files else export(kind, subject, view, lang)
    except BlocklensError as error:
        return {"key": number, "said": say(error.sentence, lang)}
    if file is None:
        return None
    text = {"base64": b64encode(file.data).decode()} if file.data else {"text": file.text}
    return {"key": number, "name": file.name, "type": file.mime, **text}


def _made(file: File | Callable[[], File]) -> File:
    return file() if callable(file) else file
