"""The window picture in a real browser: its sums against torch, its counts against the arithmetic, and every way to use it."""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
from math import inf

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Page, expect

from explainer.arithmetic import (
    Axis,
    adaptive_pool_layer,
    avg_pool_layer,
    conv_layer,
    conv_transpose_layer,
    lp_pool_layer,
    max_pool_layer,
)
from explainer.render.window_scene import window_scene
from tests.browser.accessibility import violations
from tests.browser.serving import ROOT, settle, wait_until_healthy

pytestmark = pytest.mark.browser

FOLDER = ROOT / "ui" / "components" / "window_picture"
SCRIPT = "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in ("model", "board", "words", "window_picture"))
PAGE = """<!doctype html><html lang="en"><title>t</title><meta name="viewport" content="width=device-width">
<style>:root{color-scheme:light dark}body{margin:0;background:light-dark(#fff,#191d26)}%s</style>
<main class="stApp"><h1>t</h1><div id="host"></div></main>"""
MOUNT = """css => { const root = document.querySelector("#host").attachShadow({ mode: "open" });
root.innerHTML = `<style>${css}</style><div class="wp"></div>`; window.reported = [];
window.show = async (scene, chosen) => { picture({ data: [{ scene, chosen }], parentElement: root,
  setStateValue: (name, value) => reported.push([name, value]) });
  await new Promise(requestAnimationFrame); }; }"""
READ = """async ([side, places]) => { const root = document.querySelector("#host").shadowRoot;
const board = root.querySelector(".board." + side); const said = [];
const [rows, columns] = ["aria-rowcount", "aria-colcount"].map((name) => +board.querySelector(".grid").getAttribute(name));
for (const [r, c] of places) { const box = board.getBoundingClientRect();
  board.dispatchEvent(new PointerEvent("pointermove", { bubbles: true,
    clientX: box.left + ((c + 0.5) * box.width) / columns, clientY: box.top + ((r + 0.5) * box.height) / rows }));
  await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
  const text = (name) => root.querySelector(".sum ." + name)?.textContent ?? "";
  said.push([text("name"), text("result"), text("reach"), root.querySelectorAll(".index .tap").length]); }
return said; }"""
GRID = """name => [...document.querySelector("#host").shadowRoot.querySelectorAll(`.board.${name} .row`)].map((row) =>
  [...row.children].map((cell) => /: (\\S+?)(?:,|$)/.exec(cell.ariaLabel)[1]))"""


def mount(page: Page) -> Page:
    style = (ROOT / "ui" / "style.css").read_text("utf-8")
    page.goto("about:blank")
    page.set_content(PAGE % style.split("/* Frame")[0])
    page.add_script_tag(content=SCRIPT.replace("export default function", "window.picture = function"), type="module")
    page.wait_for_function("() => Boolean(window.picture)")
    page.evaluate(MOUNT, (FOLDER / "window_picture.css").read_text("utf-8"))
    return page


@pytest.fixture(scope="module")
def shared(browser):
    """One page, and one component, for the tests that only look."""
    page = browser.new_page(viewport={"width": 900, "height": 1000})
    page.set_default_timeout(20_000)
    yield mount(page)
    page.close()


@pytest.fixture
def stage(shared):
    """A component of its own."""
    shared.set_viewport_size({"width": 900, "height": 1000})
    return mount(shared)


def show(page: Page, layer, shape, chosen=None, lang="en") -> None:
    page.evaluate("([scene, chosen]) => show(scene, chosen)", [json.loads(json.dumps(window_scene(layer, shape, lang))), chosen])


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def grid(page: Page, name: str) -> torch.Tensor:
    """The numbers of a grid as its labels say them."""
    return torch.tensor([[number(text) for text in row] for row in page.evaluate(GRID, name)])


def value(result: str) -> float:
    return number(result.rsplit("= ", 1)[1].split(" ")[0])


def window_settings(pick: random.Random, kernel_most: int = 4) -> dict[str, tuple[int, int]]:
    return {
        name: (pick.randint(low, high), pick.randint(low, high))
        for name, low, high in (("kernel_size", 1, kernel_most), ("stride", 1, 3), ("padding", 0, 2), ("dilation", 1, 3))
    }


