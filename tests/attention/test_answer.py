"""The gates of pastes: seen in the sandbox, and checked when the answer comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explainer.attention import pictures
from explainer.attention.answer import answer
from explainer.attention.question import Answer, EffectsWanted, Question, ask, question_of
from explainer.attention.records import Edit, Grid, Wanted, Weights
from explainer.attention.uploads import entry_of
from explainer.codec import to_json
from explainer.errors import InvalidInput, SandboxRefused
from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.sandbox.client import Sandbox
from explainer.sandbox.lockdown import can_filter
from explainer.sandbox.setup import Setup
from explainer.types import Input, sentence

PHOTOS = tuple(pictures.photo(name, 16, 16) for name in ("cat", "stripes"))
GATE = """class Gate(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        gate = torch.sigmoid(self.fc(x.mean((2, 3))))
        return x * gate.view(-1, 8, 1, 1)
"""


def question(source: str = GATE, target: str = "Gate", **more) -> Question:
    usual = {"inputs": (Input((1, 8, 16, 16)),), "weights": Weights(), "wanted": Wanted()}
    return Question(source=source, target=target, arguments=(), stand_ins=(), photos=PHOTOS, **usual | more)


@pytest.fixture(scope="module")
def behind():
    if not can_filter():
        pytest.skip("this kernel has no seccomp filters")
    with Behind(Sandbox(Setup(warm=("optim",), stand_ins="blocks.stand_ins"))) as found:
        yield found


def test_a_paste_is_looked_at_behind_the_wall_as_it_would_be_here(behind):
    result = behind.run(Request(GATE))
    asked = replace(question_of(result, (), PHOTOS, Weights(3), Wanted(unit=2)), inputs=(Input((1, 8, 16, 16)),))
    seen, _ = ask(behind, asked)
    assert seen is not None
    (gate,) = seen.gates
    assert (gate.kind, gate.line, len(gate.units), len(gate.units[0])) == ("channel", 8, 2, 8)
    assert gate.triples[0].unit == 2
    here = answer(asked).seen
    assert here is not None
    for there, own in zip(gate.units, here.gates[0].units, strict=True):
        assert there == pytest.approx(own, abs=1e-5)


@pytest.mark.parametrize(("source", "rows"), [(GATE, 2), (GATE.replace("-1, 8", "5, 8"), 5)], ids=["any batch", "only five"])
def test_a_batch_of_a_demo_gives_way_to_the_pictures_where_it_can(source: str, rows: int) -> None:
    seen = answer(question(source, inputs=(Input((5, 8, 16, 16)),))).seen
    assert seen is not None
    assert len(seen.gates[0].units) == rows
    assert len(seen.samples) == (2 if rows == 2 else 1)


def test_weights_and_edits_reach_the_paste(behind):
    import torch

    entries = (entry_of("fc.weight", torch.zeros(8, 8)), entry_of("fc.bias", torch.arange(8.0) - 4))
    seen, _ = ask(behind, question(weights=Weights(0, entries, (Edit("fc.bias", (0,), 4.0),))))
    assert seen is not None
    assert seen.report is not None
    assert seen.report.loaded == ("fc.weight", "fc.bias")
    expected = (torch.tensor([4.0, -3, -2, -1, 0, 1, 2, 3])).sigmoid().tolist()
    assert seen.gates[0].units[0] == pytest.approx(expected, abs=1e-5)


def test_what_a_gate_changes_is_computed_behind_the_wall(behind):
    _, found = ask(behind, question(effects=EffectsWanted(0, 3)))
    assert found is not None
    assert [row.kind for row in found.rows] == ["on", "off", "ones", "even", "zero", "held"]
    assert found.rows[1].change is not None
    assert found.rows[1].gradient is not None


HOSTILE = {
    "a loop": ("        while True: pass\n        return x", "stopped"),
    "an exception": ("        raise ValueError('no <b>')", "no <b>"),
    "an end": ("        import os; os._exit(0)", "ended its own process"),
    "a file": ("        return x * open('/etc/passwd').read()", "PermissionError|OSError|FileNotFoundError|denied|not permitted"),
    "no gate at all": ("        return x", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_paste_that_does_harm_gets_a_sentence(behind, name):
    body, message = HOSTILE[name]
    source = f"class Gate(nn.Module):\n    def forward(self, x):\n{body}\n"
    if not message:
        seen, _ = ask(behind, question(source))
        assert seen is not None
        assert seen.gates == ()
        return
    with pytest.raises(SandboxRefused, match=message):
        ask(behind, question(source))


class Forged:
    """A sandbox whose paste has written its answer itself."""

    def __init__(self, found: object) -> None:
        self._found = found

    def ask(self, *_: object, **__: object) -> object:
        return self._found


def forged(found: Answer | object) -> Behind:
    return Behind(Forged(to_json(found) if isinstance(found, Answer) else found))  # type: ignore[arg-type]


HONEST = answer(question())
CHANGED = answer(question(effects=EffectsWanted(0, 1)))


def with_gate(**changes: object) -> Answer:
    assert HONEST.seen is not None
    return replace(HONEST, seen=replace(HONEST.seen, gates=(replace(HONEST.seen.gates[0], **changes),)))


def test_the_honest_answers_pass():
    assert ask(forged(HONEST), question())[0] == HONEST.seen
    assert ask(forged(CHANGED), question())[1] == CHANGED.effects


LIES = {
    "nothing": None,
    "another record": {"seen": {}},
    "a grid with too few numbers": with_gate(grid=Grid(4, 4, "AAAA", 0.0, 1.0, 4, 4)),
    "a grid that is no base64": with_gate(grid=Grid(1, 1, "<b>", 0.0, 1.0, 1, 1)),
    "a grid without an end": with_gate(grid=Grid(100_000, 100_000, "", 0.0, 1.0, 100_000, 100_000)),
    "a grid upside down": with_gate(grid=Grid(1, 1, "AAA=", 1.0, 0.0, 1, 1)),
    "rows of different lengths": with_gate(units=((0.5, 0.5), (0.5,))),
    "no branches": with_gate(branches=0),
    "a head that is not there": with_gate(heads=2, head=5),
    "an op before the first": with_gate(op=-1),
    "a name without an end": with_gate(squash="x" * 5000),
    "more numbers than can be drawn": with_gate(units=((0.5,) * 400_000,)),
    "a sentence of its own": Answer(refusal=sentence("{x.__class__}", x=1)),
    "a row that is no row": replace(CHANGED, effects=replace(CHANGED.effects, rows=())) if CHANGED.effects else None,
}


@pytest.mark.parametrize("name", LIES)
def test_an_answer_that_does_not_hang_together_is_refused(name):
    with pytest.raises(InvalidInput, match="in the form that was agreed on"):
        ask(forged(LIES[name]), question())
