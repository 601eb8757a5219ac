"""What each knob of a block changes: every other value tried, and what came of it, as a table."""

from __future__ import annotations

from html import escape
from itertools import groupby

from explainer.changes import Change, Measured
from explainer.errors import BlocklensError
from explainer.labels import shape_label
from explainer.language import Translator, say, translator
from ui import cached_catalogue, draw
from ui.chosen_block import BlockChoice
from ui.fact_cards import bytes_words, field_words
from ui.panel_choice import folded


def changes_panel(choice: BlockChoice, lang: str) -> None:
    """The list, in an expander that computes it when it is opened."""
    _ = translator(lang)
    panel = folded(_("What changes when: every knob turned to its other values"), key="changes")
    if not panel.open:
        return
    with panel:
        try:
            before, changes = cached_catalogue.changes_of(choice)
        except BlocklensError as error:
            draw.note([_("Not computed."), say(error.sentence, lang)])
            return
        draw.table("bl-changes", _("What changes when"), *_table(before, changes, lang))
        draw.muted(_("One knob is turned at a time, all others stay as they are above. An empty cell means: as now."))


def _table(before: Measured, changes: tuple[Change, ...], lang: str) -> tuple[str, str]:
    """(the head's cells, the rows)"""
    _ = translator(lang)
    names = (_("output"), _("parameters"), _("MACs"), _("memory at peak"), _("receptive field"), _("gates"), _("steps"))
    head = "<td></td><td></td>" + "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    now = "".join(f"<td>{text}</td>" for text in _cells(before, None, lang))
    rows = [f"<tr class='bl-now'><th scope='row' colspan='2'>{escape(_('now'))}</th>{now}</tr>"]
    for knob, group in groupby(changes, key=lambda change: change.knob):
        inside = list(group)
        for number, change in enumerate(inside):
            first = f"<th scope='rowgroup' rowspan='{len(inside)}'>{escape(knob)}</th>" if number == 0 else ""
            rows.append(f"<tr>{first}<td><code>{escape(str(change.value))}</code></td>{_effect(before, change, _, lang)}</tr>")
    return head, "".join(rows)


def _effect(before: Measured, change: Change, _: Translator, lang: str) -> str:
    if change.refused is not None:
        return f"<td colspan='7' class='bl-refused'>{escape(say(change.refused, lang))}</td>"
    assert change.after is not None
    if change.fails:
        return f"<td colspan='7' class='bl-refused'>{escape(_('the forward fails'))}</td>"
    if not change.differs:
        words = _("only the numbers that come out") if change.rewired else _("nothing")
        return f"<td colspan='7' class='bl-same'>{escape(words)}</td>"
    return "".join(f"<td>{text}</td>" for text in _cells(change.after, before, lang))


def _cells(now: Measured, before: Measured | None, lang: str) -> list[str]:
    """The cells of a row; against ``before`` those that are the same stay empty, and counts get their change in per cent."""
    shapes = {
        "outputs": ", ".join(map(shape_label, now.outputs)),
        "param_count": f"{now.param_count:,}",
        "macs": f"{now.macs:,}",
        "peak_bytes": bytes_words(now.peak_bytes),
        "field": field_words(now.field, lang),
        "gates": ", ".join(map(shape_label, now.gates)) or "–",
        "step_count": f"{now.step_count:,}",
    }
    if before is None:
        return [escape(text) for text in shapes.values()]
    differs = before.differs(now)
    return [_cell(name, text, now, before) if name in differs else "" for name, text in shapes.items()]


def _cell(name: str, text: str, now: Measured, before: Measured) -> str:
    old, new = getattr(before, name), getattr(now, name)
    if not isinstance(new, int) or name == "step_count":
        return f"<b>{escape(text)}</b>"
    return f"<b>{escape(text)}</b> <span>{ratio(old, new)}</span>"


def ratio(old: int, new: int) -> str:
    """How much more or less; empty where that would say nothing.

    >>> ratio(100, 150), ratio(100, 320), ratio(400, 100), ratio(1000, 980), ratio(0, 5), ratio(401_476, 401_472)
    ('+50 %', '× 3.2', '÷ 4', '−2 %', '', '')
    """
    if not old or not new or abs(new - old) < old / 1000:
        return ""
    if new >= 2 * old:
        return f"× {new / old:.3g}"
    if old >= 2 * new:
        return f"÷ {old / new:.3g}"
    return f"{100 * (new - old) / old:+.3g} %".replace("-", "−")
