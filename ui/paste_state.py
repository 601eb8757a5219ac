"""The paste on the screen: its text and what its reader chose, in the session and in the URL; what was run last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from explainer.asked import parse_input, parse_settings
from explainer.errors import InvalidInput
from explainer.paste.link import from_word, to_word
from explainer.paste.result import Input, Request
from explainer.types import Sentence, sentence
from ui.limits import LONGEST_SETTING, MOST_SETTINGS
from ui.links.fields import Text, shortened
from ui.state import last_good, remember_good

CODE, CLASS, SET, INPUT, READING, STAND_IN, DEVICE = "code", "class", "set", "input", "reading", "standin", "device"
OPEN, _FOLDED = "paste-open", "paste-folded"
PARAMETERS = (CODE, CLASS, SET, INPUT, READING, STAND_IN, DEVICE)
_TEXT, _VERSION, _SETTINGS, _RAN, _SEEN, _SAID, _STOPPED, _EDITION = (
    f"paste-{name}" for name in ("text", "version", "settings", "ran", "seen", "said", "stopped", "edition")
)
_CLASSES = re.compile(r"class\s*([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was chosen for a paste; what is empty is proposed. ``inputs`` and ``arguments`` as they were written."""

    target: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    reading: int = -1
    stand_ins: tuple[tuple[str, str], ...] = ()
    device: str = ""


def current() -> str:
    """The text in the editor: the URL's where that is new, else the one that was left here."""
    query = _query()
    if _TEXT not in st.session_state or (query != st.session_state.get(_SEEN) and any(query)):
        _arrive()
    elif not any(query) and st.session_state[_TEXT]:
        _push()  # back from another page
    return str(st.session_state[_TEXT])


def _arrive() -> None:
    """Takes text and settings from a link, says what in it makes no sense, and runs the rest."""
    text = from_word(st.query_params.get(CODE, ""))
    said: list[Sentence] = []
    if text is None:
        said.append(
            sentence("The code in this link is damaged: it was cut off or changed on its way, so there is nothing to run.")
        )
    st.session_state[_SETTINGS] = _settings_of_link(said)
    _replace(text or "")
    st.session_state[_SAID] = tuple(said)
    st.session_state[_RAN] = text or ""


def _settings_of_link(said: list[Sentence]) -> Settings:
    reading = st.query_params.get(READING, "")
    return Settings(
        target=st.query_params.get(CLASS, "")[:LONGEST_SETTING],
        arguments=_pairs(SET, said),
        inputs=_inputs(said),
        reading=int(reading) if reading.isdecimal() and len(reading) < 4 else -1,
        stand_ins=_pairs(STAND_IN, said),
        device=st.query_params.get(DEVICE, "")[:20],
    )


def _inputs(said: list[Sentence]) -> tuple[str, ...]:
    """The inputs of the link, none if one is no shape: without a result there would be no field to correct it in."""
    found = tuple(_readable(INPUT, said))
    try:
        for text in found:
            parse_input(text)
    except InvalidInput as error:
        said.append(error.sentence)
        return ()
    return found


