"""Many broken modules: the failing line is named, a fix that passes is offered, and no offered fix fails when it is applied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explainer.asked import parse_input
from explainer.diagnosis import diagnose
from explainer.paste.result import Request
from explainer.paste.run import run_paste
from explainer.types import Diagnosis, Fix
from tests.diagnosis.broken import BROKEN, Broken
from tests.diagnosis.healthy import HEALTHY, Healthy


def request_of(source: str, case: Healthy, inputs: tuple[str, ...] = ()) -> Request:
    return Request(source, arguments=case.arguments, inputs=tuple(parse_input(text) for text in inputs or case.inputs))


def passes(fix: Fix, request: Request) -> bool:
    """Whether the paste works with the fix applied, asked as anybody would."""
    arguments = tuple((dict(request.arguments) | dict(fix.arguments)).items())
    applied = replace(request, text=fix.source or request.text, arguments=arguments, inputs=fix.inputs or request.inputs)
    result = run_paste(applied)
    return result.works and diagnose(result) is None


@pytest.fixture(scope="module")
def found() -> list[tuple[Broken, Request, Diagnosis]]:
    """Every broken module with what is said about it."""
    told = []
    for case in BROKEN:
        request = request_of(case.source, case.healthy, case.inputs)
        diagnosis = diagnose(run_paste(request))
        assert diagnosis is not None, f"{case} passes"
        told.append((case, request, diagnosis))
    return told


@pytest.mark.parametrize("key", HEALTHY)
def test_the_healthy_ones_work(key: str) -> None:
    case = HEALTHY[key]
    result = run_paste(request_of(case.source, case))
    assert result.works
    assert diagnose(result) is None
    assert result.fixes == ()


def test_the_failing_line_is_named(found: list[tuple[Broken, Request, Diagnosis]]) -> None:
    wrong = [(case.new, case.line, told.line) for case, _, told in found if told.line != case.line]
    assert len(found) >= 60
    assert len(wrong) <= 0.1 * len(found), wrong


def test_a_fix_is_offered(found: list[tuple[Broken, Request, Diagnosis]]) -> None:
    without = [(case.new, told.rule) for case, _, told in found if not told.fixes]
    assert len(without) <= 0.3 * len(found), without


def test_every_offered_fix_passes_when_it_is_applied(found: list[tuple[Broken, Request, Diagnosis]]) -> None:
    failing = [(case.new, str(fix.message)) for case, request, told in found for fix in told.fixes if not passes(fix, request)]
    assert failing == []


def test_most_are_told_by_a_rule(found: list[tuple[Broken, Request, Diagnosis]]) -> None:
    untold = [(case.new, told.torch) for case, _, told in found if told.rule in ("torch", "python")]
    assert len(untold) <= 0.05 * len(found), untold


def test_heads_are_the_nearest_that_deal_the_channels_out() -> None:
    source = HEALTHY["encoder"].source.replace("dim=32, heads=4", "dim=100, heads=8")
    found = diagnose(run_paste(Request(source, inputs=(parse_input("1x16x100"),))))
    assert found is not None
    assert [dict(fix.arguments) for fix in found.fixes] == [{"heads": count} for count in ("10", "5", "4")]
    assert "for every head gets equally many" in " ".join(map(str, found.reason))
