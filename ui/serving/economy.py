"""What is worked out anew for every run although it is always the same, and how often what runs leave behind is swept up."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Final

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

# Each message to a browser gives Python's lock away several times, and a run that computes returns it only after this long:
# with Python's own 5 ms, 40 visitors wait for 0.3 s where they now wait for 0.1.
_TURN_S: Final = 0.001

# With Python's own 700, 10 and 10, everything that a hundred sessions hold is looked through every three seconds, for 0.15 s in
# which nobody is answered. Circles of young objects still go after some three runs, those a little older after thirty.
_YOUNG, _OLDER, _NEVER = 5_000, 10, 1_000_000
_SWEEP_S: Final = 60.0


def economise() -> None:
    """Sets Python's pace for a server and spares each run what need not be done again; once for each process."""
    sys.setswitchinterval(_TURN_S)
    gc.set_threshold(_YOUNG, _OLDER, _NEVER)
    app_session._populate_theme_msg = remembered(app_session._populate_theme_msg)  # noqa: SLF001 - Streamlit offers no other way


async def sweep() -> None:
    """Looks through everything once in a while, if anything has run since."""
    while True:
        await asyncio.sleep(_SWEEP_S)
        if gc.get_count()[2]:
            gc.collect()


def remembered(populate: Callable[[CustomThemeConfig, str], None]) -> Callable[..., None]:
    """``populate``, which writes a section of the configured theme into a message, called once for each.

    Every run begins with such a message, and to write it took 4 of the 25 ms that a change on the page of a layer takes.
    """
    written = dict[str, CustomThemeConfig]()

    def copy(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in written:
            known = CustomThemeConfig()
            populate(known, section)
            written[section] = known
        if written[section].ListFields():  # a message that is written to, even nothing, is there
            message.MergeFrom(written[section])

    return copy
