"""The viewer under the hand: one selection in source, drawing, table and details; folding, finding, playing, taking away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Locator, Page, expect

from explainer.render.viewer_scene import Subject, viewer_scene
from explainer.render.viewer_view import View, read_view
from tests.browser.accessibility import violations
from tests.browser.viewer_page import mount, said, show
from tests.viewed import SOURCE, broken, hostile, long_chain, residual

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shared(browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.set_default_timeout(20_000)
    yield page
    page.close()


@pytest.fixture
def stage(shared) -> Page:
    """A viewer of its own in the shared page."""
    return mount(shared)


def scene_of(subject: Subject, view: View | None = None, lang: str = "en") -> dict[str, Any]:
    return viewer_scene(subject, view or View(), lang)


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), start=1) if text in line)


def node(page: Page, name: str) -> Locator:
    """A step's box in the drawing, by its name."""
    return page.locator(".view").get_by_role("button", name=re.compile(f"^{re.escape(name)}\\."))


def opened(page: Page, subject: Subject, **more: Any) -> None:
    """The viewer with the whole drawing in sight."""
    show(page, scene_of(subject), **more)
    page.get_by_role("button", name="Show all").click()


def chosen_everywhere(page: Page, name: str, code: str) -> None:
    """The same step is marked in all places."""
    expect(page.locator(".node.selected")).to_contain_text(name)
    expect(page.locator(".code li.chosen")).to_contain_text(code)
    expect(page.locator("table.steps tr.chosen")).to_contain_text(name)
    expect(page.locator(".pane.details h3")).to_contain_text(name)


def test_a_line_a_node_and_a_row_select_the_same_step(stage):
    opened(stage, residual())
    stage.locator(".code li", has_text="self.fc2(y)").click()
    chosen_everywhere(stage, "fc2 · sigmoid", "self.fc2(y)")
    expect(stage.locator(".pane.details")).to_contain_text(
        "Along the last axis every 4 numbers become 16; each of these is a weighted sum of all 4."
    )
    expect(stage.locator(".pane.details")).to_contain_text("16 × 4 + 16 = 80")
    node(stage, "conv2").click()
    chosen_everywhere(stage, "conv2", "self.conv2(out)")
    stage.get_by_role("tab", name="Steps").click()
    stage.get_by_role("button", name="fc1 · relu", exact=True).click()
    chosen_everywhere(stage, "fc1", "self.fc1(y)")
    stage.locator(".pane.details .link").first.press("Enter")
    chosen_everywhere(stage, "view", "self.pool(x)")
    expect(stage.locator(".pane.details h3")).to_be_focused()
    assert said(stage, "selected")[-1]["step"].startswith("o")


def test_hovering_previews_in_the_other_panes_and_selects_nothing(stage):
    opened(stage, residual())
    before = stage.locator(".pane.details h3").inner_text()
    stage.locator(".code li", has_text="out += self.shortcut(x)").hover()
    expect(stage.locator(".node.hovered")).to_have_count(3)  # the shortcut's two layers and the sum
    node(stage, "conv1").hover()
    expect(stage.locator(".code li.hovered")).to_contain_text("self.conv1(x)")
    assert stage.locator(".pane.details h3").inner_text() == before
    assert said(stage, "selected") == []


def test_the_line_that_makes_a_layer_leads_to_it_and_is_explained_itself(stage):
    made, ran = line_of("self.conv2 ="), line_of("self.conv2(out)")
    opened(stage, residual(), texts={str(made): "Builds conv2.", str(ran): "Runs conv2."})
    words = stage.locator(".line-words")
    stage.locator(".code li", has_text="self.conv2 =").click()
    expect(stage.locator(".pane.details h3")).to_have_text("conv2")
    expect(words).to_have_text(f"Line {made}. Builds conv2.")
    node(stage, "conv1").click()
    expect(words).to_be_hidden()
    node(stage, "conv2").click()
    expect(words).to_have_text(f"Line {ran}. Runs conv2.")


def test_the_keyboard_walks_through_drawing_and_table(stage):
    opened(stage, residual())
    node(stage, "conv1").focus()
    stage.keyboard.press("ArrowDown")
    stage.keyboard.press("Enter")
    expect(stage.locator(".pane.details h3")).to_have_text("bn1 · relu")
    stage.get_by_role("tab", name="Code").focus()
    stage.keyboard.press("ArrowRight")
    expect(stage.get_by_role("tab", name="Steps")).to_have_attribute("aria-selected", "true")
    stage.locator("table.steps tr.chosen .name").focus()
    stage.keyboard.press("ArrowDown")
    stage.keyboard.press("Enter")
    expect(stage.locator(".pane.details h3")).to_have_text("conv2")


