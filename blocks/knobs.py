"""The knobs that many blocks share, so that one word means one thing on every page."""

from __future__ import annotations

from blocks.spec import Knob, msg

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)


def _with(default: int) -> tuple[int, ...]:
    return tuple(sorted({*WIDTHS, default}))


def channels(default: int = 64) -> Knob:
    return Knob("channels", default, msg("C: how many feature maps go in and come out."), choices=_with(default))


def in_channels(default: int = 64) -> Knob:
    return Knob("in_channels", default, msg("How many feature maps go in."), choices=_with(default))


def out_channels(default: int = 64) -> Knob:
    return Knob("out_channels", default, msg("How many feature maps come out."), choices=_with(default))


def reduction(default: int = 16) -> Knob:
    return Knob("reduction", default, msg("r: the hidden layer has C // r channels."), largest=1024, choices=(1, 2, 4, 8, 16, 32))


def kernel_size(default: int = 3) -> Knob:
    return Knob("kernel_size", default, msg("k: the window is k × k."), largest=31, choices=(1, 3, 5, 7, 9, 11))


def stride(default: int = 1) -> Knob:
    return Knob("stride", default, msg("How far the window moves; 2 halves height and width."), largest=8, choices=(1, 2, 4))


def dim(default: int = 64) -> Knob:
    return Knob("dim", default, msg("D: how many numbers describe one token."), choices=WIDTHS)


def heads(default: int = 4) -> Knob:
    return Knob(
        "heads",
        default,
        msg("How many attentions run side by side, each on D / heads numbers."),
        largest=64,
        choices=(1, 2, 4, 8),
    )


def activation(default: str = "relu") -> Knob:
    return Knob(
        "activation",
        default,
        msg("The function behind each normalisation."),
        choices=("relu", "silu", "hardswish", "gelu", "none"),
    )


def bias(default: bool = True) -> Knob:
    return Knob("bias", default, msg("Whether a learned number is added to every output channel."))
