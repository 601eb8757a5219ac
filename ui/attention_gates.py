"""The first view of the Attention page: every gate of a module, drawn on a picture."""

from __future__ import annotations

from explainer.language import translator
from ui import block_choice, cached, draw


def gates_panel(lang: str) -> None:
    """Everything below the switch."""
    _ = translator(lang)
    cached.catalogue()
    spec = block_choice.pick_block(lang)
    draw.muted(f"{_(spec.about[0])} {spec.formula}")
