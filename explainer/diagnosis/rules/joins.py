"""Two tensors that do not go together: arms of a residual, a gate and its target, a concatenation, a matrix product."""

from __future__ import annotations

from explainer.diagnosis.case import Case, Finding
from explainer.diagnosis.story import Step, arms, axis_steps, fork_of, told, uneven_cut
from explainer.types import Op, Operand, Sentence, Shape, sentence

_ELEMENTWISE = frozenset("add sub mul div rsub rdiv pow maximum minimum where lerp addcmul masked_fill eq ne gt lt ge le".split())
_LISTED = 6


def _mismatch(one: Shape, other: Shape) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of each that cannot be broadcast, counted from the front."""
    pairs = [(len(one) - i, len(other) - i) for i in range(1, min(len(one), len(other)) + 1)]
    wrong = [(a, b) for a, b in pairs if one[a] != other[b] and 1 not in (one[a], other[b])]
    return tuple(sorted(a for a, _ in wrong)), tuple(sorted(b for _, b in wrong))


def residual(case: Case) -> Finding | None:
    """A sum of two arms with different sizes; says which layer is to blame where the sizes show it."""
    if case.op not in ("add", "sub") or len(case.shapes) != 2 or (pair := arms(case)) is None:
        return None
    main, short = (case.trace.shape(value) for value in pair)
    axes, _ = _mismatch(main, short)
    if not axes or len(main) != len(short) or _cut_along(case, axes):
        return None
    operands = (
        case.operand(pair[0], axes, sentence("main path")),
        case.operand(pair[1], axes, sentence("shortcut")),
    )
    if axes == (1,) and len(main) > 2:
        return _residual_channels(case, pair, operands)
    what = sentence("the two arms of the residual do not have the same size.")
    axis = next((a for a in axes if a > 1), axes[0])
    fork = fork_of(case)
    steps = axis_steps(case, pair[0], axis, fork), axis_steps(case, pair[1], axis, fork)
    rule, reason = _blame(case, steps, main[axis], short[axis])
    story = _arm_story(steps, main[axis], short[axis])
    return Finding(rule, what, operands, _arms_got(main, short, axes), reason, story)


def _arms_got(main: Shape, short: Shape, axes: tuple[int, ...]) -> tuple[Sentence, ...]:
    if axes == (2, 3) and len(main) == 4:
        return (
            sentence(
                "Main path {main!s}, shortcut {short!s}: height {mh} against {sh}, width {mw} against {sw}.",
                main=main, short=short, mh=main[2], sh=short[2], mw=main[3], sw=short[3],
            ),
        )  # fmt: skip
    return (sentence("Main path {main!s}, shortcut {short!s}.", main=main, short=short), *against(main, short, axes))


def against(one: Shape, other: Shape, axes: tuple[int, ...]) -> tuple[Sentence, ...]:
    """One sentence for each axis that does not fit, by the field's names where the number of axes gives them away."""
    found = []
    for axis in axes:
        back = len(one) - axis
        a, b = one[axis], other[len(other) - back]
        if len(one) == len(other) == 4 and axis == 2:
            found.append(sentence("Height {a} against {b}.", a=a, b=b))
        elif len(one) == len(other) == 4 and axis == 3:
            found.append(sentence("Width {a} against {b}.", a=a, b=b))
        elif len(one) == len(other) >= 4 and axis == 1:
            found.append(sentence("Channels {a} against {b}.", a=a, b=b))
        else:
            found.append(sentence("Axis {axis}: {a} against {b}.", axis=axis, a=a, b=b))
    return tuple(found)


def _arm_story(steps: tuple[list[Step], list[Step]], main: int, short: int) -> tuple[Sentence, ...]:
    first, second = (told(list(part)) for part in steps)
    if first and second:
        return (sentence("Main path: {main}; shortcut: {short}.", main=first, short=second),)
    if first:
        return (sentence("Main path: {main}; the shortcut stays at {size}.", main=first, size=short),)
    if second:
        return (sentence("Shortcut: {short}; the main path stays at {size}.", short=second, size=main),)
    return ()


def _blame(case: Case, steps: tuple[list[Step], list[Step]], main: int, short: int) -> tuple[str, tuple[Sentence, ...]]:
    """The rule and the sentence for the one layer whose own numbers explain the difference, if there is one."""
    for part, own, other in ((steps[0], main, short), (steps[1], short, main)):
        strided = [step for step in part if _stride(case.trace.ops[step.op]) > 1 and step.after < step.before]
        if len(strided) > 1 and own < other == strided[-1].before and strided[-1] is part[-1]:
            return "stride_twice", (sentence("{layer} strides a second time.", layer=strided[-1].label),)
        for step in part:
            op = case.trace.ops[step.op]
            kernel, padding = _kernel(case, op), _number(op, "padding")
            if _all_ones(case, op) and padding and step.after == step.before + 2 * padding:
                words = sentence(
                    "{layer} has a 1×1 kernel and padding {padding}: it adds a border of zeros.",
                    layer=step.label,
                    padding=padding,
                )
                return "pointwise_padding", (words,)
            if kernel > 1 and _stride(op) == 1 and padding == 0 and abs(own - other) == step.before - step.after:
                words = sentence(
                    "{layer} has a kernel of {kernel} and no padding: every side comes out {lost} shorter.",
                    layer=step.label, kernel=kernel, lost=step.before - step.after,
                )  # fmt: skip
                return "padding_missing", (words,)
    if _comes_back_otherwise(steps[0]):
        words = sentence("Made smaller, a size is rounded; made larger again by a whole factor, it need not come back.")
        return "residual_size", (words,)
    if steps[0] and not steps[1] and any(_stride(case.trace.ops[s.op]) > 1 for s in steps[0]):
        return "shortcut_stride", (sentence("Where the main path strides, the shortcut must stride, too."),)
    return "residual_size", (sentence("Both arms must change height and width alike before they are added."),)


