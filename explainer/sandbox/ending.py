"""The sentence for a child that ended without its answer."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from explainer.errors import SandboxRefused
from explainer.sandbox import limits
from explainer.sandbox.child import LOCK_FAILED
from explainer.sandbox.handle import End


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one child may use: seconds of computing, and seconds in all."""

    cpu_s: int = limits.CPU_S
    wall_s: float = limits.WALL_S


def why(end: End, allowance: Allowance, *, training: bool = False) -> SandboxRefused:
    """What became of a paste, or of a training, from the way its process ended."""
    killed = os.WTERMSIG(end.status) if os.WIFSIGNALED(end.status) else 0
    code = os.WEXITSTATUS(end.status) if os.WIFEXITED(end.status) else 0
    if code == LOCK_FAILED:
        return SandboxRefused("The sandbox could not be locked here, so nothing was run.")
    if end.timed_out or killed in (signal.SIGXCPU, signal.SIGKILL):
        return (_training_too_long if training else _paste_too_long)(allowance)
    if training:
        return _training_ended(killed)
    return _paste_ended(killed)


def _paste_too_long(allowance: Allowance) -> SandboxRefused:
    return SandboxRefused(
        "The paste was stopped: it may use {cpu} seconds of computing and {wall} seconds in all."
        " Is there a loop without an end, or an input that is too large?",
        cpu=allowance.cpu_s,
        wall=int(allowance.wall_s),
    )


def _paste_ended(killed: int) -> SandboxRefused:
    if killed == signal.SIGSYS:
        return SandboxRefused("The paste called the kernel in a way that no PyTorch code does, and was stopped.")
    if killed:
        return SandboxRefused(
            "The paste crashed its process. It may need more than the {memory} MB of memory that it gets,"
            " or call itself too deeply.",
            memory=limits.MEMORY_BYTES >> 20,
        )
    return SandboxRefused("The paste ended its own process before there was an answer.")


def _training_too_long(allowance: Allowance) -> SandboxRefused:
    return SandboxRefused(
        "The training was stopped: it may use {cpu} seconds of computing and {wall} seconds in all."
        " Fewer rounds, or a block that computes less, fit into that.",
        cpu=allowance.cpu_s,
        wall=int(allowance.wall_s),
    )


def _training_ended(killed: int) -> SandboxRefused:
    if killed == signal.SIGSYS:
        return SandboxRefused("The block called the kernel in a way that no PyTorch code does, and the training was stopped.")
    if killed:
        return SandboxRefused(
            "The training crashed its process. The block may need more than the {memory} MB of memory that it gets.",
            memory=limits.MEMORY_BYTES >> 20,
        )
    return SandboxRefused("The training ended before it had a result: the block's code stopped its own process.")
