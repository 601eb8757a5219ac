"""More of a paste that was run before: torchinfo's table, the numbers of a step. It is built anew, as its run settled."""

from __future__ import annotations

from typing import Any

import torch

from explainer.codec import from_json, to_json
from explainer.examine import table_of_torchinfo
from explainer.paste import proposals
from explainer.paste.attempt import real_tensors
from explainer.paste.printing import quiet
from explainer.paste.result import Settled
from explainer.paste.step import StepRequest
from explainer.paste.summary import MOST_CHARACTERS
from explainer.paste.targets import Plan, find_targets, on, plan
from explainer.paste.workspace import clean, open_workspace
from explainer.seeding import Seeded
from explainer.step_values import StepValues, values_in


def run_summary_request(request: Any) -> Any:
    """torchinfo's table for the JSON form of a Settled, None if it cannot make one; InvalidInput if it is none."""
    asked = from_json(Settled, request)
    try:
        with quiet():
            return clean(_summary(asked))[:MOST_CHARACTERS]
    except BaseException:  # noqa: BLE001 - it builds and runs the paste anew, in its own way
        return None


def _summary(asked: Settled) -> str:
    """On shapes alone where the module can be built so, else on real numbers, if they are few."""
    how = _planned_again(asked)
    try:
        tensors = [proposals.make_tensor(given, "meta") for given in asked.inputs]
        return table_of_torchinfo(on("meta", how.make).eval(), tensors, "meta")
    except Exception:  # noqa: BLE001 - a constructor or a forward that wants real numbers
        with Seeded(asked.seed):
            module = on("cpu", how.make).eval()
        generator = torch.Generator().manual_seed(asked.seed)
        return table_of_torchinfo(module, [proposals.make_tensor(given, "cpu", generator) for given in asked.inputs], "cpu")


def run_step_request(request: Any) -> Any:
    """The JSON form of the numbers of a step, for the JSON form of a StepRequest; InvalidInput if it is none."""
    return to_json(_step_or_none(from_json(StepRequest, request)))


def _step_or_none(asked: StepRequest) -> StepValues | None:
    try:
        return run_step(asked)
    except BaseException:  # noqa: BLE001 - on real numbers a paste may raise what it did not on shapes alone
        return None


def run_step(asked: StepRequest) -> StepValues:
    """The numbers of one step after a forward of a paste on real numbers; whatever the paste raises, if it raises."""
    paste = asked.paste
    with quiet():
        return values_in(real_tensors(_planned_again(paste), paste.inputs, paste.seed, asked.wanted.ids), asked.wanted)


def _planned_again(paste: Settled) -> Plan:
    space = open_workspace(paste.source, dict(paste.stand_ins))
    target = next(target for target in find_targets(space) if target.name == paste.target)
    return plan(space, target, dict(paste.arguments))
