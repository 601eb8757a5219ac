"""The Layer page, as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser


def set_number(page: Page, key: str, value: str) -> None:
    field = page.locator(f".st-key-{key} input")
    field.fill(value)
    field.press("Enter")
    settle(page)


@pytest.fixture
def layer(app_url, new_page) -> Page:
    page = new_page()
    open_page(page, f"{app_url}/layer")
    return page


def test_kernel_and_stride_change_the_size_and_torch_agrees(layer):
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 4 × 4")
    set_number(layer, "kernel_size", "5")
    set_number(layer, "stride", "2")
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 5 × 5")
    expect(layer.locator(".bl-facts")).to_contain_text("✓ torch agrees: (1, 8, 5, 5)")
    expect(layer.locator(".bl-facts")).to_contain_text("8 × 3 × 5 × 5 + 8")
    expect(layer.locator(".bl-formula strong")).to_have_text("5")
    expect(layer.get_by_test_id("stCode")).to_contain_text("nn.Conv2d(3, 8, kernel_size=5, stride=2, padding=1)")


# The script that hears of fields comes late, as on a busy computer.
LATE = """
Blob = class extends Blob {
  constructor(parts, options) {
    const isLate = String(parts[0]).includes("bl-no-number");
    super(isLate ? ["await new Promise((done) => setTimeout(done, 4000));", ...parts] : parts, options);
  }
};
"""


def test_a_second_number_gives_height_and_width_their_own_line_however_early_it_comes(app_url, new_page):
    layer = new_page()
    layer.add_init_script(LATE)
    open_page(layer, f"{app_url}/layer")
    set_number(layer, "kernel_size_w", "1")
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 4 × 5")
    expect(layer.locator(".bl-formula")).to_have_count(2)
    expect(layer.get_by_test_id("stCode")).to_contain_text("kernel_size=(3, 1)")
    layer.wait_for_timeout(4000)  # now it is there
    set_number(layer, "kernel_size_w", "")
    expect(layer.locator(".bl-formula")).to_have_count(1)


def test_groups_that_do_not_divide_get_a_sentence_and_the_last_result_stays(layer):
    set_number(layer, "groups", "5")
    expect(layer.get_by_role("alert")).to_contain_text("groups=5 does not divide in_channels=3")
    expect(layer.get_by_text("Still shown: the last settings that worked.")).to_be_visible()
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 4 × 4")
    expect(layer.locator(".st-key-groups input")).to_have_value("5")
    set_number(layer, "groups", "1")
    expect(layer.get_by_role("alert")).to_have_count(0)
    expect(layer.get_by_text("Still shown")).to_have_count(0)


def test_padding_same_with_a_stride_says_what_to_write_instead(layer):
    layer.locator(".st-key-padding_as").get_by_role("combobox").click()
    layer.get_by_role("option", name="same").click()
    settle(layer)
    expect(layer.get_by_role("alert")).to_contain_text("PyTorch refuses padding='same' with stride=3. Write padding=1")
    set_number(layer, "stride", "1")
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 12 × 12")


def test_a_link_without_a_result_invites(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?kernel_size=30")
    expect(page.get_by_role("alert")).to_contain_text("The kernel reaches over 30 cells")
    expect(page.locator(".bl-empty")).to_be_visible()


def test_the_address_keeps_everything_and_survives_a_reload(layer):
    set_number(layer, "kernel_size", "5")
    set_number(layer, "padding_w", "2")
    layer.locator(".st-key-bias label").first.click()
    settle(layer)
    expect(layer.locator(".bl-facts")).to_contain_text("8 × 3 × 5 × 5")
    for part in ("kernel_size=5", "padding_w=2", "bias=false"):
        expect(layer).to_have_url(re.compile(part))
    before = layer.locator(".bl-facts").inner_text()
    layer.reload()
    settle(layer)
    expect(layer.locator(".st-key-kernel_size input")).to_have_value("5")
    expect(layer.locator(".st-key-padding_w input")).to_have_value("2")
    expect(layer.locator(".bl-facts")).to_have_text(before, use_inner_text=True)


def test_start_over_sets_every_field_back(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?kernel_size=5&stride_w=2&padding_mode=reflect&bias=false")
    expect(page.locator("[popover=auto]")).to_have_count(1)  # the scripts of the page are there
    groups = page.locator(".st-key-groups input")
    groups.fill("0")
    groups.press("Enter")
    told = page.locator(".st-key-card-groups").get_by_role("alert")
    expect(told).to_have_text("A number from 1 to 65,536, please; until then the last one counts.")
    expect(told).to_be_in_viewport()
    page.get_by_role("button", name="Start over").click()
    settle(page)
    expect(told).to_have_count(0)
    expect(groups).to_have_value("1")
    expect(page.get_by_test_id("stCode")).to_contain_text("nn.Conv2d(3, 8, kernel_size=3, stride=3, padding=1)")
    expect(page).to_have_url(re.compile(r"/layer(\?lang=en)?$"))


NO_NUMBERS = {  # what was typed -> what then stands in the field, and the number that counts
    "2.5": ("2.5", "and not 2.5;", 3), "3,3": ("3", "and not 3,3;", 3), "": ("", "A number from 0 to", 3), "1e1": ("10", "", 10),
}  # fmt: skip


def test_what_is_no_whole_number_stays_as_it_was_typed_and_is_said(layer):
    field, told = layer.locator(".st-key-padding input"), layer.locator(".st-key-card-padding").get_by_role("alert")
    field.fill("3")
    field.press("Enter")
    settle(layer)
    for typed, (kept, words, counts) in NO_NUMBERS.items():
        field.press("Control+a")
        layer.keyboard.type(typed) if typed else field.press("Delete")
        field.press("Tab")
        settle(layer)
        expect(field).to_have_value(kept)
        if words:
            expect(told).to_contain_text(words)
        expect(told).to_have_count(1 if words else 0)
        expect(layer.get_by_test_id("stCode")).to_contain_text(f"padding={counts}")


def test_sizes_that_no_memory_could_hold_answer(app_url, new_page):
    page = new_page()
    query = "in_channels=4096&out_channels=4096&height=1024&width=1024&batch=4096&stride=1"
    open_page(page, f"{app_url}/layer?{query}")
    expect(page.locator(".bl-facts")).to_contain_text("✓ torch agrees: (4096, 4096, 1024, 1024)")


def test_the_picture_answers_to_hand_and_link(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?cell=2-1")
    expect(page.get_by_text("output (2, 1)", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Step forward").click()
    expect(page.get_by_text("output (2, 2)", exact=True).first).to_be_visible()


def test_a_wanted_size_is_one_click_away(layer):
    layer.get_by_text("6 = half").click()
    settle(layer)
    click_when_still(layer, layer.get_by_role("button", name="use").first)
    settle(layer)
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 6 × 6")


def click_when_still(page: Page, point: Locator) -> None:
    """Pictures and charts above it get their height a moment later, and push it away under the mouse."""
    point.scroll_into_view_if_needed()
    before = None
    for _ in range(40):
        now = point.bounding_box()
        if now is not None and now == before:
            break
        before = now
        page.wait_for_timeout(250)
    point.click(force=True)


def test_a_pool_is_sought_and_swept_as_well(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?layer=MaxPool2d&want=half")
    click_when_still(page, page.get_by_role("button", name="use", exact=True).first)
    settle(page)
    expect(page.locator(".bl-now")).to_have_count(1)
    expect(page.locator(".bl-facts")).to_contain_text("1 × 8 × 6 × 6")
    expect(page).to_have_url(re.compile("kernel_size=2"))
    page.get_by_role("radio", name="Run a number through its range").click()
    settle(page)
    line = page.locator(".js-plotly-plot .scatterlayer .js-line").first
    expect(line).to_have_css("stroke", "rgb(67, 83, 217)")
    page.emulate_media(color_scheme="dark")
    expect(line).to_have_css("stroke", "rgb(143, 155, 255)")
    click_when_still(page, page.locator(".js-plotly-plot .scatterlayer .trace").first.locator("path.point").nth(7))
    settle(page)
    expect(page.locator(".bl-facts")).to_contain_text("1 × 8 × 4 × 4")


def choose_layer(page: Page, name: str) -> None:
    box = page.locator(".st-key-layer").get_by_role("combobox")
    box.click()
    box.fill(name)
    page.get_by_role("option", name=name, exact=True).click()
    settle(page)


def test_another_layer_is_chosen_changed_and_survives_a_reload(layer):
    set_number(layer, "kernel_size", "5")
    choose_layer(layer, "MaxPool2d")
    expect(layer.locator("h1")).to_have_text("MaxPool2d")
    expect(layer.locator(".bl-facts")).to_contain_text("✓ torch agrees: (1, 8, 6, 6)")
    expect(layer.locator(".bl-formula strong")).to_have_text("6")
    expect(layer).to_have_url(re.compile("layer=MaxPool2d"))
    assert "kernel_size=5" not in layer.url
    set_number(layer, "height", "14")
    layer.locator(".st-key-card-ceil_mode label").first.click()
    settle(layer)
    layer.get_by_role("radio", name="K, S, P").click()
    settle(layer)
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 8 × 7")
    expect(layer.locator(".bl-formula").first).to_contain_text("⌈ (14 − 3 + 2 × 1) / 2 ⌉ + 1")
    for part in ("height=14", "ceil_mode=true", "notation=textbook"):
        expect(layer).to_have_url(re.compile(part))
    layer.reload()
    settle(layer)
    expect(layer.locator(".bl-facts")).to_contain_text("1 × 8 × 8 × 7")
    expect(layer.locator(".bl-formula").first).to_contain_text("⌈ (14 − 3 + 2 × 1) / 2 ⌉ + 1")
    expect(layer.locator(".st-key-height input")).to_have_value("14")
    choose_layer(layer, "Conv2d")
    expect(layer.locator(".st-key-kernel_size input")).to_have_value("3")


def test_back_returns_to_the_layer_before(layer):
    set_number(layer, "kernel_size", "5")
    choose_layer(layer, "Linear")
    expect(layer.locator(".bl-facts")).to_contain_text("✓ torch agrees: (2, 10, 10)")
    layer.go_back()
    settle(layer)
    expect(layer.locator(".bl-empty")).to_have_count(0)
    expect(layer.get_by_test_id("stException")).to_have_count(0)


def test_a_link_opens_a_layer_with_its_numbers(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?layer=AdaptiveAvgPool2d&output_size=None%2C+7&lang=zh")
    expect(page.locator(".bl-facts")).to_contain_text("(1, 8, 12, 7)")
    expect(page.locator(".st-key-output_size input")).to_have_value("None, 7", timeout=20_000)


def test_a_link_to_no_layer_says_so(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?layer=Conv9d")
    expect(page.locator(".st-key-link-note")).to_contain_text("The link's layer is unknown: Conv9d.")
    expect(page.locator("h1")).to_have_text("Conv2d")
