"""The gates of a paste, seen where a paste may run."""

from __future__ import annotations

from typing import Any

from explainer.attention.effects import effects
from explainer.attention.observe import Subject, one_at_a_time, see
from explainer.attention.question import Answer, EffectsWanted, Question
from explainer.attention.records import Photo, Wanted, Weights
from explainer.codec import from_json, to_json
from explainer.errors import BlocklensError, InvalidInput
from explainer.paste.printing import quiet
from explainer.paste.targets import find_targets, on, plan
from explainer.paste.workspace import FILE, mishap, open_workspace
from explainer.types import Input, sentence

MAX_MACS, SPARE_MACS = 1_000_000_000, 500_000_000
EFFECTS_MACS = 400_000_000
_REHEARSED = """
class Gate(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean((2, 3))) + self.fc(x.amax((2, 3)))).view(-1, 8, 1, 1)
"""


def run_request(request: Any) -> Any:
    """The JSON form of the Answer to the JSON form of a Question."""
    return to_json(answer(from_json(Question, request)))


def answer(question: Question) -> Answer:
    """What the module's gates do. Only ever called where a paste may run."""
    try:
        with quiet():
            subject = _subject(question)
            if question.effects is None:
                return Answer(seen=see(subject, question.photos, question.weights, question.wanted))
            own = question.effects
            found = effects(subject, question.photos[0], question.weights, own.gate, own.unit, own.channel, EFFECTS_MACS)
            return Answer(effects=found)
    except BlocklensError as error:
        return Answer(refusal=error.sentence)
    except BaseException as error:  # noqa: BLE001 - the module is the paste's, and may do anything
        stopped = mishap("run", error)
        return Answer(
            refusal=sentence("The paste stopped: {error}: {message}", error=stopped.error, message=stopped.message[:300])
        )


def _subject(question: Question) -> Subject:
    space = open_workspace(question.source, dict(question.stand_ins))
    target = next((target for target in find_targets(space) if target.name == question.target), None)
    if target is None or target.kind == "script":
        raise InvalidInput("There is no class here that could look at a picture.")
    how = plan(space, target, dict(question.arguments))
    files = frozenset({FILE})
    subject = Subject(lambda: on("cpu", how.make), question.inputs, files, max_macs=MAX_MACS, spare_macs=SPARE_MACS)
    return one_at_a_time(subject)


def rehearse() -> None:
    """Looks at a little gate in advance: what torch loads on first use must be there before a child is locked."""
    grey = Photo("grey", 4, 4, "gICA" * 16)
    for wanted in (None, EffectsWanted(0)):
        found = answer(Question(_REHEARSED, "Gate", (), (Input((1, 8, 4, 4)),), (), (grey, grey), Weights(), Wanted(), wanted))
        assert found.refusal is None, found.refusal
