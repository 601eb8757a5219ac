"""The link and the browser both say which step is selected: who is believed, and when."""

from __future__ import annotations

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
