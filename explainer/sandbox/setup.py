"""How a sandbox is set up; the zygote gets it as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from explainer.sandbox import limits
from explainer.sandbox.parts import WHEN


@dataclass(frozen=True, slots=True)
class Setup:
    """``spares`` locked children wait in advance; at most ``slots`` pastes run at once (0: one per core), the others queue.

    ``warm``: the rare parts of torch to load. ``stand_ins``: see ``names.offer``. ``namespaces``, ``landlock`` and ``user``
    (become this one before the first child) exist to test each wall without the others. ``budget_s``: see ``budget.py``.
    ``long_…``: the same for trainings. ``catalogue``: the module whose ``CATALOGUE`` has the blocks that they can be asked for.
    """

    spares: int = 1
    slots: int = 0
    cpu_s: int = limits.CPU_S
    wall_s: float = limits.WALL_S
    warm: tuple[str, ...] = tuple(sorted(WHEN))
    stand_ins: str = ""
    namespaces: bool = True
    landlock: bool = True
    user: int = 0
    budget_s: float = limits.BUDGET_S
    long_cpu_s: int = limits.LONG_CPU_S
    long_wall_s: float = limits.LONG_WALL_S
    long_budget_s: float = limits.LONG_BUDGET_S
    catalogue: str = ""
