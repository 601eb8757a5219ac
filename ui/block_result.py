"""Whose result is shown, of a block's form or of the last settings that made one; and what a change of a field draws."""

from __future__ import annotations

from collections.abc import Callable

from ui import cached, form_result, state
from ui.block_form import BlockForm
from ui.chosen_block import BlockChoice

# The results of the Blocks and of the Compare page: fragments, each inside that of its page.
BLOCK, PAIR = "block-result", "compare-result"


def is_wrong(form: BlockForm, lang: str, place: str) -> bool:
    """Whether the form makes no block, which it then says; else its settings are the ones to show from now on."""
    error = form_result.fault(place, form.choice, cached.examination)
    if error is not None:
        form.complain(error, lang)
    return error is not None


def teller(place: str, fragment: str) -> Callable[[BlockChoice, bool], None]:
    """What a form calls after a change, and whether that changes the form itself."""
    return lambda choice, redraws: form_result.show_soon(place, choice, cached.examination, None if redraws else fragment)


def latest(place: str) -> BlockChoice | None:
    """The last settings that made a block."""
    return state.last_good(place, BlockChoice)
