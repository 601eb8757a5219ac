"""The picture of a measurement: times per network on a logarithmic axis, and time per op against length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# One look per tool: colour, marker, filled or not; hollow marks do the network's arithmetic too.
LOOKS: dict[str, tuple[str, str, bool]] = {
    "blocklens": ("#d62728", "o", True),
    "plain": ("#555555", "|", True),
    "torchinfo": ("#1f77b4", "s", True),
    "torchview": ("#2ca02c", "^", True),
    "flop_counter": ("#9467bd", "D", True),
    "torchlens": ("#ff7f0e", "v", True),
    "fvcore": ("#8c564b", "P", False),
}
LABELS = {
    "blocklens": "Blocklens: trace + costs",
    "plain": "plain forward on meta",
    "flop_counter": "torch FlopCounterMode",
    "torchlens": "TorchLens, structure only",
    "fvcore": "fvcore, on real tensors",
}


def draw_times(axes: Any, rows: list[dict[str, Any]]) -> None:
    places = range(len(rows))
    for tool, (colour, marker, filled) in LOOKS.items():
        found = [(row["ms"][tool], place) for place, row in zip(places, rows, strict=True) if tool in row["ms"]]
        if found:
            x, y = zip(*found, strict=True)
            face = colour if filled else "none"
            size = 140 if marker == "|" else 42
            axes.scatter(
                x,
                y,
                s=size,
                marker=marker,
                color=colour,
                facecolors=face,
                label=LABELS.get(tool, tool),
                zorder=4 if tool == "blocklens" else 3,
            )
    axes.set_yticks(list(places), [row["name"] for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds, median (logarithmic)")
    axes.grid(axis="x", which="both", color="#e5e5e5", zorder=0)
    axes.grid(axis="y", color="#f2f2f2", zorder=0)
    axes.set_title("One look at a whole network")


def draw_growth(axes: Any, linearity: list[dict[str, Any]]) -> None:
    for chain, style in (("functions", "-"), ("modules", "--")):
        rows = [row for row in linearity if row["chain"] == chain]
        for tool in ("plain", "blocklens"):
            x, y = [row["ops"] for row in rows], [row[f"{tool}_us"] for row in rows]
            axes.plot(x, y, style, marker="o", markersize=4, color=LOOKS[tool][0], label=f"{tool}, chain of {chain}")
    axes.set_xscale("log")
    axes.set_xticks([row["ops"] for row in rows], [f"{row['ops']:,}" for row in rows])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("ops in the chain")
    axes.set_ylabel("microseconds per op")
    axes.grid(color="#e5e5e5")
    axes.legend(fontsize=8, frameon=False)
    axes.set_title("Flat is linear")


def save_chart(figures: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    growth = figures.get("linearity")
    height = max(4.0, 0.34 * len(figures["networks"]) + 1.8)
    options = {"figsize": (13.5 if growth else 9, height), "layout": "constrained"}
    if growth:
        figure, (left, right) = pyplot.subplots(1, 2, width_ratios=(2.3, 1), **options)
        draw_growth(right, growth)
    else:
        figure, left = pyplot.subplots(**options)
    draw_times(left, figures["networks"])
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower left", fontsize=8, ncols=len(LOOKS), frameon=False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
