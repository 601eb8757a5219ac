"""What axe finds on a page, said so that a failed test names the place."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Contrast is judged on what stays, not on what is fading in or out; a spinner never ends and is not waited for.
_MOTION_IS_OVER = """() => {
    const roots = [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean)];
    const ends = (animation) => animation.effect?.getComputedTiming().iterations !== Infinity;
    const runs = (animation) => animation.playState === "running" && ends(animation);
    const moving = roots.flatMap((root) => root.getAnimations()).filter(runs);
    const over = Promise.all(moving.map((animation) => animation.finished.catch(() => null)));
    const late = new Promise((done) => setTimeout(done, 3000)); // what is folded away never says that it is over
    return Promise.race([over, late]).then(() => null);
}"""


def violations(page: Page, context: str | None = None) -> list[str]:
    """One line for each place that breaks a rule of axe, in the page or in what `context` selects; shadow trees too."""
    page.evaluate(_MOTION_IS_OVER)
    found: list[dict[str, Any]] = Axe().run(page, context=context).response["violations"]
    places = ((rule["id"], spot) for rule in found for spot in rule["nodes"])
    return [f"{name}: {spot['target']} {spot['html'][:150]} {spot['failureSummary']}" for name, spot in places]
