"""What holds on every page: language, links, no sideways scrolling, accessibility."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explainer.paste.link import to_word
from tests.browser.accessibility import violations
from tests.browser.serving import open_page, running_app, settle
from ui.serving.early import icon

pytestmark = pytest.mark.browser
BLOCK = "class A(nn.Module):\n    def forward(self, x):\n        print(1)\n        return x * x.mean((2, 3), True).sigmoid()\n"
BROKEN = BLOCK.replace("sigmoid()", "view(7)")
PAGES = (
    "",
    "layer",
    "layer?groups=5",
    "blocks",
    "blocks?block=residual_attention&stride_at=both",
    "attention",
    "compare",
    "paste",
    f"paste?code={to_word(BLOCK)}",
    f"paste?code={to_word(BROKEN)}",
    "stack",
    "table?table=Wrong",
    "practice",
    "glossary?term=gate",
    "layer?stirde=2&v=9",
    *(f"layer?layer={name}" for name in ("MaxPool2d", "Linear", "AdaptiveAvgPool2d")),
)


def test_the_switch_changes_every_text_and_the_language_of_the_document(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?kernel_size=5")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_text("中文").click()
    settle(page)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(".bl-facts")).to_contain_text("参数量")
    expect(page.locator(".st-key-kernel_size input")).to_have_value("5")
    expect(page).to_have_url(re.compile("lang=zh"))
    page.reload()
    settle(page)
    expect(page.locator(".bl-facts")).to_contain_text("参数量")
    expect(page.locator(".st-key-kernel_size input")).to_have_value("5")


def test_what_streamlit_draws_after_a_run_has_its_name_in_the_readers_language_too(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/glossary?lang=zh")
    page.wait_for_timeout(8000)  # whatever the run left to be drawn is drawn
    page.evaluate("""() => {
        const button = Object.assign(document.createElement("button"), { id: "late", ariaLabel: "Copy to clipboard" });
        document.querySelector("[data-testid=stMain]").append(button);
    }""")
    expect(page.locator("#late")).to_have_attribute("aria-label", "复制到剪贴板")


def test_the_browsers_language_is_the_default(app_url, new_page):
    page = new_page(locale="zh-CN")
    open_page(page, app_url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("h1")).to_have_text("看清一个模块究竟做了什么")


def test_an_unknown_language_in_a_link_is_english(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?lang=%3Cscript%3E")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_language_and_numbers_stay_when_the_page_changes(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/layer?kernel_size=5&lang=zh")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("首页").click()
    expect(page.locator("h1")).to_have_text("看清一个模块究竟做了什么")
    sidebar.get_by_text("网络层").click()
    expect(page.locator(".st-key-kernel_size input")).to_have_value("5")
    expect(page).to_have_url(re.compile("kernel_size=5"))
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_an_example_of_the_home_page_opens_with_its_numbers(app_url, new_page):
    page = new_page()
    open_page(page, app_url)
    page.get_by_text("ResNet's first layer").click()
    expect(page.locator(".bl-facts")).to_contain_text("1 × 64 × 112 × 112")


def test_a_link_that_arrives_first_in_a_fresh_server_gets_the_frame(browser, new_page):
    with running_app() as url:
        page, heard = new_page(), []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: heard.append(ForwardMsg.FromString(data))))
        open_page(page, f"{url}/layer?kernel_size=5")
        expect(page.locator(".bl-brand")).to_be_visible()
        expect(page.locator(".st-key-kernel_size input")).to_have_value("5")
        expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
        # Drawn twice, it would have a sidebar of another width for a moment.
        assert [message.WhichOneof("type") for message in heard].count("navigation") == 1
        # A page that has a picture of its own would bring Streamlit's back.
        assert page.locator("link[rel~=icon]").get_attribute("href") == icon()[0]


NOTE_SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries())
        if (!hadRecentInput) window.shifts.push([value, ...sources.map(({ node }) => node?.className ?? "")]);
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_nothing_jumps_and_nothing_scrolls_sideways(app_url, new_page, path):
    page = new_page(width=390, height=844)
    page.add_init_script(NOTE_SHIFTS)
    open_page(page, f"{app_url}/{path}")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)
    shifts = page.evaluate("window.shifts")
    assert sum(value for value, *_ in shifts) < 0.1, shifts
    # Code that is to be copied, a wide table and a grid to type into keep their lines and scroll inside their own frame.
    own = ("[data-testid=stCode]", "[data-testid=stDataFrame]", ".bl-scroll")
    seen = f"[data-testid=stMain] *:not({', '.join(f'{frame} *, {frame}' for frame in own)})"
    widest = page.evaluate(f"Math.max(...[...document.querySelectorAll('{seen}')].map((e) => e.scrollWidth))")
    assert widest <= 390


# Contrast depends on the theme and names on the language; neither on the other.
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(app_url, new_page, path, lang, theme):
    page = new_page(theme=theme)
    open_page(page, f"{app_url}/{path}{'&' if '?' in path else '?'}lang={lang}")
    expect(page.locator("h1")).to_be_visible()
    # What is about to be replaced is dimmed, and what is not there yet has no name.
    expect(page.locator("[data-stale=true], [data-testid=stSkeleton]")).to_have_count(0)
    assert violations(page) == []


def test_the_keyboard_on_a_phone(app_url, new_page):
    """The shut sidebar is passed over, an open one is entered, and it does not lie over the page that was chosen in it."""
    page = new_page(width=390, height=844, locale="zh-CN")
    open_page(page, f"{app_url}/glossary")
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("stSkipToContent")).to_be_focused()
    expect(page.get_by_test_id("stSkipToContent")).to_have_text("跳到主要内容")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="展开侧边栏")).to_be_focused()
    page.keyboard.press("Enter")
    home = page.locator(".st-key-nav a").first
    expect(home).to_be_focused()
    assert home.evaluate("(link) => getComputedStyle(link).outlineStyle") == "solid"
    page.locator(".st-key-nav").get_by_text("练习").click()
    expect(page.locator("h1")).to_have_text("练习")
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")


def test_the_keyboard_goes_into_a_box_that_it_opens_and_back(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/attention")
    own = page.get_by_role("button", name="Your own")
    own.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-attention-upload button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(own).to_be_focused()


FIXABLE = (
    "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(7, 2)\n"
    "    def forward(self, x):\n        return self.fc(x.flatten(1))\n"
)
# On each page a button that goes when it is pressed, or goes dead.
LEAVING = {
    "layer?stirde=2": ".st-key-link-note-close button",
    f"paste?code={to_word(FIXABLE)}&input=1x6": "[class*=st-key-paste-apply] button",
    "stack?stack=1~3x8x8~ReLU": "tr.selected [data-tool=remove]",
    "attention?edit=expand.bias:5:4": ".st-key-attention-put-back button",
}


def test_the_keyboard_goes_on_beside_a_button_that_leaves(app_url, new_page):
    page = new_page(locale="zh-CN")
    for path, button in LEAVING.items():
        open_page(page, f"{app_url}/{path}")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")  # what watches the keyboard is there
        pressed = page.locator(button).first.element_handle()
        pressed.scroll_into_view_if_needed()
        before = pressed.bounding_box()
        pressed.focus()
        page.keyboard.press("Enter")
        expect(page.locator(f"{button}:not(:disabled)")).to_have_count(0)
        here = page.get_by_test_id("stMain").locator(":focus").last  # behind a component's root, which matches as well
        expect(here, path).to_be_in_viewport()
        after = here.bounding_box()
        assert -350 < after["y"] - before["y"] < 350, (path, here.evaluate("(field) => field.outerHTML")[:200])
