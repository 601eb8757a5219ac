"""The Blocks page, as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import open_page, settle, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def block(app_url, new_page) -> Page:
    page = new_page()
    open_page(page, f"{app_url}/blocks")
    expect(page.locator("svg.bl-graph")).to_be_visible()
    return page


def drag_slider(page: Page, name: str, start: int, end: int, stops: int) -> None:
    """Drags the thumb of a knob's slider from one of its stops to another."""
    track = page.locator(f".st-key-{name}-slider [data-testid=stSlider] [style*='touch-action']").first.bounding_box()
    assert track
    y = track["y"] + track["height"] / 2
    page.mouse.move(track["x"] + track["width"] * start / (stops - 1), y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * end / (stops - 1), y, steps=12)
    page.mouse.up()
    settle(page)


def heatmap(page: Page) -> dict[str, object]:
    """The data of the heatmap as plotly holds them."""
    # one that was still being drawn when the next came may stay in the page, hidden
    expect(page.locator(".st-key-gate-heatmap .js-plotly-plot .hm").filter(visible=True)).to_have_count(1)
    return page.evaluate(
        """() => {
          const {z, customdata} = document.querySelector('.st-key-gate-heatmap .js-plotly-plot').data[0];
          const rows = z._inputArray ? [...z] : z;
          return {count: [...customdata].flat().length, least: Math.min(...rows.flatMap((r) => [...r])),
                  largest: Math.max(...rows.flatMap((r) => [...r]))};
        }"""
    )


def test_dragging_the_channels_changes_parameters_graph_and_heatmap(block):
    facts = block.locator(".bl-facts")
    expect(facts).to_contain_text("580")
    assert heatmap(block)["count"] == 64
    drag_slider(block, "channels", 2, 4, stops=7)  # 16 ... 64 ... 256 ... 1024
    expect(block.locator(".st-key-channels input").first).to_have_value("256")
    expect(facts).to_contain_text("8,464")  # 256 * 16 + 16 + 16 * 256 + 256
    expect(facts).to_contain_text("1 × 256 × 56 × 56")
    graph = block.locator("svg.bl-graph")
    expect(graph).to_contain_text("256×1×1 ⇉ 256×56×56")
    expect(graph).to_contain_text("4,112")
    wait_until(block, "document.querySelector('.st-key-gate-heatmap .js-plotly-plot').data[0].z.length === 16")
    found = heatmap(block)
    assert found["count"] == 256
    assert 0 < found["least"] < 0.5 < found["largest"] < 1
    expect(block.locator(".st-key-pane-gate")).to_contain_text("Untrained weights.")
    expect(block).to_have_url(re.compile("channels=256"))


def test_a_selected_step_shows_its_line_its_product_and_its_values(block):
    block.locator("svg.bl-graph .node", has_text="reduce").click()
    settle(block)
    details = block.locator(".pane.details")
    expect(details).to_contain_text("gate = torch.relu(self.reduce(gate))")
    expect(details).to_contain_text("4 × 64 × 1 × 1 + 4 = 260")
    expect(details.locator(".values")).to_contain_text("Weights: a matrix, from −")
    expect(details.locator(".tiles img")).to_have_count(2)
    expect(block.locator(".code .chosen")).to_contain_text("self.reduce")
    expect(block).to_have_url(re.compile("step=c2"))
    block.locator("svg.bl-graph .node", has_text="reduce").focus()
    block.keyboard.press("ArrowDown")
    block.keyboard.press("Enter")
    settle(block)
    expect(block.locator(".code .chosen")).to_contain_text("self.expand")
    expect(block).to_have_url(re.compile("step=c3"))
    block.reload()
    settle(block)
    expect(block.locator(".pane.details h3")).to_have_text("expand · sigmoid")


def test_the_direction_is_turned_by_the_server_and_stands_in_the_link(block):
    tall = block.locator("svg.bl-graph").evaluate("svg => svg.clientWidth < svg.clientHeight")
    block.get_by_role("button", name="To the right").click()
    expect(block.get_by_role("button", name="Downwards")).to_be_visible()
    assert tall
    assert block.locator("svg.bl-graph").evaluate("svg => svg.clientWidth > svg.clientHeight")
    expect(block).to_have_url(re.compile("dir=LR"))


def test_a_report_looks_and_works_as_the_viewer_does(block, new_page, tmp_path):
    expect(block.locator(".pane.details .values img").first).to_be_visible()
    block.locator(".menu summary").click()
    with block.expect_download() as download:
        block.get_by_role("button", name="Report as one HTML file").click()
    download.value.save_as(tmp_path / "report.html")
    report = new_page()
    report.goto(f"file://{tmp_path}/report.html")
    expect(report.locator(".panes")).to_have_css("display", "grid")
    expect(report.locator(".pane.details .values img").first).to_be_visible()
    for pane in ("code", "graph", "details"):
        expect(report.locator(f".pane.{pane}")).to_be_in_viewport()
    report.locator("svg.bl-graph .node", has_text="reduce").click()
    expect(report.locator(".code .chosen")).to_contain_text("self.reduce")
    expect(report.locator(".pane.details .values")).to_have_count(0)  # nobody is there to compute them


def test_a_table_is_saved_by_the_server(block):
    block.locator(".menu summary").click()
    with block.expect_download() as download:
        block.get_by_role("button", name="Table as Markdown").click()
    assert download.value.suggested_filename == "SqueezeExcite.md"
    assert "| 1×4×1×1 | 260 |" in download.value.path().read_text("utf-8")


def test_a_reduction_that_leaves_no_channel_gets_a_sentence_and_the_last_result_stays(block):
    field = block.locator(".st-key-reduction input").first
    field.fill("100")
    field.press("Enter")
    settle(block)
    expect(block.get_by_role("alert")).to_contain_text("64 channels divided by 100 leave no hidden channel")
    expect(block.get_by_text("Still shown: the last settings that worked.")).to_be_visible()
    expect(block.locator(".bl-facts")).to_contain_text("580")
    expect(field).to_have_value("100")


def test_sizes_that_no_memory_could_hold_answer_and_only_the_gate_declines(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/blocks?channels=4096&h=1024&w=1024&n=64")
    expect(page.locator(".bl-facts")).to_contain_text("64 × 4096 × 1024 × 1024")
    expect(page.locator("svg.bl-graph")).to_contain_text("4096×1024×1024")
    expect(page.locator(".st-key-pane-gate")).to_contain_text("Not computed.")
    expect(page.locator(".st-key-pane-gate")).to_contain_text("this server gives 512 MiB")


def test_the_steps_and_the_torchinfo_table_can_be_read(block):
    block.get_by_role("tab", name="Steps").click()
    rows = block.locator("table.steps tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.nth(2)).to_contain_text("1×4×1×1")
    block.get_by_text("The same as a torchinfo table, to copy").click()
    expect(block.get_by_test_id("stExpander").get_by_test_id("stCode")).to_contain_text("Total params: 580")


def test_the_link_restores_everything(app_url, new_page):
    page = new_page()
    open_page(page, f"{app_url}/blocks?channels=30&reduction=5&h=8&w=9&n=2&seed=7&lang=zh")
    expect(page.locator(".bl-facts")).to_contain_text("2 × 30 × 8 × 9")
    expect(page.locator(".st-key-seed input")).to_have_value("7")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.reload()
    settle(page)
    expect(page.locator(".bl-facts")).to_contain_text("2 × 30 × 8 × 9")
