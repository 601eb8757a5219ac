"""Where the arithmetic went wrong: the common mistakes are recomputed and compared with what the student wrote."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from explainer.arithmetic import Axis, MaxPoolLayer
from explainer.language import say
from explainer.questions.axis_slips import axis_slips
from explainer.questions.other_slips import field_slips, order_slips, padding_slips, parameter_slips
from explainer.questions.records import Answer, Finding, Question, Slip, Verdict, decimal_text
from explainer.questions.solving import solve_axis
from explainer.types import Sentence, sentence


def judge(question: Question, answer: Answer) -> Verdict:
    """Right, or every common mistake that gives exactly these numbers, or, where none does, the step to check first."""
    given = str(answer)
    if answer.numbers == question.answer:
        return Verdict(True, sentence("{given} is right.", given=given))
    head = sentence("{given} is not right.", given=given)
    findings = _size_findings(question, answer) if question.kind == "size" else _findings(slips_of(question), answer)
    advice = _consequence(question, answer)
    if not any(finding.slips for finding in findings):
        none = sentence("None of the usual mistakes gives it. Check the first step:")
        return Verdict(False, head, findings, (*advice, none, _first_step(question, answer)))
    return Verdict(False, head, findings, advice)


def slips_of(question: Question) -> tuple[Slip, ...]:
    """Every mistake that gives a wrong number for this question; of a size, those that were made on both axes."""
    axes = question.axes
    if question.kind == "parameters" and question.conv:
        return parameter_slips(question.conv, question.input_shape)
    if question.kind == "field":
        sizes = tuple(axis.output for axis in axes)
        return field_slips(axes[0], question.layers[1].axes(sizes)[0])
    if question.kind == "padding":
        return padding_slips(axes[0])
    if question.kind == "axis":
        return axis_slips(axes[0], stride_is_written=_stride_is_written(question))
    return order_slips(question.layers[0], question.input_shape[2:]) + _on_both(*axes)


def say_verdict(verdict: Verdict, lang: str) -> tuple[str, ...]:
    """The verdict as lines of text, the head first."""
    lines = [say(verdict.head, lang)]
    for finding in verdict.findings:
        lead = say(finding.lead, lang) if finding.lead else ""
        told = [say(slip.told, lang) for slip in finding.slips]
        if len(told) > 1:
            either, *others = told
            told = [say(sentence("Either: {slip}", slip=either), lang)]
            told += [say(sentence("Or: {slip}", slip=other), lang) for other in others]
        lines += [lead, *told] if len(told) != 1 else [f"{lead} {told[0]}"]
    lines += [say(part, lang) for part in verdict.advice]
    return tuple(line.strip() for line in lines if line)


def _findings(slips: Iterable[Slip], answer: Answer) -> tuple[Finding, ...]:
    found = _once(slip for slip in slips if _matches(slip, answer))
    return (Finding(None, found),) if found else ()


def _size_findings(question: Question, answer: Answer) -> tuple[Finding, ...]:
    """One mistake on both axes if there is such a one; otherwise what went wrong on each axis."""
    together = _findings(slips_of(question), answer)
    if together:
        return together
    found = []
    for part, (axis, number, places) in enumerate(zip(question.axes, answer.numbers, answer.decimals, strict=True)):
        right = number == axis.output
        slips = _once(slip for slip in axis_slips(axis) if _matches(slip, Answer((number,), (places,))))
        found.append(Finding(_lead(part, decimal_text(number), right, bool(slips)), slips))
    one_is_right = any(axis.output == number for axis, number in zip(question.axes, answer.numbers, strict=True))
    return tuple(found) if one_is_right or any(finding.slips for finding in found) else ()


def _first_step(question: Question, answer: Answer) -> Sentence:
    """Of the worked solution; for a size, of the axis that is wrong."""
    if question.kind != "size":
        return question.solution[0]
    return solve_axis(question.axes[answer.numbers[0] == question.answer[0]])[0]


def _lead(part: int, number: str, right: bool, explained: bool) -> Sentence:
    if part == 0:
        if right:
            return sentence("The height, {number}, is right.", number=number)
        if explained:
            return sentence("The height, {number}:", number=number)
        return sentence("The height, {number}, comes from none of the usual mistakes.", number=number)
    if right:
        return sentence("The width, {number}, is right.", number=number)
    if explained:
        return sentence("The width, {number}:", number=number)
    return sentence("The width, {number}, comes from none of the usual mistakes.", number=number)


def _on_both(rows: Axis, columns: Axis) -> tuple[Slip, ...]:
    """The same mistake on both axes; on an axis that it does not change the number is the right one."""
    down, across = ({(slip.name, slip.told.template): slip for slip in axis_slips(axis)} for axis in (rows, columns))
    found = []
    for key in down | across:
        height = down[key].numbers if key in down else (Fraction(rows.output),)
        width = across[key].numbers if key in across else (Fraction(columns.output),)
        found.append(Slip(key[0], height + width, (down.get(key) or across[key]).told))
    return tuple(found)


def _consequence(question: Question, answer: Answer) -> tuple[Sentence, ...]:
    """For a padding: what the output would be with the student's own."""
    padding = answer.numbers[0]
    if question.kind != "padding" or padding.denominator != 1:
        return ()
    axis = question.axes[0]
    output = axis.size + 2 * int(padding) - axis.reach + 1
    if output < 1:
        return (sentence("With padding={padding} not one window fits.", padding=int(padding)),)
    return (sentence("With padding={padding} the output would be {output}, not {size}.",
                     padding=int(padding), output=(output, output), size=question.input_shape[2:]),)  # fmt: skip


def _matches(slip: Slip, answer: Answer) -> bool:
    """Exactly, or as far as the decimals go that the student wrote."""
    if len(slip.numbers) != len(answer.numbers):
        return False
    pairs = zip(slip.numbers, answer.numbers, answer.decimals, strict=True)
    return all(made == given or (places and abs(made - given) < Fraction(1, 10**places)) for made, given, places in pairs)


def _once(slips: Iterable[Slip]) -> tuple[Slip, ...]:
    """The first of each name."""
    return tuple({slip.name: slip for slip in reversed(tuple(slips))}.values())[::-1]


def _stride_is_written(question: Question) -> bool:
    layer = question.layers[0]
    return not (isinstance(layer, MaxPoolLayer) and layer.stride == layer.kernel_size)
