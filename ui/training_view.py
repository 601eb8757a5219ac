"""How a training stands, drawn: where it is, loss and accuracy, the gates of each class, and what it showed."""

from __future__ import annotations

from html import escape

import streamlit as st

from explainer.language import Translator, join_sentences, say, translator
from explainer.render.gate_words import gate_word
from explainer.render.line_chart import HUES
from explainer.render.training_charts import curves_chart, gates_chart, share_chart
from explainer.training.findings import gate_sentences, score_sentences, tracks
from explainer.training.measures import SHUFFLES
from explainer.training.progress import Progress
from explainer.training.record import CLASSES, WIDTHS, GateMeans
from explainer.training.session import State
from explainer.training.weights import state_bytes
from explainer.types import Sentence, sentence
from ui import draw
from ui.components.picture.component import picture
from ui.draw import Fact
from ui.links import arrival
from ui.links.fields import Word
from ui.panel_choice import choice

_NO_GATE = sentence("The block has no gate whose values could be seen, so there is nothing to draw of it.")


def status(found: State, lang: str) -> None:
    """One line and a bar: waiting and at which place, running and how far, or how it ended."""
    _ = translator(lang)
    share = round(found.share_done * 100)
    if found.phase == "failed":
        why = say(found.error, lang) if found.error else _("The training ended before it had a result.")
        draw.note([_("Not trained."), why], "bad")
        return
    words = _status_words(found, _)
    tone = "warn" if found.phase == "stopped" else ""
    bar = (
        f"<div class='bl-progress bl-{tone}' role='progressbar' aria-valuemin='0' aria-valuemax='100' aria-valuenow='{share}'"
        f" aria-label='{escape(_('Training'), quote=True)}'><i style='width:{share}%'></i></div>"
    )
    live = "role='status'" if found.is_over or found.phase == "waiting" else ""
    st.html(f"<div class='bl-training-status'><p {live}>{escape(words)}</p>{bar}</div>")


def _status_words(found: State, _: Translator) -> str:
    seconds = _("{seconds} s", seconds=f"{found.seconds:.0f}")
    if found.phase == "waiting" and found.position > 0:
        return _("Busy: number {position} in the queue, for {seconds} s", position=found.position, seconds=round(found.seconds))
    if found.phase == "waiting":
        return _("Starting …")
    count, done = len(found.recipes), len(found.finished)
    several = _("training {number} of {count}", number=min(done + 1, count), count=count) if count > 1 else ""
    if found.phase == "stopped":
        if found.share_done == 0:
            return _("Stopped before it began.")
        return _("Stopped after {share} % of the batches.", share=round(found.share_done * 100))
    if found.phase == "done":
        finish = found.progress.finish
        computing = f"{finish.cpu_ms / 1000:.1f}" if finish else ""
        return (
            _("Done in {seconds}, {computing} s of them computing.", seconds=seconds, computing=computing)
            if count == 1
            else _("Done in {seconds}.", seconds=seconds)
        )
    return " · ".join(part for part in (_("Training: {share} %", share=round(found.share_done * 100)), several, seconds) if part)


def curves(progress: Progress, lang: str) -> None:
    """Loss and accuracy beside each other."""
    picture(*curves_chart(progress, lang), key="training-curves")


def scores(progress: Progress, lang: str) -> None:
    """Accuracy and cost of both networks in cards, and what a difference between them means."""
    _, start, finish = translator(lang), progress.start, progress.finish
    if start is None:
        return
    cards = []
    total = start.test_count
    for cost in start.costs:
        seen = progress.nets[cost.net]
        right = seen.correct[-1] if seen.correct else None
        name = _("With the block") if cost.net == "with" else _("Without")
        value = "–" if right is None else f"{right / total * 100:.1f} %"
        detail = "" if right is None else _("{right} of {count} test pictures", right=right, count=total)
        cards.append(Fact(name, value, detail, "gate" if cost.net == "with" else ""))
    known = {cost.net: cost for cost in start.costs}
    first = known.get("with") or known["without"]
    other = known.get("without") if "with" in known else None
    more = _("{n} more than without", n=f"{first.param_count - other.param_count:+,}") if other else ""
    cards.append(Fact(_("Parameters"), f"{first.param_count:,}", more))
    more = _("{n} more than without", n=f"{first.macs - other.macs:+,}") if other else ""
    cards.append(Fact(_("Multiply-adds (MACs)"), f"{first.macs:,}", more))
    draw.facts(cards)
    if finish is not None:
        _say(score_sentences(finish), lang)


