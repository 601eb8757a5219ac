"""One op of a forward as a sentence: what it does, with the shapes of this run and the rule that links them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from explainer.explain.sliding import adaptive_pool, conv, conv_transpose, pool
from explainer.hazards.view import View
from explainer.labels import detail_of, kind_of, times
from explainer.types import Op, Sentence, Shape, sentence

_Teller: TypeAlias = Callable[[View, Op], Sentence]


def tell(view: View, op: Op) -> Sentence:
    """The sentence for an op; only its name and shapes where no teller knows it."""
    name = op.base_name
    special = _TELLERS.get(name)
    if special is not None:
        return special(view, op)
    if name.startswith("conv_transpose"):
        return conv_transpose(view, op)
    if name in ("conv1d", "conv2d", "conv3d"):
        return conv(view, op)
    if name.startswith(("max_pool", "avg_pool")):
        return pool(view, op)
    if name.startswith("adaptive_"):
        return adaptive_pool(view, op)
    if kind_of(op) == "activation":
        return sentence(
            "{name}: applied to every number by itself; the shape stays {shape!s}.", name=title(view, op), shape=made(view, op)
        )
    return _plain(view, op)


def title(view: View, op: Op) -> str:
    """The layer's name in the code with what it is; the op alone where no layer is called so."""
    name, detail = view.name_of(op), detail_of(op, view.trace)
    detail = detail if "→" not in detail or op.base_name == "linear" else op.base_name
    return detail if name == op.base_name or name.lower() == detail.lower() else f"{name} ({detail})"


def made(view: View, op: Op) -> Shape:
    return view.shape(op.outputs[0])


def read(view: View, op: Op) -> Shape:
    return view.shape(op.inputs[0]) if op.inputs else ()


def _plain(view: View, op: Op) -> Sentence:
    if not op.inputs:
        return sentence("{name} makes {shape!s}.", name=op.base_name, shape=made(view, op))
    shapes = ", ".join(str(view.shape(value)) for value in op.inputs[:4])
    return sentence("{name}: {before} → {after!s}.", name=op.base_name, before=shapes, after=made(view, op))


def _linear(view: View, op: Op) -> Sentence:
    given, weight = read(view, op), view.shape(op.inputs[1])
    return sentence(
        "{name}: every row of {a} numbers becomes one of {b}: {before!s} → {after!s}.",
        name=view.name_of(op), a=weight[-1], b=weight[0], before=given, after=made(view, op),
    )  # fmt: skip


def _batch_norm(view: View, op: Op) -> Sentence:
    shape = made(view, op)
    if op.attribute("training", default=False):
        return sentence(
            "{name}: brings each of the {count} channels to mean 0 and variance 1 over this batch; the shape stays {shape!s}.",
            name=view.name_of(op), count=shape[1], shape=shape,
        )  # fmt: skip
    return sentence(
        "{name}: shifts and scales each of the {count} channels by its stored mean and variance; the shape stays {shape!s}.",
        name=view.name_of(op), count=shape[1], shape=shape,
    )  # fmt: skip


def _layer_norm(view: View, op: Op) -> Sentence:
    sizes = op.attribute("normalized_shape", ())
    over = times(tuple(n for n in sizes if isinstance(n, int))) if isinstance(sizes, tuple) else "?"
    return sentence(
        "{name}: brings every group of {over} numbers to mean 0 and variance 1; the shape stays {shape!s}.",
        name=view.name_of(op), over=over, shape=made(view, op),
    )  # fmt: skip


def _group_norm(view: View, op: Op) -> Sentence:
    shape, groups = made(view, op), op.attribute("num_groups", 1)
    return sentence(
        "{name}: normalises the {count} channels in {groups} groups; the shape stays {shape!s}.",
        name=view.name_of(op), count=shape[1], groups=groups if isinstance(groups, int) else "?", shape=shape,
    )  # fmt: skip


def _relu(view: View, op: Op) -> Sentence:
    return sentence("{name}: negative numbers become 0; the shape stays {shape!s}.", name=view.name_of(op), shape=made(view, op))


def _sigmoid(view: View, op: Op) -> Sentence:
    return sentence(
        "{name}: squeezes every number between 0 and 1; the shape stays {shape!s}.", name=view.name_of(op), shape=made(view, op)
    )


def _softmax(view: View, op: Op) -> Sentence:
    shape, dim = made(view, op), op.attribute("dim")
    if not isinstance(dim, int) or not shape:
        return _plain(view, op)
    return sentence(
        "{name}: turns the {count} numbers along axis {axis} into weights that add up to 1; the shape stays {shape!s}.",
        name=view.name_of(op), count=shape[dim], axis=dim % len(shape), shape=shape,
    )  # fmt: skip


def _reduced(view: View, op: Op) -> Sentence:
    given, dim = read(view, op), op.attribute("dim")
    axes = (dim,) if isinstance(dim, int) else tuple(d for d in dim if isinstance(d, int)) if isinstance(dim, tuple) else ()
    if not axes:
        return _plain(view, op)
    return sentence(
        "{name} over axes {axes}: {before!s} → {after!s}.",
        name=op.base_name, axes=", ".join(str(a % len(given)) for a in axes), before=given, after=made(view, op),
    )  # fmt: skip


def _reformed(view: View, op: Op) -> Sentence:
    given = view.trace.values[op.inputs[0]]
    return sentence(
        "{name}: the same {count:,} numbers in another form: {before!s} → {after!s}.",
        name=op.base_name, count=given.element_count, before=given.shape, after=made(view, op),
    )  # fmt: skip


