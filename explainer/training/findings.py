"""What a training showed, in sentences made from its numbers alone, whether or not they agree with the paper.

The paper is Hu et al. 2018, arXiv:1709.01507, section 7.2 and figures 5 to 7: in SE-ResNet-50 on ImageNet the gates are nearly
the same for all classes in early stages, differ between them in later ones, and near the end some are almost 1 for every picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev
from typing import Literal, TypeAlias

from explainer.training.progress import Progress
from explainer.training.record import Finish, GateMeans, Net
from explainer.types import Fill, Sentence, sentence

Pattern: TypeAlias = Literal["rises", "late", "not"]
_OPEN, _NEARLY_OPEN, _SHUT = 0.95, 0.9, 0.05
_ROUNDED = 1e-3  # means are sent with six digits
_CLEARLY = 2.0  # how many times as much counts as more


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean over seeds and the standard deviation between them, None for a single one."""

    mean: float
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(fmean(values), stdev(values) if len(values) > 1 else None)


def tracks(gates: Sequence[GateMeans]) -> tuple[tuple[GateMeans, ...], ...]:
    """The gates of the same place in the block, stage by stage: two tracks where a block has two gates."""
    numbers = sorted({gate.gate for gate in gates})
    return tuple(tuple(sorted((g for g in gates if g.gate == number), key=lambda g: g.stage)) for number in numbers)


def pattern(track: Sequence[GateMeans]) -> Pattern:
    """Whether the classes' gates move apart from stage to stage, leaving out stages where every picture gets the same gate.

    ``rises``: further apart at every stage, and at the last clearly more than at the first; ``late``: only the latter.
    """
    spreads = [sqrt(gate.between) for gate in track if not _is_saturated(gate)]
    if len(spreads) < 2 or spreads[-1] < _CLEARLY * spreads[0]:
        return "not"
    return "rises" if all(first < second for first, second in pairwise(spreads)) else "late"


def _is_saturated(gate: GateMeans) -> bool:
    return not _is_shared_out(gate) and (gate.mean > _OPEN or gate.mean < _SHUT)


def _is_shared_out(gate: GateMeans) -> bool:
    """Whether the units share 1 among them, as behind a softmax: then a small mean says nothing."""
    return all(abs(sum(row) - 1) < _ROUNDED for row in gate.means)


def score_sentences(finish: Finish) -> tuple[Sentence, ...]:
    """How many test pictures are named rightly, and what a difference between the two networks can mean."""
    count, right = sum(finish.class_counts), {score.net: score.correct for score in finish.scores}
    if "with" not in right:
        return (sentence("The network names {right} of {count} test pictures rightly.", right=right["without"], count=count),)
    if "without" not in right:
        return (sentence("With the block {right} of {count} test pictures are named rightly.", right=right["with"], count=count),)
    said = sentence(
        "With the block {right} of {count} test pictures are named rightly, without it {other}.",
        right=right["with"], count=count, other=right["without"],
    )  # fmt: skip
    difference = right["with"] - right["without"]
    noise = sqrt(sum(number * (count - number) / count for number in right.values()))
    if abs(difference) <= 2 * noise or difference == 0:
        return said, sentence(
            "Such counts vary by about {noise} by chance, so this one run does not tell the networks apart.",
            noise=f"{max(noise, 1.0):.1f}",
        )
    verdict = sentence("That is more than the {noise} by which such counts vary by chance.", noise=f"{noise:.1f}")
    return said, verdict


def gate_sentences(track: Sequence[GateMeans]) -> tuple[Sentence, ...]:
    """What the gates of one track show about classes, stage by stage, and whether it is what the paper saw."""
    alive = [gate for gate in track if not _is_saturated(gate)]
    said = list(_spread_sentences(alive))
    said += [_saturated(gate) for gate in track if _is_saturated(gate)]
    said += [_by_chance(gate) for gate in alive if _is_chance(gate)]
    return tuple(said)


def _spread_sentences(alive: Sequence[GateMeans]) -> tuple[Sentence, ...]:
    if len(alive) < 2:
        return ()
    first, last = alive[0], alive[-1]
    ends: dict[str, Fill] = {
        "first": first.stage + 1, "last": last.stage + 1,
        "low": _number(sqrt(first.between)), "high": _number(sqrt(last.between)),
    }  # fmt: skip
    found = pattern(alive)
    if found == "rises":
        said = sentence(
            "From stage {first} to stage {last} the classes move apart at every step:"
            " the spread between them grows from {low} to {high}.",
            **ends,
        )
        return said, sentence("Alike early and class-specific late: that is what Hu et al. 2018 saw on ImageNet.")
    if found == "late":
        said = sentence(
            "The spread between classes is {high} at stage {last} and {low} at stage {first},"
            " though it does not grow at every step.",
            **ends,
        )
        return said, sentence("Late stages tell classes apart more than early ones, as Hu et al. 2018 saw on ImageNet.")
    most = max(alive, key=lambda gate: gate.between)
    said = sentence(
        "The spread between classes is {low} at stage {first}, {high} at stage {last}, and largest at stage {most}.",
        **ends, most=most.stage + 1,
    )  # fmt: skip
    return said, sentence("So this run does not show what Hu et al. 2018 saw: alike early, class-specific late.")


