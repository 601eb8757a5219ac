"""Every page under the security policy, inside another site's page, and standing still while a number changes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.sessions import Number, Visitor
from tests.browser.serving import free_port, open_page, settle
from ui.shell import available

pytestmark = pytest.mark.browser

SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.shifts.push(one.value)))
  .observe({ type: "layout-shift", buffered: true });"""
FRAME = '<!doctype html><title>Course</title><h1>Course</h1><iframe src="{address}" width="900" height="700"></iframe>'


@pytest.fixture
def course(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Another site: a folder, and where it is served."""
    handler = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), partial(handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_page_opens_under_the_policy_without_a_violation(app_url, new_page):
    """What would be forbidden is collected by the fixture; here the components have to come up as well."""
    page = new_page()
    for entry in available():
        open_page(page, f"{app_url}/{entry.url_path}")
        expect(page.locator("[data-testid=stMain] h1").first).to_be_visible()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
        expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.evaluate("document.documentElement.lang") == "en", "a component's script ran"


def test_the_policy_forbids_what_it_should(app_url, browser):
    """The same eyes as the fixture's see a violation when there is one."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    open_page(page, app_url)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); }"
    )
    page.evaluate("() => fetch('http://127.0.0.1:9/').catch(() => null)")
    assert page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in text for text in said) >= 2
    page.close()


def test_a_course_page_may_embed_what_is_made_for_it_and_nothing_else(app_url, browser, course):
    folder, url = course
    page = browser.new_page()
    for name, address in (("asked", f"{app_url}/layer?stride=2&embed=true"), ("other", f"{app_url}/layer?stride=2")):
        (folder / f"{name}.html").write_text(FRAME.format(address=address.replace("&", "&amp;")))
    page.goto(f"{url}/asked.html")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".bl-facts")).to_contain_text("torch", timeout=60_000)
    page.goto(f"{url}/other.html")
    page.wait_for_timeout(1000)
    expect(page.frame_locator("iframe").locator(".bl-facts")).to_have_count(0)
    page.close()


@pytest.mark.parametrize(("address", "field"), [("layer", "out_channels"), ("blocks", "channels"), ("compare", "a_channels")])
def test_nothing_jumps_when_a_number_changes(app_url, new_page, address, field):
    page: Page = new_page()
    page.add_init_script(SHIFTS)
    open_page(page, f"{app_url}/{address}")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
    page.wait_for_timeout(1500)
    page.evaluate("() => { window.shifts.length = 0; }")
    fact = page.locator(".bl-facts, .bl-compare").first
    before = fact.inner_text()
    page.locator(f".st-key-{field} input").first.focus()
    page.keyboard.press("ArrowUp")
    expect(fact).not_to_have_text(before, use_inner_text=True)
    settle(page)
    page.wait_for_timeout(500)
    assert sum(page.evaluate("window.shifts")) < 0.02


@pytest.mark.parametrize("path", ["layer", "blocks", "compare", "stack", "attention"])
def test_a_number_runs_its_part_of_the_page_and_not_the_whole(app_url, path):
    with ThreadPoolExecutor(1) as apart:  # in this thread Playwright's own loop may run
        numbers = apart.submit(lambda: asyncio.run(numbers_of(app_url, path))).result()
    assert numbers
    assert [key for key, number in numbers.items() if not number.fragment] == []


async def numbers_of(url: str, path: str) -> dict[str, Number]:
    visitor = Visitor(url, path)
    await visitor.open()
    await visitor.close()
    return visitor.numbers
