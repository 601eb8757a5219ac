"""Ops on every number by itself, and on two tensors number by number."""

from __future__ import annotations

from explainer.doing.sizes import after, always, axis_of, before, given, number_of, plain, table
from explainer.labels import SYMBOLS, detail_of
from explainer.types import Op, Sentence, Trace, sentence

_ALONE = (
    "square sqrt rsqrt exp expm1 log log1p log2 log10 abs sign sgn reciprocal sin cos tan asin acos atan sinh cosh tanhshrink"
    " erf erfinv logit gelu mish elu selu celu softplus softsign softshrink hardshrink logsigmoid floor ceil round trunc frac"
    " isnan isinf isfinite nan_to_num deg2rad angle"
)
_COMPARISONS = {"gt": ">", "lt": "<", "ge": "≥", "le": "≤", "eq": "=", "ne": "≠"}
_TURNED = {">": "<", "<": ">", "≥": "≤", "≤": "≥"}
_WITH_A_NUMBER = {
    "add": sentence("{other} is added to every number; the shape stays."),
    "sub": sentence("{other} is subtracted from every number; the shape stays."),
    "mul": sentence("Every number is multiplied by {other}; the shape stays."),
    "div": sentence("Every number is divided by {other}; the shape stays."),
    "rsub": sentence("Every number is subtracted from {other}; the shape stays."),
    "rdiv": sentence("{other} is divided by every number; the shape stays."),
    "pow": sentence("Every number is raised to the power {other}; the shape stays."),
    "rpow": sentence("{other} is raised to the power of every number; the shape stays."),
    "floordiv": sentence("Every number is divided by {other} and rounded down; the shape stays."),
    "floor_divide": sentence("Every number is divided by {other} and rounded down; the shape stays."),
    "remainder": sentence("Every number becomes what is left of it after division by {other}; the shape stays."),
}


def alone(op: Op, trace: Trace) -> Sentence:
    return sentence("Every number passes through {name} by itself; the shape stays.", name=detail_of(op, trace))


def pair(op: Op, trace: Trace) -> Sentence | None:
    """Two tensors, or a tensor and a number."""
    shapes, result, sign = given(op, trace), after(op, trace), SYMBOLS.get(op.base_name, op.base_name)
    if len(op.inputs) < 2:
        return _with_a_number(op)
    scale = number_of(op, "alpha")
    if scale not in (None, 1):
        return sentence("{scale} times the second tensor meets the first element by element with {sign}: {after}.",
                        scale=plain(scale or 0), sign=sign, after=result)  # fmt: skip
    shapes = tuple(trace.shape(value) for value in op.inputs[:2])
    small = [shape for shape in shapes if shape != result]
    if not result:
        return sentence("Two numbers become one with {sign}.", sign=sign)
    if small == [()]:
        return sentence("Every number meets the one number of the other tensor with {sign}: {after}.", sign=sign, after=result)
    if len(small) == 2:
        return sentence("Element by element with {sign}; {one} and {other} are both broadcast to {after}.",
                        sign=sign, one=small[0], other=small[1], after=result)  # fmt: skip
    if small:
        return sentence(
            "Element by element with {sign}; {small} is broadcast to {after}: along axes that it lacks or that have size 1 in it,"
            " its numbers are used again.",
            sign=sign, small=small[0], after=result,
        )  # fmt: skip
    if op.overwrites:
        return sentence("Two tensors of {after} meet element by element with {sign}; the first one's memory is overwritten.",
                        sign=sign, after=result)  # fmt: skip
    return sentence("Two tensors of {after} meet element by element with {sign}.", sign=sign, after=result)


def _with_a_number(op: Op) -> Sentence | None:
    other, words = number_of(op, "other", "exponent", "argument1"), _WITH_A_NUMBER.get(op.base_name)
    if other is None or words is None or number_of(op, "alpha") not in (None, 1):
        return None
    return sentence(words.template, other=plain(other))


def _comparison(op: Op, trace: Trace) -> Sentence | None:
    sign, other = _COMPARISONS[op.base_name], number_of(op, "other")
    if len(op.inputs) > 1 and trace.values[op.inputs[0]].origin == "parameter":  # Python asks a Parameter first, turned around
        sign = _TURNED.get(sign, sign)
    if len(op.inputs) > 1:
        return sentence("Number by number: does {sign} hold between the two? The answers are true or false.", sign=sign)
    if other is None:
        return None
    return sentence("Of every number: is it {sign} {other}? The answers are true or false.", sign=sign, other=plain(other))


