"""Answers in many frames: cut where they should be, and never more than was agreed on, whatever a child writes."""

from __future__ import annotations

import os
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.codec import to_json
from explainer.errors import BlocklensError, Cancelled, InvalidInput, SandboxRefused
from explainer.language import say
from explainer.sandbox import frame, limits
from explainer.sandbox.client import Sandbox
from explainer.sandbox.jobs import job
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from explainer.sandbox.streaming import Frames, listen
from explainer.training.progress import Progress
from explainer.training.record import Recipe

FOREVER = float("inf")


@given(
    st.lists(st.recursive(st.none() | st.integers(-9, 9) | st.text(max_size=5), lambda x: st.lists(x, max_size=3), max_leaves=5)),
    st.data(),
)
def test_messages_come_out_as_they_went_in_however_the_pipe_cuts_them(messages, data):
    whole = b"".join(map(frame.pack, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    frames, heard = Frames(), []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        heard += frames.feed(whole[start:end])
    assert heard == messages
    assert frames.is_between


def feed(data: bytes) -> list[object]:
    return list(Frames().feed(data))


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 20,
        struct.pack("!3sI", b"PB1", limits.RESULT_BYTES + 1),
        struct.pack("!3sI", b"PB1", 3) + b"NaN",
        struct.pack("!3sI", b"PB1", 4) + b"\xff\xff\xff\xff",
        frame.pack([1]) + b"garbage",
        b"".join([frame.pack(0)] * (limits.STREAM_FRAMES + 1)),
        b"\0" * (limits.STREAM_BYTES + 1),
    ],
    ids=["garbage", "a frame that is too long", "no number", "no text", "garbage behind a frame", "too many", "too much"],
)
def test_what_is_no_stream_of_frames_is_refused(data):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        feed(data)


def test_as_many_frames_as_are_allowed_are_heard():
    assert len(feed(b"".join([frame.pack(0)] * limits.STREAM_FRAMES))) == limits.STREAM_FRAMES


def piped(data: bytes, **how) -> tuple[bool | None, list[object]]:
    ours, theirs = os.pipe()
    heard: list[object] = []
    try:
        os.write(theirs, data)
        os.close(theirs)
        return listen(ours, how.get("until", FOREVER), how.get("cancelled", lambda: False), heard.append), heard
    finally:
        os.close(ours)


def test_a_stream_may_end_only_between_two_messages():
    assert piped(frame.pack(1) + frame.pack(2)) == (True, [1, 2])
    assert piped(frame.pack(1) + frame.pack(2)[:-1]) == (False, [1])
    assert piped(b"") == (True, [])


def test_who_no_longer_wants_it_hears_nothing_more():
    assert piped(frame.pack(1), cancelled=lambda: True) == (None, [])


def test_a_stream_has_a_time():
    assert piped(frame.pack(1), until=time.monotonic() - 1) == (False, [])


# Hostile blocks, behind all walls

pytest_locked = pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
START = """
import os, json, struct
def say(x):
    b = json.dumps(x).encode()
    os.write(4, struct.pack('!3sI', b'PB1', len(b)) + b)
class A(nn.Module):
    def forward(self, x):
        {}
        return x * torch.sigmoid(x.mean((2, 3), keepdim=True))
"""
FORM, ENDED = "in the form that was agreed on", "stopped its own process"
STEP = "{'content': {'net': 'with', 'step': 1, 'losses': [1.0], 'correct': None, 'train_correct': None, 'gates': []}}"
REFUSAL = "dict(content=dict(reason=dict(template='{0.__class__}', values=[])))"
HOSTILE = {
    "garbage": ("os.write(4, b'\\0' * 4096)", FORM),
    "no JSON": ("os.write(4, struct.pack('!3sI', b'PB1', 3) + b'NaN')", FORM),
    "a frame that claims gigabytes": ("os.write(4, struct.pack('!3sI', b'PB1', 4000000000))", FORM),
    "frames without an end": ("[say(dict(content=None)) for _ in iter(int, 1)]", FORM),
    "steps before the start": (f"say({STEP})", FORM),
    "steps without an end": (f"[say({STEP}) for _ in iter(int, 1)]", FORM),
    "a sentence of its own": (f"say({REFUSAL})", FORM),
    "bytes without an end": ("[os.write(4, b'PB1' + b'\\0\\0\\0\\0' ) for _ in iter(int, 1)]", FORM),
    "half a frame, then nothing": ("os.write(4, struct.pack('!3sI', b'PB1', 9000)); os._exit(0)", ENDED),
    "nothing at all": ("os._exit(0)", ENDED),
    "its pipe closed": ("os.close(4)", "stopped its own process"),
    "a loop": ("while True: pass", "it may use 2 seconds"),
    "all memory": ("torch.zeros(1 << 30)", "fails: RuntimeError"),
    "a file": ("open('/etc/passwd')", "fails: PermissionError"),
}


@pytest.fixture(scope="module")
def sandbox():
    found = Sandbox(Setup(spares=0, warm=("training",), catalogue="blocks", long_cpu_s=2, long_wall_s=6, slots=1))
    yield found
    found.stop()


def heard(sandbox: Sandbox, recipe: Recipe, **how) -> Progress:
    progress = Progress(recipe)
    sandbox.stream(job("training", to_json(recipe)), progress.hear, **how)
    progress.close()
    return progress


def outcome(sandbox: Sandbox, recipe: Recipe) -> str:
    """What the author of a block is told."""
    try:
        progress = heard(sandbox, recipe)
    except BlocklensError as error:
        return say(error.sentence, "en")
    return say(progress.refusal.reason, "en") if progress.refusal else ""


@pytest_locked
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_block_is_stopped_and_its_author_is_told(sandbox, name):
    code, words = HOSTILE[name]
    assert words in outcome(sandbox, Recipe(paste=START.replace("{}", code), epochs=1, per_class=10))


@pytest_locked
def test_an_honest_training_beside_them_comes_to_its_end(sandbox):
    progress = heard(sandbox, Recipe("eca", epochs=1, per_class=10))
    assert progress.finish is not None
    assert progress.share_done == 1


@pytest_locked
def test_it_is_cancelled_while_it_runs(sandbox):
    stops = iter([False] * 8)
    with pytest.raises(Cancelled):
        heard(sandbox, Recipe("cbam"), cancelled=lambda: next(stops, True))


@pytest_locked
def test_too_large_a_request_is_refused(sandbox):
    with pytest.raises(SandboxRefused, match="128 KB"):
        heard(sandbox, Recipe(paste="#" * 200_000))


@given(st.integers(0, 3), st.data())
def test_the_last_frame_counts_and_else_the_last_provisional_one(count, data):
    early = [frame.pack(frame.Provisional([number])) for number in range(count)]
    whole = b"".join(early) + frame.pack("final")
    end = data.draw(st.integers(0, len(whole)))
    answer = frame.Answer()
    cut = data.draw(st.integers(0, end))
    is_whole = [answer.feed(whole[:cut]), answer.feed(whole[cut:end])][-1]
    assert is_whole is (end == len(whole))
    told = sum(end >= len(b"".join(early[: number + 1])) for number in range(count))
    expected = "final" if is_whole else [told - 1] if told else None
    message = answer.message()
    assert (None if message is None else frame.unpack(message)) == expected


@pytest.mark.parametrize("data", [b"PB0" + b"\xff" * 4, b"PB2" + bytes(4), frame.pack(frame.Provisional(1)) * 9 + b"PB"])
def test_a_forged_provisional_frame_is_refused(data):
    with pytest.raises(InvalidInput):
        frame.Answer().feed(data)
