"""Complex numbers and Fourier transforms."""

from __future__ import annotations

from explainer.doing.sizes import after, always, before, table
from explainer.types import Op, Sentence, Trace, sentence


def _transform(op: Op, trace: Trace) -> Sentence:
    numbers = {"before": before(op, trace), "after": after(op, trace)}
    if op.base_name.startswith("irfft"):
        return sentence("Frequencies are put together to real numbers again: {before} → {after}.", **numbers)
    if op.base_name.startswith("rfft"):
        return sentence(
            "Real numbers are taken apart into frequencies, complex numbers of which the second half would mirror the first and"
            " is left out: {before} → {after}.",
            **numbers,
        )
    if op.base_name.startswith("ifft"):
        return sentence("Frequencies are put together again: {before} → {after}.", **numbers)
    return sentence("Numbers are taken apart into frequencies, complex numbers: {before} → {after}.", **numbers)


def _pairs(op: Op, trace: Trace) -> Sentence:
    numbers = {"before": before(op, trace), "after": after(op, trace)}
    if op.base_name == "view_as_real":
        return sentence("Each complex number is read as two real ones along a new last axis: {before} → {after}.", **numbers)
    return sentence("The two numbers along the last axis are read as one complex number: {before} → {after}.", **numbers)


WORDS = table(
    ("fft fft2 fftn ifft ifft2 ifftn rfft rfft2 rfftn irfft irfft2 irfftn", _transform),
    ("view_as_complex view_as_real", _pairs),
    ("real", always(sentence("The real part of every complex number; the shape stays."))),
    ("imag", always(sentence("The imaginary part of every complex number; the shape stays."))),
)
