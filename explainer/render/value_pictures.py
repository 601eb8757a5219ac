"""The numbers of a step as the viewer shows them: words, a histogram, pictures."""

from __future__ import annotations

from typing import Any

from explainer.language import translator
from explainer.step_values import Picture, StepValues


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
    pictures = [picture for picture in (found.result, found.weights) if picture is not None]
    shown["pictures"] = [_picture(picture, lang, is_weight=picture is found.weights) for picture in pictures]
    return shown


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _picture(picture: Picture, lang: str, *, is_weight: bool) -> dict[str, Any]:
    return {
        "title": _title(picture, lang, is_weight=is_weight),
        "width": picture.width,
        "height": picture.height,
        "signed": picture.signed,
        "tiles": [[name, tile] for name, tile in zip(picture.names, picture.tiles, strict=True)],
    }


def _title(picture: Picture, lang: str, *, is_weight: bool) -> str:
    _ = translator(lang)
    shown, numbers = len(picture.tiles), {"least": _number(picture.least), "largest": _number(picture.largest)}
    if picture.kind == "maps":
        return _("Channels 0 to {last} of {count:,}, from {least} to {largest}", last=shown - 1, count=picture.count, **numbers)
    if picture.kind == "kernels":
        return _("Kernels, {shown} of {count:,}, from {least} to {largest}", shown=shown, count=picture.count, **numbers)
    if picture.kind == "vector":
        return _("All {count:,} numbers in rows, from {least} to {largest}", count=picture.count, **numbers)
    if is_weight:
        return _("Weights: a row for each output, a column for each input; {least} to {largest}", **numbers)
    return _("The first sample as a matrix, from {least} to {largest}", **numbers)
