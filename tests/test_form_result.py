"""Which of a form and its result a run draws first, and which settings are shown."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.serving import crowd
from ui.serving.crowd import is_crowded


def page() -> None:
    """One field that takes at most 5, and what stands in it."""
    import streamlit as st

    from explainer.errors import InvalidInput
    from ui import form_result, state

    drawn = st.session_state["drawn"] = []

    def check(number: int) -> None:
        if number > 5:
            raise InvalidInput("too large", field="number")

    def form() -> bool:
        drawn.append("form")
        st.number_input("number", 0, 9, 1, key="number", on_change=tell)
        if st.session_state["number"] > 3:
            st.number_input("depends on it", 0, 9, 1, key="other")
        return form_result.fault("here", int(st.session_state["number"]), check) is not None

    def tell() -> None:
        number = int(st.session_state["number"])
        form_result.show_soon("here", number, check, None if number > 3 else "result")

    @st.fragment(key="result")
    def result(is_old: bool) -> None:
        drawn.append("result")
        st.markdown(f"{state.last_good('here', int)}{' old' if is_old else ''}")

    st.fragment(lambda: form_result.form_and_result(("here",), form, result))()


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page).run()


def shown(app: AppTest) -> tuple[list[str], Any]:
    assert not app.exception
    assert [element.type for element in app.main][-2:] == ["flex_container", "markdown"]  # the form above, whichever came first
    return app.session_state["drawn"], app.markdown[0].value


def test_after_a_change_the_result_comes_first_and_is_of_the_new_number(app: AppTest) -> None:
    assert shown(app) == (["form", "result"], "1")
    assert shown(app.number_input(key="number").set_value(3).run()) == (["result", "form"], "3")
    assert shown(app.run()) == (["form", "result"], "3")


def test_where_the_form_has_something_to_say_it_comes_first(app: AppTest) -> None:
    app.number_input(key="number").set_value(2).run()
    assert shown(app.number_input(key="number").set_value(7).run()) == (["form", "result"], "2 old")
    assert shown(app.number_input(key="number").set_value(4).run()) == (["form", "result"], "4")
    assert shown(app.number_input(key="number").set_value(5).run()) == (["result", "form"], "5")


def test_in_a_crowd_the_result_is_drawn_alone(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "is_crowded", lambda: True)
    app.number_input(key="number").set_value(3).run()
    assert not app.exception
    assert app.markdown[0].value == "3"
    assert not app.number_input


def test_in_a_crowd_a_form_that_changes_is_drawn_too(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "is_crowded", lambda: True)
    assert shown(app.number_input(key="number").set_value(4).run()) == (["result", "form"], "4")
    assert len(app.number_input) == 2


def test_a_server_is_crowded_by_many_changes_in_a_second_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(crowd, "monotonic", lambda: now[0])
    monkeypatch.setattr(crowd, "_recent", type(crowd._recent)())
    assert [is_crowded() for _ in range(10)] == [False] * 8 + [True] * 2
    now[0] += 1.1
    assert not is_crowded()
