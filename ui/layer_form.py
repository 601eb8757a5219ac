"""The arguments of any layer of the registry and its input, as a form that is built from the layer's parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explainer.arithmetic import LAYERS, Argument, LayerForm, Parameter
from explainer.errors import BlocklensError, InvalidLayer
from explainer.language import Translator, join_sentences, translator
from ui import draw, state
from ui.conv_form import ConvChoice, conv_form, entered
from ui.inputs import axes_numbers, card, number, numbers, one_of, text
from ui.layer_choice import DEFAULT_LAYER, NAMES, SHAPED, SIDES, LayerChoice, defaults_of, is_text, suffixes
from ui.limits import LARGEST, LARGEST_SIDE

_SECOND = frozenset({
    "groups", "bias", "padding_mode", "return_indices", "ceil_mode", "count_include_pad", "divisor_override",
    "align_corners", "recompute_scale_factor",
})  # fmt: skip
_ONE_ROW = 3


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered, or why it cannot be read, and where a message about a field goes."""

    choice: LayerChoice | BlocklensError
    complain: Callable[[BlocklensError, str], None]


def pick_layer(lang: str) -> str:
    """The layer of the selectbox."""
    _ = translator(lang)
    layer = st.selectbox(
        _("Layer"), NAMES, key="layer", bind="query-params", label_visibility="collapsed", on_change=_switch, width=250
    )
    state.enter_form("layer", layer, defaults_of(layer))
    return layer


def _switch() -> None:
    """Keeps what was entered for the layer that is left, and brings back what was entered for the one that is chosen."""
    layer = st.session_state["layer"]
    state.switch_form("layer", layer, defaults_of(layer))


def layer_form(layer: str, lang: str, tell: Callable[[LayerChoice, bool], None] | None = None) -> Form:
    """The form of one layer; that of Conv2d is laid out by hand, and tells of changes, and whether they change the form."""
    if layer == DEFAULT_LAYER:
        conv = conv_form(lang, None if tell is None else lambda *, redraws=False: tell(_conv_choice(entered()), redraws))
        return Form(_conv_choice(conv.choice), conv.complain)
    return _Fields(LAYERS[layer], lang).form()


def _conv_choice(found: ConvChoice) -> LayerChoice:
    return LayerChoice(DEFAULT_LAYER, tuple(found.arguments().items()), found.input_shape)