def _pairs(parameter: str, said: list[Sentence]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for pair in _readable(parameter, said):
        try:
            found += parse_settings([pair])
        except InvalidInput as error:
            said.append(error.sentence)
    return tuple(found)


def _readable(parameter: str, said: list[Sentence]) -> list[str]:
    """The values of a parameter that are not too long to be read; the others are said."""
    texts = st.query_params.get_all(parameter)[:MOST_SETTINGS]
    said += [Text().wanted(parameter, shortened(text)) for text in texts if len(text) > LONGEST_SETTING]
    return [text for text in texts if len(text) <= LONGEST_SETTING]


def settings() -> Settings:
    return st.session_state.get(_SETTINGS) or Settings()


def version() -> int:
    """Counts the texts that did not come from the editor itself."""
    return int(st.session_state.get(_VERSION, 0))


def edition() -> int:
    """How often something other than the fields changed what they show; part of their keys, as in ``stack_state``: the channels
    of one class, sent late by a busy browser, are none of the next class's."""
    return int(st.session_state.get(_EDITION, 0))


def _renew_fields() -> None:
    st.session_state[_EDITION] = edition() + 1


def ran() -> str:
    """The text that was run last, empty if none was."""
    return str(st.session_state.get(_RAN, ""))


def said() -> tuple[Sentence, ...]:
    """What the link could not give."""
    return tuple(st.session_state.get(_SAID, ()))


def keep_text(text: str) -> None:
    """Remembers what was written, in the session and in the URL; to be called by callbacks."""
    st.session_state[_TEXT] = text
    _push()


def open_text(text: str) -> None:
    """Puts another text into the editor and runs it; to be called by callbacks."""
    st.session_state[_SETTINGS] = Settings()
    _replace(text)
    run()


def open_repaired(source: str) -> None:
    """Puts what was made of the text in its place, with the numbers that were set; to be called by callbacks."""
    _replace(source)
    choose(reading=-1)
    run()


def _replace(text: str) -> None:
    _renew_fields()
    st.session_state[_TEXT] = text
    st.session_state[_VERSION] = version() + 1
    _push()


def run() -> None:
    """Shows the result of the text in the editor; numbers that were set for other classes are dropped."""
    text = str(st.session_state[_TEXT])
    if set(_CLASSES.findall(text)) != set(_CLASSES.findall(ran())) and ran():
        st.session_state[_SETTINGS] = Settings()
        _renew_fields()
    st.session_state[_RAN] = text
    st.session_state[_SAID] = ()
    st.session_state.pop(_STOPPED, None)
    _push()


def choose(**changes: object) -> None:
    """Changes some of the settings; to be called by callbacks."""
    st.session_state[_SETTINGS] = replace(settings(), **changes)  # type: ignore[arg-type]
    st.session_state.pop(_STOPPED, None)
    _push()


def choose_target(name: str) -> None:
    """Another class has other arguments and inputs; to be called by callbacks."""
    _renew_fields()
    choose(target=name, arguments=(), inputs=())


def forget_settings() -> None:
    """The numbers are again what the paste itself says, or what is proposed."""
    _renew_fields()
    choose(arguments=(), inputs=(), stand_ins=())


def set_argument(name: str, expression: str) -> None:
    """Sets an argument; an empty expression leaves it to the paste again."""
    rest = {key: value for key, value in settings().arguments if key != name}
    choose(arguments=tuple((rest | ({name: expression} if expression.strip() else {})).items()))


def set_inputs(inputs: Iterable[Input]) -> None:
    choose(inputs=tuple(written_input(given) for given in inputs))


def written_input(given: Input) -> str:
    """``1×64×56×56``, as ``parse_input`` reads it."""
    sizes = "×".join(map(str, given.shape))
    return sizes if given.dtype == "float32" else f"{sizes}:{given.dtype}"


def typed_input(place: int) -> str:
    """What was typed for an input and is no shape, to be corrected where it stands; empty if it is one or nothing was typed."""
    for typed in settings().inputs[place : place + 1]:
        try:
            parse_input(typed)
        except InvalidInput:
            return typed
    return ""


def stop() -> None:
    """The paste that runs now is not to be started again by itself."""
    st.session_state[_STOPPED] = True


def is_stopped() -> bool:
    return bool(st.session_state.get(_STOPPED))


def request(text: str, devices: Sequence[str]) -> Request:
    """The request for a text with the current settings; InvalidInput for an input that is no shape.

    A device that is none of ``devices`` is the first of them: a link may come from another computer.
    """
    chosen = settings()
    return Request(
        text,
        chosen.target,
        chosen.arguments,
        tuple(parse_input(given) for given in chosen.inputs),
        chosen.reading,
        device=chosen.device if chosen.device in devices else devices[0],
        want_gate_values=True,
        stand_ins=chosen.stand_ins,
    )


def last_request() -> Request | None:
    """The last request of this session that made sense."""
    return last_good("paste", Request)


def remember_request(asked: Request) -> None:
    remember_good("paste", asked)


def fold_code(is_traced: bool) -> None:
    """Folds the code once the picture below shows it, and opens it for a text that came to none; in between its reader decides.

    To be called before the code is drawn.
    """
    state = (ran(), is_traced)
    if st.session_state.get(_FOLDED) != state:
        st.session_state[_FOLDED] = state
        st.session_state[OPEN] = not is_traced


def fits_in_link() -> bool:
    return to_word(str(st.session_state.get(_TEXT, ""))) is not None


def _push() -> None:
    """Writes everything into the URL, as short as it goes."""
    chosen = settings()
    wanted: dict[str, Iterable[str]] = {
        CODE: filter(None, [to_word(str(st.session_state[_TEXT]))]),
        CLASS: filter(None, [chosen.target]),
        SET: [f"{name}={text}" for name, text in chosen.arguments],
        INPUT: chosen.inputs,
        READING: [str(chosen.reading)] if chosen.reading >= 0 else [],
        STAND_IN: [f"{name}={text}" for name, text in chosen.stand_ins],
        DEVICE: filter(None, [chosen.device]),
    }
    for parameter, values in wanted.items():
        listed = list(values)
        if listed != st.query_params.get_all(parameter):
            if listed:
                st.query_params[parameter] = listed
            else:
                st.query_params.pop(parameter, None)
    st.session_state[_SEEN] = _query()


def _query() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(st.query_params.get_all(parameter)) for parameter in PARAMETERS)
