"""Ops that only change the form: view, permute, split, expand, an axis that is not there, names unpacked from a shape."""

from __future__ import annotations

import re
from math import prod

from explainer.diagnosis.case import Case, Finding
from explainer.diagnosis.story import shape_steps, way
from explainer.types import Sentence, Shape, sentence


def form_story(case: Case) -> tuple[Sentence, ...]:
    """How the first operand got its shape."""
    if not case.inputs:
        return ()
    steps = shape_steps(case, case.inputs[0])
    if steps:
        return (sentence("How it got this shape: {steps}.", steps=steps),)
    is_given = case.values[0].origin == "input" or not way(case, case.inputs[0])
    return (sentence("It is the module's own input; no layer before it changes its shape."),) if is_given else ()


def view(case: Case) -> Finding | None:
    """A view to a shape with another number of elements, or one that the memory does not allow."""
    if case.op not in ("view", "reshape", "unflatten", "resize") or not case.shapes:
        return None
    given = case.shapes[0]
    got = sentence("The tensor is {shape!s}: {count:,} numbers.", shape=given, count=prod(given))
    if "not compatible with input tensor's size and stride" in case.message:
        what = sentence("view cannot be used on this tensor, because its axes were moved before.")
        reason = sentence("view only re-reads memory as it lies; after permute or transpose use reshape, or contiguous() first.")
        return Finding("view_memory", what, case.operands(), (got,), (reason,), form_story(case))
    wanted = _sizes(case)
    what = sentence("the numbers of this tensor do not fill the shape asked for.")
    if not wanted:
        return Finding("view_size", what, case.operands(), (got,), (), form_story(case))
    fixed = prod(size for size in wanted if size >= 0)
    if wanted.count(-1) == 1:
        reason = sentence(
            "The sizes {wanted!s} multiply to {fixed:,}, and {count:,} is no multiple of it.",
            wanted=wanted,
            fixed=fixed,
            count=prod(given),
        )
    else:
        reason = sentence(
            "The sizes {wanted!s} multiply to {fixed:,}, not {count:,}.", wanted=wanted, fixed=fixed, count=prod(given)
        )
    return Finding("view_size", what, case.operands(), (got,), (reason,), form_story(case))


def _sizes(case: Case) -> Shape:
    size = case.attribute("size", case.attribute("shape", case.attribute("sizes", ())))
    return tuple(n for n in size if isinstance(n, int)) if isinstance(size, tuple) else ()


def permuted(case: Case) -> Finding | None:
    """A permute that names too few or too many axes."""
    if case.op != "permute" or not case.shapes:
        return None
    dims = case.attribute("dims", ())
    count = len(dims) if isinstance(dims, tuple) else 1
    given = case.shapes[0]
    if count == len(given):
        return None
    what = sentence("permute names {count} axes of a tensor that has {rank}.", count=count, rank=len(given))
    got = sentence("The tensor is {shape!s}.", shape=given)
    return Finding("permute_rank", what, case.operands(), (got,), (sentence("It must name every axis once."),), form_story(case))


def axis_out_of_range(case: Case) -> Finding | None:
    """An axis that the tensor does not have."""
    found = re.search(
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\], but got (-?\d+)\)", case.message
    )
    if found is None:
        return None
    what = sentence("there is no axis {axis} here.", axis=found[3])
    got = (
        (sentence("The tensor is {shape!s}: its axes are {low} to {high}.", shape=case.shapes[0], low=0, high=found[2]),)
        if case.shapes
        else ()
    )
    return Finding("axis", what, case.operands() if case.op else (), got, (), form_story(case))


def index_out_of_range(case: Case) -> Finding | None:
    """An index behind the end of an axis, or more indices than axes."""
    found = re.search(r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)", case.message)
    many = re.search(r"too many indices for tensor of dimension (\d+)", case.message)
    if found:
        what = sentence(
            "index {index} is behind the end: axis {axis} has {size} entries.", index=found[1], axis=found[2], size=found[3]
        )
    elif many:
        what = sentence("more axes are indexed than the {rank} that the tensor has.", rank=many[1])
    else:
        return None
    got = (sentence("The tensor is {shape!s}.", shape=case.shapes[0]),) if case.shapes else ()
    return Finding("index", what, case.operands() if case.op else (), got, (), form_story(case))


def split_sizes(case: Case) -> Finding | None:
    """A split whose parts do not add up."""
    found = re.search(r"split_with_sizes expects split_sizes to sum exactly to (\d+) .*split_sizes=\[([\d, ]+)\]", case.message)
    if found is None:
        return None
    parts = [int(part) for part in found[2].split(",")]
    what = sentence(
        "the parts {parts} add up to {total}, and the axis has {size}.", parts=found[2], total=sum(parts), size=found[1]
    )
    return Finding("split_sizes", what, case.operands(), (), (), form_story(case))


def expanded(case: Case) -> Finding | None:
    """An expansion of an axis that is not 1."""
    if case.op not in ("expand", "expand_as", "broadcast_to") or not case.shapes:
        return None
    given = case.shapes[0]
    wanted = case.shapes[1] if len(case.shapes) > 1 else _sizes(case)
    axes = tuple(
        len(given) - i
        for i in range(1, len(given) + 1)
        if i <= len(wanted) and wanted[-i] not in (-1, given[-i]) and given[-i] != 1
    )
    what = sentence("only an axis of size 1 can be expanded.")
    got = sentence("{shape!s} cannot become {wanted!s}.", shape=given, wanted=wanted)
    reason: tuple[Sentence, ...] = ()
    if 1 < len(given) < len(wanted) and given == wanted[: len(given)]:
        full = given + (1,) * (len(wanted) - len(given))
        reason = (sentence("torch lines shapes up from the right: {few!s} would need to be {wanted!s}.", few=given, wanted=full),)
    return Finding("expand", what, case.operands(axes), (got,), reason, form_story(case))


def unpacked(case: Case) -> Finding | None:
    """``b, c, h, w = x.shape`` on a tensor with other axes, or a tuple taken apart into too many names."""
    few = re.search(r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)", case.message)
    many = re.search(r"too many values to unpack \(expected (\d+)\)", case.message)
    if few is None and many is None:
        return None
    code = case.code(case.line)
    of_shape = re.search(r"(\w+)\.(?:shape|size\(\))", code)
    if of_shape is None:
        what = sentence("there are more or fewer values here than names.")
        return Finding("unpack", what, (), (), (sentence("Python needs exactly one name for each value."),), ())
    wanted = int((few or many or [0, 0])[1])
    what = sentence("{name} is expected to have {wanted} axes.", name=of_shape[1], wanted=wanted)
    inputs = [v for v in case.trace.inputs if case.trace.values[v].name == of_shape[1]] if case.result.trace else []
    got = [sentence("{name} is {shape!s}.", name=of_shape[1], shape=case.trace.shape(inputs[0]))] if inputs else []
    if not got and few:
        got = [sentence("It has {given}.", given=int(few[2]))]
    operands = tuple(case.operand(value) for value in inputs[:1])
    return Finding("unpack_rank", what, operands, tuple(got), (), ())
