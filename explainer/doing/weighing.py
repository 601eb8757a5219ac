"""Sums of products: convolutions, linear layers, matrix products, attention, and layers that look up or keep a state."""

from __future__ import annotations

from explainer.doing.sizes import after, before, number_of, table
from explainer.types import Fill, Op, Sentence, Trace, sentence


def _conv(op: Op, trace: Trace) -> Sentence:
    weight, shape, result = trace.shape(op.inputs[1]), before(op, trace), after(op, trace)
    rank = len(weight) - 2
    numbers: dict[str, Fill] = {"cin": shape[-rank - 1], "cout": result[-rank - 1], "kernel": weight[2:]}
    numbers |= {"before": shape[-rank:], "after": result[-rank:]}
    groups = op.attribute("groups", 1)
    if isinstance(groups, int) and groups > 1:
        return _grouped(op, groups, numbers)
    if "transpose" in op.name:
        return sentence(
            "Every input position adds a window of {kernel} to the output: {cin} channels become {cout},"
            " {before} positions become {after}.",
            **numbers,
        )
    if set(weight[2:]) == {1}:
        return sentence(
            "At each of the {after} positions the {cin} channels are mixed into {cout}; neighbours are not looked at.", **numbers
        )
    return sentence(
        "{cout} filters sum up windows of {kernel} over all {cin} channels: {before} positions become {after}.", **numbers
    )


def _grouped(op: Op, groups: int, numbers: dict[str, Fill]) -> Sentence:
    if "transpose" in op.name:
        return sentence(
            "The {cin} channels are split into {groups} groups that do not mix; in each, every position adds a window of {kernel}"
            " to the output: {cout} channels, {after} positions.",
            groups=groups,
            **numbers,
        )
    if groups == numbers["cin"] == numbers["cout"]:
        return sentence(
            "Each of the {cin} channels has a window of {kernel} of its own, and none is mixed with another:"
            " {before} positions become {after}.",
            **numbers,
        )
    return sentence(
        "The {cin} channels are split into {groups} groups that do not mix; in each, windows of {kernel} are summed up:"
        " {cout} channels, {after} positions.",
        groups=groups,
        **numbers,
    )


def _linear(op: Op, trace: Trace) -> Sentence:
    weight = trace.shape(op.inputs[1])
    cout = weight[0] if len(weight) > 1 else 1
    if cout == 0:
        return sentence("The layer has no outputs: of {cin} numbers none is left.", cin=weight[-1])
    if weight[-1] == 0:
        biased = len(op.inputs) > 2
        return (
            sentence("No number comes in, so each of the {cout} outputs is its bias.", cout=cout)
            if biased
            else sentence("No number comes in, so each of the {cout} outputs is 0.", cout=cout)
        )
    return sentence("Along the last axis every {cin} numbers become {cout}; each of these is a weighted sum of all {cin}.",
                    cin=weight[-1], cout=cout)  # fmt: skip


def _matmul(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 2:
        return None
    left, right = (trace.shape(value) for value in op.inputs[:2])
    if len(left) == len(right) == 1:
        return sentence("{inner} products are summed up: one number is left.", inner=left[-1])
    return sentence(
        "Matrix product of {left} and {right}: every result is a sum of {inner} products.", left=left, right=right, inner=left[-1]
    )


def _outer(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 2:
        return None
    return sentence("Every number of the first, {left}, times every number of the second, {right}: {after}.",
                    left=trace.shape(op.inputs[0]), right=trace.shape(op.inputs[1]), after=after(op, trace))  # fmt: skip


def _distances(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 2:
        return None
    left, right = (trace.shape(value) for value in op.inputs[:2])
    return sentence("The distance of each of {rows} rows of {size} numbers to each of {others}: {after}.",
                    rows=left[-2], others=right[-2], size=left[-1], after=after(op, trace))  # fmt: skip


def _added_product(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 3 or number_of(op, "alpha") not in (None, 1) or number_of(op, "beta") not in (None, 1):
        return None
    first, left, right = (trace.shape(value) for value in op.inputs[:3])
    return sentence("Matrix product of {left} and {right}, to which {first} is added.", left=left, right=right, first=first)


def _einsum(op: Op, trace: Trace) -> Sentence | None:
    equation = op.attribute("equation")
    if not isinstance(equation, str) or len(op.inputs) < 2:
        return None
    left, arrow, right = equation.replace(" ", "").partition("->")
    if not arrow or "." in equation:
        return sentence(
            "Products are formed and summed up as {equation} says: {after}.", equation=equation, after=after(op, trace)
        )
    summed = "".join(dict.fromkeys(letter for letter in left if letter.isalpha() and letter not in right))
    if not summed:
        return sentence("Numbers whose indices agree in {equation} are multiplied: {after}.",
                        equation=equation, after=after(op, trace))  # fmt: skip
    return sentence("Products are summed up over the indices that the result lacks ({summed} in {equation}): {after}.",
                    summed=", ".join(summed), equation=equation, after=after(op, trace))  # fmt: skip


def _attention(op: Op, trace: Trace) -> Sentence:
    query, key = trace.shape(op.inputs[0]), trace.shape(op.inputs[1])
    numbers: dict[str, Fill] = {"queries": query[-2], "keys": key[-2]}
    if op.attribute("is_causal"):
        return sentence(
            "Each of the {queries} queries is compared only with those of the {keys} keys that do not come after it; the softmax"
            " of that weights the values it gathers.",
            **numbers,
        )
    if len(op.inputs) > 3:
        return sentence(
            "Each of the {queries} queries is compared with {keys} keys, as far as the mask lets it; the softmax of that weights"
            " the values it gathers.",
            **numbers,
        )
    return sentence(
        "Each of the {queries} queries is compared with {keys} keys; the softmax of that weights the values it gathers.",
        **numbers,
    )


def _embedding(op: Op, trace: Trace) -> Sentence | None:
    if len(op.inputs) < 2:
        return None
    count, size = trace.shape(op.inputs[1])
    return sentence("Each index is replaced by its row of {size} learned numbers, out of {count}.", size=size, count=count)


def _recurrent(op: Op, trace: Trace) -> Sentence:
    size = trace.shape(op.outputs[1])[-1] if len(op.outputs) > 1 else after(op, trace)[-1]
    layers = number_of(op, "num_layers") or 1
    if op.attribute("bidirectional"):
        return sentence(
            "The sequence is read step by step, forwards and backwards, with a state of {size} numbers each; layers: {layers}.",
            size=size, layers=int(layers),
        )  # fmt: skip
    return sentence("The sequence is read step by step, with a state of {size} numbers that is kept; layers: {layers}.",
                    size=size, layers=int(layers))  # fmt: skip


def _cell(op: Op, trace: Trace) -> Sentence:
    return sentence(
        "One step: from the input and the state so far comes a new state of {size} numbers.", size=after(op, trace)[-1]
    )


WORDS = table(
    ("conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d", _conv),
    ("linear", _linear),
    ("matmul bmm mm mv dot", _matmul),
    ("addmm baddbmm addbmm addmv", _added_product),
    ("outer ger", _outer), ("cdist", _distances),
    ("einsum", _einsum),
    ("scaled_dot_product_attention", _attention),
    ("embedding", _embedding),
    ("lstm gru rnn_tanh rnn_relu", _recurrent),
    ("lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell", _cell),
)  # fmt: skip