def gates(progress: Progress, lang: str, *, live: bool) -> None:
    """The mean gate of each class in every stage, as in the paper; once it has ended also how much classes differ."""
    _ = translator(lang)
    if not progress.gates:
        if progress.finish is not None and "with" in progress.nets:
            draw.muted(say(_NO_GATE, lang))
        return
    draw.pane_title(_("The gate of each class"), _("mean over the test pictures of a digit"))
    track = _track(tracks(progress.gates), lang)
    in_order = choice(
        _("Order of the channels"), ("sorted", "order"), lambda word: {"sorted": _("sorted"), "order": _("in order")}[word],
        key="train_order", bare=True,
    ) == "order"  # fmt: skip
    _legend(_)
    picture(*gates_chart(track, lang, in_order=in_order), key="training-gates")
    if live or progress.finish is None:
        return
    draw.pane_title(_("How much the classes differ"), _("stage by stage"))
    picture(*share_chart(track, lang), key="training-share")
    _say(gate_sentences(track), lang)
    with st.expander(_("How this is measured, and the same as a table")):
        measure_words(lang)
        draw.table("bl-figures", _("How much the classes differ"), *_gate_table(track, _))


def _track(found: tuple[tuple[GateMeans, ...], ...], lang: str) -> tuple[GateMeans, ...]:
    """The gates to show: a block with several has a switch."""
    gates = tuple(str(track[0].gate + 1) for track in found)
    arrival.check("train_gate", Word(gates, gates[0]))
    if len(found) == 1:
        return found[0]
    _ = translator(lang)
    names = {str(track[0].gate + 1): f"{track[0].gate + 1} · {gate_word(track[0].kind, lang)}" for track in found}
    chosen = choice(_("Gate"), tuple(names), names.__getitem__, key="train_gate", bare=True)
    return found[tuple(names).index(chosen)]


def _legend(_: Translator) -> None:
    entries = "".join(
        f"<li><i style='background:light-dark(oklch(.58 .15 {hue}),oklch(.77 .13 {hue}))'></i>{number}</li>"
        for number, hue in zip(range(CLASSES), HUES, strict=True)
    )
    label = escape(_("Digits by colour"), quote=True)
    st.html(f"<ul class='bl-classes' aria-label='{label}'>{entries}<li class='all'><i></i>{escape(_('all digits'))}</li></ul>")


def measure_words(lang: str) -> None:
    """How the figures are computed."""
    _ = translator(lang)
    texts = (
        _("Every test picture gives each gate one number per unit: a channel, a place, or what a token receives on average."),
        _(
            "For every unit the mean is taken over the pictures of each class. Between is the variance of these ten means,"
            " averaged over the units; the spread is its square root."
        ),
        _("Within is the variance inside a class, averaged over classes and units. The share is between / (between + within)."),
        _(
            "Some share comes by chance as well: the classes are dealt to the pictures at random {count} times and measured in"
            " the same way.",
            count=SHUFFLES,
        ),
    )
    draw.muted(join_sentences(texts))


def _gate_table(track: tuple[GateMeans, ...], _: Translator) -> tuple[str, str]:
    heads = (_("stage"), _("mean"), _("least"), _("largest"), _("between"), _("within"), _("share"), _("by chance"))
    head = "".join(f"<th scope='col' class='bl-num'>{escape(text)}</th>" for text in heads)
    rows = []
    for gate in track:
        share = "–" if gate.share is None else f"{gate.share * 100:.1f} %"
        chance = "–" if gate.shuffled is None else f"{gate.shuffled * 100:.1f} %"
        cells = (
            str(gate.stage + 1), f"{gate.mean:.4f}", f"{gate.least:.4f}", f"{gate.largest:.4f}", f"{gate.between:.3g}",
            f"{gate.within:.3g}", share, chance,
        )  # fmt: skip
        rows.append("<tr>" + "".join(f"<td class='bl-num'>{cell}</td>" for cell in cells) + "</tr>")
    return head, "".join(rows)


def _say(sentences: tuple[Sentence, ...], lang: str) -> None:
    if sentences:
        draw.note([say(found, lang) for found in sentences], "")


def weights(progress: Progress, lang: str) -> None:
    """The trained weights to take away, of the whole network or of one of its blocks."""
    _, finish = translator(lang), progress.finish
    if finish is None or not finish.weights:
        return
    parts = ("net", *(str(stage + 1) for stage in range(len(WIDTHS)))) if "with" in progress.nets else ("net",)

    def spoken(part: str) -> str:
        return _("whole network") if part == "net" else _("block of stage {number}", number=part)

    draw.pane_title(_("Trained weights"), _("to load into the first view, or into PyTorch"))
    with st.container(horizontal=True, vertical_alignment="center", key="training-weights-row"):
        part = choice(_("Trained weights"), parts, spoken, key="train_weights", bare=True)
        prefix = "" if part == "net" else f"blocks.{int(part) - 1}."
        st.download_button(
            _("state_dict (.pt)"), data=lambda: state_bytes(finish.weights, prefix), on_click="ignore",
            file_name=f"blocklens-digits-{part}.pt", icon=":material/download:", key="training-weights",
        )  # fmt: skip
    if prefix:
        channels = WIDTHS[int(part) - 1]
        draw.muted(_("The block of this stage has {channels} channels; set the same on the first view.", channels=channels))
