"""Where pastes run on this computer: behind the wall, trusted because their owner said so, or nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from explainer.types import Sentence, sentence

Mode: TypeAlias = Literal["wall", "trusted", "off"]
SWITCH = "--trust-pastes"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Choice:
    """``reason`` says why pastes are off, and what they may do where they are trusted; empty behind the wall."""

    mode: Mode
    reason: tuple[Sentence, ...] = ()


def choose(*, can_lock: bool, wants_trust: bool, address: str) -> Choice:
    """The mode for a server bound to ``address``. Never weaker than was asked for, and never weaker without saying so."""
    if wants_trust and address in _LOOPBACK:
        return Choice("trusted", (sentence("Pastes run with your own rights, like python file.py: paste only what you trust."),))
    if wants_trust:
        return Choice(
            "off",
            (
                sentence(
                    "--trust-pastes is for one's own computer, and this server may be reached by others: bind it with"
                    " --server.address=127.0.0.1, or leave the switch out."
                ),
            ),
        )
    if not can_lock:
        return Choice(
            "off",
            (
                sentence("This computer cannot lock pasted code in: that takes Linux with seccomp filters."),
                sentence(
                    "On your own computer, start with --server.address=127.0.0.1 -- --trust-pastes to run pastes with your own"
                    " rights; or run Blocklens on Linux, for example in WSL 2 or a container. Everything else works here."
                ),
            ),
        )
    return Choice("wall")