def _all_ones(case: Case, op: Op) -> bool:
    if not op.base_name.startswith("conv") or len(op.inputs) < 2:
        return False
    return set(case.trace.shape(op.inputs[1])[2:]) == {1}


def _comes_back_otherwise(steps: list[Step]) -> bool:
    """Whether a size shrinks and then grows, not back to where it was."""
    shrinks = [place for place, step in enumerate(steps) if step.after < step.before]
    grows = [place for place, step in enumerate(steps) if step.after > step.before]
    return bool(shrinks and grows) and shrinks[0] < grows[-1]


def _stride(op: Op) -> int:
    stride = op.attribute("stride", 1)
    if "pool" in op.base_name and stride in (None, ()):
        stride = op.attribute("kernel_size", 1)
    first = stride[0] if isinstance(stride, tuple) and stride else stride
    return first if isinstance(first, int) else 1


def _number(op: Op, name: str) -> int:
    value = op.attribute(name, 0)
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, int) else 0


def _kernel(case: Case, op: Op) -> int:
    if op.base_name.startswith("conv") and len(op.inputs) > 1:
        return case.trace.shape(op.inputs[1])[-1]
    return _number(op, "kernel_size")


def _residual_channels(case: Case, pair: tuple[int, int], operands: tuple[Operand, ...]) -> Finding:
    main, short = (case.trace.shape(value) for value in pair)
    what = sentence("the two arms of the residual do not have the same number of channels.")
    got = sentence(
        "Main path {main!s}, shortcut {short!s}: {a} channels against {b}.", main=main, short=short, a=main[1], b=short[1]
    )
    fork = fork_of(case)
    steps = axis_steps(case, pair[0], 1, fork), axis_steps(case, pair[1], 1, fork)
    reason = sentence("To be added, both arms need equally many channels; a 1×1 convolution in the shortcut can match them.")
    return Finding("residual_channels", what, operands, (got,), (reason,), _arm_story(steps, main[1], short[1]))


def gate(case: Case) -> Finding | None:
    """Weights of (N, C) against maps of (N, C, H, W): the axes to spread over are missing."""
    if case.op not in ("mul", "add", "sub", "div") or len(case.shapes) != 2:
        return None
    order = sorted(range(2), key=lambda i: len(case.shapes[i]))
    few, many = (case.shapes[i] for i in order)
    if not 2 <= len(few) < len(many) or few != many[: len(few)]:
        return None
    missing = len(many) - len(few)
    what = sentence("one value per channel meets whole maps, but its shape lacks {missing} axes.", missing=missing)
    got = sentence("{few!s} against {many!s}.", few=few, many=many)
    reason = sentence(
        "torch lines shapes up from the right: {few!s} would need to be {wanted!s}.", few=few, wanted=few + (1,) * missing
    )
    axes = [tuple(range(len(few))), tuple(range(len(many) - len(few), len(many)))]
    operands = tuple(case.operand(case.inputs[i], a) for i, a in zip(order, axes, strict=True))
    return Finding("gate_axes", what, operands, (got,), (reason,), ())


def broadcast(case: Case) -> Finding | None:
    """Any other elementwise op on shapes that cannot be broadcast."""
    if case.op not in _ELEMENTWISE or len(case.shapes) < 2:
        return None
    one, other = case.shapes[:2]
    axes = _mismatch(one, other)
    if not axes[0]:
        return None
    names = case.texts or ("", "")
    if cut := _cut_along(case, axes[0]):
        return _uneven(case, *cut)
    what = sentence("{op} needs operands of one size.", op=case.op)
    got = sentence("{one!s} against {other!s}.", one=one, other=other)
    if all(names):
        got = sentence("{first} is {one!s}, {second} is {other!s}.", first=names[0], one=one, second=names[1], other=other)
    reason = sentence("From the right, every pair of sizes must be equal, or one of them 1.")
    return Finding(
        "broadcast", what, case.operands(*axes), (got, *against(one, other, axes[0])), (reason,), operand_stories(case, axes)
    )


def _cut_along(case: Case, axes: tuple[int, ...]) -> tuple[Op, int] | None:
    """The uneven cut that the two sizes come from, and its axis: its parts are no arms of a residual."""
    cut = uneven_cut(case)
    return cut if cut is not None and cut[1] in axes else None


