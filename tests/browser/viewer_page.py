"""The viewer alone in a page, without the app: what it is shown and what it asks for."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from playwright.sync_api import Page

from tests.browser.serving import ROOT
from ui.components.viewer.component import SCRIPTS

FOLDER = ROOT / "ui" / "components" / "viewer"
PAGE = """<!doctype html><html lang="en"><title>t</title><meta name="viewport" content="width=device-width">
<style>:root{color-scheme:light dark}body{margin:0;background:light-dark(#fff,#191d26)}%s</style>
<main class="stApp"><h1>t</h1><div id="host"></div></main>"""
MOUNT = """css => { const root = document.querySelector("#host").attachShadow({ mode: "open" });
root.innerHTML = `<style>${css}</style><div class="vw"></div>`; window.said = [];
window.show = (data) => viewer({ data, parentElement: root, setStateValue: (name, value) => said.push([name, value]),
  setTriggerValue: (name, value) => said.push([name, value]) }); }"""


def mount(page: Page) -> Page:
    """An empty viewer; ``show`` fills it."""
    style = (ROOT / "ui" / "style.css").read_text("utf-8")
    script = "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    page.goto("about:blank")
    page.set_content(PAGE % style.split("/* Frame")[0])
    page.add_script_tag(content=script.replace("export default function", "window.viewer = function"), type="module")
    page.wait_for_function("() => Boolean(window.viewer)")
    page.evaluate(MOUNT, (FOLDER / "viewer.css").read_text("utf-8"))
    return page


def show(page: Page, scene: dict[str, Any] | None, **more: Any) -> None:
    """Shows a scene, or, for None, the one with ``id`` that was shown before."""
    data = {
        "id": sha256(repr(scene).encode()).hexdigest(), "scene": scene,
        "selected": scene["first"] if scene else "", "texts": {}, "values": [],
        "values_follow": False, "exports": [], "file": None, **more,
    }  # fmt: skip
    page.evaluate("data => show(data)", json.loads(json.dumps({"height": "560px", **data})))


def said(page: Page, name: str) -> list[Any]:
    """What the viewer told the server under a name, in order."""
    page.wait_for_timeout(250)  # selections are told once they rest
    return [value for key, value in page.evaluate("() => said") if key == name]
