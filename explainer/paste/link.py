"""A paste as one word for a link: deflated, in the letters that URLs leave alone, and read back with every bound checked."""

from __future__ import annotations

import base64
import binascii
import zlib

from explainer.sandbox.limits import PASTE_BYTES

LONGEST = 6 << 10  # of the word; longer ones break in mail programs and proxies
_VERSION = "1"


def to_word(text: str) -> str | None:
    """The word, empty for no text; None if it would be too long for a link."""
    if not text:
        return ""
    packer = zlib.compressobj(9, wbits=-15)
    data = packer.compress(text.encode("utf-8", "replace")) + packer.flush()
    word = _VERSION + base64.urlsafe_b64encode(data).decode().rstrip("=")
    return word if len(word) <= LONGEST else None


def from_word(word: str) -> str | None:
    """The text of a word, None if it is damaged, from another version, or unpacks to more than a paste can be."""
    if not word:
        return ""
    if not word.startswith(_VERSION) or len(word) > LONGEST:
        return None
    try:
        data = base64.b64decode(word[1:] + "=" * (-len(word[1:]) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(wbits=-15)
        text = unpacker.decompress(data, PASTE_BYTES + 1)
        whole = unpacker.eof and not unpacker.unused_data
        return text.decode() if whole and len(text) <= PASTE_BYTES else None
    except (binascii.Error, zlib.error, ValueError):
        return None
