"""Pictures of every page state, to be looked at one by one: ``python -m tests.browser.shots OUTDIR [WORD ...]``.

With words, only the states whose name contains one of them.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from explainer.paste.link import to_word
from tests.browser.serving import ENABLE, find_chromium, launch, open_page, running_app, settle
from ui.paste_examples import EXAMPLES

STATES = {
    "home": "",
    "home-turned": "?k=5&s=1&d=3&p=2",
    "glossary": "glossary?term=gate",
    "embedded": "layer?embed=true&stride=2",
    "layer-damaged-link": "layer?stride=0&stirde=2&v=2",
    "layer": "layer",
    "layer-holes": "layer?stride=2&dilation=2",
    "layer-pairs": "layer?kernel_size=1&kernel_size_w=5&padding=0&padding_w=2&stride=1&stride_w=2&height=9&width=20",
    "layer-large": "layer?out_channels=64&kernel_size=7&stride=2&padding=3&height=224&width=224",
    "layer-same": "layer?padding_as=same&stride=1&kernel_size=4&in_channels=32&out_channels=32&groups=32",
    "layer-huge": "layer?in_channels=4096&out_channels=4096&height=1024&width=1024&batch=64&stride=1",
    "layer-error": "layer?groups=5",
    "layer-old": "layer",
    "layer-ceil": "layer?layer=MaxPool2d&ceil_mode=true&padding=0&height=13&width=12&notation=textbook",
    "layer-transposed": "layer?layer=ConvTranspose2d",
    "layer-linear": "layer?layer=Linear",
    "layer-adaptive": "layer?layer=AdaptiveAvgPool2d&output_size=5%2C+4",
    "layer-flatten": "layer?layer=Flatten",
    "layer-conv1d": "layer?layer=Conv1d&dilation=2&notation=textbook",
    "layer-conv3d": "layer?layer=Conv3d&stride_h=1",
    "layer-upsample": "layer?layer=Upsample&scale_factor=1.6",
    "layer-unfold": "layer?layer=Unfold",
    "layer-unknown": "layer?layer=Conv9d",
    "blocks": "blocks",
    "blocks-error": "blocks?channels=8",
    "blocks-batch": "blocks?channels=32&reduction=4&n=4",
    "blocks-words": "blocks?block=mbconv",
    "blocks-two-inputs": "blocks?block=attention_gate",
    "blocks-sequence": "blocks?block=transformer_encoder",
    "blocks-failing": "blocks?block=residual_attention&stride_at=both",
    "blocks-unknown": "blocks?block=nothing",
    "attention": "attention",
    "attention-cbam": "attention?block=cbam&picture=coffee",
    "attention-parts": "attention?block=bam",
    "attention-tokens": "attention?block=self_attention&head=1",
    "attention-places": "attention?block=non_local&picture=astronaut",
    "attention-memory": "attention?block=external_attention",
    "attention-vector": "attention?block=lstm_cell",
    "attention-none": "attention?block=basic_block",
    "attention-edited": "attention?edit=expand.bias:5:4&unit=5&bars=order",
    "attention-paste": f"attention?source=paste&code={to_word(EXAMPLES[2][2])}",
    "attention-no-paste": "attention?source=paste",
    "attention-network": "attention?source=network",
    "compare": "compare",
    "compare-tall": "compare?a_block=basic_block&b_block=ghost_bottleneck",
    "compare-error": "compare?a_reduction=100",
    "blocks-huge": "blocks?channels=4096&h=1024&w=1024&n=64",
    "paste": "paste",
    "paste-gate": f"paste?code={to_word(EXAMPLES[0][2])}",
    "paste-failing": f"paste?code={to_word(EXAMPLES[1][2])}",
    "paste-attention": f"paste?code={to_word(EXAMPLES[2][2])}",
    "paste-layer": f"paste?code={to_word(EXAMPLES[3][2])}",
    "paste-script": f"paste?code={to_word(EXAMPLES[4][2])}",
    "paste-damaged-link": "paste?code=1AAAA",
    "blocks-folded": "blocks?block=cbam&nest=1",
    "blocks-sideways": "blocks?block=bottleneck&dir=LR",
    "stack": "stack",
    "practice": "practice",
    "table": "table",
    "table-wrong": "table?table=Wrong",
    "table-paper": "table?table=ResNet-50",
    "table-damaged-link": "table?table=1AAAA",
}
SCREENS = {"wide": (1280, 900), "phone": (390, 844)}


def prepare(page: Page, state: str) -> None:
    """What a person would do before the picture is taken."""
    if state == "layer-old":
        field = page.locator(".st-key-kernel_size input")
        field.fill("20")
        field.press("Enter")
        settle(page)


def take_all(out: Path, words: list[str]) -> None:
    path = find_chromium()
    assert path, f"no Chromium or Chrome was found: {ENABLE}"
    wanted = {state: query for state, query in STATES.items() if not words or any(word in state for word in words)}
    with running_app() as url, sync_playwright() as playwright:
        browser = launch(playwright, path)
        for (screen, (width, height)), theme, lang in product(SCREENS.items(), ("light", "dark"), ("en", "zh")):
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale=lang)
            for state, query in wanted.items():
                page = context.new_page()
                open_page(page, f"{url}/{query}")
                prepare(page, state)
                page.wait_for_timeout(700)  # components are drawn a moment after the run
                expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
                # Streamlit scrolls inside the page: a tall window shows all of it at once.
                bottom = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
                page.set_viewport_size({"width": width, "height": max(height, bottom)})
                page.wait_for_timeout(200)
                page.screenshot(path=out / f"{state}-{screen}-{theme}-{lang}.png")
                page.close()
            context.close()
        browser.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    take_all(target, sys.argv[2:])
