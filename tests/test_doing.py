"""What is said of an op is true: each claim is held against torch's own numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explainer.doing import doing
from explainer.gates import find_gates
from explainer.language import LANGUAGES, say
from explainer.trace import trace

Check = Callable[..., bool]


class Calls(nn.Module):
    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *given: Tensor) -> Tensor:
        return self.function(*given)


def said(module: nn.Module, *given: Tensor, lang: str = "en") -> str:
    """The sentence of the last op."""
    found = trace(module, *given)
    return say(doing(found.ops[-1], found), lang)


def image(channels: int = 4, side: int = 6) -> Tensor:
    return torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(0)) * 3 + 1


def is_standard(x: Tensor, axes: tuple[int, ...]) -> bool:
    zero, one = x.mean(axes), x.var(axes, unbiased=False)
    return torch.allclose(zero, torch.zeros(()), atol=1e-5) and torch.allclose(one, torch.ones(()), atol=1e-3)


def adds_up(x: Tensor, axis: int) -> bool:
    return torch.allclose(x.sum(axis), torch.ones(()))


def acts_alone(function: Callable[[Tensor], Tensor]) -> bool:
    """Whether a number's result depends on it alone: changing all others leaves it as it was."""
    x = image()
    other = torch.randn_like(x)
    other[0, 1, 2, 3] = x[0, 1, 2, 3]
    return torch.equal(function(x)[0, 1, 2, 3], function(other)[0, 1, 2, 3])


NORMS: dict[str, tuple[nn.Module, str, Check]] = {
    "instance": (
        nn.InstanceNorm2d(4),
        "In each sample each of the 4 channels is brought to mean 0 and variance 1 over its 36 positions.",
        lambda y: is_standard(y, (2, 3)),
    ),
    "layer": (
        nn.LayerNorm((6, 6), elementwise_affine=False),
        "Every group of 6 × 6 numbers is brought to mean 0 and variance 1.",
        lambda y: is_standard(y, (2, 3)),
    ),
    "group": (
        nn.GroupNorm(2, 4, affine=False),
        "In each sample the 4 channels form 2 groups; the numbers of each are brought to mean 0 and variance 1.",
        lambda y: is_standard(y.view(2, 2, 2, 6, 6), (2, 3, 4)),
    ),
    "one group": (
        nn.GroupNorm(1, 4, affine=False),
        "In each sample the numbers of all 4 channels together are brought to mean 0 and variance 1.",
        lambda y: is_standard(y, (1, 2, 3)),
    ),
    "batch": (
        nn.BatchNorm2d(4, affine=False, track_running_stats=False),
        "Each of the 4 channels is brought to mean 0 and variance 1 over this batch.",
        lambda y: is_standard(y, (0, 2, 3)),
    ),
    "root mean square": (
        nn.RMSNorm(6, elementwise_affine=False),
        "Every group of 6 numbers is divided by the root of its mean square.",
        lambda y: torch.allclose(y.square().mean(-1), torch.ones(()), atol=1e-3) and not is_standard(y, (-1,)),
    ),
    "length": (
        Calls(lambda x: F.normalize(x, dim=1)),
        "The 4 numbers along axis 1 are divided by their 2-norm, which is 1 afterwards.",
        lambda y: torch.allclose(y.norm(dim=1), torch.ones(())),
    ),
    "softmax": (nn.Softmax2d(), "Every 4 numbers become weights between 0 and 1 that add up to 1.", lambda y: adds_up(y, 1)),
    "softmax of no axis": (
        Calls(lambda x: F.softmax(x, _stacklevel=1)),
        "Every 4 numbers become weights between 0 and 1 that add up to 1.",
        lambda y: adds_up(y, 1),
    ),
    "log softmax": (
        nn.LogSoftmax(1),
        "Every 4 numbers become the logarithms of weights between 0 and 1 that add up to 1.",
        lambda y: adds_up(y.exp(), 1),
    ),
    "running sum": (
        Calls(lambda x: x.cumsum(-1)),
        "Along axis 3 every number becomes the sum of itself and all before it.",
        lambda y: torch.allclose(y[..., -1], image().sum(-1), atol=1e-4),
    ),
}


@pytest.mark.filterwarnings("ignore:Implicit dimension")
@pytest.mark.parametrize("name", NORMS)
def test_what_is_measured_against_others_is_not_said_to_be_alone(name: str) -> None:
    module, expected, holds = NORMS[name]
    module.eval()
    assert said(module, image()) == expected
    assert holds(module(image()))
    assert not acts_alone(module)


