"""The Table page, as a person uses it: paste, type into a cell, and see sizes, network and picture follow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser
TEXT = "Input size Operation Stride Padding 64×64×3 Conv 5×5×16 2 1 BN,ReLU 32×32×16 Max pool 3×3 2 1 16×16×16 Conv 3×3×32 1 1"


@pytest.fixture
def table(app_url, new_page) -> Page:
    return opened(new_page(), f"{app_url}/table")


def opened(page: Page, url: str) -> Page:
    """The page with its network drawn, which waits for torch at first."""
    open_page(page, url)
    expect(page.locator("svg.bl-graph")).to_be_attached(timeout=60_000)
    return page


def line(page: Page, number: int) -> Locator:
    return page.locator(".bl-table tbody tr:not(.bl-why)").nth(number - 1)


def sizes(page: Page) -> Locator:
    """The heights in the picture, as Plotly keeps them."""
    return page.locator(".st-key-table-sizes .js-plotly-plot")


def heights(page: Page) -> list[int]:
    return sizes(page).evaluate("chart => Array.from(chart.data[0].y._inputArray || chart.data[0].y)")


# Columns of the grid from the left, with their widths; the first is for choosing rows.
WIDTHS = {"": 32, "#": 40, "input": 100, "operation": 130, "kernel": 78, "channels": 88, "stride": 72, "padding": 82}


def type_into_cell(page: Page, row: int, column: str, text: str) -> None:
    """Clicks a cell of the grid, which is a canvas with rows of 35 pixels, and types."""
    grid = page.locator(".st-key-pane-editor [data-testid='stDataFrame']")
    expect(grid.get_by_test_id("data-grid-canvas")).to_be_visible()
    names = list(WIDTHS)
    before = sum(WIDTHS[name] for name in names[: names.index(column)])
    field = page.locator("#portal textarea")
    for _try in range(8):  # a grid that was drawn just now takes no click yet
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + before + WIDTHS[column] / 2, box["y"] + 35 * (row + 0.5))
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
        if field.count():
            break
    field.fill(text)
    field.press("Enter")
    settle(page)


def paste(page: Page, text: str) -> None:
    page.locator(".st-key-table-paste summary").click()
    field = page.locator(".st-key-table-text textarea")
    field.fill(text)
    field.press("Control+Enter")
    settle(page)
    page.get_by_role("button", name="Read it").click()
    settle(page)


def test_a_pasted_table_is_checked_and_a_typed_cell_changes_sizes_network_and_picture(table):
    paste(table, TEXT)
    expect(line(table, 1)).to_contain_text("✗ 31×31×16 32×32×16")
    expect(table.locator(".bl-why").first).to_contain_text("⌊(64 + 2·1 − 5) / 2⌋ + 1 = 31, but the table says 32.")
    expect(line(table, 2)).to_contain_text("✓ 16×16×16")
    assert heights(table) == [64, 31, 16, 16]
    graph = table.locator("svg.bl-graph")
    expect(graph).to_contain_text("16×31×31")
    expect(table.locator(".pane.details .values")).to_contain_text("Random weights on a random input")
    type_into_cell(table, 1, "padding", "2")
    expect(line(table, 1)).to_contain_text("✓ 32×32×16")
    expect(table.locator(".bl-why")).to_have_count(0)
    expect(table.locator(".bl-facts")).to_contain_text("2 of 2 right")
    expect(graph).to_contain_text("16×32×32")
    assert heights(table) == [64, 32, 16, 16]
    table.locator(".st-key-table-take-along summary").click()
    expect(table.get_by_test_id("stCode").first).to_contain_text(
        "nn.Conv2d(3, 16, kernel_size=5, stride=2, padding=2, bias=False)"
    )


def test_typed_nonsense_stays_and_is_said_and_the_link_brings_all_of_it(table):
    type_into_cell(table, 3, "kernel", "three")
    expect(line(table, 3)).to_contain_text("?")
    expect(table.locator(".bl-why").first).to_contain_text("three is no number for kernel.")
    expect(line(table, 4)).to_contain_text("12×12×64")
    expect(table).to_have_url(re.compile(r"table=1"))
    table.reload()
    settle(table)
    expect(table.locator(".bl-why").first).to_contain_text("three is no number for kernel.")
    table.go_back()
    settle(table)


def test_a_wrong_size_is_mended_with_its_button_and_the_way_back_is_open(table):
    table.locator(".st-key-table-preset-Wrong button").click()
    settle(table)
    expect(table).to_have_url(re.compile("table=Wrong"))
    table.get_by_role("button", name="Line 3: use padding 2").click()
    settle(table)
    expect(table.locator(".bl-facts")).to_contain_text("7 of 7 right")
    table.go_back()
    settle(table)
    expect(table.locator(".bl-facts")).to_contain_text("2 of 7 right")


def test_a_table_of_a_paper_in_chinese_on_a_phone(app_url, new_page):
    page = opened(new_page(width=390, height=844, locale="zh-CN"), f"{app_url}/table?table=ResNet-50")
    expect(page.locator(".bl-facts")).to_contain_text("25,557,032")
    expect(line(page, 4)).to_contain_text("✓ 28×28×512")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".st-key-table-take-along summary").click()
    page.get_by_role("tab", name="LaTeX").click()
    expect(page.locator(".st-key-table-take-along")).to_contain_text(r"\begin{tabular}")
