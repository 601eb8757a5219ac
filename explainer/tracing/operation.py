"""What a torch callable is: its name, whether it is an op at all, and the names of its arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn import Parameter

from explainer.types import Attribute

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
_VIEW_PROPERTIES = frozenset(("T", "mT", "H", "mH", "real", "imag", "data"))
_SAME_AS = {"true_divide": "div", "multiply": "mul", "subtract": "sub", "concat": "cat", "concatenate": "cat"}
_EXPANDED: tuple[Callable[..., Any], ...] = (F.multi_head_attention_forward,)
_MAX_ITEMS = 32
_SCALARS = frozenset((int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size, slice))


@dataclass(frozen=True, slots=True)
class Operation:
    """``is_op``: it can make or change a tensor. ``decides``: Python branches on its answer.

    ``insides``: a composite; run this copy instead, whose calls come back to the mode one by one.
    """

    name: str
    is_op: bool
    decides: bool
    writes: bool
    insides: Callable[..., Any] | None = None


@cache
def describe(func: Callable[..., Any]) -> Operation:
    """The Operation of a callable as it arrives in ``__torch_function__``."""
    name = getattr(func, "__name__", type(func).__name__)
    if name in ("__get__", "__set__", "__delete__"):
        attribute_name = getattr(getattr(func, "__self__", None), "__name__", name)
        return Operation(attribute_name, name == "__get__" and attribute_name in _VIEW_PROPERTIES, False, False)
    plain = _plain_name(name)
    writes = plain.endswith("_") or plain == "setitem"
    return Operation(plain, name not in _QUESTIONS, name in _DECISIONS, writes, _insides(func) if func in _EXPANDED else None)


def _plain_name(name: str) -> str:
    """``__rsub__`` -> ``rsub``, ``fft_fft2`` -> ``fft2``, ``multiply`` -> ``mul``; the mark of an in-place operation stays."""
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


def tensors_in(tree: Any, found: list[Tensor]) -> list[Tensor]:
    """Appends the tensors of nested tuples, lists and dicts to ``found``, in order."""
    kind = type(tree)
    if kind is dict:
        tree = tree.values()
    elif kind is not tuple and kind is not list:
        if _is_tensor(tree):
            found.append(tree)
            return found
        if not isinstance(tree, (tuple, list, dict)):
            return found
        tree = tree.values() if isinstance(tree, dict) else tree
    for item in tree:
        kind = type(item)
        if kind is Tensor or kind is Parameter:
            found.append(item)
        elif kind not in _SCALARS:
            tensors_in(item, found)
    return found


def _is_tensor(x: Any) -> bool:
    """``isinstance(x, Tensor)``, without its slow way for the common other types."""
    kind = type(x)
    return kind is Tensor or kind is Parameter or (kind not in _SCALARS and isinstance(x, Tensor))


def attributes_of(
    func: Callable[..., Any], name: str, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[tuple[str, Attribute], ...]:
    """The arguments that are not tensors, by torch's own names."""
    found: list[tuple[str, Attribute]] = []
    kinds = "".join(["n" if a is None else "t" if _is_tensor(a) else "." for a in args])
    if "." in kinds:
        names = _argument_names(func, name.rstrip("_"), kinds, tuple(kwargs))
        last = len(names) - 1
        for index, argument in enumerate(args):
            if index == last and len(args) > len(names):
                found.append((names[index], attribute(tuple(args[index:]))))
                break
            if kinds[index] == ".":
                found.append((names[index], attribute(argument)))
    for key, argument in kwargs.items():
        if argument is not None and key != "_stacklevel" and not _is_tensor(argument):
            found.append((key, attribute(argument)))
    return tuple([pair for pair in found if pair[1] is not _NOTHING])


_NOTHING: Attribute = "<tensors>"


def attribute(argument: Any) -> Attribute:
    """An argument in the records' own types; objects that no record can hold become their names."""
    kind = type(argument)
    if kind is int or kind is bool or kind is str or argument is None:
        return argument  # type: ignore[no-any-return]
    if isinstance(argument, float):
        return argument if math.isfinite(argument) else str(argument)
    if isinstance(argument, (tuple, list)):
        if not [item for item in argument if type(item) is not int]:
            return tuple(argument[:_MAX_ITEMS])
        items = tuple([attribute(item) for item in argument[:_MAX_ITEMS] if not isinstance(item, Tensor)])
        return items if items or not argument else _NOTHING
    if isinstance(argument, slice):
        parts = ["" if part is None else str(attribute(part)) for part in (argument.start, argument.stop, argument.step)]
        return ":".join(parts[: 2 + bool(parts[2])])
    if argument is Ellipsis:
        return "..."
    if isinstance(argument, Tensor):
        return _NOTHING
    return str(argument) if isinstance(argument, (torch.dtype, torch.device, torch.memory_format)) else type(argument).__name__


_NAMES = {"getitem": ("self", "index"), "setitem": ("self", "index", "value"), "einsum": ("equation", "operands")}


@cache
def _argument_names(func: Callable[..., Any], name: str, kinds: str, keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the positional arguments; the last one stands for all that follow (``x.view(b, c, 1, 1)``)."""
    known = _NAMES.get(name)
    if known:
        return known
    if isinstance(func, FunctionType):
        code = func.__code__
        if not code.co_flags & 0x04:  # *args: the schema below knows better
            return code.co_varnames[: max(code.co_argcount, len(kinds))]
    for schema in torch._C._jit_get_schemas_for_operator("aten::" + name):
        positional = [a for a in schema.arguments if not a.kwarg_only]
        if positional and _fits(positional, [a.name for a in schema.arguments], kinds, keywords):
            return tuple(a.name for a in positional)
    return tuple(f"argument{i}" for i in range(len(kinds)))


def _fits(positional: list[Any], names: list[str], kinds: str, keywords: tuple[str, ...]) -> bool:
    spread = "[]" in str(positional[-1].type) or (len(positional) > 1 and "List[int]" in str(positional[1].type))
    if len(kinds) > len(positional) and not spread:
        return False
    if any(keyword not in names and keyword not in ("out", "_stacklevel", "inplace", "axis", "keepdims") for keyword in keywords):
        return False
    return all(
        (kind == "t") == (str(arg.type) in ("Tensor", "Optional[Tensor]")) or kind == "n"
        for kind, arg in zip(kinds, positional, strict=False)
    )
