"""Where a card of the Attention page is, and what is chosen in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explainer.attention.records import GateSeen
from explainer.language import Translator
from ui import attention_state


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card is: the number of its gate, how many there are, the picture and its shape, and the pictures beside it."""

    number: int
    count: int
    picture: str
    shape: tuple[int, int]
    samples: tuple[str, ...]
    lines: Mapping[int, tuple[int, str]]
    is_chosen: bool


def choose_unit(place: Place, unit: int) -> None:
    if not place.is_chosen:
        attention_state.forget(attention_state.TOKEN, attention_state.HEAD, attention_state.EDIT)
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.UNIT, str(unit))


def choose_head(place: Place, head: int) -> None:
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.HEAD, str(head) if head else "")


def choose_token(place: Place, token: int) -> None:
    attention_state.put(attention_state.GATE, str(place.number + 1) if place.number else "")
    attention_state.put(attention_state.TOKEN, str(token))


def unit_name(gate: GateSeen, unit: int) -> str:
    """A channel's number, behind that of its branch where there are several."""
    count = len(gate.units[0]) // gate.branches if gate.units else 0
    return f"{unit // count}·{unit % count}" if gate.branches > 1 and count else str(unit)


def condensing(name: str, _: Translator) -> str:
    """What a branch makes of a feature map, by the op that it uses."""
    if name in ("amax", "max") or "max_pool" in name:
        return _("maximum")
    if name == "mean" or "avg_pool" in name:
        return _("average")
    return name
