"""The security headers on every answer of the server."""

from __future__ import annotations

import os
import sys

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explainer.sandbox.choice import SWITCH
from ui.serving.assets import Assets
from ui.serving.opening import Opening
from ui.serving.policy import FIXED, content_policy, index_scripts, is_embedded, read_ancestors
from ui.serving.promptness import Promptness

# Which sites may show a page with ?embed=true inside their own, with spaces between them; unset, every site may.
EMBEDDERS = "BLOCKLENS_EMBEDDERS"


class SecurityHeaders:
    """Plain ASGI, so that websockets and streamed files pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        scripts = index_scripts()
        # Where pastes run with their owner's rights, no other page may stand around ours and borrow a click.
        trusting = SWITCH in sys.argv
        asked = os.environ.get(EMBEDDERS, "*").strip()
        embedders = ("'none'",) if trusting else None if asked == "*" else read_ancestors(asked)
        self._alone = content_policy(("'none'",) if trusting else ("'self'",), scripts)
        self._embedded = content_policy(embedders, scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = self._embedded if is_embedded(scope["query_string"]) else self._alone

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**FIXED, "content-security-policy": policy})
            await send(message)

        await self.app(scope, receive, send_with_headers)


MIDDLEWARE = (Middleware(Promptness), Middleware(Opening), Middleware(SecurityHeaders), Middleware(Assets))
