"""When what a run sends leaves, and what a run is spared."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import pairwise
from threading import Thread
from typing import Any, NamedTuple, TypeVar

import pytest
import uvicorn
from starlette.types import Message as Sent
from starlette.types import Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig, NewSession
from streamlit.runtime import app_session
from websockets.sync.client import connect

from tests.browser.serving import free_port
from ui.serving import economy
from ui.serving.opening import Opening
from ui.serving.promptness import InOneBreath, Promptness

Value = TypeVar("Value")


def completed(work: Coroutine[Any, Any, Value]) -> Value:
    """What the work gives, done in a thread: the browser tests leave a running loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def message(kind: str) -> Sent:
    """A message of this kind; with HTML comes its body."""
    made = ForwardMsg()
    kind, _, body = kind.partition(" ")
    if kind == "html":
        made.delta.new_element.html.body = body
    elif kind == "heading":
        made.delta.new_element.heading.SetInParent()
    elif kind == "add_block":
        made.delta.add_block.SetInParent()
    elif kind == "script_finished":
        made.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    else:
        getattr(made, kind).SetInParent()
    return {"type": "websocket.send", "bytes": made.SerializeToString()}


class Left(NamedTuple):
    """A message that left when the run had sent so many, and when."""

    made: int
    kind: str
    seconds: float


def sent_by(*runs: tuple[str | float, ...]) -> list[Left]:
    """What leaves of a visitor's runs, which send these, and in between wait so many seconds."""
    left = list[Left]()
    made = 0

    async def receive() -> Sent:
        return {"type": "websocket.receive", "bytes": b""}

    async def send(sent: Sent) -> None:
        found = ForwardMsg.FromString(sent["bytes"])
        kind = found.delta.new_element.WhichOneof("type") or found.delta.WhichOneof("type") or found.WhichOneof("type")
        body = found.delta.new_element.html.body
        left.append(Left(made, f"{kind} {body}" if body else str(kind), time.monotonic()))

    async def serve(_scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal made
        for kinds in runs:
            await receive()
            for kind in kinds:
                if isinstance(kind, str):
                    made += 1
                    await send(message(kind))
                else:
                    await asyncio.sleep(kind)

    completed(Opening(serve)({"type": "websocket"}, receive, send))
    return left


FIRST_RUN = ("new_session", "html a", "script_finished")


def test_a_run_opens_with_what_is_new() -> None:
    quick = ("session_status_changed", "new_session", "add_block", "html a", "html b", "html c")
    left = sent_by(FIRST_RUN, quick)
    assert [(one.made, one.kind) for one in left] == [
        *((number, kind) for number, kind in enumerate(FIRST_RUN, 1)),  # the first opens at once
        (4, quick[0]), (8, quick[1]), (8, quick[2]), (8, quick[3]), (8, quick[4]), (9, quick[5]),
    ]  # fmt: skip


def test_a_run_that_changes_nothing_opens_with_its_end() -> None:
    assert [one.made for one in sent_by(FIRST_RUN, FIRST_RUN)[3:]] == [6, 6, 6]


def test_a_run_that_draws_nothing_new_for_a_while_opens_all_the_same() -> None:
    slow = ("new_session", "html a", 0.5, "html b")
    assert [(one.made, one.kind) for one in sent_by(FIRST_RUN, slow)[3:]] == [(5, slow[0]), (5, slow[1]), (6, slow[3])]


def test_the_first_heading_leaves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.serving.opening._ALONE_S", 0.5)
    page = ("new_session", "html a", "heading", "html b", "heading", "script_finished")
    left = sent_by(page, page)
    assert [one.kind for one in left] == [*page, *page]
    gaps = [after.seconds - before.seconds for before, after in pairwise(left)]
    assert [place for place, gap in enumerate(gaps) if gap >= 0.5] == [page.index("heading")]


class Wire(asyncio.Transport):
    """Keeps what is written to it, piece by piece, and when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = list[bytes]()
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


def written(work: Callable[[InOneBreath], Any]) -> list[bytes]:
    """The pieces that leave of what is written in one turn of the loop, and in the next."""

    async def turns() -> list[bytes]:
        wire = Wire()
        breath = InOneBreath(wire)
        work(breath)
        await asyncio.sleep(0)
        breath.write(b"d")
        await asyncio.sleep(0)
        return wire.written

    return completed(turns())


def test_what_is_written_in_one_turn_leaves_as_one() -> None:
    assert written(lambda wire: [wire.write(part) for part in (b"a", b"b", b"c")]) == [b"abc", b"d"]


def test_what_was_written_leaves_before_the_end_and_nothing_behind_it() -> None:
    assert written(lambda wire: (wire.write(b"a"), wire.close())) == [b"a"]


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of an ASGI app's websocket, served by uvicorn."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def test_uvicorn_writes_a_websockets_messages_in_one_breath() -> None:
    transports = list[Any]()

    async def app(_scope: Scope, receive: Receive, send: Any) -> None:
        transports.append(send.__self__.transport)
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(100):
            await send({"type": "websocket.send", "bytes": bytes([number])})
        await send({"type": "websocket.close"})

    with serving(Promptness(app)) as url, connect(url) as socket:
        assert list(socket) == [bytes([number]) for number in range(100)]
    assert [type(transport) for transport in transports] == [InOneBreath]


def themes(populate: Callable[..., None]) -> bytes:
    """The theme that begins a run, as Streamlit puts it together."""
    theme = NewSession().custom_theme
    populate(theme)
    for place, section in (
        (theme.light, "light"), (theme.dark, "dark"), (theme.sidebar, "sidebar"),
        (theme.light.sidebar, "light.sidebar"), (theme.dark.sidebar, "dark.sidebar"),
    ):  # fmt: skip
        populate(place, f"theme.{section}")
    return theme.SerializeToString(deterministic=True)


def test_the_theme_is_streamlits_and_written_once() -> None:
    calls = list[str]()

    def populate(message: CustomThemeConfig, section: str) -> None:
        calls.append(section)
        app_session._populate_theme_msg(message, section)

    copied = economy.remembered(populate)
    assert themes(copied) == themes(copied) == themes(app_session._populate_theme_msg)
    assert len(calls) == len(set(calls)) == 6


class Circle:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


def test_what_runs_left_behind_is_swept_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(economy, "_SWEEP_S", 0.01)

    async def a_while() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(economy.sweep(), 0.2)

    kept = Circle()
    circle = weakref.ref(kept)
    gc.disable()
    try:
        gc.collect(1)  # it grows old
        del kept
        completed(a_while())
        assert circle() is None
    finally:
        gc.enable()
