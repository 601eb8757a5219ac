"""What says that a run begins leaves together with the first thing that is new; a visitor's first heading leaves alone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_LONGEST_S: Final = 0.08
_ALONE_S: Final = 0.03


class Opening:
    """Holds the first messages of a run back, for a moment, until the run has drawn something that the page does not show yet.

    The first message alone has the browser draw the whole page anew, and again with what came meanwhile: after a change on the
    page of a layer, the first new line is there after 54 ms; with both at once, after 47. Only a visitor's first run opens at
    once: it has the browser fetch what it needs to draw at all. What follows its heading waits a moment, or the browser would
    take it all in before it draws anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await _Line(send).serve(scope, receive, self.app)
        else:
            await self.app(scope, receive, send)


class _Line:
    """One websocket, and what its page shows."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_first, self._has_heading = True, False
        self._held = list[Message]()
        self._shown = dict[tuple[int, ...], int]()  # by place, the hash of what is there
        self._turn = asyncio.Lock()
        self._patience: asyncio.Task[None] | None = None

    async def serve(self, scope: Scope, receive: Receive, app: ASGIApp) -> None:
        try:
            await app(scope, receive, self.send)
        finally:
            if self._patience is not None:
                self._patience.cancel()

    async def send(self, message: Message) -> None:
        read = _read(message)
        is_new = read is None or self._is_new(read, message["bytes"])
        if self._held and not is_new:
            self._held.append(message)
        elif read is not None and read.WhichOneof("type") == "new_session":
            await self._open(message)
        else:
            await self._release(message)
            if read is not None and not self._has_heading:
                await self._wait_behind_heading(read)

    def _is_new(self, read: ForwardMsg, content: bytes) -> bool:
        """Whether the page shows something else after it, or will show nothing else."""
        kind = read.WhichOneof("type")
        if kind != "ref_hash" and read.delta.WhichOneof("type") != "new_element":
            return kind == "script_finished"
        place, what = tuple(read.metadata.delta_path), hash(content)
        was, self._shown[place] = self._shown.get(place), what
        return was != what

    async def _open(self, message: Message) -> None:
        if self._is_first:
            self._is_first = False
            await self._release(message)
        else:
            self._held.append(message)
            self._patience = asyncio.create_task(self._lose_patience())

    async def _wait_behind_heading(self, read: ForwardMsg) -> None:
        if read.delta.new_element.WhichOneof("type") == "heading":
            self._has_heading = True
            await asyncio.sleep(_ALONE_S)
        elif read.WhichOneof("type") == "script_finished":  # a page without one
            self._has_heading = True

    async def _lose_patience(self) -> None:
        await asyncio.sleep(_LONGEST_S)
        with suppress(OSError, RuntimeError):  # the visitor has left
            await self._release()

    async def _release(self, *following: Message) -> None:
        async with self._turn:
            held, self._held = self._held, []
            for message in (*held, *following):
                await self._send(message)


def _read(message: Message) -> ForwardMsg | None:
    content = message.get("bytes")
    return ForwardMsg.FromString(content) if message["type"] == "websocket.send" and content else None
