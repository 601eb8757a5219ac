"""A state dict from an uploaded file: looked through before anything in it is loaded, then read with ``weights_only``.

The file of ``torch.save`` is a zip archive with a pickle that may call functions. Two walls stand before it: every global that
the pickle names must be one of those that tensors are made of, which is read off without running it, and then torch's own
restricted unpickler. What the archive would unpack to is known before it is unpacked.
"""

from __future__ import annotations

import pickletools
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from explainer.attention.records import Entry
from explainer.errors import InvalidInput

if TYPE_CHECKING:
    from torch import Tensor

MAX_BYTES = 8 << 20
MAX_ENTRIES = 2000
_MAX_PICKLE = 1 << 20
_LONGEST_NAME = 200
_TENSOR_PARTS = frozenset(
    "collections.OrderedDict torch._utils._rebuild_tensor_v2 torch._utils._rebuild_parameter torch.Size"
    " torch.FloatStorage torch.DoubleStorage torch.HalfStorage torch.BFloat16Storage torch.LongStorage torch.IntStorage"
    " torch.ShortStorage torch.CharStorage torch.ByteStorage torch.BoolStorage".split()
)


def read_state_dict(data: bytes) -> tuple[Entry, ...]:
    """The tensors of an uploaded state dict as float32; InvalidInput with a sentence for anything else."""
    import torch

    if len(data) > MAX_BYTES:
        raise InvalidInput("This file has {size:,} KB; weights may have {most:,} KB.", size=len(data) >> 10, most=MAX_BYTES >> 10)
    _check_archive(data)
    try:
        found = torch.load(BytesIO(data), map_location="cpu", weights_only=True)
    except Exception:  # noqa: BLE001 - whatever torch finds wrong with it
        raise _no_state_dict() from None
    return tuple(_entries(found))


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_BYTES or len(members) > 4 * MAX_ENTRIES:
                raise InvalidInput("What is in this file unpacks to more than {most:,} KB.", most=MAX_BYTES >> 10)
            pickles = [member for member in members if member.filename.endswith("data.pkl")]
            if len(pickles) != 1 or pickles[0].file_size > _MAX_PICKLE:
                raise _no_state_dict()
            foreign = sorted(_globals(archive.read(pickles[0])) - _TENSOR_PARTS)
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError, OSError):
        raise _no_state_dict() from None
    if foreign:
        raise InvalidInput(
            "This file is not loaded: besides tensors it names {name}, and a file that names functions may run them."
            " Save the weights alone: torch.save(module.state_dict(), path).",
            name=foreign[0][:_LONGEST_NAME],
        )


def _globals(pickle: bytes) -> set[str]:
    """Every global that a pickle could look up, from its text alone; ValueError if it is no pickle."""
    found, texts = set[str](), list[str]()
    for opcode, argument, _ in pickletools.genops(pickle):
        if opcode.name in ("GLOBAL", "INST"):
            found.add(str(argument).replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":  # it looks up two strings that were put on the stack, however they came there
            found.add(f"{'.'.join(texts[-2:])} (by name)")
        elif opcode.name in ("EXT1", "EXT2", "EXT4"):
            found.add(f"copyreg extension {argument}")
        elif isinstance(argument, str):
            texts.append(argument)
    return found


def _entries(found: Any) -> Iterator[Entry]:
    """The tensors of a state dict, or of the one that a checkpoint holds under a usual name."""
    import torch

    for key in ("state_dict", "model_state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not found or len(found) > MAX_ENTRIES:
        raise _no_state_dict()
    size = 0
    for name, tensor in found.items():
        if not isinstance(name, str) or len(name) > _LONGEST_NAME or not isinstance(tensor, torch.Tensor):
            raise InvalidInput("This is no state dict: a state dict has names and tensors and nothing else.")
        size += 4 * tensor.numel()
        if size > 2 * MAX_BYTES or tensor.is_complex():  # a small storage can be seen as a large tensor
            raise InvalidInput("What is in this file unpacks to more than {most:,} KB.", most=MAX_BYTES >> 10)
        yield entry_of(name, tensor)


def entry_of(name: str, tensor: Tensor) -> Entry:
    """A tensor as it travels."""
    import torch

    numbers = tensor.detach().to(torch.float32).contiguous()
    return Entry(name, tuple(tensor.shape), b64encode(numbers.numpy().tobytes()).decode())


def _no_state_dict() -> InvalidInput:
    return InvalidInput(
        "This file is no state dict that can be read. Save one with torch.save(module.state_dict(), path), torch 1.6 or newer."
    )