def plane(page: Page, name: str, size: tuple[int, int], cut: tuple[int, int]) -> torch.Tensor:
    """The input without its padding, as a batch of one channel."""
    found = grid(page, name)
    return found[cut[0] : cut[0] + size[0], cut[1] : cut[1] + size[1]][None, None]


def check_outputs(page: Page, side: str, expected: torch.Tensor, cut: tuple[int, int], pick: random.Random) -> None:
    high, wide = expected.shape[-2:]
    places = [(pick.randrange(high), pick.randrange(wide)) for _ in range(6)]
    said = page.evaluate(READ, [side, [(r + cut[0], c + cut[1]) for r, c in places]])
    for (r, c), (name, result, _, _) in zip(places, said, strict=True):
        assert name == f"output ({r}, {c})"
        assert value(result) == pytest.approx(expected[0, 0, r, c].item(), abs=0.00501), (name, result)


@pytest.mark.parametrize("seed", range(6))
def test_sums_of_a_convolution_are_those_of_torch(shared, seed):
    pick = random.Random(seed)
    settings, mode = window_settings(pick), pick.choice(("zeros", "zeros", "reflect", "replicate", "circular"))
    size = pick.randint(10, 14), pick.randint(10, 14)
    layer = conv_layer(2, 1, 1, **settings, bias=bool(seed % 2), padding_mode=mode)
    show(shared, layer, (1, 1, *size))
    x, weight = plane(shared, "field", size, settings["padding"]), grid(shared, "kernel")[None, None]
    sides = [side for cells in reversed(settings["padding"]) for side in (cells, cells)]
    padded = F.pad(x, sides, "constant" if mode == "zeros" else mode)
    expected = F.conv2d(padded, weight, torch.ones(1) if seed % 2 else None, settings["stride"], 0, settings["dilation"])
    assert torch.equal(grid(shared, "index"), expected[0, 0])
    check_outputs(shared, "index", expected, (0, 0), pick)


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_a_transposed_convolution_are_those_of_torch(shared, seed):
    pick = random.Random(seed)
    settings = window_settings(pick)
    settings["padding"] = tuple(min(pad, (kernel - 1) * gap) for pad, kernel, gap in
                                zip(settings["padding"], settings["kernel_size"], settings["dilation"], strict=True))  # fmt: skip
    extra = tuple(pick.randrange(max(pair)) for pair in zip(settings["stride"], settings["dilation"], strict=True))
    size = pick.randint(2, 5), pick.randint(2, 5)
    layer = conv_transpose_layer(2, 1, 1, **settings, output_padding=extra, bias=bool(seed % 2))
    show(shared, layer, (1, 1, *size))
    x, weight = grid(shared, "index")[None, None], grid(shared, "kernel")[None, None]
    bias = torch.ones(1) if seed % 2 else None
    expected = F.conv_transpose2d(x, weight, bias, settings["stride"], settings["padding"], extra, 1, settings["dilation"])
    assert torch.equal(plane(shared, "field", expected.shape[-2:], settings["padding"]), expected)
    check_outputs(shared, "field", expected, settings["padding"], pick)


