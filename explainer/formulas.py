"""What each operator costs: its multiply-adds, and which operators have none.

Elementwise operators compute each element of the result by itself, reducing ones read each element of the operand, moving ones
compute nothing. An operator in no table is unknown, and a trace lists it as uncounted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import isqrt, prod

from explainer.types import Op, Shape

Shapes = tuple[Shape, ...]
Formula = Callable[[Op, Shapes, Shapes], int]

FORMULAS: dict[str, Formula] = {}


def formula(*names: str) -> Callable[[Formula], Formula]:
    """Registers the MACs of operators as a function of the op, its input and its output shapes; a duplicate is refused."""

    def register(function: Formula) -> Formula:
        for name in names:
            if name in FORMULAS:
                raise ValueError(f"{name} has a formula already")
            FORMULAS[name] = function
        return function

    return register


@formula("conv1d", "conv2d", "conv3d")
def _conv(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    return prod(outputs[0]) * prod(inputs[1][1:])


@formula("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def _conv_transpose(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    return prod(inputs[0]) * prod(inputs[1][1:])


@formula("linear")
def _linear(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    return prod(outputs[0]) * inputs[1][-1]


@formula("bilinear")
def _bilinear(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    return prod(outputs[0]) * prod(inputs[2][1:])


@formula("matmul", "mm", "bmm", "mv", "dot", "vdot", "inner", "rmatmul")
def _matmul(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    left = inputs[1] if op.name == "rmatmul" else inputs[0]
    return prod(outputs[0]) * left[-1]


@formula("addmm", "baddbmm", "addmv", "addbmm")
def _add_matmul(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    batch = inputs[1][0] if op.base_name == "addbmm" else 1
    return batch * prod(outputs[0]) * inputs[1][-1]


@formula("tensordot")
def _tensordot(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    contracted = isqrt(prod(inputs[0]) * prod(inputs[1]) // max(prod(outputs[0]), 1))
    return prod(outputs[0]) * contracted


@formula("scaled_dot_product_attention")
def _attention(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    query, key, value = inputs[:3]
    return prod(outputs[0][:-1]) * key[-2] * (query[-1] + value[-1])


@formula("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell")
def _recurrent(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    steps = prod(inputs[0][:-1])
    states = 2 if op.base_name.startswith("lstm") else 1
    return steps * sum(prod(shape) for shape in inputs[1 + states :] if len(shape) == 2)


@formula("einsum")
def _einsum(op: Op, inputs: Shapes, outputs: Shapes) -> int:
    """Pair by pair from the left, as torch contracts them; a pair that sums nothing is an elementwise product."""
    left_side, _, right_side = str(op.attribute("equation", "")).replace(" ", "").partition("->")
    terms = [_letters(term, len(shape)) for term, shape in zip(left_side.split(","), inputs, strict=True)]
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, inputs, strict=True):
        for name, size in zip(term, shape, strict=True):
            sizes[name] = max(sizes.get(name, 0), size)  # an axis of 1 is broadcast
    if "->" in op.attribute("equation", ""):  # type: ignore[operator]
        result = set(_letters(right_side, len(outputs[0])))
    else:
        count = Counter(name for term in terms for name in term)
        result = {name for name, times in count.items() if times == 1 or name.startswith(".")}
    macs, left = 0, dict(zip(terms[0], inputs[0], strict=True))
    for index, term in enumerate(terms[1:], start=1):
        right, later = dict(zip(term, inputs[index], strict=True)), result.union(*terms[index + 1 :])
        summed = {name for name in left.keys() & right if name not in later and 1 not in (left[name], right[name])}
        if summed:  # an axis of 1 has nothing to sum up: where there is no other, torch multiplies element by element
            macs += prod(sizes[name] for name in left.keys() | right if name in later or name in summed)
        left = {name: max(left.get(name, 1), right.get(name, 1)) for name in left.keys() | right if name in later}
    return macs


def _letters(term: str, rank: int) -> list[str]:
    """The index names of one operand; an ellipsis stands for numbered ones, counted from the right."""
    before, dots, after = term.partition("...")
    hidden = rank - len(before) - len(after) if dots else 0
    return [*before, *(f".{i}" for i in range(hidden, 0, -1)), *after]


ELEMENTWISE = frozenset(
    "add sub rsub mul div rdiv floor_divide remainder fmod pow rpow square sqrt rsqrt exp expm1 log log1p log2 log10 abs neg"
    " sign reciprocal sin cos tan asin acos atan atan2 sinh cosh tanh erf erfinv sigmoid logit relu relu6 gelu silu mish elu"
    " selu celu leaky_relu prelu rrelu hardtanh hardswish hardsigmoid softplus softsign tanhshrink softshrink hardshrink"
    " logsigmoid threshold glu softmax log_softmax softmin gumbel_softmax clamp clamp_min clamp_max clip maximum minimum fmax"
    " fmin lerp addcmul addcdiv floor ceil round trunc frac where eq ne lt le gt ge logical_and logical_or logical_not"
    " logical_xor and or xor invert not isnan isinf isfinite masked_fill batch_norm layer_norm group_norm instance_norm"
    " rms_norm local_response_norm normalize weight_norm weight_norm_interface dropout dropout1d dropout2d dropout3d"
    " alpha_dropout feature_alpha_dropout feature_dropout nan_to_num cosine_similarity outer ger addr hypot sgn angle polar"
    " deg2rad cumsum cumprod floordiv".split()
)
REDUCING = frozenset(
    "mean sum prod amax amin max min argmax argmin std var var_mean std_mean norm vector_norm logsumexp median mode all any"
    " avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices"
    " max_pool3d_with_indices lp_pool1d lp_pool2d lp_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"
    " adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d adaptive_max_pool1d_with_indices"
    " adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices fractional_max_pool2d fractional_max_pool3d mse_loss"
    " l1_loss smooth_l1_loss cross_entropy nll_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div"
    " pairwise_distance".split()
)
MOVING = frozenset(
    "view reshape view_as reshape_as flatten unflatten squeeze unsqueeze transpose swapaxes swapdims permute movedim moveaxis"
    " T mT H mH expand expand_as repeat repeat_interleave tile broadcast_to broadcast_tensors cat stack hstack vstack dstack"
    " split chunk tensor_split unbind unfold fold getitem setitem index_select gather scatter scatter_add take take_along_dim"
    " index_put index_add index_copy index_fill masked_select masked_scatter narrow select slice roll flip fliplr flipud rot90"
    " pad contiguous clone detach to type type_as float half double bfloat16 int long bool cpu cuda copy fill zero data real"
    " imag view_as_real view_as_complex conj resolve_conj resolve_neg complex pixel_shuffle pixel_unshuffle channel_shuffle"
    " native_channel_shuffle interpolate upsample grid_sample affine_grid zeros ones empty full zeros_like ones_like"
    " empty_like full_like new_zeros new_ones new_empty new_full new_tensor arange linspace eye rand randn randint randperm"
    " rand_like randn_like bernoulli uniform normal multinomial tensor as_tensor scalar_tensor tril triu tril_indices"
    " triu_indices diag diagonal diag_embed meshgrid embedding embedding_bag one_hot sort argsort topk kthvalue nonzero"
    " argwhere unique bincount histc searchsorted item tolist numpy bool requires_grad as_strided max_unpool1d max_unpool2d"
    " max_unpool3d empty_strided resize atleast_1d atleast_2d atleast_3d ravel cartesian_prod"
    " kaiming_uniform constant t adjoint vmap func".split()
)
