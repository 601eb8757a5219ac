"""With which weights the module looks: random from a seed, from a file, and one of them set by hand."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explainer.attention import uploads
from explainer.attention.records import Edit, Entry, Knob, Report, Seen, Weights
from explainer.errors import InvalidInput
from explainer.language import say, translator
from ui import attention_state, cached_attention, draw, state
from ui.limits import LARGEST

_UPLOAD = "attention-weights-file"
_SHOWN_NAMES = 6
_WIDEST = 3.0


def seed_field(lang: str) -> int:
    """The seed of random weights."""
    _ = translator(lang)
    help_seed = _("Draws the random weights; the same seed, the same weights.")
    return int(st.number_input(_("seed of the weights"), 0, LARGEST, 0, key="seed", bind="query-params", help=help_seed))


def weights_file(seed: int, lang: str) -> Weights:
    """A field for a state dict; the random weights without one."""
    _ = translator(lang)
    given = st.file_uploader(
        _("Trained weights: a state_dict"),
        key=_UPLOAD,
        on_change=_taken,
        max_upload_size=uploads.MAX_BYTES >> 20,
        help=_(
            "A file of torch.save(module.state_dict(), path). It is read without running anything in it; a link cannot carry it."
        ),
    )
    name, entries = attention_state.own_weights()
    if given is None and entries:
        with st.container(horizontal=True, vertical_alignment="center", key="attention-weights-kept"):
            draw.muted(_("In use: {name}", name=name))
            st.button(_("Remove"), key="attention-weights-forget", type="tertiary", on_click=_taken)
    elif given is not None and not entries:
        try:
            cached_attention.checked_weights(given.getvalue())
        except InvalidInput as error:
            draw.note([_("Not taken."), say(error.sentence, lang)], "bad")
    return Weights(seed, entries)


def _taken() -> None:
    """Looks at the new file, or at none, before anything is drawn."""
    given = st.session_state.get(_UPLOAD)
    entries: tuple[Entry, ...] = ()
    if given is not None:
        try:
            entries = cached_attention.checked_weights(given.getvalue())
        except InvalidInput:
            entries = ()  # the sentence is said below the field
    attention_state.keep_own_weights("" if given is None else str(given.name), entries)


def with_edit(weights: Weights) -> Weights:
    """The weights with the number that was set by hand, if one was."""
    edit = attention_state.edit()
    return weights if edit is None else replace(weights, edits=(edit,))


def what_they_are(weights: Weights, seen: Seen, lang: str, *, is_trained: bool) -> None:
    """Whether what is seen means anything."""
    _ = translator(lang)
    edited = [_("One weight is set by hand.")] if weights.edits else []
    if seen.report is not None and seen.report.loaded:
        report = seen.report
        total = len(report.loaded) + len(report.missing) + len(report.mismatched)
        told = _("{loaded} of {total} tensors come from your file.", loaded=len(report.loaded), total=total)
        draw.note([told, *_left_out(report, lang), *edited], "warn" if report.missing or report.mismatched else "good")
    elif is_trained:
        draw.note([_("Trained."), _("These are the weights that the library gives with the network."), *edited], "good")
    else:
        lost = [] if seen.report is None else [_("Nothing in the file fits this module."), *_left_out(seen.report, lang)]
        words = _(
            "The weights are drawn at random (seed {seed}): a gate near its middle is noise, and which of its values are high"
            " means nothing yet. What the picture does to it is real all the same.",
            seed=weights.seed,
        )
        draw.note([_("Untrained."), *lost, words, *edited])


def _left_out(report: Report, lang: str) -> list[str]:
    _ = translator(lang)
    said = []
    if report.missing:
        said.append(_("Missing in the file: {names}.", names=_named(report.missing)))
    if report.unexpected:
        said.append(_("In the file only: {names}.", names=_named(report.unexpected)))
    said += [
        _("{name} is {own} here and {given} in the file.", name=name, own=own, given=given)
        for name, own, given in report.mismatched[:_SHOWN_NAMES]
    ]
    return said


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN_NAMES]) + (" …" if len(names) > _SHOWN_NAMES else "")


def wanted_place(seen: Seen) -> tuple[str, tuple[int, ...]]:
    """The parameter and the place in it that the fields stand at: those of the edit, else one whose change is seen at once."""
    edit = attention_state.edit()
    known = {knob.name: knob.shape for knob in seen.knobs}
    if edit is not None and edit.name in known and len(edit.index) == len(known[edit.name]):
        return edit.name, edit.index
    return (seen.knobs[0].name, seen.place) if seen.knobs else ("", ())


def edit_form(seen: Seen, lang: str) -> None:
    """One weight on the way to the gate, with a slider: what it does is seen at once."""
    _ = translator(lang)
    name, index = wanted_place(seen)
    if not name:
        return
    edit, shape = attention_state.edit(), next(knob.shape for knob in seen.knobs if knob.name == name)
    with st.expander(_("Set one weight by hand"), expanded=edit is not None, icon=":material/tune:"):
        names = tuple(knob.name for knob in seen.knobs)
        fields = st.columns((2, *(1,) * sum(size > 1 for size in shape), 2.4, 1), gap="small", vertical_alignment="bottom")
        st.session_state["attention-knob"] = name
        fields[0].selectbox(_("parameter"), names, key="attention-knob", on_change=_choose_knob, args=(seen.knobs,))
        at = 1
        for axis, size in enumerate(shape):
            if size == 1:
                continue
            key = f"attention-place-{axis}"
            state.set_shown(key, min(index[axis], size - 1))
            label = (
                (_("output channel"), _("input channel"))[axis] if axis < 2 and len(shape) > 1 else _("place {axis}", axis=axis)
            )
            fields[at].number_input(label, 0, size - 1, step=1, key=key, on_change=_choose_place, args=(name, len(shape)))
            at += 1
        st.session_state["attention-number"] = seen.number if edit is None else edit.value
        value = float(st.session_state["attention-number"])
        widest = max(_WIDEST, abs(value))
        fields[-2].slider(
            _("value"),
            -widest,
            widest,
            step=0.05,
            key="attention-number",
            on_change=_set_number,
            args=(name, index),
            format="%.2f",
        )
        fields[-1].button(
            _("Put back"),
            key="attention-put-back",
            icon=":material/undo:",
            disabled=edit is None,
            on_click=attention_state.put_edit,
            args=(None,),
        )


def _choose_knob(knobs: tuple[Knob, ...]) -> None:
    chosen = st.session_state["attention-knob"]
    shape = next(knob.shape for knob in knobs if knob.name == chosen)
    attention_state.put_edit(Edit(chosen, (0,) * len(shape), 1.0))


def _choose_place(name: str, count: int) -> None:
    index = tuple(int(st.session_state.get(f"attention-place-{axis}", 0)) for axis in range(count))
    edit = attention_state.edit()
    attention_state.put_edit(Edit(name, index, 1.0 if edit is None else edit.value))


def _set_number(name: str, index: tuple[int, ...]) -> None:
    attention_state.put_edit(Edit(name, index, float(st.session_state["attention-number"])))
