"""The server's side: starts the zygote, hands pastes to locked children, reads their answers with a cap and a clock."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from explainer.errors import Cancelled, SandboxRefused
from explainer.sandbox import frame, limits
from explainer.sandbox.budget import Budget
from explainer.sandbox.ending import Allowance, why
from explainer.sandbox.handle import GRACE_S, Child, Zygote, stopped
from explainer.sandbox.setup import Setup
from explainer.sandbox.streaming import TICK_S, Hear, listen
from explainer.sandbox.turns import Turns

log = logging.getLogger(__name__)


class Sandbox:
    """One zygote and what runs under it. Safe on any thread; started by the first request, again after it died."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        slots = self.setup.slots or os.cpu_count() or 1
        self._turns, self._budget = Turns(slots), Budget(self.setup.budget_s)
        self._long_turns, self._long_budget = Turns(max(1, slots // 2)), Budget(self.setup.long_budget_s)
        self._lock = threading.RLock()
        self._zygote: Zygote | None = None

    @property
    def layers(self) -> tuple[str, ...]:
        """The walls around a paste, once the zygote runs."""
        return self._started().layers

    @property
    def known_layers(self) -> tuple[str, ...]:
        """The same without starting it: empty where it does not run."""
        current = self._zygote
        return current.layers if current is not None and current.alive else ()

    @property
    def pid(self) -> int:
        return self._started().process.pid

    def ask(
        self,
        request: Any,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> Any:
        """The answer of a locked child to a JSON request, as checked JSON. Blocks; SandboxRefused if there is none.

        ``waiting`` hears the position in the queue whenever it changes; ``cancelled`` is asked now and then. What the child
        computes is charged to ``address``.
        """
        self._budget.check(address)
        body = frame.pack(request)
        _check_size(len(body), is_paste=request.get("job") == "paste")
        allowance = Allowance(self.setup.cpu_s, self.setup.wall_s)
        with self._turns.take(waiting, cancelled, address):
            current = self._started()
            with self._lent(current, current.take(), self._budget, address) as child:
                return _converse(current, child, body, cancelled, allowance)

    def stream(
        self,
        request: Any,
        hear: Hear,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> None:
        """Hands every JSON message that answers a long request to ``hear``, as they come, and returns when all were there.

        A queue, a budget and limits of its own: half of the slots, so that pastes are not kept waiting. What ``hear`` raises
        ends the child.
        """
        self._long_budget.check(address)
        body = frame.pack(request)
        _check_size(len(body), is_paste=True)  # a training carries a block and nothing else
        allowance = Allowance(self.setup.long_cpu_s, self.setup.long_wall_s)
        with self._long_turns.take(waiting, cancelled, address):
            current = self._started()
            with self._lent(current, current.fork(allowance.cpu_s), self._long_budget, address) as child:
                _attend(current, child, body, cancelled, allowance, hear)

    @contextlib.contextmanager
    def _lent(self, current: Zygote, child: Child, budget: Budget, address: str) -> Iterator[Child]:
        """The child, which is gone afterwards, and what it computed is charged."""
        try:
            yield child
        finally:
            current.kill(child)
            child.gone.wait(GRACE_S)
            child.close()
            if child.end is not None:
                budget.spend(address, child.end.cpu_ms / 1000)

    def stop(self) -> None:
        """Ends the zygote and every child."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.stop()
                self._zygote = None

    def _started(self) -> Zygote:
        with self._lock:
            if self._zygote is None or not self._zygote.alive:
                if self._zygote is not None:
                    self._zygote.stop()
                self._zygote = Zygote(self.setup)
                log.info("pastes run behind: %s", ", ".join(self._zygote.layers))
            return self._zygote


def _check_size(size: int, *, is_paste: bool) -> None:
    if is_paste and size > limits.REQUEST_BYTES:
        raise SandboxRefused("This is more than {most} KB of text: paste the block alone.", most=limits.REQUEST_BYTES >> 10)
    if size > limits.JOB_BYTES:
        raise SandboxRefused("This is more than {most:,} KB for the sandbox: leave the weights out.", most=limits.JOB_BYTES >> 10)


def _converse(current: Zygote, child: Child, body: bytes, cancelled: Callable[[], bool], allowance: Allowance) -> Any:
    """Hands the request over and reads the answer; SandboxRefused with the reason if there is none."""
    found = _read(child.answer, _hand_over(current, child, body, allowance), cancelled)
    if found is None:
        raise Cancelled("Stopped.")
    message = found.message()
    if message is not None:
        return frame.unpack(message)
    if not child.gone.wait(GRACE_S) or child.end is None or not current.alive:
        raise stopped()
    raise why(child.end, allowance)


def _attend(current: Zygote, child: Child, body: bytes, cancelled: Callable[[], bool], allowance: Allowance, hear: Hear) -> None:
    """The same for an answer in many messages, each handed on as it comes."""
    is_whole = listen(child.answer, _hand_over(current, child, body, allowance), cancelled, hear)
    if is_whole is None:
        raise Cancelled("Stopped.")
    if not child.gone.wait(GRACE_S) or child.end is None or not current.alive:
        raise stopped()
    if not is_whole or child.end.status != 0:
        raise why(child.end, allowance, training=True)


def _hand_over(current: Zygote, child: Child, body: bytes, allowance: Allowance) -> float:
    """Starts the child's clock and gives it the request: until when there must be an answer."""
    current.start_clock(child, allowance.wall_s)
    until = time.monotonic() + allowance.wall_s + GRACE_S
    with contextlib.suppress(BrokenPipeError):  # it ended already; its end says how
        frame.write_all(child.request, body)
    return until


def _read(descriptor: int, until: float, cancelled: Callable[[], bool]) -> frame.Answer | None:
    """All that comes until the other end closes or the frame that counts is there; None if it was cancelled."""
    answer = frame.Answer()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while time.monotonic() < until:
        if cancelled():
            return None
        if not poll.poll(TICK_S * 1000):
            continue
        part = os.read(descriptor, 1 << 18)
        if not part or answer.feed(part):
            break
    return answer
