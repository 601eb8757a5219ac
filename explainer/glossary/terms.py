"""The terms, in groups. ``words`` are the forms in which a term stands in texts, between bars; the first is its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explainer.types import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its words, and what it means in one or two sentences."""

    words: Sentence
    meaning: Sentence


@dataclass(frozen=True, slots=True)
class Group:
    """Terms that are read together, by their keys."""

    title: Sentence
    keys: tuple[str, ...]


_NUMBERS: Mapping[str, Term] = {
    "tensor": Term(
        sentence("tensor|tensors"),
        sentence("Numbers of one kind in a grid with any number of axes. All that flows through a network is a tensor."),
    ),
    "shape": Term(
        sentence("shape|shapes"),
        sentence("How long a tensor is along each of its axes. Images are (N, C, H, W): batch, channels, height, width."),
    ),
    "batch": Term(
        sentence("batch|batches"),
        sentence(
            "The first axis: how many inputs are computed at once. They do not see each other, but for batch norm in training."
        ),
    ),
    "channel": Term(
        sentence("channel|channels"),
        sentence("The second axis of an image or a feature map. Each channel is one picture, red or the answer of one filter."),
    ),
    "feature_map": Term(
        sentence("feature map|feature maps"),
        sentence("One channel of a layer's output: where in the picture what the filter looks for was found."),
    ),
    "parameters": Term(
        sentence("parameters|parameter count"),
        sentence(
            "The numbers that training changes: weights and biases. Their count does not depend on the input's height and width."
        ),
    ),
    "weight": Term(
        sentence("weight|weights"),
        sentence("The parameters that values are multiplied with; a convolution's are out × in/groups × kernel."),
    ),
    "bias": Term(
        sentence("bias|biases"),
        sentence("One parameter per output channel that is added to every value of it."),
    ),
    "macs": Term(
        sentence("multiply-adds (MACs)|MACs|multiply-adds"),
        sentence(
            "Multiplications whose product is added to a sum, as in every convolution and matrix product. One MAC is two FLOPs."
        ),
    ),
    "peak_memory": Term(
        sentence("memory of tensors at peak|memory at peak"),
        sentence("The most bytes that the tensors of one forward take up at the same moment, parameters not counted."),
    ),
}
_WINDOWS: Mapping[str, Term] = {
    "convolution": Term(
        sentence("convolution|convolutions"),
        sentence(
            "The same small weighted sum at every place of the input: a window slides over it, and each stop makes one value."
        ),
    ),
    "kernel": Term(
        sentence("kernel|kernel_size|kernels"),
        sentence("The window's weights. kernel_size says how many rows and columns of the input one output value reads."),
    ),
    "stride": Term(
        sentence("stride|strides"),
        sentence("How far the window moves from one output value to the next. Stride 2 halves height and width."),
    ),
    "padding": Term(
        sentence("padding"),
        sentence("Cells added around the input, mostly zeros, so that windows can hang over the edge and the size can stay."),
    ),
    "dilation": Term(
        sentence("dilation"),
        sentence("The distance between the cells that a window reads. Dilation 2 leaves out every other cell and sees wider."),
    ),
    "groups": Term(
        sentence("groups"),
        sentence("Into how many parts the channels are split that do not see each other; costs fall by the same factor."),
    ),
    "depthwise": Term(
        sentence("depthwise"),
        sentence("A convolution with as many groups as channels: every channel has a filter of its own, and none are mixed."),
    ),
    "pointwise": Term(
        sentence("pointwise"),
        sentence("A convolution with a kernel of 1 × 1: it mixes the channels at each place and never looks at a neighbour."),
    ),
    "receptive_field": Term(
        sentence("receptive field|receptive fields"),
        sentence("The part of the input that one output value depends on. It grows with every layer that has windows."),
    ),
    "jump": Term(
        sentence("jump"),
        sentence("How far apart two neighbours of the output are in the input, in cells: the product of the strides so far."),
    ),
    "pool": Term(
        sentence("pool|pooling|pools"),
        sentence("A window that takes the largest value or the mean instead of a weighted sum. It has no parameters."),
    ),
    "adaptive": Term(
        sentence("adaptive pool|adaptive pooling"),
        sentence("A pool that is told the size of its output and chooses its windows to fit any input."),
    ),
    "transposed": Term(
        sentence("transposed convolution|transposed convolutions"),
        sentence("A convolution backwards: each input value spreads over a window of the output, so the picture grows."),
    ),
}
_WIRING: Mapping[str, Term] = {
    "forward": Term(
        sentence("forward"),
        sentence("The method that computes a module's output from its input; also one such computation."),
    ),
    "module": Term(
        sentence("module|modules"),
        sentence("An nn.Module: a piece of a network with its parameters, made of other modules or of operations."),
    ),
    "residual": Term(
        sentence("residual|residual block|skip connection|shortcut"),
        sentence("The input is added to what the layers made of it. They have to learn the difference only, and gradients pass."),
    ),
    "bottleneck": Term(
        sentence("bottleneck"),
        sentence("Few channels between two 1 × 1 convolutions: the expensive convolution in the middle works on fewer of them."),
    ),
    "normalisation": Term(
        sentence("normalisation|batch norm|batch normalisation|layer norm|layer normalisation"),
        sentence(
            "Shifts and scales values to mean 0 and spread 1: batch norm each channel over the batch, layer norm each token over"
            " its own numbers."
        ),
    ),
    "activation": Term(
        sentence("activation|activations"),
        sentence("A function of each single value, such as ReLU. Without it two layers in a row would be no more than one."),
    ),
    "broadcasting": Term(
        sentence("broadcasting|broadcast"),
        sentence("An axis of length 1 is repeated until it fits the other operand. It can hide a mistake in a shape."),
    ),
    "in_place": Term(
        sentence("in place|in-place"),
        sentence("The operation writes into its input instead of making a new tensor; whoever else holds it sees the change."),
    ),
    "meta": Term(
        sentence("meta device|meta"),
        sentence("A device of PyTorch's on which tensors have shapes but no values: nothing is computed and no memory is taken."),
    ),
}
_ATTENTION: Mapping[str, Term] = {
    "gate": Term(
        sentence("gate|gates"),
        sentence(
            "Values, mostly between 0 and 1, computed from the data itself, by which others are multiplied: how much passes."
        ),
    ),
    "channel_attention": Term(
        sentence("channel attention|channel gate"),
        sentence("A gate with one value per channel, (N, C, 1, 1): which channels count is decided from the whole picture."),
    ),
    "spatial_attention": Term(
        sentence("spatial attention|spatial gate"),
        sentence("A gate with one value per place, (N, 1, H, W): where to look is decided from all channels there."),
    ),
    "self_attention": Term(
        sentence("self-attention"),
        sentence("Every token becomes a weighted mean of all tokens; the weights come from comparing queries with keys."),
    ),
    "token": Term(
        sentence("token|tokens"),
        sentence("One position of a sequence, a word or a patch of a picture, as a vector of D numbers."),
    ),
    "head": Term(
        sentence("attention head|heads"),
        sentence("A part of the D numbers with attention weights of its own. Several heads look at several things at once."),
    ),
    "softmax": Term(
        sentence("softmax"),
        sentence("Turns any numbers into positive ones that add up to 1: e to the power of each, divided by the sum of them."),
    ),
    "sigmoid": Term(
        sentence("sigmoid"),
        sentence("Turns any number into one between 0 and 1: 1 / (1 + e⁻ˣ). It makes most gates."),
    ),
    "reduction": Term(
        sentence("reduction"),
        sentence("By what factor a gate's hidden layer is narrower than its channels: 64 channels and reduction 16 leave 4."),
    ),
}
TERMS: Mapping[str, Term] = MappingProxyType({**_NUMBERS, **_WINDOWS, **_WIRING, **_ATTENTION})
GROUPS = (
    Group(sentence("Numbers and what they cost"), tuple(_NUMBERS)),
    Group(sentence("Windows"), tuple(_WINDOWS)),
    Group(sentence("How modules are wired"), tuple(_WIRING)),
    Group(sentence("Gates and attention"), tuple(_ATTENTION)),
)