@pytest.mark.parametrize("seed", range(8))
def test_values_of_a_pool_are_those_of_torch(shared, seed):
    pick = random.Random(seed)
    kernel = pick.randint(2, 4), pick.randint(2, 4)
    padding = tuple(pick.randint(0, size // 2) for size in kernel)
    size, stride, ceil = (pick.randint(7, 11), pick.randint(7, 11)), pick.randint(1, 3), bool(seed % 2)
    if seed % 4 < 2:
        dilation = pick.randint(1, 2)
        layer = max_pool_layer(2, kernel, stride, padding, dilation, ceil_mode=ceil)
        torchs = torch.nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil)
    else:
        counted, divisor = bool(seed % 3), (5 if seed > 5 else None)
        layer = avg_pool_layer(2, kernel, stride, padding, ceil, counted, divisor)
        torchs = torch.nn.AvgPool2d(kernel, stride, padding, ceil, counted, divisor)
    show(shared, layer, (1, 1, *size))
    expected = torchs(plane(shared, "field", size, padding))
    assert torch.allclose(grid(shared, "index"), expected[0, 0], atol=0.00501)
    check_outputs(shared, "index", expected, (0, 0), pick)


@pytest.mark.parametrize(
    ("layer", "torchs"),
    [
        (adaptive_pool_layer("Avg", 2, (4, 3)), torch.nn.AdaptiveAvgPool2d((4, 3))),
        (adaptive_pool_layer("Max", 2, (12, 7)), torch.nn.AdaptiveMaxPool2d((12, 7))),
        (lp_pool_layer(2, 2, 3, 2), torch.nn.LPPool2d(2, 3, 2)),
        (lp_pool_layer(2, 3, 3, 2, ceil_mode=True), torch.nn.LPPool2d(3, 3, 2, ceil_mode=True)),
        (lp_pool_layer(2, inf, 3, 2), torch.nn.LPPool2d(inf, 3, 2)),
    ],
    ids=["average bins", "maximum bins", "norm 2", "norm 3 over the end", "infinite norm"],
)
def test_other_pools_are_those_of_torch(shared, layer, torchs):
    show(shared, layer, (1, 1, 10, 8))
    expected = torchs(plane(shared, "field", (10, 8), (0, 0)))
    check_outputs(shared, "index", expected, (0, 0), random.Random(0))


def test_one_row_is_that_of_torch(shared):
    show(shared, conv_layer(1, 1, 1, 3, stride=2, padding=2, dilation=2, bias=False), (1, 1, 11))
    x = grid(shared, "field")[:, 2:13]
    expected = F.conv1d(x[None], grid(shared, "kernel")[None], None, 2, 2, 2)
    assert torch.equal(grid(shared, "index"), expected[0])
    assert shared.evaluate(READ, ["index", [(0, 1)]])[0][0] == "output 1"


@pytest.mark.parametrize("seed", range(4))
def test_an_input_says_how_many_outputs_read_it(shared, seed):
    pick = random.Random(seed)
    settings = window_settings(pick)
    size = pick.randint(10, 14), pick.randint(10, 14)
    layer = conv_layer(2, 1, 1, **settings)
    show(shared, layer, (1, 1, *size))
    axes: tuple[Axis, ...] = layer.axes(size)
    places = [tuple(pick.randrange(axis.padded) for axis in axes) for _ in range(8)]
    for place, (_, _, reach, marked) in zip(places, shared.evaluate(READ, ["field", places]), strict=True):
        found = [axis.reached_by(at - axis.padding[0]) for axis, at in zip(axes, place, strict=True)]
        count = len(found[0]) * len(found[1])
        spoken = {0: "no window reaches it", 1: "read by 1 output"}.get(count, f"read by {count} outputs")
        assert (reach, marked) == (spoken, count)


def test_the_padding_shows_the_value_that_is_read(shared):
    show(shared, conv_layer(2, 1, 1, 3, padding=2, padding_mode="reflect"), (1, 1, 7, 6))
    shown = grid(shared, "field")
    assert torch.equal(shown[None], F.pad(shown[None, 2:9, 2:8], (2, 2, 2, 2), "reflect"))
    show(shared, max_pool_layer(2, 3, padding=1), (1, 1, 6, 6))
    assert grid(shared, "field")[0].eq(-torch.inf).all()


# ---- hands


def cell(page: Page, board: str, row: int, column: int):
    return page.locator(f".board.{board} .row").nth(row).locator(".cell").nth(column)


def show_mock(page: Page, chosen=None) -> None:
    show(page, conv_layer(2, 3, 8, 3, stride=3, padding=1), (1, 3, 12, 12), chosen)


def test_hovering_looks_and_leaving_comes_back(stage):
    show_mock(stage)
    expect(stage.locator(".sum .name")).to_have_text("output (1, 1)")
    cell(stage, "index", 0, 2).hover()
    expect(stage.locator(".sum .name")).to_have_text("output (0, 2)")
    expect(stage.locator(".field .tap")).to_have_count(9)
    cell(stage, "field", 5, 5).hover()
    expect(stage.locator(".sum .name")).to_contain_text("input (4, 4) =")
    stage.locator("h1").hover()
    expect(stage.locator(".sum .name")).to_have_text("output (1, 1)")
    assert stage.evaluate("reported") == []


def test_a_click_chooses_and_is_reported_once(stage):
    show_mock(stage)
    cell(stage, "index", 2, 3).click()
    stage.locator("h1").hover()
    expect(stage.locator(".sum .name")).to_have_text("output (2, 3)")
    expect(stage.locator(".steps")).to_have_text("step 12 of 16")
    assert stage.evaluate("reported") == [["chosen", [2, 3]]]


def test_the_page_chooses_and_a_choice_out_of_reach_is_cut(stage):
    show_mock(stage, [3, 0])
    expect(stage.locator(".sum .name")).to_have_text("output (3, 0)")
    show_mock(stage, [9, 9])
    expect(stage.locator(".sum .name")).to_have_text("output (3, 3)")


def test_each_grid_is_one_tab_stop_with_arrows(stage):
    show_mock(stage)
    for board in ("field", "index", "kernel", "bias"):
        expect(stage.locator(f".board.{board} [tabindex='0']")).to_have_count(1)
    stage.locator(".index [tabindex='0']").focus()
    for key, name in (("ArrowRight", "1, 2"), ("ArrowDown", "2, 2"), ("Home", "2, 0"), ("ArrowLeft", "2, 0"),
                      ("End", "2, 3"), ("Control+Home", "0, 0"), ("Control+End", "3, 3")):  # fmt: skip
        stage.keyboard.press(key)
        expect(stage.locator(".sum .name")).to_have_text(f"output ({name})")
    expect(stage.locator(".live")).to_contain_text("output (3, 3), rows 8–10, columns 8–10, =")
    stage.keyboard.press("Enter")
    assert stage.evaluate("reported") == [["chosen", [3, 3]]]


def test_labels_say_place_and_value(stage):
    show_mock(stage)
    expect(cell(stage, "field", 6, 6)).to_have_attribute("aria-label", "row 5, column 5: 8")
    expect(cell(stage, "field", 0, 1)).to_have_attribute("aria-label", "padding, row −1, column 0: 0")
    expect(cell(stage, "field", 13, 2)).to_have_attribute("aria-label", re.compile("no window reaches it"))
    expect(cell(stage, "kernel", 1, 0)).to_have_attribute("aria-label", "weight, row 1, column 0: −2")
    expect(stage.get_by_role("grid", name="output 4 × 4")).to_be_visible()


def test_a_number_is_typed_into_the_input(stage):
    show_mock(stage)
    cell(stage, "field", 4, 4).click()
    stage.keyboard.type("-7")
    stage.keyboard.press("Enter")
    expect(cell(stage, "field", 4, 4)).to_have_text("−7")
    expect(cell(stage, "field", 4, 4)).to_be_focused()
    expect(stage.get_by_label("input", exact=True)).to_have_value("custom")
    stage.keyboard.press("Enter")
    stage.get_by_label("New value").fill("five")
    stage.keyboard.press("Enter")
    expect(cell(stage, "field", 4, 4)).to_have_text("−7")
    stage.keyboard.press("Enter")
    stage.get_by_label("New value").fill("3")
    stage.keyboard.press("Escape")
    expect(cell(stage, "field", 4, 4)).to_have_text("−7")
    stage.get_by_label("input", exact=True).select_option("ones")
    expect(cell(stage, "field", 4, 4)).to_have_text("1")


def test_padding_is_not_edited(stage):
    show_mock(stage)
    cell(stage, "field", 0, 1).click()
    stage.keyboard.press("Enter")
    expect(stage.get_by_label("New value")).to_have_count(0)


def test_the_infinite_norm_compares_without_the_sign(stage):
    show(stage, lp_pool_layer(2, inf, 3, 3), (1, 1, 9, 9))
    cell(stage, "field", 0, 0).dblclick()
    stage.get_by_label("New value").fill("-50")
    stage.keyboard.press("Enter")
    assert grid(stage, "index")[0, 0] == 50
    cell(stage, "index", 0, 0).hover()
    expect(stage.locator(".sum .terms")).to_contain_text("|−50|")
    expect(stage.locator(".sum .top")).to_have_count(1)


def test_the_kernel_is_edited_and_presets_replace_it(stage):
    show_mock(stage)
    cell(stage, "kernel", 0, 0).dblclick()
    stage.get_by_label("New value").fill("10")
    stage.locator("h1").click()
    expect(cell(stage, "kernel", 0, 0)).to_have_text("10")
    expect(stage.locator(".sum .terms")).to_contain_text("·10")
    kernel = stage.get_by_label("kernel", exact=True)
    expect(kernel).to_have_value("custom")
    kernel.select_option("blur")
    expect(cell(stage, "kernel", 0, 0)).to_have_text("1/9")
    kernel.select_option("identity")
    assert grid(stage, "kernel").tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    kernel.select_option("sharpen")
    assert grid(stage, "kernel").tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    kernel.select_option("edge")
    assert grid(stage, "kernel").tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    cell(stage, "bias", 0, 0).dblclick()
    stage.get_by_label("New value").fill("-4")
    stage.keyboard.press("Enter")
    expect(stage.locator(".result")).to_contain_text("+ (−4) (bias)")


def test_steps_move_the_window_and_stay_at_the_ends(stage):
    show_mock(stage, [0, 1])
    stage.get_by_role("button", name="Step forward").click()
    expect(stage.locator(".sum .name")).to_have_text("output (0, 2)")
    for _ in range(4):
        stage.get_by_role("button", name="Step back").click()
    expect(stage.locator(".sum .name")).to_have_text("output (0, 0)")
    stage.get_by_role("slider").fill("15")
    expect(stage.locator(".sum .name")).to_have_text("output (3, 3)")
    expect(stage.get_by_role("slider")).to_have_attribute("aria-valuetext", "step 16 of 16")
    assert stage.evaluate("reported") == []


def test_playing_fills_the_output_and_pauses(stage):
    show_mock(stage, [3, 1])
    stage.get_by_role("button", name="Play").click()
    expect(cell(stage, "index", 3, 3)).to_have_text("·")
    expect(stage.get_by_role("button", name="Pause")).to_be_visible()
    show_mock(stage, [3, 1])
    expect(stage.get_by_role("button", name="Play")).to_be_visible(timeout=4000)
    expect(stage.locator(".steps")).to_have_text("step 16 of 16")
    expect(cell(stage, "index", 3, 3)).not_to_have_text("·")
    stage.locator(".index [tabindex='0']").focus()
    stage.keyboard.press(" ")
    expect(stage.locator(".steps")).to_have_text(re.compile(r"step [12] of 16"))
    stage.keyboard.press(" ")
    expect(stage.get_by_role("button", name="Play")).to_be_visible()


def test_a_transposed_convolution_adds_up_while_it_plays(stage):
    show(stage, conv_transpose_layer(2, 1, 1, 3, stride=2, bias=False), (1, 1, 4, 4), [0, 0])
    stage.get_by_label("input", exact=True).select_option("ones")
    expect(stage.locator(".sum")).to_contain_text("is multiplied by the kernel and added to")
    stage.get_by_role("button", name="Play").click()
    expect(cell(stage, "field", 8, 8)).to_have_text("0")
    stage.get_by_role("button", name="Pause").click()
    expect(cell(stage, "field", 8, 8)).to_have_text("1")
    cell(stage, "field", 2, 2).hover()
    expect(stage.locator(".sum .reach")).to_have_text("fed by 4 inputs")


def test_who_wants_no_motion_gets_steps(browser):
    page = browser.new_page(reduced_motion="reduce")
    mount(page)
    show_mock(page)
    expect(page.get_by_role("button", name="Play")).to_have_count(0)
    page.locator(".index [tabindex='0']").focus()
    page.keyboard.press(" ")
    page.wait_for_timeout(1500)  # longer than a step of the animation
    expect(page.locator(".steps")).to_have_text("step 7 of 16")
    page.close()


def test_numbers_survive_other_settings_of_the_same_size(stage):
    show_mock(stage)
    cell(stage, "field", 4, 4).click()
    stage.keyboard.type("5")
    stage.keyboard.press("Enter")
    cell(stage, "kernel", 2, 2).click()
    stage.keyboard.type("8")
    stage.keyboard.press("Enter")
    show(stage, conv_layer(2, 3, 8, 3, stride=1), (1, 3, 12, 12), lang="zh")
    expect(cell(stage, "field", 3, 3)).to_have_text("5")
    expect(cell(stage, "kernel", 2, 2)).to_have_text("8")
    show(stage, conv_layer(2, 3, 8, 5), (1, 3, 14, 12))
    expect(stage.get_by_label("input", exact=True)).to_have_value("blob")
    expect(stage.get_by_label("kernel", exact=True)).to_have_value("edge")


# ---- sizes

COUNT = "document.querySelector('#host').shadowRoot.querySelectorAll('*').length"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (conv_layer(2, 3, 64, 7, stride=2, padding=3), (1, 3, 224, 224)),
        (conv_layer(2, 3, 64, 3), (1, 3, 16384, 16384)),
        (conv_layer(2, 1, 1, 301, stride=7), (1, 1, 2000, 1999)),
        (conv_transpose_layer(2, 2, 1, 4, stride=2, padding=1), (1, 2, 112, 112)),
        (conv_layer(1, 1, 1, 9, stride=4), (1, 1, 16000)),
        (conv_layer(2, 1, 1, 3), (1, 1, 26, 26)),
    ],
    ids=["224", "16384", "a huge kernel", "transposed", "signal", "largest with cells"],
)
def test_a_large_picture_stays_small_and_answers(stage, layer, shape):
    show(stage, layer, shape)
    seen = set()
    for board in ("index", "field"):
        box = stage.locator(f".board.{board}").bounding_box()
        for share in (0.03, 0.31, 0.62, 0.97):
            stage.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
            stage.wait_for_timeout(40)
            seen.add(stage.locator(".sum .name").text_content())
    assert len(seen) == 8
    stage.get_by_role("button", name="Play").click()
    stage.wait_for_timeout(300)
    assert stage.evaluate(COUNT) < 1900


