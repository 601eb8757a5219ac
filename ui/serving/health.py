"""``/healthz``: whether this server can do everything it is there for, as JSON for a proxy or a supervisor."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

PATH = "/healthz"


def report() -> tuple[bool, dict[str, Any]]:
    """Whether all is well, and the details: a sandbox that died is started again by whoever asks."""
    from ui import cached  # its caches are made for the runtime, which is younger than this file

    mode, walls, background = cached.paste_mode().mode, cached.paste_runner().known_layers, cached.background()
    has_torch = cached.torch_is_loaded()
    is_alive = bool(walls)
    is_well = has_torch and (is_alive or mode == "off")
    if not is_well:
        background.start()
    status = "ok" if is_well else "failed" if background.has_failed else "starting"
    return is_well, {"status": status, "torch": has_torch, "pastes": mode, "sandbox_alive": is_alive, "walls": list(walls)}


async def healthz(_request: Request) -> JSONResponse:
    is_well, details = report()
    return JSONResponse(details, 200 if is_well else 503, {"cache-control": "no-store"})


ROUTES = (Route(PATH, healthz),)
