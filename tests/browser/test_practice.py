"""The Practice page, as a student and as a teacher use it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from playwright.sync_api import Page, expect

from explainer.questions import Question, deal, question_set
from explainer.questions.records import decimal_text
from tests.asking import wrong_windows
from tests.browser.accessibility import violations
from tests.browser.serving import open_page, settle

pytestmark = pytest.mark.browser
LINK = "seed=11&kinds=axis.size.padding&difficulty=medium&length=3"
FIELD = ".st-key-practice-field input"
NEXT = ".st-key-practice-next button"
VERDICT = ".bl-verdict"
SLIPS = {
    "floor_forgotten": ("The floor is missing.", "漏了向下取整"),
    "padding_once": ("The padding was counted once", "填充只算了一次"),
    "dilation_ignored": ("The dilation was ignored.", "漏了空洞率"),
    "one_missing": ("The + 1 is missing.", "漏了 + 1"),
}


def asked(link: str = LINK) -> tuple[Question, ...]:
    return question_set(dict(part.split("=") for part in link.split("&")))[0].questions()


def right(question: Question) -> str:
    return " x ".join(map(str, question.answer))


def answer(page: Page, text: str) -> None:
    page.locator(FIELD).fill(text)
    page.locator(FIELD).press("Enter")
    settle(page)


def press(page: Page, key: str) -> None:
    here = page.url
    page.locator(f".st-key-practice-{key} button").click()
    if key == "next":  # else the field of the question that is left could be filled
        expect(page).not_to_have_url(here)
    settle(page)
    expect(page.locator(FIELD).nth(1)).to_have_count(0)


def number_of(slip: str) -> tuple[int, str]:
    """A seed whose first question has a number that only this mistake gives, and the number."""
    for seed in range(1, 300):
        axis = deal(seed, 1, ("axis",), "hard").axes[0]
        numbers = wrong_windows(axis) | {"right": {Fraction(axis.output)}}
        (number, *_), others = numbers.pop(slip), set().union(*numbers.values())
        if number not in others and (slip == "floor_forgotten") == (number.denominator > 1):
            return seed, decimal_text(number).rstrip("…")
    raise AssertionError(slip)


@pytest.fixture
def page(app_url, new_page) -> Page:
    found = new_page()
    open_page(found, f"{app_url}/practice?{LINK}")
    return found


@pytest.mark.parametrize("slip", SLIPS)
def test_a_wrong_answer_is_explained_in_both_languages(app_url, new_page, slip):
    seed, number = number_of(slip)
    page = new_page()
    open_page(page, f"{app_url}/practice?seed={seed}&kinds=axis&difficulty=hard&length=2")
    answer(page, number)
    expect(page.locator(VERDICT)).to_contain_text(f"{number}")
    expect(page.locator(VERDICT)).to_contain_text("is not right.")
    expect(page.locator(VERDICT)).to_contain_text(SLIPS[slip][0])
    expect(page.get_by_role("status").first).to_contain_text(SLIPS[slip][0])
    expect(page.locator(".bl-solution")).to_have_count(0)
    page.get_by_text("中文").click()
    settle(page)
    expect(page.locator(VERDICT)).to_contain_text(SLIPS[slip][1])
    expect(page.locator(FIELD)).to_have_value(number)


def test_a_set_from_the_first_question_to_the_score_and_the_missed_ones_again(page):
    first, second, third = asked()
    answer(page, right(first))
    expect(page.locator(VERDICT)).to_contain_text("is right.")
    expect(page.locator(".bl-solution li")).to_have_count(len(first.solution))
    press(page, "next")
    expect(page).to_have_url(re.compile("question=2"))
    answer(page, right(second).replace(" x ", "0 x "))
    answer(page, right(second))
    press(page, "next")
    answer(page, str(2 * third.answer[0]))
    expect(page.locator(VERDICT)).to_contain_text("both sides together")
    press(page, "show")
    expect(page.locator(".bl-solution")).to_contain_text(f"/ 2 = {third.answer[0]}")
    press(page, "next")
    expect(page.locator(".bl-score")).to_have_text("1 of 3 right at once")
    expect(page.locator(".bl-tallies")).to_contain_text("padding of both sides together")
    expect(page.locator(".bl-tallies")).to_contain_text("1 ×")
    expect(page.locator(".bl-missed li")).to_have_count(2)
    expect(page.locator(".bl-missed")).to_contain_text(f"right: {third.answer[0]}")
    press(page, "again")
    expect(page.locator(".st-key-pane-question h2").first).to_have_text("Question 1 of 2")
    expect(page).to_have_url(re.compile("only=2.3"))
    expect(page.locator(FIELD)).to_have_value("")
    answer(page, right(second))
    press(page, "next")
    answer(page, right(third))
    press(page, "next")
    expect(page.locator(".bl-score")).to_have_text("2 of 2 right at once")


def test_with_the_keyboard_alone(page):
    keys = page.keyboard
    expect(page.locator(NEXT)).to_be_visible()
    for _ in range(30):
        if page.evaluate("document.activeElement.closest('.st-key-practice-field') !== null"):
            break
        keys.press("Tab")
    for question in asked():
        expect(page.locator(FIELD)).to_be_focused()
        expect(page.locator(FIELD)).to_have_value("")
        keys.type("999 x 9" if len(question.answer) == 2 else "999")
        keys.press("Enter")
        expect(page.locator(VERDICT)).to_contain_text("is not right")
        expect(page.locator(FIELD)).to_be_focused()
        keys.press("Control+A")
        keys.type(right(question))
        keys.press("Enter")
        expect(page.locator(NEXT)).to_be_focused()
        settle(page)
        keys.press("Enter")
        settle(page)
    expect(page.locator(".bl-score")).to_have_text("0 of 3 right at once")
    expect(page.get_by_role("status").first).to_contain_text("0 of 3 right at once")
    expect(page.locator(".st-key-practice-again button")).to_be_focused()
    keys.press("Enter")
    expect(page.locator(FIELD)).to_be_focused()


def test_a_teachers_link_deals_the_same_questions_to_another_visitor(page, app_url, new_page):
    page.locator(".st-key-practice-teacher summary").click()
    panel = page.locator(".st-key-practice-teacher")
    panel.get_by_role("button", name="output size, one axis").click()
    settle(page)
    panel.get_by_role("radio", name="hard").or_(panel.get_by_role("button", name="hard")).click()
    settle(page)
    seed = page.locator(".st-key-teacher-seed input")
    seed.fill("42")
    seed.press("Enter")
    settle(page)
    link = f"{app_url}/practice?seed=42&kinds=size.padding&difficulty=hard&length=3"
    expect(panel.get_by_test_id("stCode")).to_have_text(link)
    student = new_page(locale="zh-CN")
    open_page(student, link)
    expect(student.locator(".st-key-pane-question h2").first).to_have_text("第 1 / 3 题")
    expect(student.get_by_test_id("stCode").first).to_contain_text(asked(link.split("?")[1])[0].layers[0].code())
    panel.get_by_role("button", name="Deal these questions here").click()
    settle(page)
    expect(page).to_have_url(re.compile(re.escape(link.split("?")[1])))


def test_a_broken_link_is_named_and_works_with_defaults(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/practice?seed=7&kinds=axis.bogus&difficulty=hard&length=%3Cb%3E")
    expect(page.get_by_role("note")).to_contain_text(
        "kinds=axis.bogus is not possible; axis.size.parameters.field.padding is used."
    )
    expect(page.get_by_role("note")).to_contain_text("length=<b> is not possible; 10 is used.")
    expect(page.locator(".st-key-pane-question h2").first).to_have_text("Question 1 of 10")


def test_nothing_typed_is_lost_and_nonsense_gets_a_sentence(page):
    answer(page, "ca. 14")
    expect(page.get_by_role("note")).to_contain_text("“ca. 14” cannot be read as a number.")
    expect(page.locator(FIELD)).to_have_value("ca. 14")
    expect(page.locator(".bl-squares .bl-open")).to_have_count(3)
    page.locator(FIELD).fill("half an ans")  # not sent yet
    page.get_by_text("中文").click()
    settle(page)
    expect(page.locator(FIELD)).to_have_value("half an ans")
    answer(page, "１２，５")
    expect(page.locator(VERDICT)).to_contain_text("12.5 不对")
    page.get_by_test_id("stSidebar").get_by_text("首页").click()
    settle(page)
    page.get_by_test_id("stSidebar").get_by_text("练习", exact=True).click()
    settle(page)
    expect(page.locator(FIELD)).to_have_value("１２，５")
    expect(page.locator(VERDICT)).to_contain_text("12.5 不对")


def test_the_address_keeps_the_place_and_the_browser_goes_back(page):
    press(page, "next")
    page.reload()
    settle(page)
    expect(page.locator(".st-key-pane-question h2").first).to_have_text("Question 2 of 3")
    expect(page.get_by_test_id("stCode").first).to_contain_text(asked()[1].layers[0].code())
    press(page, "next")
    page.go_back()
    settle(page)
    expect(page.locator(".st-key-pane-question h2").first).to_have_text("Question 2 of 3")


def test_an_answer_that_crosses_a_click_does_not_lead_back(page, app_url):
    """On a slow server an answer to the old question may be sent after the click on Next, and still with the old URL."""
    for pause_ms in (10, 60):
        open_page(page, f"{app_url}/practice?{LINK}")
        expect(page.locator(NEXT)).to_be_visible()
        page.locator(FIELD).fill("7")
        page.evaluate(
            """(pause) => {
                const check = document.querySelector('.st-key-practice-check button');
                document.querySelector('.st-key-practice-next button').click();
                setTimeout(() => check.click(), pause);
            }""",
            pause_ms,
        )
        settle(page)
        expect(page.locator(".st-key-pane-question h2").first).to_have_text("Question 2 of 3")


def test_without_a_link_every_visitor_gets_other_questions(app_url, new_page):
    seen = set()
    for _ in range(2):
        page = new_page()
        open_page(page, f"{app_url}/practice")
        answer(page, "1")
        seen.add(re.search(r"seed=(\d+)", page.url)[1])
    assert len(seen) == 2


@pytest.mark.parametrize(("width", "theme", "lang"), [(1280, "light", "en"), (390, "dark", "zh")])
def test_every_state_is_accessible_and_fits(app_url, new_page, width, theme, lang):
    page = new_page(width=width, theme=theme)
    open_page(page, f"{app_url}/practice?{LINK}&lang={lang}")
    first, _, third = asked()
    answer(page, "99999")
    answer(page, right(first))
    check(page, width)
    press(page, "next")
    press(page, "next")
    answer(page, str(2 * third.answer[0]))
    check(page, width)
    press(page, "next")
    page.locator(".st-key-practice-teacher summary").click()
    expect(page.locator(".st-key-practice-deal button")).to_be_visible()
    check(page, width)


def check(page: Page, width: int) -> None:
    assert violations(page, "[data-testid=stMain]") == []
    widest = page.evaluate("Math.max(...[...document.querySelectorAll('[data-testid=stMain] *')].map((e) => e.scrollWidth))")
    assert widest <= width
