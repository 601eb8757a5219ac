"""Fields that consist of several widgets."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

import ui.inputs


def page() -> None:
    from ui.inputs import knob

    knob("channels", "channels", 64, "", (16, 32, 64, 128), least=1, largest=4096)


def opened() -> AppTest:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> tuple[object, object]:
    return app.number_input(key="channels").value, app.select_slider(key="channels-slider").value


def test_number_and_slider_follow_each_other() -> None:
    app = opened()
    app.number_input(key="channels").set_value(30).run()
    assert shown(app) == (30, 32)
    app.select_slider(key="channels-slider").set_value(128).run()
    assert shown(app) == (128, 128)
    app.select_slider(key="channels-slider").set_value(32).run()
    assert shown(app) == (32, 32)


def test_a_slider_that_the_browser_has_not_moved_yet_does_not_set_the_number_back() -> None:
    app = opened()
    app.number_input(key="channels").set_value(30).run()
    app.number_input(key="channels").set_value(120)
    app.select_slider(key="channels-slider").set_value(64).run()  # where it stood before the first change
    assert shown(app) == (120, 128)
    app.select_slider(key="channels-slider").set_value(32).run()  # and before the second
    assert shown(app) == (120, 128)


def test_a_slider_moved_back_by_hand_is_heard(monkeypatch) -> None:
    app = opened()
    app.number_input(key="channels").set_value(30).run()
    monkeypatch.setattr(ui.inputs, "_ECHO_S", 0.0)
    app.select_slider(key="channels-slider").set_value(64).run()
    assert shown(app) == (64, 64)
