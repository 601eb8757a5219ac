"""The parameters of every page. A page whose form depends on what was chosen has those of its layer or its block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explainer.arithmetic import LAYERS, Parameter
from explainer.attention import pictures
from explainer.attention.networks import NETWORKS
from explainer.glossary import TERMS
from explainer.questions import PARAMETERS
from explainer.render.layer_formula import NOTATIONS
from explainer.render.turntable import KNOBS, START
from explainer.stack.record import MOST_ROWS
from explainer.sweep import parameters_of, quantities_of
from ui.layer_choice import DEFAULT_LAYER, NAMES, Setting, defaults_of, is_text
from ui.limits import LARGEST, LARGEST_SIDE, LONGEST_TEXT
from ui.links.fields import Field, Fields, Flag, Own, Text, Whole, Word

if TYPE_CHECKING:
    from blocks import BlockSpec, Knob

# What the fields of an input's sizes are called, here and in the link; short, because every link has them.
SIZE_KEYS: Mapping[str, str] = {"batch": "n", "channels": "c", "length": "l", "height": "h", "width": "w"}
VIEWER: Fields = {
    "step": Text(longest=40, pattern="[a-z]*[0-9]*(-[0-9]+)*"),
    "nest": Whole(1, 999),
    "dir": Word(("TB", "LR"), "TB"),
    "open": Own(),
    "fold": Own(),
}
_SIDES = ("length", "depth", "height", "width")
_WANTED = ("same", "half", "third", "double", "fourfold", "other")


def layer_fields(layer: str) -> Fields:
    """The Layer page with one layer chosen."""
    form = LAYERS[layer]
    parameters = {parameter.name: parameter for parameter in form.parameters}
    fields: dict[str, Field] = {"layer": Word(NAMES, DEFAULT_LAYER)}
    for key, default in defaults_of(layer).items():
        fields[key] = _layer_field(key, default, parameters)
    fields |= {"notation": Word(NOTATIONS, NOTATIONS[0]), "want": Word(_WANTED, "")}
    fields["cell"] = Text(pattern="[0-9]{1,5}-[0-9]{1,5}")
    fields |= {key: Whole(1, LARGEST_SIDE) for key in ("want_d", "want_h", "want_w")}
    over = parameters_of(layer)
    if over:
        watched = quantities_of(layer)
        fields |= {
            "back": Word(("goal", "sweep"), "goal"),
            "sweep_over": Word(over, over[0]),
            "sweep_of": Word(watched, watched[0]),
        }
    return fields


def _layer_field(key: str, default: Setting, parameters: Mapping[str, Parameter]) -> Field:
    name = key.removesuffix("_as").removesuffix("_w").removesuffix("_h")
    parameter = parameters.get(key) or parameters.get(name)
    if isinstance(default, bool):
        return Flag(default)
    if key.endswith("_as"):
        assert parameter is not None
        return Word(("int", *parameter.choices), "int")
    if isinstance(default, str) or (parameter is not None and is_text(parameter)):
        return _layer_text(str(default), parameter)
    least, largest = 1, LARGEST_SIDE if key in _SIDES else LARGEST
    if parameter is not None and parameter.kind == "per_axis":
        least, largest = parameter.minimum or 0, LARGEST_SIDE
    elif parameter is not None:
        least = -LARGEST if parameter.minimum is None else parameter.minimum
    return Whole(least, largest, default)


def _layer_text(default: str, parameter: Parameter | None) -> Field:
    if parameter is not None and parameter.kind == "choice":
        return Word(parameter.choices, default)
    return Word(("None", "True", "False"), default) if default == "None" else Text(default, LONGEST_TEXT)


def block_fields(spec: BlockSpec, prefix: str = "") -> Fields:
    """The form of one block; ``prefix`` as on the page."""
    fields: dict[str, Field] = {prefix + knob.name: _knob_field(knob) for knob in spec.knobs}
    for name, size in spec.sizes.items():
        fields[prefix + SIZE_KEYS[name]] = Whole(1, LARGEST_SIDE if name in ("height", "width") else LARGEST, size)
    return fields


def _knob_field(knob: Knob) -> Field:
    if isinstance(knob.default, bool):
        return Flag(knob.default)
    if isinstance(knob.default, int):
        return Whole(knob.least, knob.largest, knob.default)
    if isinstance(knob.default, float):
        return Word(tuple(float(choice) for choice in knob.choices), knob.default)
    return Word(tuple(str(choice) for choice in knob.choices), knob.default)


def blocks_fields(names: tuple[str, ...], default: str, spec: BlockSpec, devices: tuple[str, ...]) -> Fields:
    """The Blocks page with one block chosen."""
    own: Fields = {"block": Word(names, default), "device": Word(devices, devices[0]), "seed": Whole(0, LARGEST, 0)}
    return {**own, "gate": Whole(1, 99, 1), **VIEWER, **block_fields(spec)}


def compare_fields(
    names: tuple[str, ...], defaults: tuple[str, str], specs: tuple[BlockSpec, BlockSpec], devices: tuple[str, ...]
) -> Fields:
    """The Compare page with two blocks chosen."""
    fields: dict[str, Field] = {"device": Word(devices, devices[0]), "all_c": Whole(1, 1024, 64), "all_s": Whole(1, 512, 28)}
    for prefix, default, spec in zip(("a_", "b_"), defaults, specs, strict=True):
        fields |= {prefix + "block": Word(names, default), **block_fields(spec, prefix)}
    return fields


HOME: Fields = {key: Whole(values[0], values[-1], START[key]) for key, (_name, values) in KNOBS.items()}
PASTE: Fields = {name: Own() for name in ("code", "class", "set", "input", "reading", "standin", "device")} | {
    "paste-gate": Word(tuple(map(str, range(100))), "0"),
    **VIEWER,
}
_NUMBER = Whole(0, 999_999)
VIEW = Word(("gates", "training", "reduction"), "gates")
ATTENTION: Fields = {
    "view": VIEW,
    "source": Word(("catalogue", "paste", "network"), "catalogue"),
    "picture": Word((*pictures.NAMES, pictures.OWN), pictures.NAMES[0]),
    "seed": Whole(0, LARGEST, 0),
    **dict.fromkeys(("unit", "token", "head", "out"), _NUMBER),
    "gate": Whole(1, 99, 1),
    "look": Text(pattern=r"(100|\d{1,2})-[a-z]+-(fine|coarse)"),
    "bars": Word(("sorted", "order"), "sorted"),
    "range": Word(("whole", "own"), "whole"),
    "edit": Text(longest=200, pattern=r"[\w.]+:(\d+(,\d+)*)?:-?\d+(\.\d+)?(e[+-]?\d+)?"),
    "network": Word(tuple(NETWORKS), next(iter(NETWORKS))),
}
STACK: Fields = {"stack": Own(), "row": Whole(0, MOST_ROWS), "field_of": Word(("middle", "corner"), "middle")}
TABLE: Fields = {"table": Own(), **VIEWER}
GLOSSARY: Fields = {"term": Word(("", *TERMS), "")}
PRACTICE: Fields = {name: Own() for name in PARAMETERS}
_PICTURES = Word(("all", "40", "10"), "all")
_RATIOS = ("1", "2", "4", "8", "16")


def training_fields(blocks: tuple[str, ...]) -> Fields:
    """The Attention page's training, with what can stand in its network."""
    return {
        "view": VIEW, "train": Word(blocks, "squeeze_excite"), "train_r": Word(_RATIOS, "4"), "train_on": _PICTURES,
        "train_rounds": Whole(1, 40, 20), "train_seed": Whole(0, 9999, 0), "train_order": Word(("sorted", "order"), "sorted"),
        "train_gate": Word(tuple(map(str, range(1, 10))), "1"), "train_weights": Word(("net", "1", "2", "3", "4"), "net"),
        **{name: Own() for name in PASTE if name not in VIEWER},
    }  # fmt: skip


def reduction_fields(blocks: tuple[str, ...]) -> Fields:
    """The Attention page's reduction ratios, with the blocks that have one."""
    return {
        "view": VIEW, "ratio_block": Word(blocks, "squeeze_excite"), "ratio_c": Whole(1, 4096, 64),
        "ratio_side": Whole(1, 1024, 56), "ratio_on": Word(("10", "40", "all"), "40"),
    }  # fmt: skip
