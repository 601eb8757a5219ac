"""Trainings as a visitor has them: in a queue, looked at while they run, stopped, left; nothing stays behind."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from explainer.sandbox.trusted import TrustedProcess
from explainer.training import session
from explainer.training.record import Recipe
from explainer.training.session import Session

LONG = Recipe("cbam", epochs=40)
TINY = Recipe("eca", epochs=1, per_class=10)
locked = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")


@pytest.fixture(scope="module")
def sandbox():
    found = Sandbox(Setup(spares=0, warm=("training",), catalogue="blocks", slots=2))
    assert found.layers
    yield found
    found.stop()


def until(holds, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def children_of(pid: int) -> set[int]:
    try:
        return {int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()}
    except OSError:  # it ended meanwhile
        return set()


def below(pid: int) -> set[int]:
    return {found for child in children_of(pid) for found in (child, *below(child))}


def is_idle(sandbox: Sandbox) -> bool:
    """Whether nothing runs but the zygote, which may have a process of its own around it."""
    return len(below(sandbox.pid)) == ("namespaces" in sandbox.layers)


def traces() -> tuple[int, set[str]]:
    names = {thread.name for thread in threading.enumerate() if thread.name in ("training", "trusted training")}
    return len(list(Path("/proc/self/fd").iterdir())), names


@locked
def test_it_comes_to_its_end_and_says_how_far_it_is(sandbox):
    running = Session([TINY, replace(TINY, seed=1)], sandbox)
    shares = []
    assert until(lambda: shares.append(running.look().share_done) or running.look().is_over)
    state = running.look()
    assert (state.phase, state.error) == ("done", None)
    assert [found.recipe.seed for found in state.finished] == [0, 1]
    assert shares == sorted(shares)
    assert state.share_done == 1
    assert running.join(5)


@locked
def test_stopped_in_the_middle_it_leaves_no_process_no_descriptor_no_thread(sandbox):
    assert until(lambda: is_idle(sandbox))
    before = traces()
    running = Session([LONG], sandbox)
    assert until(lambda: running.look().progress.share_done > 0)
    assert not is_idle(sandbox), "a child computes"
    running.stop()
    assert running.join(5)
    state = running.look()
    assert state.phase == "stopped"
    assert 0 < state.share_done < 1
    assert state.progress.nets["with"].losses
    assert until(lambda: is_idle(sandbox), 5)
    assert traces() == before


@locked
@pytest.mark.parametrize("left", ["nobody looks", "the browser is gone"])
def test_left_alone_it_ends(sandbox, left, monkeypatch):
    gone = threading.Event()
    if left == "nobody looks":
        monkeypatch.setattr(session, "PATIENCE_S", 0.3)
    running = Session([LONG], sandbox, is_there=lambda: not gone.is_set())
    gone.set() if left == "the browser is gone" else None
    assert running.join(30)
    assert running.look().phase == "stopped"


@locked
def test_ten_visitors_wait_for_their_turn_and_are_told_where_they_stand(sandbox):
    places: dict[int, set[int]] = {number: set() for number in range(10)}
    sessions = [Session([TINY], sandbox, address=f"10.0.0.{number}") for number in range(10)]

    def look() -> bool:
        for number, found in enumerate(sessions):
            places[number].add(found.look().position)
        return all(found.look().is_over for found in sessions)

    assert until(look, 120)
    states = [found.look() for found in sessions]
    assert [state.phase for state in states] == ["done"] * 10
    assert max(max(seen) for seen in places.values()) >= 5, "some had several before them"
    first = states[0].progress.finish
    assert all(replace(state.progress.finish, cpu_ms=0) == replace(first, cpu_ms=0) for state in states), "beside others, too"


@locked
def test_the_second_training_of_one_address_waits_behind_the_first_of_another(sandbox):
    order: list[str] = []
    blocker = Session([replace(LONG, epochs=3)], sandbox, address="a")
    assert until(lambda: blocker.look().progress.start is not None)
    greedy = [Session([replace(TINY, seed=n)], sandbox, "a", found=lambda _: order.append("a")) for n in range(3)]
    modest = Session([TINY], sandbox, "b", found=lambda _: order.append("b"))
    blocker.stop()
    assert until(lambda: all(found.look().is_over for found in (*greedy, modest)))
    assert order.index("b") <= 1


@locked
def test_a_refusal_ends_the_queue_with_its_sentence(sandbox):
    running = Session([Recipe("nonsense"), TINY], sandbox)
    assert running.join(30)
    state = running.look()
    assert state.phase == "failed"
    assert "no block named" in str(state.error)
    assert state.finished == ()


def test_without_a_wall_it_runs_in_a_process_of_its_own_and_stops():
    before = children_of(os.getpid())
    running = Session([LONG], TrustedProcess(catalogue="blocks"))
    assert until(lambda: running.look().progress.share_done > 0)
    running.stop()
    assert running.join(10)
    assert running.look().phase == "stopped"
    assert children_of(os.getpid()) <= before


@pytest.mark.slow
def test_without_a_wall_it_comes_to_its_end():
    done = Session([TINY], TrustedProcess(catalogue="blocks"))
    assert done.join(120)
    assert done.look().phase == "done"
