"""The picture on the Layer page that answers to the hand: windows over the input, their sums, and who reads what."""

from __future__ import annotations

from explainer.arithmetic import ConvTransposeLayer
from explainer.errors import BlocklensError
from explainer.language import say, translator
from explainer.layer_facts import LayerFacts
from explainer.render.window_scene import has_window
from ui import cached, state, window_link
from ui.components.window_picture.component import window_picture
from ui.draw import note, pane_title
from ui.layer_choice import LayerChoice
from ui.links import arrival
from ui.links.fields import Text


def can_show(found: LayerFacts) -> bool:
    """Whether the layer slides windows that a picture can show."""
    return has_window(found.layer)


def window_pane(choice: LayerChoice, found: LayerFacts, lang: str) -> None:
    """The picture of one layer; the chosen output is in the URL."""
    try:
        scene = cached.scene_of(choice, lang)
    except BlocklensError as error:
        pane_title(_title(found, lang))
        note([say(error.sentence, lang)])
        return
    pane_title(_title(found, lang), scene["words"]["hint"])
    key, asked = f"windows-{found.name}", state.chosen_cell()
    drawn = window_link.drawing(scene, key)
    chosen = window_picture(scene, key=key, chosen=asked, drawn=drawn, lang=lang)
    arrival.judge("cell", *([Text().wanted("cell", f"{asked[0]}-{asked[1]}")] if asked not in (None, chosen) else []))
    state.choose_cell(chosen)


def _title(found: LayerFacts, lang: str) -> str:
    _ = translator(lang)
    return _("What a window writes") if isinstance(found.layer, ConvTransposeLayer) else _("What a window reads")