def _saturated(gate: GateMeans) -> Sentence:
    values: dict[str, Fill] = {"stage": gate.stage + 1, "mean": _number(gate.mean)}
    if gate.mean > _OPEN and min(min(row) for row in gate.means) < _NEARLY_OPEN:
        return sentence("The gate of stage {stage} is {mean} on average: nearly open, but for a few of its units.", **values)
    if gate.mean > _OPEN:
        return sentence(
            "The gate of stage {stage} is {mean} on average, nearly open for every picture: there the block does almost nothing."
            " Hu et al. 2018 found such a stage near the end of their network, too.",
            **values,
        )
    return sentence("The gate of stage {stage} is {mean} on average, nearly shut for every picture.", **values)


def _is_chance(gate: GateMeans) -> bool:
    return gate.share is not None and gate.shuffled is not None and gate.share < _CLEARLY * gate.shuffled


def _by_chance(gate: GateMeans) -> Sentence:
    return sentence(
        "At stage {stage} the classes explain {share} of the gate's variance, hardly more than the {chance} that come by chance.",
        stage=gate.stage + 1, share=_percent(gate.share or 0.0), chance=_percent(gate.shuffled or 0.0),
    )  # fmt: skip


def accuracy(progress: Progress, net: Net) -> float | None:
    """The share of test pictures that a network names rightly at the end; None where it was not trained to it."""
    finish = progress.finish
    score = next((score for score in finish.scores if score.net == net), None) if finish else None
    return score.correct / sum(finish.class_counts) if finish and score else None


def seed_sentences(found: Sequence[Progress]) -> tuple[Sentence, ...]:
    """What several seeds show together: accuracies with their spread, and in how many of them the classes move apart."""
    pairs = [(accuracy(progress, "with"), accuracy(progress, "without")) for progress in found]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    if len(both) < 2:
        return ()
    difference = Spread.of([one - other for one, other in both])
    assert difference.deviation is not None
    error = difference.deviation / sqrt(len(both))
    template = (
        sentence(
            "Over {count} seeds the block changes the accuracy by {mean} points on average, with a standard error of {error}:"
            " no difference that could be told from chance.",
            count=len(both), mean=_points(difference.mean), error=_points(error, signed=False),
        )
        if abs(difference.mean) <= 2 * error
        else sentence(
            "Over {count} seeds the block changes the accuracy by {mean} points on average, with a standard error of {error}.",
            count=len(both), mean=_points(difference.mean), error=_points(error, signed=False),
        )
    )  # fmt: skip
    return (template, *_seed_patterns(found))


def _seed_patterns(found: Sequence[Progress]) -> tuple[Sentence, ...]:
    first = [tracks(progress.finish.gates)[0] for progress in found if progress.finish and progress.finish.gates]
    if not first:
        return ()
    later = sum(pattern(track) != "not" for track in first)
    rises = sum(pattern(track) == "rises" for track in first)
    return (
        sentence(
            "In {later} of {count} runs the last stage that is not saturated tells classes apart clearly more than the first;"
            " in {rises} the spread grows at every stage.",
            later=later, rises=rises, count=len(first),
        ),
    )  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.3f}" if value >= 0.01 else f"{value:.2g}"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _points(share: float, *, signed: bool = True) -> str:
    return f"{share * 100:+.2f}".replace("-", "−") if signed else f"{share * 100:.2f}"


def ratio_sentences(found: Mapping[int, Sequence[float]], without: Sequence[float]) -> tuple[Sentence, ...]:
    """Whether the reduction ratio mattered to the accuracy, against how much seeds differ; nothing before every ratio has two."""
    if len(found) < 2 or any(len(values) < 2 for values in found.values()):
        return ()
    means = {reduction: fmean(values) for reduction, values in found.items()}
    best, worst = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    count = min(map(len, found.values()))
    noise = _CLEARLY * fmean(stdev(values) for values in found.values()) * sqrt(2 / count)
    gap: dict[str, Fill] = {
        "best": best, "worst": worst, "high": _percent(means[best]), "low": _percent(means[worst]),
        "noise": _points(noise, signed=False),
    }  # fmt: skip
    said = [
        sentence(
            "The best mean is {high} at r = {best}, the worst {low} at r = {worst}. Two such means differ by up to {noise} points"
            " through the seeds alone, so r is not seen to matter here.",
            **gap,
        )
        if means[best] - means[worst] <= noise
        else sentence(
            "The best mean is {high} at r = {best}, the worst {low} at r = {worst}: more than the {noise} points by which two"
            " such means differ through the seeds alone.",
            **gap,
        )
    ]
    if len(without) > 1:
        said.append(sentence("Without the block it is {mean}.", mean=_percent(fmean(without))))
    return tuple(said)
