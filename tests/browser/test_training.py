"""Trainings as a person watches them: curves that move, a stop that stops, a page that is left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explainer.paste.link import to_word
from explainer.sandbox.lockdown import can_filter
from tests.browser.accessibility import violations
from tests.browser.serving import open_page

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")]
LONG_MS = 60_000
SE = """class SELayer(nn.Module):
    def __init__(self, channel, reduction=4):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(channel, channel // reduction), nn.ReLU(), nn.Linear(channel // reduction, channel))

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean((2, 3))))[:, :, None, None]
"""


def training(app_url: str, page: Page, query: str = "") -> Page:
    open_page(page, f"{app_url}/attention?view=training{query}")
    return page


def status(page: Page):
    return page.locator(".bl-training-status")


def start(page: Page) -> None:
    page.locator(".st-key-training-start button").click()


def stop_button(page: Page):
    return page.locator(".st-key-training-stop button")


def test_a_training_is_watched_to_its_end_and_says_what_it_showed(app_url, new_page):
    page = training(app_url, new_page(), "&train_rounds=4")
    start(page)
    expect(status(page)).to_contain_text("Training:", timeout=LONG_MS)
    expect(stop_button(page)).to_be_enabled()
    expect(status(page)).to_contain_text("Done in", timeout=LONG_MS)
    charts = page.get_by_role("img", name="The mean gate of each class", exact=False)
    expect(charts.locator("text=Stage 4").first).to_be_visible()
    expect(charts.first.locator("path.thin")).to_have_count(40)
    expect(page.locator(".bl-facts").first).to_contain_text(re.compile(r"\d+ of 599 test pictures"))
    expect(page.locator(".bl-note").last).to_contain_text("spread between")
    button = page.get_by_role("button", name="state_dict (.pt)")
    expect(button).to_have_count(1)
    with page.expect_download() as weights:
        button.click()
    assert Path(weights.value.path()).stat().st_size > 29_370 * 4
    assert violations(page) == []


def test_stop_stops_and_what_was_seen_stays(app_url, new_page):
    page = training(app_url, new_page(), "&train=cbam&train_rounds=40")
    start(page)
    expect(status(page)).to_contain_text(re.compile(r"Training: [1-9]"), timeout=LONG_MS)  # at 0 % there is nothing to stay
    stop_button(page).click()
    expect(status(page)).to_contain_text("Stopped after")
    expect(page.locator(".st-key-training-start button")).to_be_enabled()
    expect(page.get_by_role("img", name="The loss of every batch", exact=False).first).to_be_visible()
    at = status(page).inner_text()
    page.wait_for_timeout(1500)
    assert status(page).inner_text() == at


def test_two_tabs_train_at_once_and_a_closed_one_makes_room(app_url, new_page):
    left, stays = new_page(), new_page()
    slow = to_word(SE.replace("return x", "__import__('time').sleep(0.3); return x"))  # for longer than the other one waits
    training(app_url, left, f"&train=paste&code={slow}")
    start(left)
    expect(status(left)).to_contain_text("Training:", timeout=LONG_MS)
    training(app_url, stays, "&train=eca&train_rounds=1&train_on=10")
    start(stays)
    left.close()
    expect(status(stays)).to_contain_text("Done in", timeout=LONG_MS)


def test_a_paste_is_trained_and_one_that_does_not_fit_is_told_why(app_url, new_page):
    page = training(app_url, new_page(), f"&train=paste&train_rounds=1&train_on=10&code={to_word(SE)}")
    start(page)
    expect(status(page)).to_contain_text("Done in", timeout=LONG_MS)
    bad = to_word("class Half(nn.Module):\n    def forward(self, x):\n        return x[:, ::2]\n")
    page = training(app_url, new_page(), f"&train=paste&code={bad}")
    start(page)
    expect(page.locator(".bl-note")).to_contain_text("makes 2 × 8 × 8 × 8 from 2 × 16 × 8 × 8", timeout=LONG_MS)


@pytest.mark.slow
def test_every_ratio_is_trained_and_compared(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/attention?view=reduction&ratio_on=10")
    page.locator(".st-key-ratio-start button").click()
    expect(page.locator(".bl-note").last).to_contain_text("Without the block it is", timeout=4 * LONG_MS)
    expect(page.locator(".st-key-ratio-start button")).to_have_count(0, timeout=LONG_MS)