def _turned(view: View, op: Op) -> Sentence:
    return sentence(
        "{name}: the axes change places: {before!s} → {after!s}.", name=op.base_name, before=read(view, op), after=made(view, op)
    )


def _repeated(view: View, op: Op) -> Sentence:
    return sentence(
        "{name}: repeated along the axes of size 1: {before!s} → {after!s}.",
        name=op.base_name, before=read(view, op), after=made(view, op),
    )  # fmt: skip


def _cat(view: View, op: Op) -> Sentence:
    dim, shapes = op.attribute("dim", 0), [view.shape(value) for value in op.inputs]
    if not isinstance(dim, int) or not shapes or not shapes[0]:
        return _plain(view, op)
    axis = dim % len(shapes[0])
    sizes = " + ".join(str(shape[axis]) for shape in shapes)
    return sentence(
        "Joins {count} tensors along axis {axis}: {sizes} = {size}, which gives {after!s}.",
        count=len(shapes), axis=axis, sizes=sizes, size=made(view, op)[axis], after=made(view, op),
    )  # fmt: skip


def _sum(view: View, op: Op) -> Sentence:
    skip = next((skip for skip in view.skips if skip.op == op.id), None)
    after = made(view, op)
    if skip is not None:
        if view.flow.distance(view.flow.dominator[op.id], skip.value) == 0:
            return sentence("Adds what went around the layers unchanged, number by number: {after!s}.", after=after)
        return sentence("Adds the shortcut to the main path, number by number: both are {after!s}.", after=after)
    if len(op.inputs) == 2:
        one, other = (view.shape(value) for value in op.inputs)
        if one != other:
            return sentence("Adds {one!s} and {other!s}, repeated to one size: {after!s}.", one=one, other=other, after=after)
        return sentence("Adds two tensors number by number: {after!s}.", after=after)
    return _plain(view, op)


def _product(view: View, op: Op) -> Sentence:
    gate = next((gate for gate in view.gates if gate.op == op.id), None)
    after = made(view, op)
    if gate is not None and gate.values is not None:
        return sentence(
            "Weighs {target!s} with the gate {gate!s}: every number is multiplied by its weight; {after!s}.",
            target=view.shape(gate.target), gate=gate.shape, after=after,
        )  # fmt: skip
    if len(op.inputs) == 2:
        one, other = (view.shape(value) for value in op.inputs)
        return sentence("Multiplies {one!s} and {other!s} number by number: {after!s}.", one=one, other=other, after=after)
    return _plain(view, op)


def _matmul(view: View, op: Op) -> Sentence:
    if len(op.inputs) < 2:
        return _plain(view, op)
    one, other = (view.shape(value) for value in op.inputs[:2])
    return sentence(
        "Matrix product: rows of {one!s} with columns of {other!s}, each a sum of {inner} products: {after!s}.",
        one=one, other=other, inner=one[-1] if one else 1, after=made(view, op),
    )  # fmt: skip


def _attention(view: View, op: Op) -> Sentence:
    query, key = view.shape(op.inputs[0]), view.shape(op.inputs[1])
    return sentence(
        "Attention: each of {queries} queries weighs {keys} keys by a softmax and sums their values: {after!s}.",
        queries=query[-2], keys=key[-2], after=made(view, op),
    )  # fmt: skip


def _embedding(view: View, op: Op) -> Sentence:
    table = view.shape(op.inputs[1])
    return sentence(
        "{name}: looks up a row of {width} numbers for each index, out of {count}: {before!s} → {after!s}.",
        name=view.name_of(op), width=table[1], count=table[0], before=read(view, op), after=made(view, op),
    )  # fmt: skip


def _recurrent(view: View, op: Op) -> Sentence:
    return sentence(
        "{name}: reads the sequence step by step and keeps a state: {before!s} → {after!s}.",
        name=title(view, op), before=read(view, op), after=made(view, op),
    )  # fmt: skip


def _resized(view: View, op: Op) -> Sentence:
    return sentence("{name}: resizes {before!s} → {after!s}.", name=op.base_name, before=read(view, op), after=made(view, op))


def _parts(view: View, op: Op) -> Sentence:
    shapes = ", ".join(str(view.shape(value)) for value in op.outputs[:4]) + (", …" if len(op.outputs) > 4 else "")
    return sentence(
        "{name}: cuts {before!s} into {count} parts: {shapes}.",
        name=op.base_name,
        before=read(view, op),
        count=len(op.outputs),
        shapes=shapes,
    )


def _dropout(view: View, op: Op) -> Sentence:
    return sentence(
        "{name}: drops numbers at random in training only; the shape stays {shape!s}.",
        name=view.name_of(op),
        shape=made(view, op),
    )


def _table(*groups: tuple[str, _Teller]) -> Mapping[str, _Teller]:
    return {name: teller for names, teller in groups for name in names.split()}


_TELLERS = _table(
    ("linear", _linear), ("batch_norm", _batch_norm), ("layer_norm rms_norm", _layer_norm), ("group_norm", _group_norm),
    ("relu", _relu), ("sigmoid hardsigmoid", _sigmoid), ("softmax", _softmax), ("mean sum amax amin std var", _reduced),
    ("view reshape flatten unflatten squeeze unsqueeze view_as reshape_as", _reformed),
    ("permute transpose swapaxes movedim T mT", _turned),
    ("expand expand_as broadcast_to", _repeated), ("cat", _cat), ("add", _sum), ("mul", _product), ("matmul bmm", _matmul),
    ("scaled_dot_product_attention", _attention), ("embedding", _embedding), ("lstm gru rnn_tanh rnn_relu", _recurrent),
    ("interpolate", _resized), ("chunk split unbind", _parts), ("dropout", _dropout),
)  # fmt: skip
