"""The formula read backwards: which settings reach an output, which inputs share it, which padding keeps or divides a size."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from explainer.arithmetic.arguments import whole
from explainer.arithmetic.axis import Axis
from explainer.errors import TooLarge

_MOST_TRIALS = 10**6
_KERNEL_RANKS = {3: 0, 1: 1, 5: 2, 7: 2, 2: 3, 4: 3, 11: 4}
_PATCH_RANKS = {2: 1, 4: 2, 8: 2, 16: 2, 14: 2, 32: 2}


@dataclass(frozen=True, slots=True)
class Window:
    """The numbers of a sliding window, without the row it slides over.

    >>> Window(7, stride=2, padding=3).on(224).output
    112
    """

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def reach(self) -> int:
        return self.dilation * (self.kernel_size - 1) + 1

    def on(self, size: int) -> Axis:
        return Axis(size, self.kernel_size, self.stride, (self.padding, self.padding), self.dilation, self.ceil_mode)

    @property
    def rarity(self) -> int:
        """0 for what stands in most networks, more the less one meets it: a rule of thumb to sort by, nothing measured.

        Common are odd kernels centred by their padding, strides 1 and 2, patches (a stride as large as the kernel), no dilation.
        """
        if self.stride == self.kernel_size > 1 and self.padding == 0 and self.dilation == 1:
            return _PATCH_RANKS.get(self.kernel_size, 3)
        centred = self.padding == (self.reach - 1) // 2
        return (
            _KERNEL_RANKS.get(self.kernel_size, 5)
            + (0 if self.stride <= 2 else 3)
            + (0 if centred else 1 if self.padding == 0 else 3)
            + (6 if self.padding > self.reach // 2 else 0)
            + (2 if self.stride > self.reach else 0)
            + (self.dilation + self.stride if self.dilation > 1 else 0)
        )


@dataclass(frozen=True, slots=True)
class Spread(Window):
    """The numbers of a transposed convolution on one axis.

    >>> Spread(4, stride=2, padding=1).output(16)
    32
    """

    output_padding: int = 0

    def output(self, size: int) -> int:
        return (size - 1) * self.stride - 2 * self.padding + self.reach + self.output_padding

    @property
    def rarity(self) -> int:
        """Common are windows side by side, kernels of twice the stride cut evenly, and a 3 that mirrors a stride of 2."""
        if self.dilation == 1 and self.padding == self.output_padding == 0 and self.stride == self.kernel_size:
            return 0 if self.stride == 2 else 2
        if self.dilation == 1 and self.kernel_size == 2 * self.stride and 2 * self.padding == self.stride:
            return 1 if self.stride == 2 else 2
        return 2 + super(Spread, self).rarity + abs(self.output_padding - (self.stride - 1 if self.kernel_size % 2 else 0))


def spreads_for(
    size: int,
    output: int,
    kernel_sizes: range = range(1, 12),
    strides: range = range(1, 5),
    paddings: range = range(6),
    dilations: range = range(1, 3),
) -> tuple[Spread, ...]:
    """All transposed windows within the bounds that turn ``size`` into ``output``, the most common first.

    >>> [(s.kernel_size, s.stride, s.padding, s.output_padding) for s in spreads_for(16, 32)[:3]]
    [(2, 2, 0, 0), (4, 2, 1, 0), (3, 2, 1, 1)]
    """
    whole(size, "size", 1)
    whole(output, "output", 1)
    found = []
    for kernel, stride, padding, dilation in product(kernel_sizes, strides, paddings, dilations):
        extra = output - Spread(kernel, stride, padding, dilation).output(size)
        if 0 <= extra < max(stride, dilation) and (kernel > 1 or dilation == 1):
            found.append(Spread(kernel, stride, padding, dilation, output_padding=extra))
    return tuple(sorted(found, key=lambda s: (s.rarity, s.kernel_size, s.stride, s.padding, s.dilation)))


def settings_for(
    size: int,
    output: int,
    kernel_sizes: range = range(1, 12),
    strides: range = range(1, 5),
    paddings: range = range(6),
    dilations: range = range(1, 3),
    ceil_mode: bool = False,
    pool: bool = False,
) -> tuple[Window, ...]:
    """All windows within the bounds that turn ``size`` into ``output``, the most common first.

    ``pool`` keeps to what pools take: a padding of at most half the kernel. Raises TooLarge beyond a million trials.

    >>> [(w.kernel_size, w.stride, w.padding) for w in settings_for(224, 112)[:3]]
    [(3, 2, 1), (2, 2, 0), (5, 2, 2)]
    """
    trials = prod(len(bound) for bound in (kernel_sizes, strides, paddings, dilations))
    if trials > _MOST_TRIALS:
        raise TooLarge(
            "These bounds have {trials} combinations; the limit is {limit}. Narrow one of them.",
            field="kernel_sizes", trials=trials, limit=_MOST_TRIALS,
        )  # fmt: skip
    whole(size, "size", 1)
    whole(output, "output", 1)
    windows = (
        window
        for kernel in kernel_sizes
        for stride in strides
        for dilation in (dilations if kernel > 1 else dilations[:1])
        for window in _fitting(size, output, Window(kernel, stride, 0, dilation, ceil_mode), paddings)
        if not pool or window.padding <= kernel // 2
    )
    return tuple(sorted(windows, key=lambda w: (w.rarity, w.kernel_size, w.stride, w.padding, w.dilation)))


def _fitting(size: int, output: int, window: Window, paddings: range) -> Iterator[Window]:
    needed = window.dilation * (window.kernel_size - 1) + 1
    near = (output - 1, output, output + 1) if window.ceil_mode else (output,)
    for padding in paddings:
        if (size + 2 * padding - needed) // window.stride + 1 not in near:
            continue  # most are ruled out here, without a window made for each; rounding up adds one place, or drops one
        padded = Window(window.kernel_size, window.stride, padding, window.dilation, window.ceil_mode)
        if padded.on(size).output == output:
            yield padded


def same_padding(kernel_size: int, dilation: int = 1) -> tuple[int, int]:
    """Cells (before, after) that keep every size at stride 1, split as torch's ``padding='same'`` does.

    >>> same_padding(3), same_padding(4)
    ((1, 1), (1, 2))
    """
    total = whole(dilation, "dilation", 1) * (whole(kernel_size, "kernel_size", 1) - 1)
    return total // 2, total - total // 2


def dividing_paddings(kernel_size: int, stride: int = 2, dilation: int = 1) -> range:
    """The paddings, equal on both sides, that turn every multiple of the stride into exactly size / stride.

    With stride 2 these are the ones that halve. An even reach at stride 1 has none: it needs two different sides.

    >>> list(dividing_paddings(3)), list(dividing_paddings(7)), list(dividing_paddings(4, stride=4))
    ([1], [3], [0, 1])
    """
    reach = whole(dilation, "dilation", 1) * (whole(kernel_size, "kernel_size", 1) - 1) + 1
    return range(max(0, -(-(reach - whole(stride, "stride", 1)) // 2)), (reach - 1) // 2 + 1)


def input_sizes_for(
    output: int,
    kernel_size: int,
    stride: int = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> range:
    """The input sizes, from 1, that give this output; empty if none does.

    >>> input_sizes_for(112, 7, stride=2, padding=3)
    range(223, 225)
    """
    sides = (padding, padding) if isinstance(padding, int) else padding
    row = Axis(0, kernel_size, stride, sides, dilation, ceil_mode)
    candidates = range(1, max(1, whole(output, "output", 0) * stride + row.reach + stride - sum(sides)) + 1)

    def outputs(size: int) -> int:
        return Axis(size, kernel_size, stride, sides, dilation, ceil_mode).output

    return candidates[bisect_left(candidates, output, key=outputs) : bisect_right(candidates, output, key=outputs)]