class _Fields:
    """Two rows of cards: the numbers that make the size above, the rest below."""

    def __init__(self, form: LayerForm, lang: str) -> None:
        self.layer, self.lang, self._ = form, lang, translator(lang)
        self.rank = form.rank or 2
        self.defaults = defaults_of(form.name)
        self.names = {parameter.name for parameter in form.parameters}
        self.width = 185 if self.rank == 3 else 150
        # Few fields fit into one row; what has one too many for the first moves its dilation.
        crowded = self.rank == 3 or "output_padding" in self.names
        self.in_second = self.names & (_SECOND | ({"dilation"} if crowded else set()))
        if len(self.names) <= _ONE_ROW:
            self.in_second = set()

    def form(self) -> Form:
        first, below_first = st.grid("auto", min_column_width=self.width, gap="xsmall"), st.empty()
        second, below_second = first, below_first
        if self.in_second:
            second, below_second = st.grid("auto", min_column_width=150, gap="xsmall"), st.empty()
        error: BlocklensError | None = None
        arguments: dict[str, Argument] = {}
        with first:
            if "in_channels" in self.names:
                pair = ("in_channels", "out_channels")
                defaults = (self._int(pair[0]), self._int(pair[1]))
                arguments |= zip(pair, numbers(pair, self._("channels in, out"), defaults), strict=True)
            read = self._shape_reader(second)
        for parameter in self.layer.parameters:
            if parameter.name in arguments:
                continue
            try:
                with second if parameter.name in self.in_second else first:
                    arguments[parameter.name] = self._argument(parameter, second)
            except BlocklensError as found:
                error = error or found
        with second:
            st.button(
                self._("Start over"), key="start-over", type="tertiary", icon=":material/restart_alt:",
                on_click=state.set_fields, args=(self.defaults,),
            )  # fmt: skip
        try:
            choice: LayerChoice | BlocklensError = error or LayerChoice(
                self.layer.name, tuple(arguments.items()), read(arguments)
            )
        except BlocklensError as found:
            choice = found

        def complain(error: BlocklensError, lang: str) -> None:
            place = below_second if error.field in self.in_second or error.field.endswith("_as") else below_first
            draw.complaint(place, self._card(error.field), error.sentence, lang)

        return Form(choice, complain)

    def _card(self, field: str) -> str:
        """The card that a complaint about ``field`` outlines."""
        if field == "out_channels":
            return "in_channels"
        if field in self.names:
            return field
        return "shape" if self.layer.name in SHAPED else next(iter(SIDES[self.rank]))

    def _shape_reader(self, second: DeltaGenerator) -> Callable[[dict[str, Argument]], tuple[int, ...]]:
        """Draws the fields of the input; the shape is read when the arguments are known."""
        _ = self._
        if self.layer.name in SHAPED:
            help_text = _("Every size of the input, the batch first, with x between them: 2 x 10 x 64.")
            written = text("shape", _("input shape"), str(self.defaults["shape"]), help_text)
            return lambda _arguments: read_shape(written)
        with second:
            batch = number("batch", 1, _("How many inputs at once: N in (N, C, ...)."), label=_("batch"))
        channels = 0
        if "in_channels" not in self.names:
            channels = number("channels", self._int("channels"), _("C, the second dimension of the input."), label=_("channels"))
        label = {1: _("input length"), 2: _("input H × W"), 3: _("input D × H × W")}[self.rank]
        keys = tuple(SIDES[self.rank])
        defaults = tuple(self._int(key) for key in keys)
        sizes = axes_numbers(keys, label, defaults, "", largest=LARGEST_SIDE)

        def read(arguments: dict[str, Argument]) -> tuple[int, ...]:
            given = arguments.get("in_channels", channels)
            assert isinstance(given, int)
            return (batch, given, *(size or 1 for size in sizes))

        return read

    def _int(self, key: str) -> int:
        value = self.defaults[key]
        assert isinstance(value, int)
        return value

    def _argument(self, parameter: Parameter, second: DeltaGenerator) -> Argument:
        name, help_text = parameter.name, _help(parameter, self._)
        default = self.defaults[name]
        if is_text(parameter):
            empty = "None" if parameter.optional and not parameter.required else ""
            written = text(name, name, str(default), help_text, placeholder=empty)
            return read_numbers(written, parameter)
        if parameter.kind == "choice":
            return one_of(name, name, parameter.choices, help_text)
        if parameter.kind == "flag":
            return self._flag(name, default, help_text)
        if parameter.kind == "count":
            least = -LARGEST if parameter.minimum is None else parameter.minimum
            with card(name):
                value = st.number_input(
                    name, least, LARGEST, default if isinstance(default, int) else None, step=1, key=name,
                    bind="query-params", help=help_text, placeholder="None",
                )  # fmt: skip
            return None if value is None else int(value)
        return self._per_axis(parameter, help_text, second)

    def _flag(self, name: str, default: object, help_text: str) -> Argument:
        if default == "None":
            return {"None": None, "True": True, "False": False}[one_of(name, name, ("None", "True", "False"), help_text)]
        with card(name):
            return st.toggle(name, value=bool(default), key=name, bind="query-params", help=help_text)

    def _per_axis(self, parameter: Parameter, help_text: str, second: DeltaGenerator) -> Argument:
        name = parameter.name
        word = "int"
        if parameter.choices:
            with second:
                word = one_of(
                    f"{name}_as", self._("padding as"), ("int", *parameter.choices),
                    self._("A number, or a word that PyTorch turns into one."),
                )  # fmt: skip
        if self.rank > 1:
            help_text = join_sentences((help_text, self._("A field that is empty follows the first.")))
        default = self.defaults[name]
        first = default if isinstance(default, int) else None
        hint = "= kernel_size" if first is None else ""
        keys = (name, *(name + suffix for suffix in suffixes(self.rank)))
        values = axes_numbers(
            keys, name, (first, *(None for _key in keys[1:])), help_text, least=parameter.minimum or 0,
            largest=LARGEST_SIDE, hint=hint, disabled=word != "int",
        )  # fmt: skip
        if word != "int":
            return word
        if all(value is None for value in values):
            return None
        if values[0] is None:
            raise InvalidLayer("Give the first number of {name} too.", field=name, name=name)
        filled = tuple(values[0] if value is None else value for value in values)
        return filled[0] if len(set(filled)) == 1 else filled


