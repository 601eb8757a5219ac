"""The link and the browser both say which step is selected: who is believed, and when."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from explainer.render.viewer_view import View
    from ui import state

    said = st.session_state.get("said")
    step, told = state.viewer_step("v", said, in_url=True)
    state.keep_viewer("v", step, View())
    st.session_state["found"] = step, told


def found(app: AppTest, link: str, said: str | None) -> tuple[str, str]:
    """(step shown, step that the browser is told) where the address and the browser say these."""
    app.query_params["step"] = link
    app.session_state["said"] = said
    app.run()
    assert not app.exception
    step, told = app.session_state["found"]
    return step, told


def test_a_link_wins_at_first_and_whenever_it_changes() -> None:
    app = AppTest.from_function(page)
    assert found(app, "c1", None) == ("c1", "c1")
    assert found(app, "c1", "c2") == ("c2", "c1")
    assert found(app, "c9", "c2") == ("c9", "c9")


def test_a_link_that_is_a_moment_old_turns_nothing_back() -> None:
    app = AppTest.from_function(page)
    found(app, "c1", None)
    found(app, "c1", "c2")
    found(app, "c2", "c3")
    assert found(app, "c2", "c4") == ("c4", "c1"), "the browser had not heard of c3 yet"
    app.session_state["v-steps-written"] = [("c2", -1e9)]
    assert found(app, "c2", "c4") == ("c2", "c2"), "later it is a person who goes back"


def colours() -> None:
    import streamlit as st

    from ui import state
    from ui.links.pages import HEATS

    st.session_state["told"] = state.viewer_word("v", "heat", st.session_state.get("said"), HEATS, in_url=True)


def test_a_choice_of_the_browser_is_in_the_link_and_a_new_link_is_told() -> None:
    def told(said: str | None, link: str | None = None) -> tuple[str, str]:
        """(what the browser is told, what the link has)"""
        if link is not None:
            app.query_params["heat"] = link
        app.session_state["said"] = said
        app.run()
        assert not app.exception
        return app.session_state["told"], "".join(app.query_params.get("heat", ""))

    app = AppTest.from_function(colours)
    assert told(None, "params") == ("params", "params")
    assert told("macs") == ("params", "macs"), "the browser knows already"
    assert told("") == ("params", "")
    app.session_state["v-heats-written"] = [("", -1e9)]
    assert told("", "macs") == ("macs", "macs"), "a person went back"
    assert told("<b>") == ("macs", "")
    assert AppTest.from_function(colours).run().session_state["told"] == ""


def heard() -> None:
    import streamlit as st

    from ui.components.viewer.component import said_before

    answer = said_before("v")
    st.session_state["heard"] = answer.step, answer.ahead, sorted(answer.has), answer.heat, answer.tab


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ({"step": "c1", "ahead": "c2", "has": ["a", "b"], "heat": "macs"}, ("c1", "c2", ["a", "b"], "macs", None)),
        ({"step": "", "ahead": "", "has": ["a"], "heat": "", "tab": "steps"}, (None, None, ["a"], "", "steps")),
        ({"step": 7, "ahead": ["x"], "has": "abc", "heat": ["macs"], "tab": 1}, (None, None, [], None, None)),
        ({"has": [1, None, "a"]}, (None, None, ["a"], None, None)),
        ("c1", (None, None, [], None, None)),
        (None, (None, None, [], None, None)),
    ],
)
def test_what_a_browser_says_is_checked(selected: object, expected: tuple[object, ...]) -> None:
    app = AppTest.from_function(heard)
    app.session_state["v"] = {"selected": selected}
    app.run()
    assert not app.exception
    assert app.session_state["heard"] == expected
