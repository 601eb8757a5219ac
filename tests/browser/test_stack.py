"""The Stack page, as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser
THREE = "stack?stack=1~3x32x32~Conv2d_3_8_3~ReLU~MaxPool2d_2"


@pytest.fixture
def stack(app_url, new_page) -> Page:
    return opened(new_page(), f"{app_url}/{THREE}")


def opened(page: Page, url: str) -> Page:
    """The page with its list drawn: the component's code arrives a moment after the run."""
    open_page(page, url)
    expect(page.locator(".st-key-stack-list tr.input")).to_be_visible(timeout=20_000)
    return page


def rows(page: Page) -> Locator:
    return page.locator(".st-key-stack-list button.row")


def codes(page: Page, *expected: str) -> None:
    expect(rows(page)).to_have_text([re.compile("^" + re.escape(code)) for code in expected])


def facts(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-stack-list tr[data-index='{number - 1}']")


def add(page: Page, name: str) -> None:
    count = rows(page).count()
    field = page.locator(".st-key-stack-add input")
    field.click()
    field.fill(name)
    page.get_by_role("option", name=name, exact=True).click()
    expect(rows(page)).to_have_count(count + 1)
    settle(page)


def test_a_stack_is_built_row_by_row(app_url, new_page):
    page = opened(new_page(), f"{app_url}/stack?stack=1~3x32x32")
    expect(page.locator(".st-key-heading")).to_contain_text("Add a layer")
    add(page, "Conv2d")
    add(page, "MaxPool2d")
    codes(page, "Conv2d(3, 16, kernel_size=3, padding=1)", "MaxPool2d(kernel_size=2)")
    expect(facts(page, 2)).to_contain_text("16 × 16 × 16")
    expect(page.locator(".st-key-heading")).to_contain_text("3 × 32 × 32 becomes 16 × 16 × 16; each value sees 4 × 4.")
    add(page, "Flatten")
    add(page, "Linear")
    codes(page, "Conv2d", "MaxPool2d", "Flatten()", "Linear(4096, 10)")
    expect(page.locator(".st-key-heading")).to_contain_text("each value sees the whole input")


def test_a_field_changes_the_chosen_row_and_everything_after_it(stack):
    rows(stack).nth(0).click()
    settle(stack)
    field = stack.locator(".st-key-card-row-kernel_size input")
    expect(field).to_have_value("3")
    field.fill("5")
    field.press("Enter")
    settle(stack)
    codes(stack, "Conv2d(3, 8, kernel_size=5)", "ReLU()", "MaxPool2d(kernel_size=2)")
    expect(facts(stack, 3)).to_contain_text("8 × 14 × 14")
    expect(stack.locator(".st-key-field-picture svg").first).to_contain_text("rows 13–17, columns 13–17")
    expect(stack.get_by_test_id("stCode")).to_contain_text("nn.Conv2d(3, 8, kernel_size=5),")
    for size in (4, 3):  # back at what the form was drawn with
        field.press("ArrowDown")
        codes(stack, f"Conv2d(3, 8, kernel_size={size})", "ReLU()", "MaxPool2d(kernel_size=2)")
    expect(stack.locator(".st-key-heading")).to_contain_text("3 × 32 × 32 becomes 8 × 15 × 15")
    expect(stack.locator(".st-key-pane-row")).to_contain_text("224 parameters")


def test_rows_are_moved_doubled_and_removed_with_their_buttons(stack):
    stack.get_by_role("button", name="Move up").click()
    settle(stack)
    codes(stack, "Conv2d", "MaxPool2d", "ReLU")
    stack.get_by_role("button", name="Duplicate").click()
    settle(stack)
    codes(stack, "Conv2d", "MaxPool2d", "MaxPool2d", "ReLU")
    stack.get_by_role("button", name="Remove").click()
    settle(stack)
    codes(stack, "Conv2d", "MaxPool2d", "ReLU")
    stack.go_back()
    settle(stack)
    codes(stack, "Conv2d", "MaxPool2d", "MaxPool2d", "ReLU")


def test_the_keyboard_does_it_all(stack):
    rows(stack).nth(0).focus()
    stack.keyboard.press("ArrowDown")
    stack.keyboard.press("Enter")
    settle(stack)
    expect(rows(stack).nth(1)).to_have_attribute("aria-pressed", "true")
    stack.keyboard.press("Alt+ArrowUp")
    settle(stack)
    codes(stack, "ReLU", "Conv2d", "MaxPool2d")
    expect(rows(stack).nth(0)).to_be_focused()
    stack.keyboard.press("Control+d")
    settle(stack)
    codes(stack, "ReLU", "ReLU", "Conv2d", "MaxPool2d")
    stack.keyboard.press("Delete")
    settle(stack)
    codes(stack, "ReLU", "Conv2d", "MaxPool2d")


def test_a_row_is_dragged_to_another_place(stack):
    rows(stack).nth(0).drag_to(rows(stack).nth(2))
    settle(stack)
    codes(stack, "ReLU", "MaxPool2d", "Conv2d")


def test_a_row_that_cannot_follow_is_marked_and_channels_can_be_made_to_follow(app_url, new_page):
    page = opened(new_page(), f"{app_url}/stack?stack=1~3x32x32~Conv2d_3_8_3~Conv2d_16_4_3~ReLU")
    expect(page.locator(".st-key-stack-list").get_by_role("alert")).to_contain_text("expects in_channels=16")
    expect(facts(page, 1)).to_contain_text("8 × 30 × 30")
    page.get_by_role("button", name="Let channels follow").click()
    settle(page)
    codes(page, "Conv2d(3, 8", "Conv2d(8, 4", "ReLU")
    expect(facts(page, 3)).to_contain_text("4 × 28 × 28")
    expect(page.get_by_role("button", name="Let channels follow")).to_have_count(0)


TEXT = """nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1),  # first
    SqueezeExcite(16),
    torch.nn.MaxPool2d(kernel_size=2),
)"""


def test_text_with_an_unknown_layer_is_imported_and_nothing_is_lost(stack):
    stack.get_by_role("tab", name="Import text").click()
    field = stack.locator(".st-key-stack-import textarea")
    field.fill(TEXT)
    field.press("Control+Enter")
    settle(stack)
    stack.get_by_role("button", name="Replace the stack").click()
    settle(stack)
    codes(stack, "Conv2d(3, 16, kernel_size=3, padding=1)", "SqueezeExcite(16)", "MaxPool2d(kernel_size=2)")
    expect(rows(stack).nth(0)).to_contain_text("first")
    expect(stack.locator(".st-key-pane-text").get_by_role("status")).to_contain_text("line 3: SqueezeExcite(16)")
    expect(stack.locator(".st-key-stack-list").get_by_role("alert")).to_contain_text("kept as text")
    stack.get_by_role("tab", name="PyTorch code").click()
    expect(stack.get_by_test_id("stCode")).to_contain_text("# kept as text: SqueezeExcite(16)")
    rows(stack).nth(1).click()
    settle(stack)
    line = stack.locator(".st-key-card-row-text input")
    line.fill("nn.Conv2d(16, 16, 1)")
    line.press("Enter")
    settle(stack)
    expect(facts(stack, 3)).to_contain_text("16 × 16 × 16")


def test_a_link_gives_the_same_stack_and_survives_a_reload_and_another_page(stack):
    stack.locator(".st-key-preset-LeNet-5 button").click()
    settle(stack)
    expect(rows(stack)).to_have_count(12)
    expect(stack).to_have_url(re.compile("stack=1~1x32x32~Conv2d_1_6_5~Tanh"))
    stack.reload()
    settle(stack)
    expect(rows(stack)).to_have_count(12)
    stack.get_by_test_id("stSidebar").get_by_text("Layer", exact=True).click()
    expect(stack.locator(".st-key-kernel_size")).to_be_visible()
    stack.get_by_test_id("stSidebar").get_by_text("Stack", exact=True).click()
    expect(rows(stack)).to_have_count(12)
    expect(stack).to_have_url(re.compile("stack=1~1x32x32"))


def test_a_broken_link_says_what_was_dropped(app_url, new_page):
    page = opened(new_page(), f"{app_url}/stack?stack=1~3x32x32~Conv2d_3_8_3~Foo_1~ReLU")
    codes(page, "Conv2d", "ReLU")
    expect(page.get_by_role("status").first).to_contain_text("Left out of the link: Foo_1.")


def test_a_bad_input_is_said_beside_it_and_stays_as_typed(stack):
    field = stack.locator(".st-key-card-stack-input input")
    field.fill("3 × 0 × 32")
    field.press("Enter")
    settle(stack)
    expect(stack.get_by_role("alert")).to_contain_text("Each size of the input must be from 1")
    expect(field).to_have_value("3 × 0 × 32")
    field.fill("3, 64, 48")
    field.press("Enter")
    settle(stack)
    expect(facts(stack, 1)).to_contain_text("8 × 62 × 46")
    expect(stack.get_by_role("alert")).to_have_count(0)
