"""What is drawn beside the flow: the call that failed, and the modules that no output needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from explainer.dataflow import Dataflow
from explainer.labels import SYMBOLS
from explainer.types import Group, Node, Trace

UNUSED = Group("unused0", "unused", role="unused")
MOST_UNUSED = 12


def failed_node(trace: Trace, groups: Collection[Group]) -> Node | None:
    """The box of the call that stopped the forward, inside the frame of the module that made it."""
    failure = trace.failure
    if failure is None:
        return None
    around = [group for group in groups if group.path and f"{failure.scope}.".startswith(f"{group.path}.")]
    frame = max(around, key=lambda group: len(group.path), default=None)
    label = failure.error if failure.op is None else SYMBOLS.get(failure.op.rstrip("_"), failure.op)
    detail = failure.op.rstrip("_") if failure.op is not None else failure.scope
    return Node("failed0", "failed", label, detail, group=frame.id if frame else "", line=failure.line)


def unused_nodes(trace: Trace, flow: Dataflow) -> tuple[Node, ...]:
    """The outermost modules that ran for nothing or not at all; a sum of the rest where there are more than a dozen."""
    used = {path for op in trace.ops if op.id in flow.live for path in _with_parents(op.scope)}
    # An Identity runs no op and is in use all the same.
    silent = {call.path for call in trace.calls} - {path for op in trace.ops for path in _with_parents(op.scope)}
    read = {value for op in trace.ops if op.id in flow.live for value in op.inputs}
    # Attention reads its out_proj's weights without ever calling it.
    lent = {module.path for module in trace.modules if not read.isdisjoint(module.parameters)}
    used |= {path for name in silent | lent for path in _with_parents(name)}
    shared = [alias for module in trace.modules if module.path in used for alias in module.aliases]
    used |= {path for alias in shared for path in _with_parents(alias)}
    used |= {"", *(_with_parents(trace.failure.scope) if trace.failure else ())}
    idle = [module for module in trace.modules if module.path not in used]
    paths = {module.path for module in idle}
    outermost = [module for module in idle if module.path.rpartition(".")[0] not in paths]
    owned = {module.path: sum(trace.values[i].element_count for i in module.parameters) for module in idle}

    def count(path: str) -> int:
        return sum(number for name, number in owned.items() if name == path or name.startswith(f"{path}."))

    boxes = [
        Node(f"unused{number}", "unused", module.path, module.type_name, group=UNUSED.id, param_count=count(module.path))
        for number, module in enumerate(outermost[:MOST_UNUSED], start=1)
    ]
    rest = outermost[MOST_UNUSED:]
    if rest:
        more = sum(count(module.path) for module in rest)
        boxes.append(Node("unused99", "unused", f"+ {len(rest)}", "…", group=UNUSED.id, param_count=more))
    return tuple(boxes)


def _with_parents(path: str) -> Iterable[str]:
    yield path
    while path:
        path = path.rpartition(".")[0]
        yield path
