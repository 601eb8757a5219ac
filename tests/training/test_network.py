"""The network that is trained, its gates, and the pictures that it is trained on."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from blocks import CATALOGUE
from explainer.errors import InvalidInput
from explainer.training.data import digits, split
from explainer.training.network import Network, check_fit, from_catalogue, look
from explainer.training.record import CLASSES, WIDTHS


def test_the_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    theirs = load_digits()
    ours = digits()
    assert torch.equal(ours.pictures.reshape(-1, 64) * 16, torch.from_numpy(theirs.data).float())
    assert ours.classes.tolist() == theirs.target.tolist()


def test_a_split_keeps_a_third_of_every_class_and_shares_no_picture():
    found, whole = split(3), digits()
    counts = torch.bincount(whole.classes)
    assert torch.bincount(found.test.classes).tolist() == [round(int(count) / 3) for count in counts]
    assert len(found.train.classes) + len(found.test.classes) == len(whole.classes)
    rows = torch.cat([found.train.pictures, found.test.pictures]).reshape(-1, 64)
    assert len(rows.unique(dim=0)) == len(whole.pictures.reshape(-1, 64).unique(dim=0))
    assert torch.equal(split(3).test.pictures, found.test.pictures)
    assert not torch.equal(split(4).test.pictures, found.test.pictures)


def test_fewer_training_pictures_leave_the_test_as_it_is():
    few = split(3, 10)
    assert torch.bincount(few.train.classes).tolist() == [10] * CLASSES
    assert torch.equal(few.test.pictures, split(3).test.pictures)


def test_the_same_seed_gives_the_same_convolutions_with_any_block_and_without():
    nets = [Network(build, 5) for build in (None, from_catalogue("squeeze_excite", {"reduction": 4}), from_catalogue("eca", {}))]
    first, *others = ([*net.stages.parameters(), *net.head.parameters()] for net in nets)
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))


def test_gates_set_by_hand_are_seen_as_they_are():
    """With no weights and the bias log(3) the gate is 3/4 for every picture and channel."""
    net = Network(from_catalogue("squeeze_excite", {"reduction": 4}), 0)
    for block in net.blocks:
        nn.init.zeros_(block.expand.weight)
        nn.init.constant_(block.expand.bias, torch.log(torch.tensor(3.0)))
    part = split(0).test
    found = list(look(net, part.pictures).means(part.classes, 0))
    assert [(gate.stage, gate.kind, len(gate.means[0])) for gate in found] == [
        (stage, "channel", width) for stage, width in enumerate(WIDTHS)
    ]
    assert all(row == tuple([0.75] * len(row)) for gate in found for row in gate.means)
    assert all(gate.share is None for gate in found)


def test_looking_changes_nothing_of_what_the_network_says():
    net = Network(from_catalogue("cbam", {"reduction": 4}), 0).eval()
    pictures = split(0).test.pictures[:9]
    with torch.no_grad():
        assert torch.allclose(look(net, pictures).scores, net(pictures), atol=1e-6)


def test_both_gates_of_cbam_are_seen_in_every_stage():
    net = Network(from_catalogue("cbam", {"reduction": 4}), 0)
    part = split(0).test
    kinds = [(gate.stage, gate.kind) for gate in look(net, part.pictures).means(part.classes, None)]
    assert kinds == [(stage, kind) for stage in range(4) for kind in ("channel", "spatial")]


def test_settings_reach_the_block():
    widths = [from_catalogue("squeeze_excite", {"reduction": ratio})(32).reduce.out_channels for ratio in (2, 8)]
    assert widths == [16, 4]


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda width: nn.Conv2d(width, width, 3), "it must keep the shape"),
        (lambda _width: _Two(), "gives back tuple and no single tensor"),
    ],
    ids=["another shape", "two tensors"],
)
def test_what_cannot_stand_in_the_network_is_told_why(build, words):
    with pytest.raises(InvalidInput, match=words):
        check_fit(build)


class _Two(nn.Module):
    def forward(self, x):
        return x, x


def test_a_block_that_is_not_there_is_refused():
    with pytest.raises(InvalidInput, match="no block named nonsense"):
        from_catalogue("nonsense", {})
    assert "squeeze_excite" in CATALOGUE
