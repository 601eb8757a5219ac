"""The words on the viewer's own surface."""

from __future__ import annotations

from explainer.language import translator


def viewer_words(lang: str) -> dict[str, str]:
    """Each word by the name that the component knows it under; ``{}`` marks where a number goes."""
    _ = translator(lang)
    return {
        "code": _("Code"), "steps": _("Steps"), "graph": _("Dataflow"), "details": _("Selected step"),
        "panes": _("Parts of the viewer"), "tools": _("View of the graph"), "in": _("Zoom in"), "out": _("Zoom out"),
        "fit": _("Show all"), "find": _("Find a step"), "none": _("nothing found"), "depth": _("Depth"), "every": _("All"),
        "outer": _("Outer"), "at_line": _("Line {line}.", line="{line}"), "short": _("Details"), "all": _("Open all"),
        "own": _("Only this block"), "down": _("Downwards"), "right": _("To the right"), "heat": _("Colour by"),
        "kind": _("kind"), "params": _("parameters"), "macs": _("MACs"), "shape": _("output shape"), "step": _("step"),
        "line": _("line"), "reads": _("reads"), "makes": _("makes"), "work": _("elementwise"), "memory": _("memory"),
        "field": _("receptive field"), "global": _("global"), "settings": _("settings"),
        "in_place": _("overwrites its first operand"), "shared": _("the same weights as {others}", others="{others}"),
        "copies": _("{count} alike in a row", count="{count}"), "open": _("Open this module"),
        "fold": _("Fold {name}", name="{name}"), "of": _("Step {at} of {count}", at="{at}", count="{count}"), "play": _("Play"),
        "pause": _("Pause"), "before": _("Step back"), "after": _("Step on"), "scrub": _("Position in the forward"),
        "operand": _("operand"), "failed": _("Here it stops."), "says": _("The message:"), "unknown": _("unknown"),
        "export": _("Export"), "drawing": _("Drawing as SVG"), "picture": _("Picture as PNG, doubled"),
        "report": _("Report as one HTML file"), "values": _("Values"), "computing": _("Computing the values …"),
        "making": _("Making the file …"), "least": _("least"), "mean": _("mean"), "largest": _("largest"),
        "deviation": _("deviation"), "zeros": _("exactly zero"),
        "keys": _("Arrow keys go from step to step; Enter selects; plus and minus open and fold."),
    }  # fmt: skip
