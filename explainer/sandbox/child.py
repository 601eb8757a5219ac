"""One paste's process: re-numbers its descriptors, locks itself, then reads the request, answers it and is gone."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from explainer.sandbox import frame, limits, lockdown

LOCK_FAILED, RUNNER_DIED = 98, 97
_REQUEST, _ANSWER, _RULES = 3, 4, 5
_OUT_OF_THE_WAY = 64


def main(request: int, answer: int, lock: lockdown.Lock, cpu_s: int, *, rehearse: bool) -> NoReturn:
    """Never returns: what a paste registered to be run at the end is not run."""
    try:
        lock = _renumber(request, answer, lock)
        lock.close(cpu_s)
    except BaseException:  # noqa: BLE001 - whatever it was, nothing may run in a process that is not locked
        os._exit(LOCK_FAILED)
    try:
        _answer(rehearse=rehearse)
    except BaseException:  # noqa: BLE001 - the paste was in charge; the server has words for it
        os._exit(RUNNER_DIED)
    os._exit(0)


def _renumber(request: int, answer: int, lock: lockdown.Lock) -> lockdown.Lock:
    """0 to 2 lead nowhere, 3 is the request, 4 the answer; nothing else stays open but, for a moment, the rules."""
    from dataclasses import replace

    os.setsid()
    with suppress(PermissionError):  # only so that the kernel takes this process first when memory runs out
        Path("/proc/self/oom_score_adj").write_bytes(b"1000")
    os.nice(5)
    nothing = os.open("/dev/null", os.O_RDWR)
    kept = [nothing, nothing, nothing, request, answer] + ([] if lock.ruleset is None else [lock.ruleset])
    aside = [os.dup2(descriptor, _OUT_OF_THE_WAY + place, inheritable=False) for place, descriptor in enumerate(kept)]
    for place, descriptor in enumerate(aside):
        os.dup2(descriptor, place, inheritable=False)
    os.closerange(len(kept), 1 << 16)
    return lock if lock.ruleset is None else replace(lock, ruleset=_RULES)


def _answer(*, rehearse: bool) -> None:
    from explainer.sandbox.jobs import practise, run_job

    if rehearse:
        practise()
    size = frame.body_size(frame.read_exactly(_REQUEST, frame.HEAD_BYTES), limits.JOB_BYTES)
    request = frame.unpack(frame.read_exactly(_REQUEST, size))
    for message in run_job(request, lambda early: frame.write_all(_ANSWER, frame.pack(frame.Provisional(early)))):
        frame.write_all(_ANSWER, frame.pack(message))
