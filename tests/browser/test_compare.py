"""The Compare page and the chooser of blocks, as a person uses them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser


def choose(page: Page, key: str, title: str) -> None:
    """Types a part of the title into a selectbox and takes the first that fits."""
    field = page.locator(f".st-key-{key} input")
    field.click()
    field.fill(title)
    page.get_by_role("option").first.click()
    settle(page)


def enter(page: Page, key: str, value: str) -> None:
    field = page.locator(f".st-key-{key} input").first
    field.fill(value)
    field.press("Enter")
    settle(page)


def test_a_block_is_chosen_and_its_link_is_the_same_in_every_language(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/blocks?lang=zh")
    choose(page, "block", "Ghost 瓶颈")
    expect(page).to_have_url(re.compile("block=ghost_bottleneck"))
    expect(page.locator("h1")).to_have_text("Ghost 瓶颈块")
    enter(page, "hidden", "64")
    page.locator(".st-key-se_ratio input").click()
    page.get_by_role("option", name="0.5").click()
    settle(page)
    address = page.url.replace("lang=zh", "lang=en")
    found = page.locator(".bl-facts").inner_text().splitlines()[3:5]
    open_page(page, address)
    expect(page.locator("h1")).to_have_text("Ghost bottleneck")
    expect(page.locator(".bl-facts")).to_contain_text(next(text for text in found if re.fullmatch("[0-9,]+", text)))


def test_a_layers_numbers_stay_with_the_layer(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?lang=en")
    enter(page, "kernel_size", "9")
    page.get_by_test_id("stSidebar").get_by_text("Blocks").click()
    settle(page)
    choose(page, "block", "Spatial attention")
    expect(page.locator(".st-key-kernel_size input").first).to_have_value("7")
    enter(page, "kernel_size", "5")
    page.get_by_test_id("stSidebar").get_by_text("Layer").click()
    settle(page)
    expect(page.locator(".st-key-kernel_size input").first).to_have_value("9")
    page.get_by_test_id("stSidebar").get_by_text("Blocks").click()
    settle(page)
    expect(page.locator("h1")).to_have_text("Spatial attention (SAM)")
    expect(page.locator(".st-key-kernel_size input").first).to_have_value("5")


def test_the_list_of_changes_is_computed_when_it_is_opened(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/blocks?lang=en")
    expect(page.locator(".bl-changes")).to_have_count(0)
    page.get_by_text("What changes when").click()
    settle(page)
    table = page.locator(".bl-changes")
    expect(table.locator("tr", has_text="now")).to_contain_text("580")
    expect(table.locator("tr", has=page.locator("code", has_text=re.compile("^8$")))).to_contain_text("1,096")
    enter(page, "channels", "128")
    expect(page.locator(".bl-changes tr", has_text="now")).to_contain_text("2,184")  # 128 * 8 + 8 + 8 * 128 + 128


def test_two_blocks_are_compared_measured_and_kept_in_the_link(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/compare?lang=en")
    table = page.locator(".bl-compare")
    expect(table.locator("tr", has_text="parameters")).to_contain_text("580")
    choose(page, "b_block", "Efficient channel")
    enter(page, "b_channels", "256")
    expect(table.locator("tr", has_text="output")).to_contain_text("1 × 256 × 56 × 56")
    expect(table.locator("tr", has_text="parameters")).to_contain_text("÷ 116")  # 580 against 5
    expect(page.locator(".st-key-graph-pair")).to_contain_text("B · Efficient channel attention (ECA)")
    page.get_by_text("Step by step").click()
    expect(page.locator(".bl-aligned tr", has_text="Conv1d")).to_contain_text("1 × 1 × 256")
    page.get_by_role("button", name="Measure both").click()
    expect(page.locator(".st-key-pane-clock .bl-facts")).to_contain_text(re.compile(r"half of \d+ runs between"))
    expect(page.locator(".st-key-cost-chart .js-plotly-plot")).to_be_visible()
    expect(page).to_have_url(re.compile("b_block=eca"))
    page.reload()
    settle(page)
    expect(table.locator("tr", has_text="output")).to_contain_text("1 × 256 × 56 × 56")


def test_two_settings_of_one_block_and_a_wrong_one(app_url, new_page):
    page = new_page(width=390, height=844)
    open_page(page, f"{app_url}/compare?lang=en&a_block=bottleneck&b_block=bottleneck&b_stride_at=first")
    table = page.locator(".bl-compare")
    expect(table.locator("tr", has_text="parameters").locator("td").last).to_have_text("=")
    expect(table.locator("tr", has_text="(MACs)").locator("td").last).to_contain_text("−")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    enter(page, "a_channels", "0")
    open_page(page, f"{app_url}/compare?lang=en&a_reduction=100")
    expect(page.get_by_role("alert")).to_contain_text("64 channels divided by 100 leave no hidden channel")
