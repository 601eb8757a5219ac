"""What is said about a training: only what its numbers show, also where they do not show the paper's pattern."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explainer.training.findings import (
    accuracy,
    gate_sentences,
    pattern,
    ratio_sentences,
    score_sentences,
    seed_sentences,
    tracks,
)  # fmt: skip
from explainer.training.progress import Progress
from explainer.training.record import CLASSES, Finish, GateMeans, Recipe, Score


def gate(stage: int, spread: float, *, mean: float = 0.5, low: float = 0.4, chance: float = 0.0, number: int = 0) -> GateMeans:
    means = ((low, mean),) * CLASSES
    return GateMeans(stage, number, "channel", (2,), means, spread**2, spread**2, mean, low, 1.0, chance)


def track(*spreads: float) -> tuple[GateMeans, ...]:
    return tuple(gate(stage, spread) for stage, spread in enumerate(spreads))


def words(sentences) -> str:
    return " ".join(map(str, sentences))


@pytest.mark.parametrize(
    ("spreads", "expected"),
    [
        ((0.01, 0.02, 0.04), "rises"),
        ((0.01, 0.015, 0.019), "not"),
        ((0.02, 0.01, 0.05), "late"),
        ((0.04, 0.02, 0.01), "not"),
        ((0.01,), "not"),
    ],
    ids=str,
)
def test_the_papers_pattern_is_seen_where_it_is(spreads, expected):
    assert pattern(track(*spreads)) == expected


def test_a_pattern_is_told_with_its_numbers():
    said = words(gate_sentences(track(0.0015, 0.005, 0.02)))
    assert (
        "From stage 1 to stage 3 the classes move apart at every step: the spread between them grows from 0.0015 to 0.020."
        in said
    )
    assert "what Hu et al. 2018 saw" in said


def test_where_it_is_missing_that_is_told():
    said = words(gate_sentences(track(0.05, 0.02, 0.03)))
    assert "0.050 at stage 1, 0.030 at stage 3, and largest at stage 1" in said
    assert "does not show what Hu et al. 2018 saw" in said


def test_a_saturated_stage_is_left_out_and_named():
    open_throughout = gate(3, 0.0001, mean=0.999, low=0.99)
    assert pattern((*track(0.01, 0.02, 0.05), open_throughout)) == "rises"
    assert "stage 4 is 0.999 on average, nearly open for every picture" in words(
        gate_sentences((*track(0.01, 0.02), open_throughout))
    )
    partly = gate(3, 0.02, mean=0.99, low=0.3)
    assert "nearly open, but for a few of its units" in words(gate_sentences((*track(0.01, 0.02), partly)))
    assert "nearly shut" in words(gate_sentences((*track(0.01, 0.02), gate(3, 0.01, mean=0.01, low=0.01))))


def test_units_that_share_one_among_them_are_not_called_shut():
    shared = tuple(replace(gate(stage, 0.01 * 3**stage, mean=0.02), means=((0.02,) * 50,) * CLASSES) for stage in range(3))
    assert pattern(shared) == "rises"
    assert "shut" not in words(gate_sentences(shared))
    assert "shut" in words(gate_sentences(tuple(replace(g, means=((0.02,) * 9,) * CLASSES) for g in shared)))


def test_what_comes_by_chance_is_said_to():
    assert "explain 50.0 % of the gate's variance, hardly more than the 40.0 %" in words(
        gate_sentences((gate(0, 0.1, chance=0.4),))
    )


def finish(right: int, other: int | None = None) -> Finish:
    scores = [Score("with", right, (right, *[0] * 9))] + (
        [Score("without", other, (other, *[0] * 9))] if other is not None else []
    )
    return Finish(tuple(scores), track(0.01, 0.05), (60,) * CLASSES, 1)


def test_a_difference_within_chance_is_called_that():
    said = words(score_sentences(finish(590, 588)))
    assert "590 of 600 test pictures are named rightly, without it 588" in said
    assert "vary by about 4.6 by chance" in said  # sqrt(590 * 10 / 600 + 588 * 12 / 600)
    assert "does not tell the networks apart" in said
    assert "more than the" in words(score_sentences(finish(590, 500)))


def test_a_network_alone_is_not_compared():
    assert words(score_sentences(finish(590))) == "With the block 590 of 600 test pictures are named rightly."


def found(seed: int, right: int, other: int) -> Progress:
    return Progress(Recipe("eca", seed=seed), finish=finish(right, other))


def test_several_seeds_are_told_with_their_standard_error():
    close = seed_sentences([found(0, 590, 588), found(1, 585, 589), found(2, 592, 590)])
    assert "Over 3 seeds the block changes the accuracy by +0.00 points on average" in words(close)
    assert "no difference that could be told from chance" in words(close)
    apart = seed_sentences([found(0, 550, 588), found(1, 551, 589), found(2, 549, 588)])
    assert "by −6.39 points on average, with a standard error of 0.06." in words(apart)
    assert "In 3 of 3 runs" in words(apart)
    assert seed_sentences([found(0, 1, 2)]) == ()


def test_accuracy_is_that_of_the_test():
    assert accuracy(found(0, 300, 60), "without") == 0.1
    assert accuracy(Progress(Recipe()), "with") is None


def test_tracks_follow_each_gate_of_a_block():
    both = [gate(1, 0.1, number=1), gate(0, 0.1), gate(0, 0.1, number=1), gate(1, 0.1)]
    assert [[(g.stage, g.gate) for g in found] for found in tracks(both)] == [[(0, 0), (1, 0)], [(0, 1), (1, 1)]]


def test_ratios_are_told_apart_only_beyond_what_seeds_do():
    near = ratio_sentences({1: [0.97, 0.96, 0.98], 4: [0.975, 0.965, 0.985]}, [0.96, 0.97])
    assert "r is not seen to matter" in words(near)
    assert "Without the block it is 96.5 %." in words(near)
    far = ratio_sentences({1: [0.97, 0.972], 4: [0.90, 0.902]}, [])
    assert "The best mean is 97.1 % at r = 1, the worst 90.1 % at r = 4: more than the 0.28 points" in words(far)
    assert ratio_sentences({1: [0.97], 4: [0.9]}, []) == ()
