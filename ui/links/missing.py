"""What of a page is too long for its address."""

from __future__ import annotations

from explainer.types import Sentence, sentence
from ui import paste_state, stack_state, table_state


def missing(page: str) -> Sentence | None:
    """What the link of a page cannot hold and what to do instead, None if it holds everything."""
    if page == "paste" and not paste_state.fits_in_link():
        return sentence(
            "This code is too long for a link, so the link opens the page without it. Save the code as a file, above on this page"
            ' under "The code", and send that too.'
        )
    if page == "table" and not table_state.fits_in_link():
        return sentence(
            "This table is too long for a link, so the link opens the page without it. Take it along as a file from the foot of"
            " this page, and send that too."
        )
    if page == "stack" and not stack_state.fits_in_link():
        return sentence(
            "This stack is too long for a link, so the link opens the page without it. Send its PyTorch code instead: this page"
            " reads it back."
        )
    return None
