"""The pictures of README and docs/, taken from the running app: ``python -m tests.browser.pictures docs/pictures [WORD ...]``.

With words, only the pictures whose name contains one of them. They are as small as a drawing can be: at most 256 colours.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from explainer.paste.link import to_word
from tests.browser.serving import ENABLE, find_chromium, launch, open_page, running_app, settle
from ui.paste_examples import EXAMPLES

MOST_BYTES = 150_000


class Picture(NamedTuple):
    """An address, and how it is looked at; ``seen`` is what must be there before the picture is taken."""

    query: str
    seen: str
    width: int = 1280
    height: int = 800
    theme: str = "light"
    lang: str = "en"


PICTURES = {
    "home": Picture("", ".st-key-pane-specimen"),
    "layer": Picture("layer?stride=2&dilation=2&in_channels=3&out_channels=8", ".st-key-layer-result .bl-facts", height=960),
    "blocks": Picture("blocks?block=cbam", ".st-key-block-result .bl-facts", height=900, theme="dark"),
    "failing": Picture(f"paste?code={to_word(EXAMPLES[1][2])}", ".st-key-paste-result", height=900),
    "table": Picture("table?table=Wrong", ".st-key-pane-lines", height=860),
    "practice": Picture("practice?seed=1", ".st-key-pane-question", height=620),
    "phone": Picture("layer?stride=2&dilation=2", ".st-key-layer-result .bl-facts", 390, 844, lang="zh"),
}


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """A PNG as the browser writes it."""
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(viewport=size, color_scheme=picture.theme, locale=picture.lang)
    page = context.new_page()
    open_page(page, f"{url}/{picture.query}")
    expect(page.locator(picture.seen).first).to_be_visible(timeout=60_000)
    settle_down(page)
    found = page.screenshot()
    context.close()
    return found


def settle_down(page: Page) -> None:
    """Components are drawn a moment after the run, and torch may still be loading at the first page."""
    settle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(1500)


def shrink(png: bytes) -> bytes:
    """The same picture in as many colours as fit into ``MOST_BYTES``."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        image.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if len(out.getvalue()) <= MOST_BYTES:
            return out.getvalue()
    raise ValueError(f"{len(out.getvalue()):,} bytes with {colours} colours: show less of the page")


def take_all(folder: Path, words: list[str]) -> None:
    path = find_chromium()
    assert path, f"no Chromium or Chrome was found: {ENABLE}"
    folder.mkdir(parents=True, exist_ok=True)
    with running_app() as url, sync_playwright() as playwright:
        browser = launch(playwright, path)
        for name, picture in PICTURES.items():
            if not words or any(word in name for word in words):
                (folder / f"{name}.png").write_bytes(shrink(take(browser, url, picture)))
        browser.close()


if __name__ == "__main__":
    take_all(Path(sys.argv[1]), sys.argv[2:])
