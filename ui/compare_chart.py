"""Parameters against multiply-adds of the whole catalogue at one width and size, with the two chosen blocks marked."""

from __future__ import annotations

import streamlit as st

from explainer.language import translator
from explainer.render.cost_figure import Dot, cost_figure
from ui import cached, cached_catalogue, draw
from ui.chosen_block import BlockChoice
from ui.compare_view import LETTERS, title_of
from ui.inputs import number


def chart(left: BlockChoice, right: BlockChoice, lang: str) -> None:
    _ = translator(lang)
    draw.pane_title(_("The whole catalogue"), _("parameters against multiply-adds"))
    with st.container(horizontal=True, gap="xsmall", key="chart-fields"):
        width = number(
            "all_c",
            64,
            _("Every block gets this many channels, or numbers per token, in and out."),
            label=_("channels"),
            largest=1024,
        )
        side = number(
            "all_s",
            28,
            _("Every picture is this high and wide; a sequence is as long as the picture has places."),
            label="H = W",
            largest=512,
        )
    found = cached_catalogue.catalogue_at(width, side)
    dots = [Dot(_(title), _(family), params, macs) for title, family, params, macs in found.costs]
    for letter, choice in zip(LETTERS, (left, right), strict=True):
        cost = cached.examination(choice).totals
        dots.append(Dot(f"{letter} · {title_of(choice, lang)}", "", cost.param_count, cost.macs, letter))
    draw.chart(cost_figure(dots, lang), key="cost-chart", alt=_words(left, right, lang))
    note = _("A and B stand where their own settings above put them; all others have the width and the size of these two fields.")
    if found.refused:
        note += " " + _("Not possible at this width: {names}.", names=", ".join(_(title) for title in found.refused))
    draw.muted(note)


def _words(left: BlockChoice, right: BlockChoice, lang: str) -> str:
    _ = translator(lang)
    costs = [cached.examination(choice).totals for choice in (left, right)]
    return _(
        "A has {a_params:,} parameters and {a_macs:,} MACs, B has {b_params:,} and {b_macs:,}.",
        a_params=costs[0].param_count, a_macs=costs[0].macs, b_params=costs[1].param_count, b_macs=costs[1].macs,
    )  # fmt: skip
