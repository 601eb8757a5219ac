"""What a torch callable is: its name, and whether it is an op at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any, Literal

import torch.nn.functional as F
from torch._ops import OpOverload, OpOverloadPacket

# Asked of a tensor, answered without computing one.
_QUESTIONS = frozenset(
    "size dim ndimension stride numel nelement element_size storage_offset data_ptr get_device is_contiguous is_complex"
    " is_floating_point is_signed is_inference is_same_size is_set_to is_shared is_pinned is_neg is_conj has_names requires_grad_"
    " retain_grad register_hook backward untyped_storage storage result_type can_cast _set_grad_enabled _is_view"
    " __len__ __hash__ __repr__ __format__ __dir__ __reduce_ex__".split()
)
# Asked of a tensor's numbers: Python decides with the answer, and the meta device has none.
_DECISIONS = frozenset(
    "item __bool__ __int__ __float__ __index__ __complex__ tolist equal allclose is_nonzero __contains__ nonzero argwhere unique"
    " masked_select numpy __array__ repeat_interleave bincount".split()
)
_SIZES = frozenset(("size", "shape", "dim", "ndim", "__len__"))
_VIEW_PROPERTIES = frozenset(("T", "mT", "H", "mH", "real", "imag", "data"))
# As torch's C++ calls its own functions: seen inside of TorchScript.
_BENEATH = {
    "native_batch_norm": "batch_norm",
    "cudnn_batch_norm": "batch_norm",
    "native_layer_norm": "layer_norm",
    "native_dropout": "dropout",
    "to_copy": "to",
    "unsafe_view": "view",
    "split_with_sizes": "split",
    "unsafe_split": "split",
    "constant_pad_nd": "pad",
    "scaled_dot_product_flash_attention_for_cpu": "scaled_dot_product_attention",
    "scaled_dot_product_attention_math": "scaled_dot_product_attention",
    **{f"upsample_{mode}": "interpolate" for mode in "nearest1d nearest2d nearest3d bilinear2d bicubic2d".split()},
}
_SAME_AS = {
    "true_divide": "div",
    "multiply": "mul",
    "subtract": "sub",
    "concat": "cat",
    "concatenate": "cat",
    "log_sigmoid": "logsigmoid",
    **_BENEATH,
}
_EXPANDED: tuple[Callable[..., Any], ...] = (F.multi_head_attention_forward,)


@dataclass(frozen=True, slots=True)
class Operation:
    """``is_op``: it can make or change a tensor. ``decides``: Python branches on its answer. ``swaps``: ``tensor.data = other``.
    ``asks_size``: it is answered from the shape alone.

    ``kind``: a Python function of torch.nn.functional, one of torch's built-in functions and methods, or anything else.
    ``insides``: a composite; run this copy instead, whose calls come back to the mode one by one.
    """

    name: str
    is_op: bool
    decides: bool = False
    writes: bool = False
    swaps: bool = False
    asks_size: bool = False
    kind: Literal["functional", "builtin", "other"] = "other"
    insides: Callable[..., Any] | None = None


@cache
def describe(func: Callable[..., Any]) -> Operation:
    """The Operation of a callable as it arrives in ``__torch_function__``."""
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__", "__delete__"):
        attribute_name = getattr(getattr(func, "__self__", None), "__name__", name)
        is_view = name == "__get__" and attribute_name in _VIEW_PROPERTIES
        swaps, asks_size = name == "__set__" and attribute_name == "data", name == "__get__" and attribute_name in _SIZES
        return Operation(attribute_name, is_view, swaps=swaps, asks_size=asks_size)
    plain = _plain_name(name)
    writes = plain.endswith("_") or plain == "setitem"
    insides = _insides(func) if func in _EXPANDED else None
    kind, asks_size = _kind(func), name in _SIZES
    return Operation(plain, name not in _QUESTIONS, name in _DECISIONS, writes, asks_size=asks_size, kind=kind, insides=insides)


def _kind(func: Callable[..., Any]) -> Literal["functional", "builtin", "other"]:
    if isinstance(func, FunctionType):
        return "functional" if func.__module__ == F.__name__ else "builtin" if func.__module__ == "torch._tensor" else "other"
    return "other" if isinstance(func, (OpOverload, OpOverloadPacket)) else "builtin"


def _plain_name(name: str) -> str:
    """``__rsub__`` -> ``rsub``, ``fft_fft2`` -> ``fft2``, ``multiply`` -> ``mul``, ``add_.Tensor`` -> ``add_``."""
    name = name.partition(".")[0]
    if name.startswith("__"):
        name = name.strip("_")
    name = name.removeprefix("fft_").removeprefix("linalg_").removeprefix("special_").lstrip("_")
    return _SAME_AS.get(name, name)


def _insides(func: Callable[..., Any]) -> Callable[..., Any]:
    """A private copy of a Python function of torch that does not hand itself to the mode again, as the original would."""
    assert isinstance(func, FunctionType)
    no: Callable[..., bool] = lambda *_: False  # noqa: E731
    names = {"has_torch_function": no, "has_torch_function_unary": no, "has_torch_function_variadic": no}
    copy = FunctionType(func.__code__, {**func.__globals__, **names}, func.__name__, func.__defaults__, func.__closure__)
    copy.__kwdefaults__ = func.__kwdefaults__
    return copy
