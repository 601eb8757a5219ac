"""How wide a hidden layer is and how far a kernel is padded; what does not come out even is refused with a sentence."""

from __future__ import annotations

from blocks.spec import InvalidKnob, msg


def hidden_width(channels: int, reduction: int) -> int:
    """C // r; InvalidKnob if that leaves no channel."""
    if channels // reduction < 1:
        raise InvalidKnob(
            msg("{channels} channels divided by {reduction} leave no hidden channel: use a reduction of at most {channels}."),
            field="reduction",
            channels=channels,
            reduction=reduction,
        )
    return channels // reduction


def share(channels: int, parts: int, field: str) -> int:
    """Channels of each part; InvalidKnob for ``field`` if they do not come out even."""
    if channels % parts:
        raise InvalidKnob(
            msg("{channels} channels do not come out even in {parts} parts: choose a divisor of {channels}."),
            field=field,
            channels=channels,
            parts=parts,
        )
    return channels // parts


def same_padding(kernel_size: int, dilation: int = 1, field: str = "kernel_size") -> int:
    """The padding on each side that keeps the size at stride 1; InvalidKnob for an even kernel."""
    if kernel_size % 2 == 0:
        raise InvalidKnob(
            msg("No equal padding on both sides keeps the size with a kernel of {kernel_size}: choose an odd one."),
            field=field,
            kernel_size=kernel_size,
        )
    return dilation * (kernel_size - 1) // 2


def round_to_multiple(width: float, divisor: int) -> int:
    """The multiple of ``divisor`` nearest to ``width``, at least one of it, and never less than nine tenths of ``width``.

    >>> round_to_multiple(30, 4), round_to_multiple(18, 8), round_to_multiple(1, 8)
    (32, 24, 8)
    """
    nearest = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * width else nearest
