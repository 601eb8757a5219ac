"""From figures to words: the Markdown tables, the medians and the verdicts on the goals."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

Figures = dict[str, Any]
TIMED = ("plain", "blocklens", "torchinfo", "torchview", "torchlens", "flop_counter", "fvcore")
COUNTED = ("torchinfo", "torchlens", "flop_counter", "fvcore")
# heading: numerator, denominator
RATIOS = {
    "ours / plain": ("blocklens", "plain"),
    "torchinfo / ours": ("torchinfo", "blocklens"),
    "torchview / ours": ("torchview", "blocklens"),
    "TorchLens / ours": ("torchlens", "blocklens"),
}
DOMINANT_SHARE = 0.5
MAX_GROWTH = 1.25
MAX_MEMORY_MB = 50.0


def find_ratio(row: Figures, numerator: str, denominator: str) -> float | None:
    above, below = row["ms"].get(numerator), row["ms"].get(denominator)
    return above / below if above and below else None


def find_ratios(rows: Iterable[Figures], heading: str) -> dict[str, float]:
    found = {row["name"]: find_ratio(row, *RATIOS[heading]) for row in rows}
    return {name: ratio for name, ratio in found.items() if ratio is not None}


def format_number(value: float | None, form: str = ".1f") -> str:
    return "-" if value is None else format(value, form)


def make_table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---", *["---:"] * (len(headings) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def make_time_table(rows: list[Figures]) -> str:
    """Medians in ms and their ratios, a row per network and one of medians over the networks."""
    headings = ["network", "ops", "batch norm", *(f"{tool} ms" for tool in TIMED), *RATIOS]
    body = []
    for row in rows:
        times = [format_number(row["ms"].get(tool)) for tool in TIMED]
        ratios = [format_number(find_ratio(row, *pair), ".2f") for pair in RATIOS.values()]
        body.append([row["name"], str(row.get("ops", "-")), format_number(row.get("batch_norm_share"), ".0%"), *times, *ratios])
    middle = [find_median(row["ms"].get(tool) for row in rows) for tool in TIMED]
    ratios = [format_number(find_median(find_ratios(rows, heading).values()), ".2f") for heading in RATIOS]
    body.append(["**median**", "", "", *(format_number(ms) for ms in middle), *ratios])
    return make_table(headings, body)


def find_median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def make_macs_table(rows: list[Figures]) -> str:
    """Our MACs, and what share of them each tool finds; where that rounds to 1, the difference."""
    body = []
    for row in rows:
        ours = row["macs"].get("blocklens")
        shares = [describe_share(row["macs"].get(tool), ours) for tool in COUNTED]
        body.append([row["name"], format_number(ours, ",d"), ", ".join(row.get("uncounted", [])) or "none", *shares])
    return make_table(["network", "our MACs", "uncounted by us", *COUNTED], body)


def describe_share(theirs: int | None, ours: int | None) -> str:
    if not ours or theirs is None:
        return "-"
    if theirs == ours:
        return "equal"
    return f"{theirs / ours:.4f}" if abs(theirs / ours - 1) >= 5e-5 else f"{theirs - ours:+,d}"


def make_scaling_table(figures: Figures) -> str:
    rows = [[r["chain"], f"{r['ops']:,}", f"{r['plain_us']:.1f}", f"{r['blocklens_us']:.1f}"] for r in figures["linearity"]]
    return make_table(["chain of", "ops", "plain us/op", "ours us/op"], rows)


def find_growth(linearity: list[Figures]) -> float:
    """The dearest op of a long chain against an op of the shortest chain of its kind."""
    shortest = {}
    for row in linearity:
        shortest.setdefault(row["chain"], row["blocklens_us"])
    return max(row["blocklens_us"] / shortest[row["chain"]] for row in linearity)


def judge(rows: list[Figures], figures: Figures) -> list[Figures]:
    """One record per goal of issue 3, point 7: the figure, and whether it is reached. Limits hold for the worst network."""
    dominated = [row for row in rows if row.get("batch_norm_share", 0.0) >= DOMINANT_SHARE]
    verdicts = [
        judge_ratio("at most 0.5x plain where batch norm dominates", dominated, "ours / plain", 0.5, at_most=True),
        judge_ratio("at most 1.1x plain anywhere", rows, "ours / plain", 1.1, at_most=True),
        judge_ratio("at least 5x faster than torchview, median", rows, "torchview / ours", 5.0, at_most=False),
        judge_ratio("at least 3x faster than torchinfo, median", rows, "torchinfo / ours", 3.0, at_most=False),
    ]
    if "linearity" in figures:
        growth = find_growth(figures["linearity"])
        text = f"dearest op of a chain {growth:.2f}x an op of the chain of 1,000 (limit {MAX_GROWTH})"
        verdicts.append({"goal": "linear up to 20,000 ops", "reached": growth <= MAX_GROWTH, "figure": text})
        peaks = {kind: figures["memory"][kind]["peak_mb"] for kind in ("resident", "tracemalloc")}
        text = f"{peaks['resident']:.1f} MB resident, {peaks['tracemalloc']:.1f} MB of Python objects"
        text += f", {figures['memory']['resident']['param_count']:,} parameters"
        goal = "under 50 MB for a billion parameters on meta"
        verdicts.append({"goal": goal, "reached": max(peaks.values()) < MAX_MEMORY_MB, "figure": text})
    return verdicts


def judge_ratio(goal: str, rows: list[Figures], heading: str, limit: float, *, at_most: bool) -> Figures:
    """An upper limit is judged on the worst network, a lower one on the median; both are stated."""
    ratios = find_ratios(rows, heading)
    if not ratios:
        return {"goal": goal, "reached": None, "figure": "not measured"}
    worst = max(ratios, key=ratios.__getitem__) if at_most else min(ratios, key=ratios.__getitem__)
    middle = median(ratios.values())
    passing = sum(ratio <= limit if at_most else ratio >= limit for ratio in ratios.values())
    reached = ratios[worst] <= limit if at_most else middle >= limit
    figure = f"median {middle:.2f}, worst {ratios[worst]:.2f} ({worst}), {passing} of {len(ratios)} networks"
    return {"goal": goal, "reached": reached, "figure": figure}


def make_report(figures: Figures) -> str:
    rows = figures["networks"]
    parts = [make_time_table(rows), *make_notes(figures), "## Multiply-adds against ours", make_macs_table(rows)]
    if "linearity" in figures:
        parts += ["## Growth", make_scaling_table(figures)]
    parts.append("## Goals")
    words = {True: "reached", False: "NOT reached", None: "not measured"}
    parts.append("\n".join(f"- {v['goal']}: {words[v['reached']]}: {v['figure']}" for v in figures["goals"]))
    return "\n\n".join(parts)


def make_notes(figures: Figures) -> list[str]:
    """What the reader must know to compare, and what failed."""
    notes = [f"- {tool}: {note}" for tool, note in figures["notes"].items() if note]
    for row in figures["networks"]:
        notes += [f"- {row['name']}, {tool}: {error}" for tool, error in row["errors"].items()]
    first = {tool: find_median(row["first_ms"].get(tool) for row in figures["networks"]) for tool in TIMED}
    words = ", ".join(f"{tool} {format_number(ms)}" for tool, ms in first.items())
    return ["\n".join([*notes, f"- the first call on a network in a warm process, median over the networks, ms: {words}"])]