SINGLE: dict[str, tuple[Callable[[Tensor], Tensor], str, Callable[[Tensor], Tensor]]] = {
    "rsub": (lambda x: 1 - x, "Every number is subtracted from 1; the shape stays.", lambda x: -(x - 1)),
    "rdiv": (lambda x: 2 / x, "2 is divided by every number; the shape stays.", lambda x: x.reciprocal() * 2),
    "pow": (lambda x: x**2, "Every number is raised to the power 2; the shape stays.", lambda x: x * x),
    "floor": (lambda x: x // 2, "Every number is divided by 2 and rounded down; the shape stays.", lambda x: (x / 2).floor()),
    "clamp": (
        lambda x: x.clamp(-1, 2),
        "Numbers below −1 become −1, those above 2 become 2; the shape stays.",
        lambda x: torch.where(x < -1, -1.0, torch.where(x > 2, 2.0, x)),
    ),
    "relu6": (
        F.relu6,
        "Numbers below 0 become 0, those above 6 become 6; the shape stays.",
        lambda x: torch.where(x < 0, 0.0, torch.where(x > 6, 6.0, x)),
    ),
    "leaky": (
        F.leaky_relu,
        "Negative numbers are multiplied by 0.01, the others pass; the shape stays.",
        lambda x: torch.where(x < 0, 0.01 * x, x),
    ),
    "silu": (F.silu, "Every number is multiplied by its own sigmoid; the shape stays.", lambda x: x * torch.sigmoid(x)),
    "hard swish": (
        F.hardswish,
        "Every number is multiplied by its own hard sigmoid; the shape stays.",
        lambda x: x * F.hardsigmoid(x),
    ),
    "threshold": (
        lambda x: F.threshold(x, 0.5, 7.0),
        "Numbers that are not above 0.5 become 7, the others pass; the shape stays.",
        lambda x: torch.where(x > 0.5, x, 7.0),
    ),
    "gelu": (F.gelu, "Every number passes through GELU by itself; the shape stays.", F.gelu),
}


@pytest.mark.parametrize("name", SINGLE)
def test_what_acts_on_every_number_by_itself(name: str) -> None:
    function, expected, same = SINGLE[name]
    assert said(Calls(function), image()) == expected
    assert torch.allclose(function(image()), same(image()), atol=1e-5)
    assert acts_alone(function)


WINDOWS: dict[str, tuple[nn.Module, str]] = {
    "a window that is not the whole map": (
        nn.MaxPool2d(4),
        "Each window keeps its largest number: 6 × 6 positions become 1 × 1.",
    ),
    "the whole map": (nn.MaxPool2d(6), "Every channel keeps the largest of its 36 positions."),
    "another divisor": (
        nn.AvgPool2d(2, divisor_override=3),
        "Each window is summed up and divided by 3: 6 × 6 positions become 3 × 3.",
    ),
    "another divisor, the whole map": (
        nn.AvgPool2d(6, divisor_override=3),
        "Each window is summed up and divided by 3: 6 × 6 positions become 1 × 1.",
    ),
    "a norm": (nn.LPPool2d(3, 2), "Each window becomes the 3-norm of its numbers: 6 × 6 positions become 3 × 3."),
    "every channel by itself": (
        nn.Conv2d(4, 4, 3, groups=4),
        "Each of the 4 channels has a window of 3 × 3 of its own, and none is mixed with another: 6 × 6 positions become 4 × 4.",
    ),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_windows(name: str) -> None:
    module, expected = WINDOWS[name]
    assert said(module, image()) == expected


SEVERAL: dict[str, tuple[Callable[..., Tensor], tuple[Tensor, ...], str]] = {
    "expanded along an axis of size 1": (
        lambda x: x.expand(-1, 4, -1, -1),
        (image(1),),
        "Along axes of size 1 the numbers are used again: 2 × 1 × 6 × 6 → 2 × 4 × 6 × 6; nothing is copied.",
    ),
    "expanded along a new axis": (
        lambda x: x.expand(3, -1, -1, -1, -1),
        (image(),),
        "Along the new axes in front the numbers are used again: 2 × 4 × 6 × 6 → 3 × 2 × 4 × 6 × 6; nothing is copied.",
    ),
    "nothing comes out": (F.linear, (torch.ones(2, 3), torch.ones(0, 3)), "The layer has no outputs: of 3 numbers none is left."),
    "nothing comes in": (F.linear, (torch.ones(2, 0), torch.ones(3, 0)), "No number comes in, so each of the 3 outputs is 0."),
    "nothing comes in but a bias": (
        F.linear,
        (torch.ones(2, 0), torch.ones(3, 0), torch.ones(3)),
        "No number comes in, so each of the 3 outputs is its bias.",
    ),
    "scaled second operand": (
        lambda x, y: torch.add(x, y, alpha=2),
        (image(), image()),
        "2 times the second tensor meets the first element by element with +: 2 × 4 × 6 × 6.",
    ),
    "both are broadcast": (
        lambda x, y: x[:, None] * y[None],
        (torch.ones(3), torch.ones(4)),
        "Element by element with ×; 3 × 1 and 1 × 4 are both broadcast to 3 × 4.",
    ),
    "the larger of two": (
        torch.max,
        (image(), image()),
        "Two tensors of 2 × 4 × 6 × 6 meet element by element with max.",
    ),
    "summed indices": (
        lambda x, y: torch.einsum("bij,bjk->bik", x, y),
        (torch.ones(1, 3, 4), torch.ones(1, 4, 5)),
        "Products are summed up over the indices that the result lacks (j in bij,bjk->bik): 1 × 3 × 5.",
    ),
    "the dot product": (torch.matmul, (torch.ones(4), torch.ones(4)), "4 products are summed up: one number is left."),
    "an index that copies": (
        lambda x: x[:, [0, 2]],
        (image(),),
        "Entries are picked by their index: 2 × 2 × 6 × 6 from 2 × 4 × 6 × 6.",
    ),
    "an index that only adds an axis": (
        lambda x: x[..., None],
        (image(),),
        "The same 288 numbers with other axes, 2 × 4 × 6 × 6 → 2 × 4 × 6 × 6 × 1; nothing is computed.",
    ),
    "a new tensor": (lambda _: torch.zeros(3), (image(),), "A new tensor of 3, filled with 0."),
    "a new tensor like another": (lambda x: x.new_full((2, 3), 4), (image(),), "A new tensor of 2 × 3, filled with 4."),
    "counted": (lambda _: torch.arange(0, 7, 2), (image(),), "The 4 numbers 0, 2, … up to 6."),
    "spread": (lambda _: torch.linspace(-1, 1, 5), (image(),), "5 numbers from −1 to 1, equally far apart."),
    "random": (torch.rand_like, (image(),), "New random numbers between 0 and 1: 2 × 4 × 6 × 6; each forward draws others."),
    "unit matrix": (lambda _: torch.eye(3), (image(),), "A new matrix of 3 × 3 with 1 on the diagonal and 0 elsewhere."),
    "a mask without an end": (
        lambda x: x.masked_fill(x > 0, float("-inf")), (image(),), "Where the mask holds, numbers become −∞; the others stay.",
    ),
    "above a moved diagonal": (
        lambda x: x.triu(1), (image(),), "Everything below the diagonal moved by 1 becomes 0; the shape stays.",
    ),
    "padded on one side": (
        lambda x: F.pad(x, (3, 0)), (image(),),
        "Cells of 0 are put before and after (axis: before + after) 3: 3 + 0: 2 × 4 × 6 × 6 → 2 × 4 × 6 × 9.",
    ),
    "padded all around": (
        lambda x: F.pad(x, (1, 1, 1, 1)), (image(),), "Cells of 0 are put around: 2 × 4 × 6 × 6 → 2 × 4 × 8 × 8.",
    ),
    "cut at the edges": (
        lambda x: F.pad(x, (-1, -1)), (image(),), "Cells are cut off at the edges: 2 × 4 × 6 × 6 → 2 × 4 × 6 × 4.",
    ),
    "rolled": (
        lambda x: torch.roll(x, (1, -2), dims=(2, -1)), (image(),),
        "The numbers move by 1 (2), −2 (3) places (along axis); what is pushed out comes in at the other end.",
    ),
    "one alone is joined": (
        lambda x: torch.cat([x], 1), (image(),),
        "Only one tensor is given, so nothing is joined: 2 × 4 × 6 × 6.",
    ),
    "one number for all": (
        lambda x: x * x.mean(), (image(),), "Every number meets the one number of the other tensor with ×: 2 × 4 × 6 × 6.",
    ),
    "an outer product": (
        torch.outer, (torch.ones(3), torch.ones(2)), "Every number of the first, 3, times every number of the second, 2: 3 × 2.",
    ),
    "distances": (
        torch.cdist, (torch.ones(5, 3), torch.ones(2, 3)), "The distance of each of 5 rows of 3 numbers to each of 2: 5 × 2.",
    ),
    "cosine along the usual axis": (
        F.cosine_similarity, (torch.ones(5, 3), torch.ones(5, 3)),
        "The 3 numbers along axis 1 of both tensors become one: the cosine of the angle between them.",
    ),
    "between": (
        torch.lerp, (torch.ones(3), torch.ones(3), torch.ones(3)),
        "Every number lies between the first tensor and the second, as far along as the third says: 3.",
    ),
    "pairs": (
        torch.view_as_complex, (torch.ones(3, 2),),
        "The two numbers along the last axis are read as one complex number: 3 × 2 → 3.",
    ),
    "frequencies": (
        torch.fft.rfft, (torch.ones(8),),
        (
            "Real numbers are taken apart into frequencies, complex numbers of which the second half would mirror the first and"
            " is left out: 8 → 5."
        ),
    ),
    "places in order": (
        lambda x: x.argsort(1), (image(),),
        "Along axis 1 the places of the 4 numbers, in the order of their size.",
    ),
    "one number": (
        F.smooth_l1_loss,
        (image(), image()),
        "smooth_l1_loss makes one number from 2 × 4 × 6 × 6, 2 × 4 × 6 × 6.",
    ),
    "a loss": (
        F.mse_loss,
        (image(), image()),
        "The mean of the squared differences of 288 pairs of numbers: one number.",
    ),
    "two numbers": (lambda x: x.sum() + x.mean(), (image(),), "Two numbers become one with +."),
    "no later keys": (
        lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
        (image(),),
        (
            "Each of the 6 queries is compared only with those of the 6 keys that do not come after it; the softmax"
            " of that weights the values it gathers."
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_more_than_one_tensor(name: str) -> None:
    function, given, expected = SEVERAL[name]
    assert said(Calls(function), *given) == expected


class Memory(nn.Module):
    """Attention to a table of learned rows, as external attention has it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys, self.values = nn.Linear(8, 5, bias=False), nn.Linear(5, 8, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.values(torch.softmax(self.keys(x), -1))


class Experts(nn.Module):
    """Three layers side by side, mixed by weights that are the same for all that each of them makes."""

    def __init__(self) -> None:
        super().__init__()
        self.experts, self.router = nn.ModuleList(nn.Linear(8, 8) for _ in range(3)), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([expert(x) for expert in self.experts], -1) * self.router(x).softmax(-1).unsqueeze(-2)


class Weighted(nn.Module):
    """Tokens of the input weighed by one number each."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.score(x).softmax(1)).sum(1)


class Pooled(nn.Module):
    """A map whose positions are summed up by weights, as a global context has it."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2) @ torch.softmax(self.mask(x).flatten(2), 2).transpose(1, 2)


GATED: dict[str, tuple[nn.Module, Tensor, str]] = {
    "branches": (
        Experts(),
        torch.ones(4, 8),
        "Each of the 3 branches is multiplied by its own weight; 4 × 1 × 3 is broadcast to 4 × 8 × 3.",
    ),
    "positions": (
        Weighted(),
        torch.ones(2, 5, 8),
        "Every position is multiplied by its own weight, the same for all channels: 2 × 5 × 1 over 2 × 5 × 8.",
    ),
    "learned rows": (Memory(), torch.ones(1, 3, 8), "Learned rows are weighted by 1 × 3 × 5 and summed up: 1 × 3 × 8."),
    "summed positions": (Pooled(), image(), "What is weighted by 2 × 36 × 1 is summed up: 2 × 4 × 1."),
}


@pytest.mark.parametrize("name", GATED)
def test_gates_that_sum_up(name: str) -> None:
    module, given, expected = GATED[name]
    found = trace(module, given)
    gate = find_gates(found)[-1]
    assert say(doing(found.ops[gate.op], found, gate), "en") == expected


@pytest.mark.filterwarnings("ignore:Implicit dimension")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_has_a_hole(lang: str) -> None:
    modules = [entry[0] for entry in NORMS.values()] + [entry[0] for entry in WINDOWS.values()]
    for module in modules:
        text = said(module, image(), lang=lang)
        assert "{" not in text
        assert ("." in text) == (lang == "en")