def test_a_large_grid_has_a_real_cell_under_the_focus(stage):
    show(stage, conv_layer(2, 1, 1, 3, padding=1), (1, 1, 224, 224))
    stage.locator(".board.index").click(position={"x": 5, "y": 5})
    expect(stage.locator(".index .cell")).to_be_focused()
    stage.keyboard.press("Control+Home")
    stage.keyboard.press("ArrowRight")
    expect(stage.locator(".index .cell")).to_have_attribute("aria-label", re.compile("^row 0, column 1: "))
    expect(stage.locator(".sum .name")).to_have_text("output (0, 1)")
    expect(stage.locator(".where")).to_contain_text("rows −1–9, columns −1–9")
    stage.locator(".field .cell").focus()
    stage.keyboard.type("7")
    stage.keyboard.press("Enter")
    expect(stage.locator(".field .cell")).to_have_attribute("aria-label", "row 0, column 0: 7")


@pytest.mark.parametrize("name", ["mock", "wide kernel", "large", "row"])
def test_nothing_is_wider_than_its_place(stage, name):
    layer, shape = {
        "mock": (conv_layer(2, 3, 8, 3, stride=3, padding=1), (1, 3, 12, 12)),
        "wide kernel": (conv_layer(2, 3, 64, 11), (1, 3, 30, 24)),
        "large": (conv_layer(2, 3, 64, 7, stride=2, padding=3), (1, 3, 224, 224)),
        "row": (conv_layer(1, 1, 1, 3), (1, 1, 26)),
    }[name]
    show(stage, layer, shape)
    for width in (320, 390, 640, 1280):
        stage.set_viewport_size({"width": width, "height": 900})
        stage.wait_for_timeout(60)
        assert stage.evaluate("document.documentElement.scrollWidth") <= width
        source, target = (stage.locator(f".board.{side}").bounding_box() for side in ("field", "index"))
        beside = target["x"] > source["x"] + source["width"]
        assert beside == (width >= 640 and name != "row")


