"""What a browser may do with our pages: the security headers as a function of what is asked for and of who may frame us."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs

from explainer.errors import InvalidInput
from ui.serving import early

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ORIGIN = re.compile(r"\*|'self'|'none'|https?://(\*\.)?[A-Za-z0-9.-]+(:\d+)?")
_DEVICES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "magnetometer",
    "microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_OURS = ("clipboard-write", "fullscreen")
FIXED = {
    "x-content-type-options": "nosniff",
    # A link may carry somebody's code: no other site learns from where its visitor came.
    "referrer-policy": "same-origin",
    "permissions-policy": ", ".join([*(f"{name}=()" for name in _DEVICES), *(f"{name}=(self)" for name in _OURS)]),
    "cross-origin-opener-policy": "same-origin",
}


def script_hashes(html: str) -> tuple[str, ...]:
    """The CSP sources that allow the inline scripts of a page, and no others.

    >>> script_hashes("<script>1</script>")
    ("'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='",)
    """
    digests = (hashlib.sha256(text.encode()).digest() for text in _INLINE_SCRIPT.findall(html))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def index_scripts() -> tuple[str, ...]:
    """The hashes of what stands inline in the only HTML page that is served."""
    return script_hashes(early.page(embedded=False).decode())


def read_ancestors(text: str) -> tuple[str, ...]:
    """The sites that may embed, with spaces between them.

    >>> read_ancestors("https://moodle.example.org https://*.example.com")
    ('https://moodle.example.org', 'https://*.example.com')
    """
    found = tuple(text.split())
    for one in found:
        if not _ORIGIN.fullmatch(one):
            raise InvalidInput("{text} is no site that can embed Blocklens: write https://course.example.org or *.", text=one)
    return found


def content_policy(ancestors: tuple[str, ...] | None, scripts: tuple[str, ...]) -> str:
    """Everything from this server, nothing from elsewhere; Streamlit hands a component's own script over as a blob.

    ``ancestors`` are the sites that may frame the page. None is everybody: a lecture's slides on a disk match no pattern.
    """
    rules: dict[str, tuple[str, ...]] = {
        "default-src": ("'none'",),
        "script-src": ("'self'", "blob:", *scripts),
        "style-src": ("'self'", "'unsafe-inline'"),
        "img-src": ("'self'", "data:", "blob:"),
        "font-src": ("'self'", "data:"),
        "connect-src": ("'self'",),
        "manifest-src": ("'self'",),
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
    }
    if ancestors is not None:
        rules["frame-ancestors"] = ancestors or ("'none'",)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())


def is_embedded(query: bytes) -> bool:
    """Whether a page is asked for as a part of another, as Streamlit reads it.

    >>> is_embedded(b"stride=2&embed=true"), is_embedded(b"stride=2")
    (True, False)
    """
    return parse_qs(query.decode("latin-1")).get("embed", [""])[-1].lower() == "true"
