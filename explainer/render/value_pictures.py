"""The numbers of a step as the viewer shows them: words, a histogram, pictures."""

from __future__ import annotations

from typing import Any

from explainer.language import translator
from explainer.step_values import StepValues
from explainer.tensor_pictures import Picture
from explainer.types import Fill


def value_pictures(step: str, found: StepValues, lang: str) -> dict[str, Any]:
    """What the details pane shows below the facts of the step with this id."""
    _ = translator(lang)
    shown: dict[str, Any] = {
        "step": step,
        "notes": [_("Random weights on a random input: the form is real, the meaning is not.")],
    }
    spread = found.spread
    if spread is None:
        return shown | {"notes": [_("None of these numbers is finite.")]}
    if spread.infinite:
        shown["notes"].append(_("{count:,} of them are infinite or no numbers.", count=spread.infinite))
    shown["stats"] = {
        "least": _number(spread.least),
        "mean": _number(spread.mean),
        "largest": _number(spread.largest),
        "deviation": _number(spread.deviation),
        "zeros": f"{spread.zeros:.1%}" if spread.zeros else "",
    }
    shown["bins"] = list(spread.bins)
    named = ((found.gate, _("The gate")), (found.result, ""), (found.weights, _("Weights")))
    shown["pictures"] = [_picture(picture, name, lang) for picture, name in named if picture is not None]
    return shown


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _picture(picture: Picture, name: str, lang: str) -> dict[str, Any]:
    _, title = translator(lang), _title(picture, lang)
    return {
        "title": _("{name}: {title}", name=name, title=title) if name else title,
        "width": picture.width,
        "height": picture.height,
        "signed": picture.signed,
        "tiles": [[name, tile] for name, tile in zip(picture.names, picture.tiles, strict=True)],
    }


def _title(picture: Picture, lang: str) -> str:
    _ = translator(lang)
    numbers: dict[str, Fill] = {"least": _number(picture.least), "largest": _number(picture.largest), "count": picture.count}
    shown = len(picture.tiles)
    if picture.kind == "maps" and picture.count == 1:
        return _("one channel, from {least} to {largest}", **numbers)
    if picture.kind == "maps":
        return _("channels 0 to {last} of {count:,}, from {least} to {largest}", last=shown - 1, **numbers)
    if picture.kind == "kernels":
        return _("{shown} kernels of {count:,}, output ← input, from {least} to {largest}", shown=shown, **numbers)
    if picture.kind == "vector":
        return _("{count:,} numbers in rows, from {least} to {largest}", **numbers)
    return _("a matrix, from {least} to {largest}", **numbers)