def test_the_keyboard_keeps_its_place_in_a_new_drawing_and_reaches_lines_without_a_shape(stage):
    opened(stage, residual())
    depth = stage.get_by_label("Depth", exact=True)
    depth.focus()
    stage.keyboard.press("ArrowLeft")
    show(stage, scene_of(residual(), read_view(said(stage, "view")[-1])))
    expect(depth).to_be_focused()
    node(stage, "se").focus()
    stage.keyboard.press("+")
    show(stage, scene_of(residual(), read_view(said(stage, "view")[-1])))
    expect(stage.locator("svg.bl-graph .node.selected:focus")).to_have_count(1)
    made = stage.locator(".code code[role=button]", has_text="self.conv2 =")
    made.focus()
    stage.keyboard.press("Enter")
    expect(stage.locator(".pane.details h3")).to_have_text("conv2")
    stage.keyboard.press("ArrowUp")
    expect(made).not_to_be_focused()
    stage.keyboard.press("ArrowDown")
    expect(made).to_be_focused()


def test_folding_asks_for_a_drawing_and_keeps_the_selection_inside(stage):
    opened(stage, residual())
    node(stage, "fc1 · relu").click()
    stage.get_by_role("button", name="Fold se").click()
    asked = read_view(said(stage, "view")[-1])
    assert asked.folded == ("se",)
    folded = scene_of(residual(), asked)
    show(stage, folded)
    expect(stage.locator(".node", has_text="fc1")).to_have_count(0)
    expect(stage.locator(".node.selected")).to_contain_text("SE")
    expect(stage.locator(".pane.details")).to_contain_text("8 operations in one box: 1 × 16 × 8 × 8 → 1 × 16 × 8 × 8.")
    stage.get_by_role("button", name="Open this module").click()
    assert read_view(said(stage, "view")[-1]).opened == ("se",)
    stage.get_by_role("button", name="Only this block").click()
    assert read_view(said(stage, "view")[-1]) == View(depth=1)
    stage.locator(".zooms .turn").click()
    assert read_view(said(stage, "view")[-1]).direction == "LR"


def test_what_is_searched_is_marked_and_gone_through(stage):
    opened(stage, residual())
    field = stage.get_by_role("searchbox")
    field.fill("bn")
    expect(stage.locator(".node.found")).to_have_count(2)
    field.press("Enter")
    field.press("Enter")
    expect(stage.locator(".pane.details h3")).to_have_text("bn2")
    show(stage, scene_of(residual(), View(direction="LR")))
    expect(stage.locator(".node.found")).to_have_count(2)
    field.fill("zzz")
    expect(stage.locator(".hits")).to_have_text("nothing found")


def test_playing_walks_to_the_end_and_shapes_grow(stage):
    opened(stage, residual())
    stage.locator(".playback input").fill("0")
    expect(stage.locator(".pane.details h3")).to_have_text("x")
    stage.get_by_role("button", name="Step on").click()
    expect(stage.locator(".pane.details h3")).to_have_text("conv1")
    expect(stage.locator(".strip .now")).to_have_text("16×8×8")
    stage.get_by_role("button", name="Play").click()
    expect(stage.locator(".pane.details h3")).not_to_have_text("conv1")
    stage.get_by_role("button", name="Pause").click()
    stage.locator(".code li", has_text="return x * y.view").click()
    expect(stage.locator(".strip .now")).to_have_text("16×1×1 ⇉ 16×8×8")
    stage.locator(".code li", has_text="out += self.shortcut(x)").click()
    stage.locator(".node.round", has_text="+").click()
    expect(stage.locator(".strip .now")).to_have_text("↻ 16×8×8")


