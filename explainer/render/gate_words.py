"""The kinds of gates in the reader's language."""

from __future__ import annotations

from explainer.language import translator


def gate_word(kind: str, lang: str) -> str:
    """What a reader calls a gate of this kind."""
    _ = translator(lang)
    return {
        "channel": _("channel gate"),
        "spatial": _("spatial gate"),
        "channel-spatial": _("gate along one side"),
        "elementwise": _("gate for every element"),
        "token-to-token": _("attention matrix"),
    }[kind]