def read_shape(written: str) -> tuple[int, ...]:
    """Sizes with x, × or commas between them.

    >>> read_shape("2 x 10×64")
    (2, 10, 64)
    """
    parts = written.lower().replace("×", " ").replace("x", " ").replace(",", " ").replace("，", " ").strip("()[] ").split()
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise InvalidLayer("{text} is no shape: write sizes with x between them, as in 1 x 64 x 56.", field="shape", text=written)
    return tuple(map(int, parts))


def read_numbers(written: str, parameter: Parameter) -> Argument:
    """One number, or several with commas between them; nothing is None where torch takes it."""
    parts = written.replace("，", ",").strip("()[] ").split(",")
    if parts == [""]:
        if parameter.optional and not parameter.required:
            return None
        raise InvalidLayer("{name} is empty: write a number.", field=parameter.name, name=parameter.name)
    values = tuple(_number(part.strip(), parameter) for part in parts if part.strip())
    if not values:
        raise InvalidLayer("{name} is empty: write a number.", field=parameter.name, name=parameter.name)
    return values if len(values) > 1 or parameter.kind == "numbers" else values[0]


def _number(part: str, parameter: Parameter) -> int | float | None:
    if part.lower() == "none" and parameter.name == "output_size":
        return None
    try:
        return float(part) if parameter.kind == "factor" and not part.lstrip("+-").isdigit() else int(part[:30])
    except ValueError:
        raise InvalidLayer("{text} is no number for {name}.", field=parameter.name, text=part[:40], name=parameter.name) from None


def _help(parameter: Parameter, _: Translator) -> str:
    """What a parameter means, and what None means where it is allowed."""
    texts = {
        "in_channels": _("Channels of the input."),
        "out_channels": _("Channels of the output: how many filters there are."),
        "kernel_size": _("How many cells one window covers on each axis."),
        "stride": _("How far the window moves from one output to the next."),
        "padding": _("Cells added on each side of the input."),
        "dilation": _("The distance between the cells of a window; 1 means no gaps."),
        "output_padding": _("Cells added at the end of the output, to choose among the sizes that the stride allows."),
        "groups": _("Splits the channels into groups that do not see each other."),
        "bias": _("One number added to each output channel."),
        "padding_mode": _("What the added cells contain."),
        "ceil_mode": _("Rounds up instead of down, so that a last window may hang over the end."),
        "return_indices": _("Also gives where each largest value stood."),
        "count_include_pad": _("Whether added cells count in the mean."),
        "divisor_override": _("What the sum is divided by; empty is None: by the number of cells."),
        "norm_type": _("The p of the norm: 1 adds, 2 is the Euclidean length, inf the largest."),
        "output_size": _("The size that comes out. One number, or one per axis with commas; None keeps the size."),
        "size": _("The size that comes out, one number or one per axis; empty is None: scale_factor decides."),
        "scale_factor": _("By how much the size grows, one number or one per axis; empty is None: size decides."),
        "mode": _("How values between the old ones are found."),
        "align_corners": _("Whether corner values stay where they are. None is False; only for linear modes and bicubic."),
        "recompute_scale_factor": _("Whether the scale is worked out again from the rounded size."),
        "upscale_factor": _("r: the size grows r times, the channels shrink r² times."),
        "downscale_factor": _("r: the size shrinks r times, the channels grow r² times."),
        "value": _("What the added cells contain."),
        "in_features": _("The size of the last axis that comes in."),
        "out_features": _("The size of the last axis that goes out."),
        "start_dim": _("The first axis to merge; negative numbers count from the end."),
        "end_dim": _("The last axis to merge; negative numbers count from the end."),
        "dim": _("The axis to split; negative numbers count from the end."),
        "unflattened_size": _("The sizes that the axis becomes, with commas; one may be -1 and is worked out."),
    }
    if parameter.kind == "sides":
        return _("One number for all sides, or before and after with a comma, the last axis first; negative numbers cut away.")
    if parameter.name == "stride" and parameter.optional:
        return join_sentences((texts["stride"], _("Empty is None: as far as kernel_size.")))
    return texts[parameter.name]