def test_costs_colour_the_drawing(stage):
    opened(stage, residual())
    stage.get_by_role("combobox").select_option("params")
    heats = {
        name: stage.locator(".node", has_text=name).first.evaluate("node => parseFloat(node.style.getPropertyValue('--heat'))")
        for name in ("conv2", "fc1", "pool")
    }
    assert heats["conv2"] > heats["fc1"] > heats["pool"] == 0
    stage.get_by_role("tab", name="Steps").click()
    assert [(news["heat"], news["tab"]) for news in said(stage, "selected")] == [("params", "code"), ("params", "steps")]
    show(stage, scene_of(residual()), heat="macs", tab="code")
    expect(stage.get_by_role("combobox")).to_have_value("macs")
    expect(stage.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")


def test_a_failure_is_red_in_every_pane(stage):
    show(stage, scene_of(broken()))
    expect(stage.locator(".node.failed.selected")).to_contain_text("+")
    expect(stage.locator(".edge.failing")).to_have_count(2)
    expect(stage.locator(".code li.failed .chip")).to_have_text("16×8×8 ✗ 16×16×16")
    expect(stage.get_by_role("alert")).to_contain_text("Here it stops.")
    expect(stage.locator(".pane.details")).to_contain_text("1 × 16 × 16 × 16")


def test_names_that_try_to_break_out_are_text(stage):
    alerts: list[str] = []
    stage.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    subject = hostile()
    show(stage, scene_of(subject), texts={"1": "<img src=x onerror=alert(1)>"})
    for place in (".node", "table.steps", ".code"):
        expect(stage.locator(place, has_text="<img src=x onerror=alert(").first).to_be_attached()
    stage.locator(".node", has_text="onerror").first.click()
    expect(stage.locator(".pane.details h3")).to_contain_text("<img src=x")
    assert stage.evaluate("() => document.querySelector('#host').shadowRoot.querySelectorAll('img, a, script').length") == 0
    assert alerts == []


def test_drawing_picture_and_report_can_be_taken_away_and_open(stage, new_page, tmp_path):
    opened(stage, residual(), texts={"1": "A </script><b> sentence."})

    def take(label: str) -> Any:
        stage.locator(".menu summary").click()
        with stage.expect_download() as download:
            stage.get_by_role("button", name=label).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    svg = take("Drawing as SVG")
    assert "conv1" in "".join(ET.parse(svg).getroot().itertext())
    png = take("Picture as PNG").read_bytes()
    size = stage.locator("svg.bl-graph").evaluate("svg => [svg.width.baseVal.value, svg.height.baseVal.value]")
    assert [int.from_bytes(png[at : at + 4], "big") for at in (16, 20)] == [2 * side for side in size]
    report = take("Report")
    assert report.stat().st_size < 2_000_000
    page = new_page(width=1100, height=800)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"file://{report}")
    assert errors == []
    page.get_by_role("button", name="Show all").click()
    node(page, "fc1 · relu").click()
    expect(page.locator(".pane.details h3")).to_have_text("fc1 · relu")
    expect(page.get_by_role("button", name="Fold se")).to_have_count(0)
    expect(page.locator(".code li.chosen")).to_contain_text("self.fc1(y)")
    page.emulate_media(media="print")  # everything below each other, nothing to press, the whole drawing
    expect(page.locator("table.steps tr.chosen")).to_contain_text("fc1")
    expect(page.locator(".playback, .tabs, .tools, .zooms").locator("visible=true")).to_have_count(0)
    drawn, pane = (page.locator(place).bounding_box() for place in ("svg.bl-graph", ".pane.graph"))
    assert pane["x"] <= drawn["x"]
    assert drawn["x"] + drawn["width"] <= pane["x"] + pane["width"]
    assert drawn["y"] + drawn["height"] <= pane["y"] + pane["height"]
    assert errors == []


def test_files_from_the_server_are_saved_once(stage):
    file = {"key": 1, "name": "a.md", "text": "| a |", "type": "text/markdown"}
    scene = scene_of(residual())
    with stage.expect_download() as download:
        show(stage, scene, exports=[["markdown", "Table as Markdown"]], file=file)
    assert download.value.suggested_filename == "a.md"
    stage.locator(".menu summary").click()
    stage.get_by_role("button", name="Table as Markdown").click()
    assert said(stage, "wanted") == ["markdown"]


def test_a_file_that_cannot_be_made_is_explained(stage):
    show(stage, scene_of(residual()), exports=[["onnx", "ONNX"]])
    stage.locator(".menu summary").click()
    stage.get_by_role("button", name="ONNX").click()
    expect(stage.locator(".news")).to_have_text("Making the file …")
    show(stage, scene_of(residual()), exports=[["onnx", "ONNX"]], file={"key": 1, "said": "pip install <b>onnx</b>"})
    expect(stage.locator(".news")).to_have_text("pip install <b>onnx</b>")


