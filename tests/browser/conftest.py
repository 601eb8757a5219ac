from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.serving import ENABLE, find_chromium, launch, running_app

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine stumbles once in some thousand steps: what fails is tried again, and the report lists it."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no Chromium or Chrome was found: {ENABLE}")
    expect.set_options(timeout=15_000)  # a busy machine is no defect
    with sync_playwright() as playwright:
        found = launch(playwright, path)
        yield found
        found.close()


@pytest.fixture(scope="session")
def app_url(browser: Browser) -> Iterator[str]:
    with running_app() as url:
        yield url


@pytest.fixture
def new_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages as new visitors. At the end none of them may have asked another host for anything, nor tried what the security
    policy forbids. A script that a test hands over as text is forbidden too: ``page.evaluate`` works, ``wait_for_function`` not.
    """
    contexts, foreign, forbidden = [], [], []

    def note_foreign(url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None):
            foreign.append(url)

    def open_one(*, width: int = 1280, height: int = 900, theme: str = "light", locale: str = "en-US") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: note_foreign(request.url))
        page.on("console", lambda said: forbidden.append(said.text) if "Content Security Policy" in said.text else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert foreign == [], "the app works without a network"
    assert forbidden == []
