"""The Stack page's state, without a browser: clicks that come from a page of before the last change."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explainer.stack import Item, Stack, from_link, item, to_link
from tests.test_pages import opened


def conv(channels: int, out: int) -> Item:
    return item("Conv2d", {"in_channels": channels, "out_channels": out, "kernel_size": 3})


RELU = item("ReLU", {})
BEFORE = Stack((3, 32, 32), (conv(3, 8),))
SINCE = Stack((3, 32, 32), (*BEFORE.items, conv(16, 4)))


@pytest.fixture
def late() -> AppTest:
    """A page that was drawn, and whose URL was read, before a second layer was added and chosen."""
    app = opened("pages/stack.py", stack=to_link(BEFORE))
    move_on(app, SINCE)
    return app


def move_on(app: AppTest, stack: Stack) -> None:
    """What another click did since the page was drawn."""
    app.session_state["stack-now"], app.session_state["stack-in-url"] = stack, to_link(stack)
    app.session_state["stack-chosen"] = len(stack.items) - 1


def key(app: AppTest, field: str) -> str:
    return f"{field}-{app.session_state['stack-edition']}"


def stack_of(app: AppTest) -> Stack | None:
    assert not app.exception
    assert from_link(app.session_state["stack-in-url"]).stack == app.session_state["stack-now"]
    return app.session_state["stack-now"]


def test_a_layer_is_added_below_what_was_added_since(late):
    late.selectbox(key="stack-add").select("ReLU").run()
    assert stack_of(late) == Stack((3, 32, 32), (*SINCE.items, RELU))


def test_a_new_input_keeps_what_was_added_since(late):
    late.text_input(key(late, "stack-input")).set_value("3 x 48 x 48").run()
    assert stack_of(late) == Stack((3, 48, 48), SINCE.items)


def test_a_field_changes_its_own_row_and_no_other(late):
    late.number_input(key(late, "row-in_channels")).set_value(1).run()
    assert stack_of(late) == Stack((3, 32, 32), (conv(1, 8), SINCE.items[1]))
    move_on(late, Stack((3, 32, 32), (RELU,)))
    late.number_input(key(late, "row-in_channels")).set_value(2).run()
    assert stack_of(late) == Stack((3, 32, 32), (RELU,))


def test_the_fields_of_another_row_are_other_widgets():
    """A busy browser sends what a field held along with the next click: a pool would get the kernel of a convolution."""
    app = opened("pages/stack.py", stack=to_link(BEFORE))
    stale = app.number_input(key(app, "row-kernel_size"))
    assert stale.value == 3
    app.selectbox(key="stack-add").select("MaxPool2d").run()
    assert app.number_input(key(app, "row-kernel_size")).value == 2
    assert stale.id not in {field.id for field in app.number_input}


def test_what_was_typed_and_cannot_be_read_is_still_there_after_another_row():
    app = opened("pages/stack.py", stack=to_link(Stack((3, 32, 32), (RELU, *BEFORE.items))))
    app.toggle(key="stack-pairs").set_value(True).run()
    app.text_input(key(app, "row-kernel_size")).set_value("(3").run()
    app.selectbox(key="stack-add").select("ReLU").run()
    assert "(3" not in [field.value for field in app.text_input]
    app.session_state["stack-chosen"] = 1
    app.run()
    assert app.text_input(key(app, "row-kernel_size")).value == "(3"
    app.text_input(key(app, "row-kernel_size")).set_value("5").run()
    assert app.text_input(key(app, "row-kernel_size")).value == "5", "the switch is where it was, too"


def test_text_is_added_to_what_was_added_since(late):
    late.text_area(key="stack-import").set_value("nn.ReLU()").run()
    move_on(late, SINCE)
    late.button(key="import-add").click().run()
    assert stack_of(late) == Stack((3, 32, 32), (*SINCE.items, RELU))


def test_a_stack_that_no_link_can_hold_stays_on_the_page_and_the_link_menu_says_so() -> None:
    app = opened("pages/stack.py")
    rows = "\n".join(f"# {place} {'what nobody knows ' * 8}\nnn.Unknown{place}({'x' * 150})" for place in range(60))
    app.text_area(key="stack-import").set_value(rows).run()
    app.button(key="import-replace").click().run()
    assert not app.exception
    shown = " ".join(str(element.proto) for element in (*app.get("bidi_component"), *app.get("html")))
    assert "Unknown59" in shown
    assert "This stack is too long for a link" in shown
