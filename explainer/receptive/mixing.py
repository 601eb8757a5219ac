"""Rules of ops that compute: element by element, along an axis, over a product of matrices."""

from __future__ import annotations

from collections.abc import Mapping

from explainer.receptive.links import Call, Links, Plan, Rule, broadcast, dim_of, every, keep, mix, same
from explainer.types import Shape

# Written out and not taken from the cost tables: a name here is a promise that no element reads its neighbour.
_ELEMENTWISE = (
    "add sub rsub mul div rdiv floor_divide remainder fmod pow rpow square sqrt rsqrt exp exp2 expm1 log log1p log2 log10 abs neg"
    " sign reciprocal sin cos tan asin acos atan atan2 sinh cosh tanh erf erfinv erfc sigmoid logit relu relu6 gelu silu mish elu"
    " selu celu leaky_relu rrelu hardtanh hardswish hardsigmoid softplus softsign tanhshrink softshrink hardshrink logsigmoid"
    " threshold clamp clamp_min clamp_max clip maximum minimum fmax fmin lerp addcmul addcdiv floor ceil round trunc frac where"
    " eq ne lt le gt ge logical_and logical_or logical_not logical_xor and or xor invert not isnan isinf isfinite masked_fill"
    " dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout feature_dropout nan_to_num hypot sgn angle polar"
    " complex conj resolve_conj resolve_neg real imag clone detach float half double bfloat16 int long bool cpu cuda data"
    " tril triu bernoulli sinc xlogy positive bitwise_and bitwise_or bitwise_xor bitwise_not"
).split()
_LIKE_ONE = "to type type_as".split()  # the second operand gives only its type
_FILLING = (
    "fill zero zeros_like ones_like empty_like full_like rand_like randn_like randint_like new_zeros new_ones new_empty new_full"
    " new_tensor"
).split()
_ALONG = "softmax log_softmax softmin gumbel_softmax cumsum cumprod cummax cummin logcumsumexp normalize sort argsort".split()
_REDUCING = (
    "mean sum nansum nanmean prod amax amin max min argmax argmin std var var_mean std_mean norm vector_norm logsumexp median"
    " nanmedian mode all any count_nonzero"
).split()


def _elementwise(call: Call) -> Plan | None:
    if call.op.base_name == "where" and len(call.inputs) == 1 and not call.op.attributes:
        return None  # the places where a condition holds
    found = {position: broadcast(shape, call.outputs[0]) for position, shape in enumerate(call.inputs)}
    return [{position: links for position, links in found.items() if links is not None}]


def _like_first(call: Call) -> Plan | None:
    return [{0: same(len(call.inputs[0])), 1: None}] if call.inputs[0] == call.outputs[0] else None


def _filling(call: Call) -> Plan:
    """The operand gives a shape, not its numbers; a tensor to fill with gives its number."""
    rest = {position: every(shape) for position, shape in enumerate(call.inputs) if position}
    return [{0: None, **rest}] * len(call.outputs)


def _random(call: Call) -> Plan | None:
    """In place it forgets what was there; ``torch.normal(mean)`` does not."""
    return _filling(call) if call.op.name.endswith("_") else None


def _copy(call: Call) -> Plan | None:
    links = broadcast(call.inputs[1], call.outputs[0]) if len(call.inputs) == 2 else None
    return None if links is None else [{0: None, 1: links}]


def _prelu(call: Call) -> Plan:
    return [{0: same(len(call.inputs[0])), 1: every(call.inputs[1])}]


def _over(shape: Shape, mixed: tuple[int, ...]) -> Links:
    return tuple(mix(size) if axis in mixed else keep(axis) for axis, size in enumerate(shape))


def _along(call: Call) -> Plan | None:
    found = dim_of(call.op, len(call.inputs[0]), {"normalize": 1, "sort": -1, "argsort": -1}.get(call.op.base_name))
    return None if found is None or call.inputs[0] != call.outputs[0] else [{0: _over(call.inputs[0], found)}] * len(call.outputs)


def _top(call: Call) -> Plan | None:
    found = dim_of(call.op, len(call.inputs[0]), -1)
    return (
        None
        if found is None or len(call.inputs[0]) != len(call.outputs[0])
        else [{0: _over(call.inputs[0], found)}] * len(call.outputs)
    )


def _glu(call: Call) -> Plan | None:
    found = dim_of(call.op, len(call.inputs[0]), -1)
    return None if found is None else [{0: _over(call.inputs[0], found)}]


def _reduce(call: Call) -> Plan | None:
    """The shape of the result tells whether the axes were understood."""
    if len(call.inputs) == 2 and call.op.base_name in ("max", "min"):
        return _elementwise(call)
    rank = len(call.inputs[0])
    found = dim_of(call.op, rank, tuple(range(rank)))
    if found is None or len(call.inputs) > 1:
        return None
    rest = [axis for axis in range(rank) if axis not in found]
    kept = tuple(1 if axis in found else size for axis, size in enumerate(call.inputs[0]))
    if call.outputs[0] == kept:
        place = {axis: axis for axis in rest}
    elif call.outputs[0] == tuple(call.inputs[0][axis] for axis in rest):
        place = {axis: index for index, axis in enumerate(rest)}
    else:
        return None
    links = tuple(keep(place[axis]) if axis in place else mix(size) for axis, size in enumerate(call.inputs[0]))
    return [{0: links}] * len(call.outputs)