def test_bytes_arrive_as_they_are(stage, tmp_path):
    file = {"key": 1, "name": "a.onnx", "base64": "AP8Q", "type": "application/octet-stream"}
    with stage.expect_download() as download:
        show(stage, scene_of(residual()), file=file)
    download.value.save_as(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"\x00\xff\x10"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("subject", [residual, broken], ids=["works", "fails"])
def test_axe_finds_nothing(new_page, theme, subject):
    page = mount(new_page(width=1100, height=800, theme=theme))
    show(page, scene_of(subject()), texts={str(line_of("self.conv1(x)")): "A sentence."})
    page.get_by_role("tab", name="Steps").click()
    assert violations(page) == []


def test_a_phone_has_the_same_panes_behind_tabs(new_page):
    page = mount(new_page(width=390, height=844))
    show(page, scene_of(residual(), lang="zh"))
    assert [tab.inner_text() for tab in page.get_by_role("tab").all()] == ["代码", "数据流", "步骤", "详情"]
    page.get_by_role("tab", name="步骤").click()
    page.get_by_role("button", name="conv2", exact=True).click()
    page.get_by_role("tab", name="详情").click()
    expect(page.locator(".pane.details h3")).to_have_text("conv2")
    page.get_by_role("tab", name="数据流").click()
    expect(page.locator(".node.selected")).to_be_in_viewport()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_everything_in_the_picture_is_in_the_table(stage):
    opened(stage, residual())
    nodes = stage.locator(".node").evaluate_all("nodes => nodes.map((node) => node.id)")
    rows = stage.locator("table.steps tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.id)")
    assert nodes == rows
    assert len(nodes) > 10


def test_values_are_drawn(stage):
    scene = scene_of(residual())
    values = {
        "step": scene["first"],
        "notes": ["Random."],
        "stats": {"least": "−1", "mean": "0", "largest": "1", "deviation": "0.5", "zeros": "10.0%"},
        "bins": [1, 4, 2],
        "pictures": [{"title": "Channels", "width": 2, "height": 1, "signed": True, "tiles": [["0", "AP8="]]}],
    }
    show(stage, scene, values=[values])
    stage.get_by_role("button", name="Show all").click()
    expect(stage.locator(".values")).to_contain_text("Random.")
    expect(stage.locator(".bars u")).to_have_count(3)
    pixels = stage.locator(".tiles img").evaluate("""async (image) => {
      await image.decode();
      const pen = Object.assign(document.createElement("canvas"), { width: 2, height: 1 }).getContext("2d");
      pen.drawImage(image, 0, 0);
      return [...pen.getImageData(0, 0, 2, 1).data].filter((_, n) => n % 4 < 3);
    }""")
    assert pixels == [54, 72, 201, 194, 40, 90]
    node(stage, "conv1").click()
    expect(stage.locator(".values")).to_have_count(0)


def test_the_numbers_are_asked_for_once_the_drawing_is_there(stage):
    scene = scene_of(residual())
    show(stage, scene, id="a", values_follow=True)
    expect(stage.locator(".values.waits")).to_have_text("Computing the values …")
    first = {"step": "", "ahead": "", "has": ["a"], "heat": "", "tab": "code"}
    assert said(stage, "selected") == [first], "nobody has selected anything"
    stage.get_by_role("button", name="Step on").click()
    assert said(stage, "selected")[1:] == [{**first, "step": stage.locator(".node.selected").get_attribute("id")}]


def test_a_scene_is_sent_once_and_asked_for_where_it_is_lost(stage):
    scene = scene_of(residual())
    show(stage, scene, id="a")
    show(stage, scene_of(residual(), View(1)), id="b")
    expect(stage.locator(".node", has_text="fc1")).to_have_count(0)
    show(stage, None, id="a")
    expect(stage.locator(".node", has_text="fc1")).to_have_count(1)
    assert said(stage, "selected") == []
    show(stage, None, id="c")
    expect(stage.locator(".node", has_text="fc1")).to_have_count(1)
    assert said(stage, "selected") == [{"step": "", "ahead": "", "has": []}]


def test_a_link_names_the_step(stage):
    scene = scene_of(residual())
    wanted = next(step["id"] for step in scene["steps"] if step["name"] == "conv2")
    show(stage, scene, selected=wanted)
    expect(stage.locator(".pane.details h3")).to_have_text("conv2")
    expect(stage.locator(".node.selected")).to_be_in_viewport()
    assert re.fullmatch("c[0-9]+", wanted)


def test_a_thousand_boxes_are_drawn_panned_and_listed(stage):
    opened(stage, long_chain(1000))
    expect(stage.locator(".node")).to_have_count(1202)
    expect(stage.locator("table.steps tbody tr")).to_have_count(0)
    stage.get_by_role("tab", name="Steps").click()
    expect(stage.locator("table.steps tbody tr")).to_have_count(1202)
    before = stage.locator("svg.bl-graph").evaluate("svg => svg.style.transform")
    box = stage.locator(".view").bounding_box()
    stage.mouse.move(box["x"] + 40, box["y"] + 200)
    stage.mouse.down()
    stage.mouse.move(box["x"] + 40, box["y"] + 90, steps=5)
    stage.mouse.up()
    assert stage.locator("svg.bl-graph").evaluate("svg => svg.style.transform") != before
    assert [news["step"] for news in said(stage, "selected")] == [""], "dragging selects nothing"
