"""The first page and the glossary, as a person meets them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from explainer.arithmetic import conv_layer
from tests.browser.accessibility import violations
from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser


def test_a_knob_changes_drawing_and_figures_at_once_and_stands_in_the_link(app_url, new_page):
    page = new_page()
    open_page(page, app_url)
    table = page.locator(".st-key-turntable")
    expect(table.locator("rect.out")).to_have_count(25)
    slider = table.get_by_label("stride")
    slider.focus()
    # Without the server: what follows a key stands there before an answer could come.
    page.context.set_offline(True)
    slider.press("ArrowLeft")
    assert table.locator("rect.out").count() == 100
    assert table.locator("dl").inner_text().split("\n")[1] == "8 × 10 × 10"
    assert f"{conv_layer(2, 3, 8, 3, 1, 1, 2).macs((1, 3, 12, 12)):,}" in table.locator("dl").inner_text()
    page.context.set_offline(False)
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"\?s=3$"), timeout=30_000)
    page.reload()
    settle(page)
    expect(table.get_by_label("stride")).to_have_value("3")
    table.get_by_label("dilation").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"d=1"), timeout=30_000)
    page.go_back()
    expect(table.get_by_label("dilation")).to_have_value("2")
    settle(page)
    expect(page).not_to_have_url(re.compile(r"d=1"))
    table.get_by_role("button", name="Open on the Layer page").click()
    expect(page.locator(".bl-facts")).to_contain_text("1 × 8 × 4 × 4")
    expect(page).to_have_url(re.compile("dilation=2"))  # a stride of 3 is what the page begins with
    page.go_back()
    settle(page)
    expect(table.get_by_label("stride")).to_have_value("3")


def test_a_setting_that_torch_refuses_says_why_and_keeps_the_last_drawing(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/?k=5&d=3&p=1")
    table = page.locator(".st-key-turntable")
    table.get_by_label("padding").press("ArrowLeft")
    expect(table.get_by_role("status")).to_contain_text("The kernel reaches over 13 cells")
    expect(table.locator("rect.read").first).to_be_attached()


def test_the_output_stands_below_the_input_where_there_is_no_room_beside_it(app_url, new_page):
    for width, below in ((1280, False), (390, True)):
        page = new_page(width=width)
        open_page(page, app_url)
        for _ in range(100):  # the drawing is turned when the first measure of its place is there
            if stands_below(page) == below:
                break
            page.wait_for_timeout(50)
        assert stands_below(page) == below


def stands_below(page: Page) -> bool | None:
    """None in the moment in which it is drawn anew."""
    read, made = (page.locator(f".st-key-turntable rect.{kind}").first.bounding_box() for kind in ("pad", "out"))
    return None if read is None or made is None else made["y"] > read["y"] + read["height"] * 14


def test_a_term_says_what_it_means_on_focus_on_hover_and_on_a_tap(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer")
    tip = page.get_by_role("tooltip")
    term = page.locator(".bl-facts .bl-term", has_text="MACs")
    expect(term).to_be_visible()
    term.focus()
    expect(tip).to_contain_text("One MAC is two FLOPs.")
    expect(term).to_have_attribute("aria-describedby", "bl-tip")
    assert violations(page, ".bl-facts") == []
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator("h1").hover()
    page.locator(".bl-facts .bl-term", has_text="Parameters").hover()
    expect(tip).to_contain_text("The numbers that training changes")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    term.click()
    expect(tip).to_be_visible()


def test_a_link_to_a_term_shows_it(app_url, new_page):
    page = new_page(height=500)
    open_page(page, f"{app_url}/glossary?term=sigmoid&lang=zh")
    expect(page.locator(".bl-glossary .bl-chosen")).to_be_in_viewport()
    expect(page.locator(".bl-glossary .bl-chosen")).to_contain_text("把任意数变为 0 与 1 之间的数")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_example_is_cut_off(app_url, new_page, lang):
    page = new_page(width=1210)
    open_page(page, f"{app_url}/?lang={lang}")
    texts = page.locator(".st-key-cards a :is(span, p)")
    expect(page.locator(".st-key-cards a").nth(20)).to_be_visible()
    assert texts.evaluate_all("found => found.filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1).length") == 0
