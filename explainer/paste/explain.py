"""The one way to a paste's result, for the command line and the pages: behind the wall, or trusted and here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from explainer.codec import from_json, to_json
from explainer.errors import InvalidInput
from explainer.paste.result import PasteResult, Request, settled
from explainer.paste.sound import check_sound
from explainer.paste.step import check_step, step_request
from explainer.paste.summary import check_summary
from explainer.sandbox.frame import broken
from explainer.sandbox.jobs import job
from explainer.step_values import StepValues, Wanted

if TYPE_CHECKING:
    from types import TracebackType

    from explainer.sandbox.client import Sandbox
    from explainer.sandbox.trusted import TrustedProcess


class Behind:
    """Runs requests in a sandbox. What comes back is checked and is still its author's text: show it, never believe it."""

    def __init__(self, sandbox: Sandbox | TrustedProcess) -> None:
        self._sandbox = sandbox

    @classmethod
    def for_texts(cls, texts: Iterable[str], stand_ins: str) -> Behind:
        """A sandbox for these texts alone: it loads no more of torch than they mention."""
        from explainer.sandbox.client import Sandbox
        from explainer.sandbox.parts import words_in
        from explainer.sandbox.setup import Setup

        return cls(Sandbox(Setup(spares=0, slots=1, warm=tuple(words_in(texts)), stand_ins=stand_ins)))

    @property
    def layers(self) -> tuple[str, ...]:
        return self._sandbox.layers

    @property
    def known_layers(self) -> tuple[str, ...]:
        """The same without starting anything: empty until the first paste or ``layers``."""
        return self._sandbox.known_layers

    def run(
        self,
        request: Request,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> PasteResult:
        """The result of a paste; SandboxRefused, Cancelled or InvalidInput if there is none."""
        whole = replace(request, text=request.text.encode("utf-8", "replace").decode())
        return _checked(self._sandbox.ask(job("paste", to_json(whole)), waiting, cancelled, address))

    def ask(
        self,
        name: str,
        asked: Any,
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> Any:
        """The JSON answer of any job of ``sandbox/jobs.py``: whoever asks for it checks it. Raises as ``run`` does."""
        return self._sandbox.ask(job(name, asked), waiting, cancelled, address)

    def stream(
        self,
        request: Any,
        hear: Callable[[Any], None],
        waiting: Callable[[int], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        address: str = "",
    ) -> None:
        """Hands every message that answers a long job to ``hear``, which checks it; raises as ``run`` does."""
        self._sandbox.stream(request, hear, waiting, cancelled, address)

    def step(self, request: Request, result: PasteResult, wanted: Wanted, address: str = "") -> StepValues | None:
        """The numbers of a step of a result, None if a forward on real numbers does not come to it.

        TooLarge if a paste does not get room for them, else as ``run``.
        """
        assert result.trace is not None
        asked = step_request(request, result, wanted)
        answer = self._sandbox.ask(job("step", to_json(asked)), address=address)
        if answer is None:
            return None
        try:
            found = from_json(StepValues, answer)
        except InvalidInput:
            raise broken() from None
        check_step(found)
        return found if found.shape == result.trace.shape(wanted.made) else None

    def summary(self, request: Request, result: PasteResult, address: str = "") -> str | None:
        """torchinfo's table of a result that works, None if torchinfo can make none; raises as ``run`` does."""
        return check_summary(self._sandbox.ask(job("summary", to_json(settled(request, result))), address=address))

    def stop(self) -> None:
        """Ends the sandbox; the next paste would start it again."""
        self._sandbox.stop()

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.stop()


def _checked(answer: Any) -> PasteResult:
    try:
        result = from_json(PasteResult, answer)
        check_sound(result)
    except InvalidInput:
        raise broken() from None
    return result


def trusted(stand_ins: str) -> Callable[[Request], PasteResult]:
    """What runs requests in this process, with this user's rights: for one's own code."""
    from explainer.paste.names import offer
    from explainer.paste.run import run_paste

    offer(stand_ins)
    return run_paste
