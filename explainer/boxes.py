"""Which box of the drawing each op belongs to.

Itself, or the outermost module call around it that is folded. Modules of torch are folded (a ``Conv2d`` is one box), containers
and the user's own are open down to ``depth``. An activation is drawn in the box of the layer that feeds only it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from explainer.dataflow import Dataflow
from explainer.labels import kind_of
from explainer.types import Call, Op

_SILENT = frozenset(("contiguous", "detach", "clone", "to", "type_as"))
_EXPANDING = frozenset(("expand", "expand_as", "broadcast_to"))
_HOSTS = frozenset(("conv", "linear", "norm", "pool"))


class Boxes:
    """``box``: op id -> node id, for the ops that are drawn. ``members``: node id -> its ops, in order."""

    def __init__(
        self, flow: Dataflow, gate_ops: Collection[int], depth: int, folded: Collection[str] = (), opened: Collection[str] = ()
    ) -> None:
        self.trace, self.flow, self._gate_ops = flow.trace, flow, frozenset(gate_ops)
        self._users: dict[int, list[int]] = defaultdict(list)
        for op in self.trace.ops:
            for value in op.inputs if op.id in flow.live else ():
                self._users[value].append(op.id)
        self.uses = Counter({value: len(users) for value, users in self._users.items()})
        self.uses.update(self.trace.outputs)
        self.modules = {module.path: module for module in self.trace.modules}
        self._has_children = {call.parent for call in self.trace.calls}
        self.is_open = self._open_calls(depth, folded, opened)
        self.box: dict[int, str] = {}
        self.members: dict[str, list[Op]] = {}
        for op in self.trace.ops:
            if op.id in flow.live and not self._is_bookkeeping(op):
                name = self.box[op.id] = self._fused(op) or self.own_box(op)
                self.members.setdefault(name, []).append(op)

    def can_open(self, call: Call) -> bool:
        """Whether a module call has insides to look at: a layer of torch that calls nothing else has none."""
        return not self.modules[call.path].builtin or call.id in self._has_children

    def depth_limit(self) -> int:
        """The least depth at which everything is open."""
        levels = self._levels()
        return max((level + 1 for call, level in zip(self.trace.calls, levels, strict=True) if self.can_open(call)), default=1)

    def _levels(self) -> list[int]:
        levels: list[int] = []
        for call in self.trace.calls:
            levels.append(0 if call.parent is None else levels[call.parent] + 1)
        return levels

    def _open_calls(self, depth: int, folded: Collection[str], opened: Collection[str]) -> list[bool]:
        """For each call whether its insides are drawn."""
        is_open: list[bool] = []
        for call, level in zip(self.trace.calls, self._levels(), strict=True):
            wanted = (level < depth or call.path in opened) and call.path not in folded
            is_open.append(call.parent is None or (is_open[call.parent] and self.can_open(call) and wanted))
        return is_open

    def _is_bookkeeping(self, op: Op) -> bool:
        """Counters such as BatchNorm's, copies, and the expansion of gate weights, which their last edge shows."""
        if not any(self.flow.depends[value] for value in op.outputs):
            return True
        if op.base_name in _EXPANDING:
            made = op.outputs[0]
            return self._gate_ops.issuperset(self._users[made]) and self.uses[made] == len(self._users[made])
        return op.base_name in _SILENT and len(op.inputs) == 1

    def own_box(self, op: Op) -> str:
        """The outermost closed call around the op, or the op itself."""
        closed = None
        call = self.trace.calls[op.call] if self.trace.calls else None
        while call is not None and call.parent is not None:
            if not self.is_open[call.id]:
                closed = call
            call = self.trace.calls[call.parent]
        return f"o{op.id}" if closed is None else f"c{closed.id}"

    def _fused(self, op: Op) -> str | None:
        """The box of the layer that feeds this activation and nothing else."""
        if kind_of(op) != "activation" or op.id in self._gate_ops:
            return None
        feeder = self.flow.producer(self.flow.activations(op)[0])
        if feeder is None or feeder.id not in self.box or self.uses[op.inputs[0]] != 1:
            return None
        host = self.box[feeder.id]
        last = self.members[host][-1]
        if last.id != feeder.id or kind_of(self.members[host][0]) not in _HOSTS or feeder.id in self._gate_ops:
            return None
        return host if len(self.members[host]) < 2 else None
