"""Graph and Layout -> SVG. Its parts carry classes and ids, so that a page can colour, select and animate them.

Everything that came from a user's code is escaped text. Colours are CSS variables with light defaults: the file opens by
itself, and inside the app it follows the theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import log2

from explainer.labels import shape_label
from explainer.render.dot import DETAIL_SIZE, EDGE_SIZE, TITLE_SIZE, Box, box_of, edge_labels, frame_caption
from explainer.render.layout import Layout, Point, Route
from explainer.render.measure import clean, text_width
from explainer.types import Edge, Graph, Group, Node

_MARGIN = 14
_STYLE = """
.bl-graph{--ink:var(--bl-ink,#16202e);--mut:var(--bl-muted,#566174);--line:var(--bl-line,#cfd6e1);--card:var(--bl-card,#fff);
--acc:var(--bl-accent,#4353d9);--gate:var(--bl-gate,#c2386b);--gate-soft:var(--bl-gate-soft,#fdeef4);--pool:var(--bl-pool,#0b7f8c);
--norm:var(--bl-norm,#66758c);--act:var(--bl-warn,#9a5c00);
--red:var(--bl-red,#bb2012);--red-soft:var(--bl-red-soft,#fdecea);
font-family:var(--st-font,"Noto Sans","Segoe UI",Arial,sans-serif);
font-variant-numeric:tabular-nums}
.bl-graph .box{fill:var(--card);stroke:var(--line)}
.bl-graph .detail,.bl-graph .count{fill:var(--mut)}
.bl-graph .tie{fill:var(--acc);font-weight:600}
.bl-graph .bar{fill:var(--norm)}
.bl-graph .conv .bar,.bl-graph .linear .bar{fill:var(--acc)}
.bl-graph .pool .bar{fill:var(--pool)}
.bl-graph .activation .bar{fill:var(--act)}
.bl-graph .gate .bar,.bl-graph .attention .bar{fill:var(--gate)}
.bl-graph .round .box{stroke:var(--acc);stroke-width:1.6}
.bl-graph .round text{fill:var(--acc);font-weight:600}
.bl-graph .round.gate .box{stroke:var(--gate);fill:var(--gate-soft)}
.bl-graph .round.gate text{fill:var(--gate)}
.bl-graph .pill .box{stroke:var(--acc);stroke-width:1.6}
.bl-graph .pill text{fill:var(--acc);font-weight:600}
.bl-graph .failed .box{stroke:var(--red);stroke-width:2;fill:var(--red-soft)}
.bl-graph .failed .bar{fill:var(--red)}
.bl-graph .failed text,.bl-graph .edge.failing text{fill:var(--red);font-weight:600}
.bl-graph .edge.failing path{stroke:var(--red);opacity:1}
.bl-graph .edge.failing polygon{fill:var(--red)}
.bl-graph .unused .box{stroke-dasharray:3 3;fill:none}
.bl-graph .unused .bar{opacity:.4}
.bl-graph .unused text{fill:var(--mut)}
.bl-graph .module .box{fill:var(--bl-pad,#f0f1f4)}
.bl-graph .stack-2,.bl-graph .stack-3{fill:var(--bl-pad,#f0f1f4);stroke:var(--line)}
.bl-graph .edge path{fill:none;stroke:var(--mut);opacity:.75}
.bl-graph .edge polygon{fill:var(--mut)}
.bl-graph .edge text{fill:var(--mut)}
.bl-graph .edge.skip path{stroke:var(--acc);stroke-dasharray:6 4;opacity:1}
.bl-graph .edge.skip polygon,.bl-graph .edge.skip text{fill:var(--acc)}
.bl-graph .edge.gate path{stroke:var(--gate);opacity:1}
.bl-graph .edge.gate polygon,.bl-graph .edge.gate text{fill:var(--gate)}
.bl-graph .frame{fill:var(--mut);fill-opacity:.045;stroke:var(--line)}
.bl-graph .frame-label{fill:var(--mut);font-weight:600}
.bl-graph .plate{fill:var(--card)}
.bl-graph .caption.gate .plate{fill:var(--gate-soft)}
.bl-graph .group.gate .frame{fill:var(--gate-soft);fill-opacity:.55;stroke:var(--gate);stroke-opacity:.45;stroke-dasharray:4 3}
.bl-graph .caption.gate .frame-label{fill:var(--gate)}
.bl-graph .group.unused .frame{fill:none;stroke-dasharray:3 3}
.bl-graph .toggle rect{fill:var(--card);stroke:var(--line)}
.bl-graph .toggle path{stroke:var(--acc);stroke-width:1.6;fill:none}
.bl-graph .edge .shape{paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
"""
_TEXTS = f"""
.bl-graph text{{fill:var(--ink);font-size:{EDGE_SIZE:g}px}}
.bl-graph .title{{font-size:{TITLE_SIZE:g}px;font-weight:600}}
.bl-graph .detail,.bl-graph .count,.bl-graph .tie{{font-size:{DETAIL_SIZE:g}px}}
.bl-graph .count,.bl-graph .tie{{text-anchor:end}}
.bl-graph .round .title{{font-size:16px}}
.bl-graph .edge .shape,.bl-graph .round .title,.bl-graph .pill .title{{text-anchor:middle}}
.bl-graph .input .title,.bl-graph .output .title{{text-anchor:middle}}
"""


def to_svg(graph: Graph, layout: Layout, title: str, frames: dict[str, str] | None = None) -> str:
    """The drawing as one SVG element. ``title`` names it for screen readers; ``frames`` are the captions of groups by id."""
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN
    labels = edge_labels(graph)
    parts = [_frame(group, layout) for group in graph.groups]
    failed = {node.id for node in graph.nodes if node.kind == "failed"}
    ways = zip(graph.edges, labels, layout.edges, strict=True)
    parts += [_edge(edge, label, route, is_failing=edge.target in failed) for edge, label, route in ways]
    parts += [_caption(group, layout, frames or {}) for group in graph.groups]  # above the edges that run through a frame's top
    parts += [_node(node, layout.nodes[node.id]) for node in graph.nodes]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bl-graph" role="group" aria-label="{escape(clean(title), quote=True)}" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{-_MARGIN} {-_MARGIN} {width:.1f} {height:.1f}">'
        f"<style>{_TEXTS}{_STYLE}</style>{''.join(parts)}</svg>"
    )


def _node(node: Node, at: Point) -> str:
    box = box_of(node)
    name = f"{node.label}. {node.detail}." + (f" {node.param_count:,}." if node.param_count else "")
    shape = "round " if box.is_round else "pill " if box.is_pill else ""
    if box.is_round:
        inside = _circle(box, at)
    elif node.kind in ("input", "output"):
        inside = _text(at[0], at[1] + 4, box.title, "title")
    elif box.is_pill:
        inside = _pill(box, at)
    else:
        inside = _rectangle(box, at, node.repeat, has_sign=bool(node.path)) + (_toggle(node.id, at, box) if node.path else "")
    attributes = f'id="{node.id}" class="node {shape}{node.kind}" tabindex="-1" role="button"'
    return f'<g {attributes} aria-label="{escape(clean(name), quote=True)}">{inside}</g>'


def _circle(box: Box, at: Point) -> str:
    x, y = at
    symbol = _text(x, y + 5.5, box.title, "title")
    return f'<circle class="box" cx="{x}" cy="{y}" r="{box.width / 2 - 1}"/>{symbol}'


def _pill(box: Box, at: Point) -> str:
    left, top = at[0] - box.width / 2, at[1] - box.height / 2
    shape = (
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height}" rx="{box.height / 2}"/>'
    )
    return shape + _text(at[0], at[1] + 4.2, box.title, "title")


def _toggle(target: str, at: Point, box: Box) -> str:
    return _sign("open", target, at[0] + box.width / 2 - 20, at[1] - box.height / 2 + 5)


def _sign(act: str, target: str, x: float, y: float) -> str:
    """A plus that opens a module or a minus that folds it, for the mouse; the keyboard has both among the details."""
    bar = f"M{x + 3.5:.1f} {y + 6.5:.1f}h6" + (f"M{x + 6.5:.1f} {y + 3.5:.1f}v6" if act == "open" else "")
    square = f'<rect x="{x:.1f}" y="{y:.1f}" width="13" height="13" rx="3"/>'
    return f'<g class="toggle" data-{act}="{target}">{square}<path d="{bar}"/></g>'


def _rectangle(box: Box, at: Point, repeat: int, *, has_sign: bool) -> str:
    left, top = at[0] - box.width / 2, at[1] - box.height / 2
    right = left + box.width
    title_y = top + 16 if box.detail else at[1] + 4
    parts = [
        f'<rect class="stack-{shift}" x="{left + 3 * shift - 3:.1f}" y="{top + 3 * shift - 3:.1f}" '
        f'width="{box.width:.1f}" height="{box.height}" rx="7"/>'
        for shift in (3, 2)
        if repeat >= shift
    ]
    parts += [
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height}" rx="7"/>',
        f'<rect class="bar" x="{left + 5:.1f}" y="{top + 6:.1f}" width="4" height="{box.height - 12}" rx="2"/>',
        _text(left + 16, title_y, box.title, "title"),
    ]
    if box.detail:
        parts.append(_text(left + 16, top + 30, box.detail, "detail"))
    if box.tie:
        end = right - (26 if has_sign else 9)
        parts.append(_text(end, title_y, box.tie, "tie"))
    if box.count:
        parts.append(_text(right - 9, top + 30, box.count, "count"))
    return "".join(parts)


def _edge(edge: Edge, label: str, route: Route, *, is_failing: bool) -> str:
    width = _stroke_width(edge)
    data = f'class="edge {"failing" if is_failing else edge.role}" data-source="{edge.source}" data-target="{edge.target}"'
    text = ""
    if label and route.label_at is not None:
        text = _text(route.label_at[0], route.label_at[1] + 3.5, label, "shape")
    hover = f"<title>{escape(shape_label(edge.shape, batched=False))}</title>"
    return f'<g {data}>{hover}<path d="{_curve(route)}" stroke-width="{width:.1f}"/>{_arrow(route, width)}{text}</g>'


def _stroke_width(edge: Edge) -> float:
    """Wider with more channels: 1 point at one channel, about 3.4 at 1024."""
    channels = edge.shape[1] if len(edge.shape) > 1 else 1
    return 1 + min(log2(max(channels, 1)), 12) * 0.24


def _curve(route: Route) -> str:
    (x, y), *rest = route.points
    return f"M{x} {y}C" + " ".join(f"{px} {py}" for px, py in rest)


def _arrow(route: Route, width: float) -> str:
    if route.tip is None:
        return ""
    (x0, y0), (x1, y1) = route.points[-1], route.tip
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    half = 2.6 + width * 0.5
    corners = ((x1, y1), (x0 - dy * half, y0 + dx * half), (x0 + dy * half, y0 - dx * half))
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in corners)}"/>'


def _frame(group: Group, layout: Layout) -> str:
    x, y, width, height = layout.groups[group.id]
    frame = f'<rect class="frame" x="{x}" y="{y}" width="{width:.1f}" height="{height:.1f}" rx="12"/>'
    return f'<g class="group {group.role}">{frame}</g>'


def _caption(group: Group, layout: Layout, captions: Mapping[str, str]) -> str:
    """The words at the top of a frame on a plate of their own, and the sign that folds it."""
    x, y, width, _ = layout.groups[group.id]
    text, start = frame_caption(group, captions), x + (24 if group.path else 10)
    wide = min(start - x + text_width(text, EDGE_SIZE, bold=True) + 4, width - 8)
    plate = f'<rect class="plate" x="{x + 4:.1f}" y="{y + 3:.1f}" width="{wide:.1f}" height="16" rx="5"/>'
    sign = _sign("fold", group.id, x + 6, y + 4) if group.path else ""
    label = _text(start, y + 14, text, "frame-label")
    return f'<g class="caption {group.role}">{plate}{sign}{label}</g>'


def _text(x: float, y: float, text: str, name: str) -> str:
    """A text whose size, weight and anchor follow from its class: said once in the style and not a thousand times."""
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}">{escape(clean(text), quote=False)}</text>'
