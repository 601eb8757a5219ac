"""Small answers leave at once."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class Promptness:
    """Switches Nagle's algorithm off, which asyncio would do by itself for sockets that Streamlit had not opened beforehand.

    A run sends a small message first, and with Nagle the rest waits up to 40 ms for the browser's acknowledgement of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # ASGI keeps the connection to itself; uvicorn hands over a method of the protocol that holds it.
        transport: Any = getattr(getattr(send, "__self__", None), "transport", None)
        connection = transport.get_extra_info("socket") if hasattr(transport, "get_extra_info") else None
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):  # the visitor has left
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)