@pytest.mark.parametrize("name", ["mock", "transposed", "large", "maximum", "row"])
def test_axe_finds_nothing(stage, name):
    layer, shape = {
        "mock": (conv_layer(2, 3, 8, 3, stride=3, padding=1), (1, 3, 12, 12)),
        "transposed": (conv_transpose_layer(2, 4, 4, 3, stride=2, padding=1, groups=2), (1, 4, 5, 5)),
        "large": (conv_layer(2, 3, 64, 7, stride=2, padding=3), (1, 3, 224, 224)),
        "maximum": (max_pool_layer(2, 3, stride=2, padding=1), (1, 16, 9, 9)),
        "row": (conv_layer(1, 2, 2, 3, padding=1, dilation=2), (1, 2, 16)),
    }[name]
    show(stage, layer, shape)
    cell(stage, "index", 0, 0).hover()
    for theme in ("light", "dark"):
        stage.emulate_media(color_scheme=theme)
        stage.wait_for_timeout(250)
        assert (theme, violations(stage)) == (theme, [])


# ---- in Streamlit

SERVER = ("--server.headless=true", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false")

APP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from explainer.arithmetic import conv_layer
from explainer.render.window_scene import window_scene
from ui.components.window_picture.component import window_picture
from ui.window_link import drawing
stride = 2 if st.toggle("stride 2", key="stride") else 3
asked = (0, 3) if st.toggle("ask", key="ask") else None
scene = window_scene(conv_layer(2, 3, 8, 3, stride=stride, padding=1), (1, 3, 12, 12), "en")
got = window_picture(scene, key="picture", chosen=asked, drawn=drawing(scene, "picture"), lang="en")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"got {{got}} in run {{st.session_state['runs']}}")
"""


@pytest.fixture(scope="module")
def harness(browser, tmp_path_factory):
    script = tmp_path_factory.mktemp("harness") / "harness.py"
    script.write_text(APP, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *SERVER]
    with subprocess.Popen([*command, f"--server.port={port}"], cwd=script.parent, stdout=subprocess.DEVNULL) as server:
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def switch(page: Page, key: str) -> None:
    page.locator(f".st-key-{key} label").click()
    settle(page)


def test_streamlit_hears_a_click_and_what_is_drawn_and_nothing_else(harness, new_page):
    page = new_page()
    page.goto(harness)
    expect(page.get_by_test_id("stText")).to_have_text("got None in run 1")
    cell(page, "index", 0, 2).hover()
    page.get_by_role("button", name="Step forward").click()
    cell(page, "index", 2, 1).click()
    expect(page.get_by_test_id("stText")).to_have_text("got (2, 1) in run 2")
    page.get_by_label("kernel", exact=True).select_option("ones")
    expect(page.get_by_test_id("stText")).to_have_text("got (2, 1) in run 3")
    expect(page).to_have_url(f"{harness}/?filter=ones")


def test_what_is_drawn_is_in_the_link_and_leaves_it_where_it_has_no_place(harness, new_page):
    page = new_page()
    page.goto(harness)
    page.get_by_label("input", exact=True).select_option("stripes")
    typed = {("field", 2, 3): "-7", ("kernel", 0, 1): "1/3", ("bias", 0, 0): "0.5", ("kernel", 2, 2): "4"}
    for (name, *at), number in typed.items():
        cell(page, name, *at).click()
        page.keyboard.press("Enter")
        page.keyboard.type(number)
        page.keyboard.press("Enter")
    drawn = "/?picture=stripes&pixels=1-2--7&weights=0-1-0.3333333333333333_2-2-4&offset=0.5"
    expect(page).to_have_url(harness + drawn)
    other = new_page()
    other.goto(harness + drawn)
    for name, at, text in (("field", (2, 3), "−7"), ("field", (4, 3), "6"), ("kernel", (2, 2), "4"), ("bias", (0, 0), "0.5")):
        expect(cell(other, name, *at)).to_have_text(text)
    expect(other.get_by_label("kernel", exact=True)).to_have_value("custom")
    other.get_by_label("kernel", exact=True).select_option("blur")
    expect(other).to_have_url(re.compile("filter=blur"))
    assert "weights" not in other.url
    other.go_back()
    expect(cell(other, "kernel", 2, 2)).to_have_text("4")


def test_a_rerun_keeps_what_was_done_and_the_page_may_ask(harness, new_page):
    page = new_page()
    page.goto(harness)
    cell(page, "kernel", 0, 0).click()
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    cell(page, "index", 3, 1).click()
    expect(page.get_by_test_id("stText")).to_contain_text("got (3, 1)")
    switch(page, "stride")
    expect(page.locator(".board.index .cell")).to_have_count(36)
    expect(cell(page, "kernel", 0, 0)).to_have_text("6")
    expect(page.locator(".sum .name")).to_have_text("output (3, 1)")
    switch(page, "ask")
    expect(page.locator(".sum .name")).to_have_text("output (0, 3)")
    expect(page.get_by_test_id("stText")).to_contain_text("got (0, 3)")
    cell(page, "index", 1, 4).click()
    expect(page.get_by_test_id("stText")).to_contain_text("got (1, 4)")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".steps")).not_to_have_text("step 11 of 36")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