def _clamped(op: Op, _trace: Trace) -> Sentence | None:
    least, most = number_of(op, "min", "min_val"), number_of(op, "max", "max_val")
    if len(op.inputs) > 1:
        return None
    if op.base_name == "relu6":
        least, most = 0, 6
    if least is not None and most is not None:
        return sentence("Numbers below {least} become {least}, those above {most} become {most}; the shape stays.",
                        least=plain(least), most=plain(most))  # fmt: skip
    if least is not None:
        return sentence("Numbers below {least} become {least}; the shape stays.", least=plain(least))
    if most is not None:
        return sentence("Numbers above {most} become {most}; the shape stays.", most=plain(most))
    return None


def _leaky(op: Op, _trace: Trace) -> Sentence | None:
    slope = number_of(op, "negative_slope")
    if slope is None:
        return None
    return sentence("Negative numbers are multiplied by {slope}, the others pass; the shape stays.", slope=plain(slope))


def _prelu(op: Op, trace: Trace) -> Sentence:
    count = trace.values[op.inputs[1]].element_count
    if count == 1:
        return sentence("Negative numbers are multiplied by one learned factor, the others pass; the shape stays.")
    return sentence("Negative numbers are multiplied by a learned factor, one for each of {count} channels; the others pass.",
                    count=count)  # fmt: skip


def _threshold(op: Op, _trace: Trace) -> Sentence | None:
    limit, value = number_of(op, "threshold"), number_of(op, "value")
    if limit is None or value is None:
        return None
    return sentence("Numbers that are not above {limit} become {value}, the others pass; the shape stays.",
                    limit=plain(limit), value=plain(value))  # fmt: skip


def _glu(op: Op, trace: Trace) -> Sentence | None:
    shape = before(op, trace)
    axis = axis_of(op, len(shape)) if shape else None
    if axis is None:
        return None
    return sentence("Along axis {axis} the first half of {size} is multiplied by the sigmoid of the second half: {after}.",
                    axis=axis, size=shape[axis], after=after(op, trace))  # fmt: skip


def _masked_fill(op: Op, _trace: Trace) -> Sentence | None:
    value, endless = number_of(op, "value"), {"-inf": "−∞", "inf": "∞"}.get(str(op.attribute("value")))
    if value is None and endless is None:
        return None
    words = endless or plain(value or 0)
    return sentence("Where the mask holds, numbers become {value}; the others stay.", value=words)


def _between(op: Op, trace: Trace) -> Sentence:
    share = number_of(op, "weight")
    if share is not None:
        return sentence(
            "Every number moves a share of {share} of the way from the first tensor to the second.", share=plain(share)
        )
    if len(op.inputs) < 3:
        return sentence("Every number lies between the first tensor and the second.")
    return sentence("Every number lies between the first tensor and the second, as far along as the third says: {after}.",
                    after=after(op, trace))  # fmt: skip


def _addcmul(op: Op, _trace: Trace) -> Sentence | None:
    if number_of(op, "value") not in (None, 1):
        return None
    return sentence("The product of the second and the third tensor is added to the first, number by number.")


WORDS = table(
    (_ALONE, alone),
    ("add sub mul div maximum minimum pow rsub rdiv rpow floordiv floor_divide remainder fmax fmin atan2 hypot", pair),
    (" ".join(_COMPARISONS), _comparison),
    ("clamp clip hardtanh relu6", _clamped),
    ("relu", always(sentence("Negative numbers become 0, the others pass; the shape stays."))),
    ("sigmoid", always(sentence("Every number is pressed between 0 and 1; the shape stays."))),
    ("hardsigmoid", always(sentence("Every number is pressed between 0 and 1 by a line with two bends; the shape stays."))),
    ("tanh", always(sentence("Every number is pressed between −1 and 1; the shape stays."))),
    ("silu", always(sentence("Every number is multiplied by its own sigmoid; the shape stays."))),
    ("hardswish", always(sentence("Every number is multiplied by its own hard sigmoid; the shape stays."))),
    ("neg", always(sentence("Every number changes its sign; the shape stays."))),
    ("leaky_relu", _leaky),
    ("prelu", _prelu),
    ("threshold", _threshold),
    ("glu", _glu),
    ("where", always(sentence("Number by number one of two is taken: the first where the condition holds, else the second."))),
    ("masked_fill", _masked_fill),
    ("lerp", _between),
    ("addcmul", _addcmul),
    ("logical_not not invert", always(sentence("True becomes false, and false true; the shape stays."))),
)  # fmt: skip