def _norm(call: Call) -> Plan:
    """Which axes the statistics run over: in evaluation a batch norm takes them from its buffers."""
    rank, name = len(call.inputs[0]), call.op.base_name
    mixed = tuple(range(1, rank))
    if name in ("layer_norm", "rms_norm"):
        given = call.op.attribute("normalized_shape")
        mixed = tuple(range(rank - len(given), rank)) if isinstance(given, tuple) else tuple(range(rank))
    elif name == "batch_norm":
        mixed = (0, *range(2, rank)) if call.op.attribute("training", False) else ()
    elif name == "instance_norm":
        mixed = tuple(range(2, rank)) if call.op.attribute("use_input_stats", True) else ()
    elif name in ("local_response_norm", "channel_shuffle", "native_channel_shuffle"):
        mixed = (1,)
    rest = {position: every(shape) for position, shape in enumerate(call.inputs) if position}
    return [{0: _over(call.inputs[0], mixed), **rest}]


def _linear(call: Call) -> Plan:
    rest = {position: every(shape) for position, shape in enumerate(call.inputs) if position}
    return [{0: (*same(len(call.inputs[0]) - 1), mix(call.inputs[0][-1])), **rest}]


def _embedding(call: Call) -> Plan | None:
    return [{0: same(len(call.inputs[0]))}] if call.outputs[0][:-1] == call.inputs[0] else None


def _matmul(call: Call) -> Plan | None:
    """Rows of the first, columns of the second; what is summed over is read whole."""
    left, right = (1, 0) if call.op.base_name == "rmatmul" else (0, 1)
    added: dict[int, Links] = {}
    if call.op.base_name in ("addmm", "baddbmm", "addmv"):
        left, right = 1, 2
        links = broadcast(call.inputs[0], call.outputs[0])
        if links is None:
            return None
        added = {0: links}
    a, b, to = call.inputs[left], call.inputs[right], call.outputs[0]
    if not a or not b:
        return None
    rows = a[-2:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    batch = to[: len(to) - len(rows) - len(columns)]
    if to != (*batch, *rows, *columns) or a[-1] != b[-2 if len(b) > 1 else -1]:
        return None
    lead_a, lead_b = broadcast(a[:-2], batch), broadcast(b[:-2], batch)
    if lead_a is None or lead_b is None:
        return None
    middle = (keep(len(batch)),) if rows else ()
    last = (keep(len(to) - 1),) if columns else ()
    return [{**added, left: (*lead_a, *middle, mix(a[-1])), right: (*lead_b, mix(a[-1]), *last)}]


def _einsum(call: Call) -> Plan | None:
    left, arrow, result = str(call.op.attribute("equation")).replace(" ", "").partition("->")
    terms = left.split(",")
    if not arrow or "." in left or [len(term) for term in terms] != [len(shape) for shape in call.inputs]:
        return None
    rows: dict[int, Links] = {}
    for position, (term, shape) in enumerate(zip(terms, call.inputs, strict=True)):
        pairs = zip(term, shape, strict=True)
        rows[position] = tuple(keep(result.index(name)) if name in result else mix(size) for name, size in pairs)
    return [rows]


def _attention(call: Call) -> Plan:
    rows = {k: broadcast((*shape[:-2], 1, 1), call.outputs[0]) for k, shape in enumerate(call.inputs) if len(shape) > 1}
    return [{k: (*row[:-2], mix(call.inputs[k][-2]), mix(call.inputs[k][-1])) for k, row in rows.items() if row is not None}]


def _recurrent(call: Call) -> Plan:
    """A state may carry everything from one end to the other; only the samples of a batch stay apart."""
    batch = 0 if call.op.attribute("batch_first") else 1
    plans: list[Mapping[int, Links | None]] = []
    for number in range(len(call.outputs)):
        to = batch if number == 0 else 1
        rows = {k: tuple(keep(to) if axis == (batch if k == 0 else 1) else mix(size) for axis, size in enumerate(shape))
                for k, shape in enumerate(call.inputs) if len(shape) == 3}  # fmt: skip
        plans.append({**{k: every(shape) for k, shape in enumerate(call.inputs)}, **rows})
    return plans


def _fourier(call: Call) -> Plan | None:
    rank = len(call.inputs[0])
    fewest = 1 if call.op.base_name.endswith("fft") else 2 if call.op.base_name.endswith("fft2") else rank
    found = dim_of(call.op, rank, tuple(range(max(0, rank - fewest), rank)))
    return None if found is None else [{0: _over(call.inputs[0], found)}]


_TRANSFORMS = tuple(f"{kind}fft{end}" for kind in ("", "i", "r", "ir", "h", "ih") for end in ("", "2", "n"))

RULES: Mapping[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, _elementwise),
    **dict.fromkeys(_LIKE_ONE, _like_first),
    **dict.fromkeys(_FILLING, _filling),
    **dict.fromkeys(_ALONG, _along),
    **dict.fromkeys(_REDUCING, _reduce),
    **dict.fromkeys(("topk", "kthvalue"), _top),
    **dict.fromkeys(("layer_norm", "rms_norm", "batch_norm", "instance_norm", "group_norm"), _norm),
    **dict.fromkeys(("local_response_norm", "channel_shuffle", "native_channel_shuffle"), _norm),
    **dict.fromkeys(("matmul", "rmatmul", "mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addmv"), _matmul),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
    **dict.fromkeys((*_TRANSFORMS, "fftshift", "ifftshift"), _fourier),
    **dict.fromkeys(("uniform", "normal"), _random),
    "copy": _copy,
    "prelu": _prelu,
    "glu": _glu,
    "linear": _linear,
    "embedding": _embedding,
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
}
