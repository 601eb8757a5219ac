"""The Attention page under the hand: pictures, bars, the map over a picture, tokens, files of one's own."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser


def at(page: Page, selector: str, across: float, down: float) -> None:
    """Clicks at a share of the width and the height of an element."""
    element = page.locator(selector)
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def test_a_click_on_a_bar_opens_its_channel_and_the_arrows_go_on(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/attention?bars=order")
    card = page.locator(".st-key-pane-attention-0")
    expect(card.get_by_role("slider")).to_be_visible()
    at(page, ".st-key-pane-attention-0 svg", 10.5 / 64, 0.8)
    settle(page)
    expect(page).to_have_url(re.compile("unit=10"))
    expect(card.get_by_text("Channel 10 · chosen")).to_be_visible()
    expect(page.locator(".bl-effects")).to_contain_text("channel 10 to 0")
    card.get_by_role("slider").press("ArrowRight")
    expect(page).to_have_url(re.compile("unit=11"))
    expect(card.get_by_text("Channel 11 · chosen")).to_be_visible()
    expect(card.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("channel 11\u00a0\u00a0·  gate 0\\.\\d{3}"))


def test_a_map_over_the_picture_changes_at_once_and_is_kept_in_the_link(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/attention?block=spatial_attention&picture=coffee")
    card = page.locator(".st-key-pane-attention-0")
    canvas = card.locator("canvas.map")
    expect(canvas).to_have_css("opacity", "0.55")
    assert canvas.evaluate("canvas => [canvas.width, canvas.height]") == [56, 56]
    opacity = card.get_by_label("opacity")
    opacity.fill("80")
    expect(canvas).to_have_css("opacity", "0.8")
    settle(page)
    expect(page).to_have_url(re.compile("look=80-fire-fine"))
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    card.get_by_label("colours").select_option("sea")
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before
    card.get_by_role("button", name="feature map").click()
    expect(canvas).to_have_css("image-rendering", "pixelated")
    expect(page).to_have_url(re.compile("look=80-sea-coarse"))
    page.reload()
    settle(page)
    expect(canvas).to_have_css("opacity", "0.8")
    expect(card.get_by_label("colours")).to_have_value("sea")


def test_a_token_on_the_picture_is_a_row_of_the_matrix_and_back(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/attention?block=self_attention")
    card = page.locator(".st-key-pane-attention-0")
    at(page, ".st-key-pane-attention-0 .stage", 0.1, 0.35)  # the second row of four, the first column
    settle(page)
    expect(page).to_have_url(re.compile("token=4"))
    expect(card.get_by_text("What token 4 takes from each place.")).to_be_visible()
    expect(card.locator(".at-row")).to_have_attribute("style", re.compile(r"top: 25%"))
    at(page, ".st-key-pane-attention-0 .cells", 0.5, 0.97)
    expect(card.get_by_text("What token 15 takes from each place.")).to_be_visible()
    expect(card.locator(".token")).to_have_attribute("style", re.compile(r"left: 75%; top: 75%"))


def test_another_picture_and_one_of_ones_own(app_url, new_page, tmp_path):
    page = new_page()
    open_page(page, f"{app_url}/attention?block=spatial_attention")
    stage = page.locator(".st-key-pane-attention-0 .stage img")
    cat = stage.get_attribute("src")
    page.get_by_role("radio", name="Rocket").click()
    settle(page)
    expect(page).to_have_url(re.compile("picture=rocket"))
    assert stage.get_attribute("src") != cat
    page.get_by_role("button", name="Your own").click()
    field = page.locator(".st-key-attention-upload input[type=file]")
    liar = tmp_path / "cat.png"
    liar.write_text("<html><script>alert(1)</script></html>")
    field.set_input_files(liar)
    expect(page.get_by_text("This file is no picture that can be read")).to_be_visible()
    data = io.BytesIO()
    Image.effect_mandelbrot((90, 60), (-3, -2.5, 2, 2.5), 50).save(data, "PNG")
    real = tmp_path / "own.png"
    real.write_bytes(data.getvalue())
    field.set_input_files(real)
    expect(page.get_by_role("radio", name="Your picture")).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("picture=own"))
