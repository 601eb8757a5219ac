"""Visitors without a browser: they speak Streamlit's own protocol, so that a hundred of them fit beside the server they ask."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_PATIENCE_S = 60.0
_MOST_BYTES = 50 << 20


@dataclass(slots=True)
class Number:
    """A number field of the page: its value, and the fragment that a change of it runs, or nothing for the whole page."""

    id: str
    value: float
    step: float
    fragment: str


@dataclass(slots=True)
class Visitor:
    """One page in one browser tab; ``numbers`` are its number fields by their keys."""

    url: str
    page: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    received: int = 0
    _socket: Any = None
    _page_hash: str = ""
    _cached: set[str] = field(default_factory=set)

    async def open(self) -> float:
        """Connects and runs the page once; the seconds that took."""
        started = time.perf_counter()
        self._socket = await websockets.connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream", subprotocols=["streamlit"], max_size=_MOST_BYTES,
            open_timeout=_PATIENCE_S, additional_headers=self.headers, proxy=None,
        )  # fmt: skip
        await self._run()
        return time.perf_counter() - started

    async def change(self, key: str) -> tuple[float, float]:
        """Steps a number up; the seconds until the first element came back, and until the run was over."""
        number = self.numbers[key]
        number.value += number.step
        return await self._run(number.fragment)

    async def close(self) -> None:
        await self._socket.close()

    async def _run(self, fragment: str = "") -> tuple[float, float]:
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.query_string, asked.page_script_hash = self.page, self.query, self._page_hash
        asked.cached_message_hashes.extend(self._cached)
        asked.fragment_id = fragment
        for number in self.numbers.values():
            asked.widget_states.widgets.add(id=number.id, double_value=number.value)
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        first = 0.0
        while True:
            data = await asyncio.wait_for(self._socket.recv(), _PATIENCE_S)
            self.received += len(data)
            heard = ForwardMsg.FromString(data)
            kind = heard.WhichOneof("type")
            if kind == "delta":
                first = first or time.perf_counter()
                self._note(heard)
            elif kind == "navigation":
                self._page_hash = heard.navigation.page_script_hash
            elif kind == "script_finished" and heard.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return (first or time.perf_counter()) - started, time.perf_counter() - started

    def _note(self, heard: ForwardMsg) -> None:
        if heard.metadata.cacheable and heard.hash:
            self._cached.add(heard.hash)
        element = heard.delta.new_element
        if element.WhichOneof("type") == "number_input":
            found = element.number_input
            key = found.id.rpartition("-")[2]
            known = self.numbers.get(key)
            value = known.value if known and not found.set_value else found.value if found.set_value else found.default
            self.numbers[key] = Number(found.id, value, found.step, heard.delta.fragment_id)
