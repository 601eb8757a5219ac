"""One axis of a sliding window: which windows fit, what each reads, and what none reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from math import gcd

from explainer.arithmetic.arguments import whole
from explainer.errors import InvalidInput, TooLarge

_LONGEST_ROW = 2**22


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a convolution or a pool. ``padding`` is (before, after); it may be negative, which crops.

    >>> Axis(28, 7, stride=3).output
    8
    >>> Axis(224, 7, stride=2, padding=(3, 3)).output
    112
    """

    size: int
    kernel_size: int
    stride: int = 1
    padding: tuple[int, int] = (0, 0)
    dilation: int = 1
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        whole(self.size, "size", 0)
        whole(self.kernel_size, "kernel_size", 1)
        whole(self.stride, "stride", 1)
        whole(self.dilation, "dilation", 1)

    @property
    def reach(self) -> int:
        """From the first to the last cell of a window, dilation gaps included."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def padded(self) -> int:
        return self.size + sum(self.padding)

    @property
    def numerator(self) -> int:
        """How far the first window can travel, what the stride divides; negative if no window fits."""
        return self.padded - self.reach

    @property
    def output(self) -> int:
        """How many windows there are, 0 if none fits.

        With ``ceil_mode`` a last window may hang over the end, if it starts inside the input or the padding before it.
        """
        if not self.ceil_mode:
            return max(0, self.numerator // self.stride + 1)
        count = -(-self.numerator // self.stride) + 1
        starts_outside = (count - 1) * self.stride >= self.size + self.padding[0]
        return max(0, count - starts_outside)

    @property
    def unread(self) -> int:
        """How many positions at the end of the input, padding not counted, no window reads.

        >>> Axis(28, 7, stride=4).unread
        1
        """
        return self.size - 1 - self._last_read()

    @property
    def unread_padded(self) -> int:
        """How many positions at the end of the padded row lie behind the last window."""
        end = (self.output - 1) * self.stride + self.reach if self.output else 0
        return max(0, self.padded - end)

    @property
    def skipped(self) -> tuple[int, ...]:
        """The input positions before the unread end that no window reads: between windows, or in dilation gaps.

        >>> Axis(10, 2, stride=4).skipped
        (2, 3, 6, 7)
        """
        if self.stride <= self.reach and self.dilation == 1 and self.padding[0] >= 0:
            return ()
        if max(self.padded, self.size) > _LONGEST_ROW:
            raise TooLarge(
                "A row of {size} positions is too long to list those that no window reads; the limit is {limit}.",
                field="size", size=max(self.padded, self.size), limit=_LONGEST_ROW,
            )  # fmt: skip
        row = self._read_row()
        return tuple(position for position in range(self._last_read() + 1) if not row[position])

    @property
    def same_output_sizes(self) -> range:
        """The input sizes, from 1, that give as many outputs as this one.

        >>> Axis(28, 7, stride=4).same_output_sizes
        range(27, 31)
        """
        candidates = range(1, self.size + 2 * self.stride + self.reach + abs(sum(self.padding)) + 2)
        first = bisect_left(candidates, self.output, key=self._output_of)
        return candidates[first : bisect_right(candidates, self.output, key=self._output_of)]

    def window(self, index: int) -> tuple[int, ...]:
        """The input positions that output ``index`` reads, in kernel order; below 0 or from ``size`` on it is padding."""
        if not 0 <= index < self.output:
            raise InvalidInput("There is no output {index}: there are {count}.", field="index", index=index, count=self.output)
        start = index * self.stride - self.padding[0]
        return tuple(range(start, start + self.reach, self.dilation))

    def reached_by(self, position: int) -> tuple[int, ...]:
        """The outputs that read an input position, ascending; also for positions in the padding."""
        shifted = position + self.padding[0]
        first = max(0, -((self.reach - 1 - shifted) // self.stride))
        last = min(self.output - 1, shifted // self.stride)
        period = self.dilation // gcd(self.dilation, self.stride)
        for index in range(first, min(last + 1, first + period)):
            if (shifted - index * self.stride) % self.dilation == 0:
                return tuple(range(index, last + 1, period))
        return ()

    def _output_of(self, size: int) -> int:
        return replace(self, size=size).output

    def _last_read(self) -> int:
        """The last input position in any window, -1 if there is none. Walks the kernel or the outputs, whichever is fewer."""
        if not self.output:
            return -1
        end = self.size - 1 + self.padding[0]
        if self.kernel_size <= self.output:
            tops = ((cell * self.dilation, self.stride, self.output) for cell in range(self.kernel_size))
        else:
            tops = ((index * self.stride, self.dilation, self.kernel_size) for index in range(self.output))
        reads = (start + min(count - 1, (end - start) // step) * step for start, step, count in tops if start <= end)
        return max(-1, -1, *(read - self.padding[0] for read in reads))

    def _read_row(self) -> bytearray:
        """One byte per input position, 1 if a window reads it. The slices are disjoint: the work grows with the row only."""
        row = bytearray(self.size)
        shared = gcd(self.stride, self.dilation)
        overlap, classes = self.dilation // shared, self.stride // shared
        if self.output < overlap:
            starts = ((index * self.stride, self.dilation, self.kernel_size) for index in range(self.output))
        else:
            cells = range(min(self.kernel_size, classes))
            starts = (
                (cell * self.dilation, self.stride, self.output + (self.kernel_size - 1 - cell) // classes * overlap)
                for cell in cells
            )
        for start, step, count in starts:
            first = start - self.padding[0]
            inside = range(first, first + count * step, step)[max(0, -(first // step)) :]
            marked = range(inside.start, min(inside.stop, self.size), step)
            row[marked.start : marked.stop : step] = b"\1" * len(marked)
        return row