def _uneven(case: Case, cut: Op, axis: int) -> Finding:
    """Parts of one tensor that is not cut evenly."""
    given, parts = case.trace.shape(cut.inputs[0]), [case.trace.shape(value)[axis] for value in cut.outputs]
    sizes = ", ".join(map(str, parts))
    what = sentence("the parts of a tensor that was cut do not have the same size.")
    got = sentence("{op} cuts axis {axis} of {shape!s} into {sizes}.", op=case.name_of(cut), axis=axis, shape=given, sizes=sizes)
    reason: tuple[Sentence, ...] = ()
    if cut.base_name == "chunk" and given[axis] % len(parts):  # split was told the sizes
        words = sentence("{size} does not divide by {count}, so the last part is smaller.", size=given[axis], count=len(parts))
        reason = (words,)
    return Finding("cut_unevenly", what, case.operands((axis,), (axis,)), (got,), reason, ())


def operand_stories(case: Case, axes: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[Sentence, ...]:
    """How each of two operands got its first axis that does not fit."""
    found = []
    names = case.texts or tuple(str(case.operand(value).name) for value in case.inputs)
    for value, wrong, name in zip(case.inputs, axes, names, strict=False):
        steps = axis_steps(case, value, wrong[-1]) if wrong and case.flow.depends[value] else []
        if steps:
            found.append(sentence("{name}: {steps}.", name=name, steps=told(steps)))
    return tuple(found)


def concat(case: Case) -> Finding | None:
    """A concatenation along one axis whose other axes differ, or that have different numbers of axes."""
    if case.op not in ("cat", "stack") or len(case.shapes) < 2:
        return None
    shapes, dim = case.shapes, case.attribute("dim", 0)
    listed = ", ".join(str(shape) for shape in shapes[:_LISTED]) + (", …" if len(shapes) > _LISTED else "")
    got = sentence("They are {shapes}.", shapes=listed)
    if len({len(shape) for shape in shapes}) > 1:
        what = sentence("the tensors to be joined have different numbers of axes.")
        return Finding("concat_rank", what, case.operands(), (got,), (_join_rule(),), ())
    rank = len(shapes[0])
    along = dim % rank if isinstance(dim, int) and -rank <= dim < rank and case.op == "cat" else -1
    wrong = tuple(a for a in range(rank) if a != along and len({shape[a] for shape in shapes}) > 1)
    if not wrong:
        return None
    what = sentence("the tensors to be joined along axis {axis} differ in axis {wrong}.", axis=along, wrong=wrong[0])
    if case.op == "stack":
        what = sentence("the tensors to be stacked differ in axis {wrong}.", wrong=wrong[0])
    other = next(i for i, shape in enumerate(shapes) if shape[wrong[0]] != shapes[0][wrong[0]])
    names = case.texts
    story = []
    for i in (0, other):
        steps = axis_steps(case, case.inputs[i], wrong[0])
        name = names[i] if len(names) == len(shapes) else str(case.operand(case.inputs[i]).name)
        if steps:
            story.append(sentence("{name}: {steps}.", name=name, steps=told(steps)))
    details = against(shapes[0], shapes[other], tuple(a for a in wrong if shapes[0][a] != shapes[other][a]))
    operands = case.operands(*[wrong] * len(shapes))
    return Finding("concat_size", what, operands, (got, *details), (_join_rule(),), tuple(story))


def _join_rule() -> Sentence:
    return sentence("Joined tensors must agree in every axis but the one they are joined along.")


def matmul(case: Case) -> Finding | None:
    """A matrix product whose inner sizes differ."""
    if case.op not in ("matmul", "bmm", "mm", "baddbmm", "addmm", "rmatmul") or len(case.shapes) < 2:
        return None
    first, second = case.shapes[-2:] if case.op in ("baddbmm", "addmm") else case.shapes[:2]
    if case.op == "rmatmul":
        first, second = second, first
    if not first or not second:
        return None
    inner = second[-2] if len(second) > 1 else second[0]
    names = case.texts if len(case.texts) == 2 else ("", "")
    got = sentence("{one!s} times {other!s}.", one=first, other=second)
    if all(names):
        got = sentence("{first} is {one!s}, {second} is {other!s}.", first=names[0], one=first, second=names[1], other=second)
    if first[-1] != inner:
        what = sentence("the matrix product needs {a} = {b}.", a=first[-1], b=inner)
        reason = sentence("The columns of the first matrix must be as many as the rows of the second.")
        axes = ((len(first) - 1,), (max(len(second) - 2, 0),))
        return Finding("matmul_sizes", what, case.operands(*axes), (got,), (reason,), operand_stories(case, axes))
    if len(first) > 2 and first[:-2] != second[:-2]:
        what = sentence("the matrices come in batches of different size.")
        reason = sentence("In front of rows and columns, every pair of sizes must be equal, or one of them 1.")
        return Finding("matmul_batch", what, case.operands(), (got,), (reason,), ())
    return None
