"""The parts that need no process: budgets, turns, frames, and where pastes may run at all."""

from __future__ import annotations

import struct
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.errors import Cancelled, InvalidInput, SandboxRefused
from explainer.sandbox import frame, limits
from explainer.sandbox.budget import Budget, charged
from explainer.sandbox.choice import choose
from explainer.sandbox.turns import Turns


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_spent_and_earned_back():
    clock = Clock()
    budget = Budget(most_s=10, earned=0.5, clock=clock)
    budget.spend("a", 10)
    with pytest.raises(SandboxRefused, match=r"used its 10 seconds.*in 2 seconds"):
        budget.check("a")
    budget.check("b")
    clock.now = 2.5
    budget.check("a")


def test_waiting_earns_no_more_than_the_whole():
    clock = Clock()
    budget = Budget(most_s=10, earned=1, clock=clock)
    budget.spend("a", 1)
    clock.now = 1000
    budget.spend("a", 10)
    with pytest.raises(SandboxRefused):
        budget.check("a")


def test_a_budget_forgets_the_address_that_asked_longest_ago():
    budget = Budget(most_s=1, earned=0.001, clock=Clock())
    for number in range(5000):
        budget.spend(str(number), 2)
    budget.check("0")
    with pytest.raises(SandboxRefused):
        budget.check("4999")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("", "", ""),
        ("", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
        ("8.8.4.4", "198.51.100.7", "8.8.4.4"),
        ("10.0.0.5", "<script>", "10.0.0.5"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("fd00::1", "2001:db8:0::7", "2001:db8::7"),
        ("nonsense", "198.51.100.7", "nonsense"),
    ],
)
def test_who_is_charged(peer, forwarded, address):
    assert charged(peer, forwarded) == address


def test_turns_are_taken_in_order_and_positions_fall():
    turns, heard = Turns(1), list[int]()
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.take(lambda _: None, lambda: False):
            inside.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(10)

    def hear(position: int) -> None:
        heard.append(position)
        leave.set()

    with turns.take(hear, lambda: False):
        pass
    holder.join()
    assert heard == [1]


def run_all(turns: Turns, addresses: list[str], hold: threading.Event, ran: list[str]) -> list[threading.Thread]:
    """Threads that each take a turn, note their address and hold on; started one after the other."""
    threads = []
    for address in addresses:
        queued = threading.Event()

        def take(address: str = address, queued: threading.Event = queued) -> None:
            with turns.take(lambda _: queued.set(), lambda: False, address):
                ran.append(address)
                queued.set()
                hold.wait(10)

        threads.append(threading.Thread(target=take))
        threads[-1].start()
        assert queued.wait(10)
    return threads


def test_one_address_cannot_take_the_last_slot():
    turns, hold, ran = Turns(2), threading.Event(), list[str]()
    threads = run_all(turns, ["a", "a", "a", "b"], hold, ran)
    assert ran == ["a", "b"]
    hold.set()
    for thread in threads:
        thread.join()
    assert sorted(ran) == ["a", "a", "a", "b"]


def test_whoever_has_nothing_running_goes_first():
    turns, hold, ran = Turns(3), threading.Event(), list[str]()
    threads = run_all(turns, ["a", "a", "b", "a", "b", "c"], hold, ran)
    assert ran == ["a", "a", "b"]
    assert [ticket.address for ticket in turns._order()] == ["c", "b", "a"]
    hold.set()
    for thread in threads:
        thread.join()


def test_on_ones_own_computer_all_slots_are_for_whoever_is_there():
    turns, hold, ran = Turns(2), threading.Event(), list[str]()
    threads = run_all(turns, ["", ""], hold, ran)
    assert len(ran) == 2
    hold.set()
    for thread in threads:
        thread.join()


def test_whoever_stops_waiting_leaves_the_queue():
    turns = Turns(0)
    with pytest.raises(Cancelled), turns.take(lambda _: None, lambda: True):
        pass
    assert turns._waiting == []


TEXT = st.text(st.characters(codec="utf-8"))
PLAIN = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | TEXT | st.floats(allow_nan=False, allow_infinity=False)


@given(st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)))
def test_a_frame_gives_back_what_was_put_in(message):
    data = frame.pack(message)
    size = frame.body_size(data[: frame.HEAD_BYTES], limits.RESULT_BYTES)
    assert frame.unpack(data[frame.HEAD_BYTES :]) == message
    assert size == len(data) - frame.HEAD_BYTES


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(body):
    with suppress(InvalidInput):
        frame.unpack(body)


@pytest.mark.parametrize(
    "head",
    [b"", b"PB1", b"XXX" + struct.pack("!I", 1), b"PB1" + struct.pack("!I", limits.RESULT_BYTES + 1)],
    ids=["nothing", "half", "another magic", "too long"],
)
def test_a_head_that_is_none_is_refused(head):
    with pytest.raises(InvalidInput):
        frame.body_size(head, limits.RESULT_BYTES)


@pytest.mark.parametrize(
    ("can_lock", "wants_trust", "address", "mode", "words"),
    [
        (True, False, "", "wall", ""),
        (True, False, "127.0.0.1", "wall", ""),
        (True, True, "127.0.0.1", "trusted", "your own rights"),
        (False, True, "localhost", "trusted", "your own rights"),
        (True, True, "", "off", "may be reached by others"),
        (True, True, "0.0.0.0", "off", "may be reached by others"),
        (False, False, "", "off", "cannot lock pasted code in"),
    ],
)
def test_where_pastes_run(can_lock, wants_trust, address, mode, words):
    chosen = choose(can_lock=can_lock, wants_trust=wants_trust, address=address)
    assert chosen.mode == mode
    assert words in " ".join(map(str, chosen.reason))


def test_a_computer_without_the_means_can_load_everything_and_says_no():
    """As on Windows: no limits, no poll, no sockets of that kind; the app starts there and only pasting is off."""
    code = (
        "import sys, select, socket; sys.modules['resource'] = sys.modules['fcntl'] = None; del select.poll, socket.AF_UNIX;"
        "import ui.cached, explainer.sandbox.client; sys.platform = 'win32';"
        "from explainer.sandbox.lockdown import can_filter; print(can_filter())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
