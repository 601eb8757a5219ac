"""Streamlit's own scripts, styles and fonts, from memory and packed, and those that a page will need named in the page."""

from __future__ import annotations

import gzip
import mimetypes
import re
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.serving import early
from ui.serving.policy import is_embedded

STATIC = Path(st.__file__).parent / "static" / "static"
_PREFIX = "/static/"
_FOREVER = "public, immutable, max-age=31536000"  # every name holds a hash of what is in the file
_IMPORT = re.compile(r'(?:from|import)"\./([^"]+\.js)"')
# What draws a heading's line, the frame of every page, and the fields of those that have some. Streamlit asks for each only when
# the first element of its kind arrives.
FIRST = ("Html",)
FRAME = ("PageLink", "ButtonGroup", "BidiComponent")
FORM = (*FRAME, "Selectbox", "NumberInput", "Button", "Checkbox")


@cache
def scripts_for(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The script files that draw these kinds of elements, with all that they import, less what the page itself asks for."""
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    found: list[str] = []
    waiting = [file.name for part in parts for file in sorted((STATIC / "js").glob(f"{part}.*.js"))[:1]]
    while waiting:
        name = waiting.pop(0)
        if name not in found and name not in page:
            found.append(name)
            waiting += _IMPORT.findall((STATIC / "js" / name).read_text(encoding="utf-8"))
    return tuple(found)


@cache
def _announced() -> str:
    """The header that names the scripts for the first thing that is drawn."""
    return ", ".join(f"<{_PREFIX}js/{name}>; rel=modulepreload" for name in scripts_for(FIRST))


@cache
def _ahead(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses of the other scripts for these kinds of elements."""
    return tuple(f"{_PREFIX}js/{name}" for name in scripts_for(parts) if name not in scripts_for(FIRST))


class Store:
    """The files by their path in the address, with their bytes once somebody asked, and those that pack well as gzip."""

    def __init__(self) -> None:
        self.files = {f"{_PREFIX}{file.relative_to(STATIC).as_posix()}": file for file in STATIC.rglob("*.*")}
        self._plain = dict([early.sheet(), early.icon()])
        self._packed: dict[str, bytes] = {}

    def pack(self) -> None:
        """Packs every script and style: a second's work, so not while somebody waits for them."""
        for path, file in self.files.items():
            if file.suffix in (".js", ".css"):
                self._packed[path] = gzip.compress(file.read_bytes(), 7, mtime=0)

    def __contains__(self, path: object) -> bool:
        return path in self.files or path in self._plain

    def answer(self, path: str, asked: Headers) -> Response:
        """A file as the browser wants it, of those that are in here."""
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
        packed = self._packed.get(path) if "gzip" in asked.get("accept-encoding", "") else None
        if packed is not None:
            return Response(packed, headers=headers | {"content-encoding": "gzip"}, media_type=kind)
        if path not in self._plain:
            self._plain[path] = self.files[path].read_bytes()
        return Response(self._plain[path], headers=headers, media_type=kind)


@cache
def store() -> Store:
    """The files, once per server."""
    return Store()


class Assets:
    """Answers for ``/static/`` and for the page out of memory; everything else passes through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif scope["path"] in store():
            await store().answer(scope["path"], Headers(scope=scope))(scope, receive, send)
        else:
            await self.app(scope, receive, _page_instead(scope, send))


def _page_instead(scope: Scope, send: Send) -> Send:
    """Sends Streamlit's page with our style in it and the scripts that it will need named; all else as it is."""
    ahead = _ahead(FRAME if scope["path"] == "/" else FORM)
    html = early.page(embedded=is_embedded(scope["query_string"]), ahead=ahead)
    is_page = False

    async def send_page(message: Message) -> None:
        nonlocal is_page
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            is_page = message["status"] == 200 and headers.get("content-type", "").startswith("text/html")
            if is_page:
                headers["link"] = _announced()
                headers["content-length"] = str(len(html))
                for name in ("etag", "last-modified", "content-encoding"):  # of Streamlit's file, not of what is sent
                    del headers[name]
        elif is_page and message["type"] == "http.response.body":
            whole = html if scope["method"] == "GET" and not message.get("more_body") else b""
            message = {**message, "body": whole}
        await send(message)

    return send_page
