"""The frames of a drawing: unfolded modules and the ways of gates, one inside the other, never crossing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

Frames = tuple[str, ...]


def nest(modules: Mapping[str, Frames], gates: Mapping[str, str]) -> dict[str, Frames]:
    """For each node the frames around it, outermost first.

    ``modules`` are the unfolded modules around each node, ``gates`` the gate that a node serves alone. A gate's frame stands
    inside the modules that hold all of its nodes, and around those that it holds whole; a module that it would cut is left
    out around the gate's nodes. A module's frame around a single node says nothing and is left out.
    """
    counts = Counter(frame for frames in modules.values() for frame in frames)
    kept = {node: tuple(frame for frame in frames if counts[frame] > 1) for node, frames in modules.items()}
    members: dict[str, list[str]] = defaultdict(list)
    for node, gate in gates.items():
        members[gate].append(node)
    found = dict(kept)
    for gate, nodes in members.items():
        inside = Counter(frame for node in nodes for frame in kept[node])
        shared = _common([kept[node] for node in nodes])
        for node in nodes:
            whole = _while_whole(kept[node][len(shared) :], inside, counts)
            found[node] = (*shared, gate, *whole)
    return found


def parents_of(nested: Collection[Frames]) -> dict[str, str]:
    """Each frame with the one around it, empty at the root, in the order of their first nodes."""
    found: dict[str, str] = {}
    for frames in nested:
        for outer, inner in zip(("", *frames), frames, strict=False):
            found.setdefault(inner, outer)
    return found


def _common(paths: Sequence[Frames]) -> Frames:
    first, *others = paths
    length = len(first)
    for other in others:
        length = next((at for at in range(min(length, len(other))) if first[at] != other[at]), min(length, len(other)))
    return first[:length]


def _while_whole(frames: Frames, inside: Mapping[str, int], counts: Mapping[str, int]) -> Frames:
    cut = next((at for at, frame in enumerate(frames) if inside[frame] < counts[frame]), len(frames))
    return frames[:cut]
