"""Links as people hand them on: copied, embedded in another page, and walked through with Back and Forward."""

from __future__ import annotations

import re
from random import Random
from string import ascii_letters
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser


def set_number(page: Page, key: str, value: int) -> None:
    field = page.locator(f".st-key-{key} input").first
    field.fill(str(value))
    field.press("Enter")
    settle(page)


def go_to(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
    settle(page)


def menu(page: Page):
    expect(page.locator("[popover=auto]")).to_have_count(1)
    page.locator(".bl-share").click()
    return page.get_by_role("dialog")


def test_one_action_is_one_step_of_back(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer")
    set_number(page, "kernel_size", 5)
    set_number(page, "stride", 2)
    page.go_back()
    expect(page.locator(".st-key-stride input").first).to_have_value("3")
    expect(page.locator(".st-key-kernel_size input").first).to_have_value("5")
    page.go_forward()
    expect(page.locator(".st-key-stride input").first).to_have_value("2")
    settle(page)
    go_to(page, "Home")
    go_to(page, "Layer")
    expect(page).to_have_url(re.compile(r"kernel_size=5&stride=2"))
    go_to(page, "Stack")
    page.get_by_role("button", name="VGG block").click()
    settle(page)
    page.get_by_role("button", name="LeNet-5").click()
    settle(page)
    page.go_back()
    settle(page)
    expect(page.locator(".bl-sub")).to_contain_text("64 × 112 × 112")
    page.go_back()
    settle(page)
    expect(page.locator(".bl-sub")).to_contain_text("64 × 56 × 56")
    page.go_back()
    settle(page)
    expect(page.locator(".st-key-kernel_size input").first).to_have_value("5")
    expect(page.locator(".bl-facts")).to_contain_text("1 × 8 × 5 × 5")
    page.go_back()
    settle(page)
    expect(page.locator("h1")).to_have_text("See what a block really does")
    page.go_forward()
    settle(page)
    expect(page.locator(".st-key-stride input").first).to_have_value("2")
    page.go_forward()
    settle(page)
    page.go_forward()
    settle(page)
    expect(page.locator(".bl-sub")).to_contain_text("64 × 112 × 112")


COUNT_ADDRESSES = """window.written = 0;
for (const kind of ["pushState", "replaceState"]) {
  const write = History.prototype[kind];
  History.prototype[kind] = function (...given) { window.written++; write.apply(this, given); };
}"""


def test_a_key_that_is_held_down_is_one_step_and_writes_the_address_when_it_is_let_go(app_url, new_page):
    page = new_page()
    page.add_init_script(COUNT_ADDRESSES)
    open_page(page, f"{app_url}/layer?lang=en&kernel_size=4")
    field = page.locator(".st-key-out_channels input").first
    field.focus()
    before = page.evaluate("window.written")
    for _ in range(10):
        page.keyboard.down("ArrowUp")
        page.wait_for_timeout(40)
    page.keyboard.up("ArrowUp")
    settle(page)
    expect(page).to_have_url(re.compile("out_channels=18"))
    assert page.evaluate("window.written") - before <= 3
    expect(page.locator(".bl-facts")).to_contain_text("1 × 18 × 4 × 4")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Stack").click()
    settle(page)
    go_to(page, "Layer")
    expect(field).to_have_value("18")
    expect(page).to_have_url(re.compile("out_channels=18"))
    page.go_back()
    page.go_back()
    settle(page)
    expect(field).to_have_value("18")
    page.go_back()
    settle(page)
    expect(field).to_have_value("8")


def test_the_copied_link_opens_what_was_on_the_screen(app_url, new_page):
    page = new_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, f"{app_url}/stack?lang=en")
    page.locator("tbody button.row", has_text="BatchNorm2d").click()
    expect(page).to_have_url(re.compile("row=2"))
    dialog = menu(page)
    dialog.get_by_label("Language").select_option("zh")
    dialog.get_by_label("Colours").select_option("dark")
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    assert violations(page) == []
    copied = page.evaluate("navigator.clipboard.readText()")
    assert parse_qs(urlsplit(copied).query) == {"row": ["2"], "lang": ["zh"], "embed_options": ["dark_theme"]}
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    other = new_page()
    open_page(other, copied)
    expect(other.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(other.locator("tr.selected")).to_contain_text("BatchNorm2d")
    dark = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    assert other.evaluate(dark) == "rgb(18, 21, 28)"
    other.get_by_role("button", name="LeNet-5").click()
    settle(other)
    expect(other).to_have_url(re.compile("embed_options=dark_theme"))


def test_without_a_clipboard_the_text_is_selected_to_copy_by_hand(app_url, new_page):
    page = new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false;")
    open_page(page, f"{app_url}/layer?kernel_size=5")
    dialog = menu(page)
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("status")).to_contain_text("The text is selected")
    field = dialog.get_by_label("Link")
    expect(field).to_be_focused()
    selected = field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert selected == f"{app_url}/layer?kernel_size=5"


def test_the_embed_code_shows_the_page_without_its_frame_and_a_way_to_it(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/blocks?channels=128&lang=en")
    code = menu(page).get_by_label("Code for a course page").input_value()
    assert code.startswith("<iframe ")
    course = new_page()
    course.set_content(f"<h1>A course</h1>{code}")
    inside = course.frame_locator("iframe")
    expect(inside.locator(".bl-facts")).to_contain_text("1 × 128 × 56 × 56", timeout=30_000)
    expect(inside.get_by_test_id("stSidebar")).to_have_count(0)
    expect(inside.locator(".bl-share")).to_be_hidden()
    back = inside.get_by_role("link", name="Open in Blocklens")
    back.hover()
    expect(back).to_have_attribute("href", f"{app_url}/blocks?channels=128&lang=en")


def test_a_paste_that_no_link_can_hold_is_said_where_links_are_copied(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/paste")
    noise = "\n".join(f"# {''.join(Random(n).choices(ascii_letters, k=80))}" for n in range(100))
    page.locator("textarea").first.fill("class A(nn.Module):\n    def forward(self, x):\n        return x\n" + noise)
    settle(page)
    expect(page.get_by_text("This paste is too long for a link.")).to_be_visible()
    expect(menu(page)).to_contain_text("This code is too long for a link")
