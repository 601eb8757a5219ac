"""The line of the user's file that is running."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType

from torch import nn


def files_of(module: nn.Module) -> frozenset[str]:
    """The file that defines the module's class, as its code objects name it; empty for torch's own modules."""
    forward = getattr(type(module), "forward", None)  # TorchScript has it on the instance
    code = getattr(forward, "__code__", None)
    return frozenset() if code is None or str(forward.__module__).startswith("torch.") else frozenset((code.co_filename,))


def running_line(files: frozenset[str], depth: int = 2) -> int | None:
    """The line of the innermost running frame whose file is one of ``files``, None if there is none."""
    if not files:
        return None
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        if frame.f_code.co_filename in files:
            return frame.f_lineno
        frame = frame.f_back
    return None


def raised_line(files: frozenset[str], traceback: TracebackType | None) -> int | None:
    """The innermost line of ``files`` that an exception went through."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in files:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
