"""The Paste page, as a person uses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explainer.paste.link import to_word
from explainer.sandbox.lockdown import can_filter
from tests.browser.serving import open_page, settle

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")]
FOUND = Path(__file__).parents[3] / "shared" / "pastes"
CODE = """class Twice(nn.Module):
    def __init__(self, channels=24):
        super().__init__()
        self.conv = nn.Conv2d(channels, 2 * channels, 3, stride=2)

    def forward(self, x):
        return self.conv(x)
"""


@pytest.fixture
def paste(app_url, new_page) -> Page:
    page = new_page()
    open_page(page, f"{app_url}/paste")
    expect(editor(page)).to_be_visible()
    return page


def editor(page: Page):
    return page.get_by_label("Python code")


def test_code_is_typed_run_by_key_and_its_numbers_turned(paste):
    editor(paste).click()  # not fill: a person's press must lead into the field
    paste.keyboard.insert_text(CODE)
    paste.keyboard.press("Control+Enter")
    facts = paste.locator(".bl-facts")
    expect(facts).to_contain_text("1 × 48 × 27 × 27")  # floor((56 - 3) / 2) + 1
    expect(facts).to_contain_text("10,416")  # 24 * 48 * 9 + 48
    expect(paste.locator("h1")).to_have_text("Twice")
    expect(paste.get_by_test_id("stExpander").locator("details").first).not_to_have_attribute("open", "")
    field = paste.locator("[class*=st-key-paste-argument-channels-] input")
    field.fill("8")
    field.press("Enter")
    expect(facts).to_contain_text("1,168")  # 8 * 16 * 9 + 16
    shape = paste.locator("[class*=st-key-paste-input-0-] input")
    shape.fill("2x8x11x7")
    shape.press("Enter")
    expect(facts).to_contain_text("2 × 16 × 5 × 3")
    expect(paste).to_have_url(re.compile("set=channels%3D8"))
    paste.reload()
    settle(paste)
    expect(facts).to_contain_text("2 × 16 × 5 × 3")
    expect(facts).to_contain_text("1,168")
    numbers = paste.locator(".pane.details .values")
    expect(numbers).to_contain_text("channels 0 to 15 of 16")
    expect(numbers).to_contain_text("Weights: 64 kernels of 128")  # 16 * 8
    expect(numbers.locator("img")).to_have_count(16 + 64)


def test_back_and_forward_bring_pastes_back(paste):
    paste.get_by_role("button", name="Self-attention").click()
    expect(paste.locator("h1")).to_have_text("TokenMixer")
    settle(paste)
    editor_link = f"{paste.url.split('?')[0]}?code={to_word(CODE)}"
    open_page(paste, editor_link)
    expect(paste.locator("h1")).to_have_text("Twice")
    paste.go_back()
    expect(paste.locator("h1")).to_have_text("TokenMixer")


def test_keys_of_an_editor(paste):
    field = editor(paste)
    field.focus()
    paste.keyboard.press("Tab")  # nothing was written: the keyboard passes through
    expect(field).not_to_be_focused()
    field.press("d")
    field.type("ef f():")
    field.press("Enter")
    field.type("x = 1")
    expect(field).to_have_value("def f():\n    x = 1")
    field.press("Home")
    field.press("Tab")
    expect(field).to_have_value("def f():\n        x = 1")
    field.press("Shift+Tab")
    expect(field).to_have_value("def f():\n    x = 1")
    field.press("Escape")
    field.press("Tab")
    expect(paste.get_by_role("button", name="Run")).to_be_focused()
    paste.keyboard.press("Enter")
    expect(paste.locator(".bl-facts, .bl-note").first).to_be_visible()


def test_what_was_typed_survives_a_reload_without_a_run(paste):
    editor(paste).fill("x = torch.zeros(3)  # 未完成")
    editor(paste).blur()
    expect(paste).to_have_url(re.compile("code=1"))
    settle(paste)
    paste.reload()
    settle(paste)
    paste.get_by_text("The code").click()
    expect(editor(paste)).to_have_value("x = torch.zeros(3)  # 未完成")


def test_a_loop_can_be_stopped_and_the_next_paste_runs(paste):
    editor(paste).fill("import time\nfor _ in range(40): time.sleep(0.1)")
    editor(paste).press("Control+Enter")
    paste.get_by_role("button", name="Stop").click()
    expect(paste.locator(".bl-note.bl-bad")).to_contain_text("Stopped.")
    editor(paste).fill(CODE)
    editor(paste).press("Control+Enter")
    expect(paste.locator(".bl-facts")).to_contain_text("10,416")


def test_hostile_words_stay_words(paste):
    paste.on("dialog", lambda _: pytest.fail("a script ran"))
    editor(paste).fill(
        "class A(nn.Module):\n    def forward(self, x):\n        print('<img src=x onerror=alert(1)>')\n"
        "        raise ValueError('<script>alert(2)</script> [a](javascript:alert(3)) ![p](http://127.0.0.2/p.png)')\n"
    )
    editor(paste).press("Control+Enter")
    expect(paste.get_by_test_id("stMain")).to_contain_text("<script>alert(2)</script> [a](javascript:alert(3))")
    assert paste.locator("[data-testid=stMain] img, [data-testid=stMain] script").count() == 0


@pytest.mark.skipif(not FOUND.is_dir(), reason="the collection of pastes is not here")
def test_a_paste_as_it_was_found(paste):
    editor(paste).fill((FOUND / "se_attention.txt").read_text(encoding="utf-8"))
    editor(paste).press("Control+Enter")
    facts = paste.locator(".bl-facts")
    expect(facts).to_contain_text("65,536")
    expect(facts).to_contain_text("50 × 512 × 7 × 7")
    expect(facts).to_contain_text("50 × 512 × 1 × 1")
    field = paste.locator("[class*=st-key-paste-argument-reduction-] input")
    expect(field).to_have_value("8")
    field.fill("16")
    field.press("Enter")
    expect(facts).to_contain_text("32,768")
