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
from ui.components.gate_pictures.component import TINTS
from ui.layer_choice import DEFAULT_LAYER, NAMES, Setting, defaults_of, is_text
from ui.limits import LARGEST, LARGEST_SIDE, LONGEST_DRAWN, LONGEST_SETTING, LONGEST_TEXT, MOST_PATHS, MOST_SETTINGS
from ui.links.fields import Field, Fields, Flag, Own, Text, Whole, Word

if TYPE_CHECKING:
    from blocks import BlockSpec, Knob

# What the fields of an input's sizes are called, here and in the link; short, because every link has them.
SIZE_KEYS: Mapping[str, str] = {"batch": "n", "channels": "c", "length": "l", "height": "h", "width": "w"}
# By what the viewer's drawing is coloured, and which of its panes is in front; the first is the default.
HEATS, TABS = ("", "params", "macs"), ("code", "graph", "steps", "details")
VIEWER: Fields = {
    "heat": Word(HEATS, ""),
    "tab": Word(TABS, TABS[0]),
    "step": Text(longest=40, pattern="[a-z]*[0-9]*(-[0-9]+)*"),
    "nest": Whole(1, 999),
    "dir": Word(("TB", "LR"), "TB"),
    "open": Own(most=MOST_PATHS),
    "fold": Own(most=MOST_PATHS),
}
_CLOSED = Flag(False)  # a part of a page that is folded at first, and a switch that is off
# What is drawn into the window picture: inputs and kernel by name, then single cells as row-column-number; the bias.
_NUMBER_TEXT = r"-?\d{1,4}(\.\d{1,25})?(e-\d{1,3})?"
_CELLS = Text(longest=LONGEST_DRAWN, pattern=rf"\d{{1,5}}-\d{{1,5}}-{_NUMBER_TEXT}(_\d{{1,5}}-\d{{1,5}}-{_NUMBER_TEXT})*")
WINDOW: Fields = {
    "picture": Word(("blob", "stripes", "corner", "ones"), "blob"),
    "pixels": _CELLS,
    "filter": Word(("edge", "blur", "identity", "sharpen", "ones"), ""),
    "weights": _CELLS,
    "offset": Text(longest=40, pattern=_NUMBER_TEXT),
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
    fields |= {"cell": Text(pattern="[0-9]{1,5}-[0-9]{1,5}"), **WINDOW}
    fields |= {key: Whole(1, LARGEST_SIDE) for key in ("want_d", "want_h", "want_w")}
    over = parameters_of(layer)
    if over:
        watched = quantities_of(layer)
        fields |= {
            "back": Word(("goal", "sweep"), "goal"),
            "sweep_over": Word(over, over[0]),
            "sweep_of": Word(watched, watched[0]),
            "sweep-table": _CLOSED,
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
    below = dict.fromkeys(("changes", "words", "torchinfo"), _CLOSED)
    return {**own, "gate": Whole(1, 99, 1), **below, **VIEWER, **block_fields(spec)}


def compare_fields(
    names: tuple[str, ...], defaults: tuple[str, str], specs: tuple[BlockSpec, BlockSpec], devices: tuple[str, ...]
) -> Fields:
    """The Compare page with two blocks chosen."""
    fields: dict[str, Field] = {"device": Word(devices, devices[0]), "all_c": Whole(1, 1024, 64), "all_s": Whole(1, 512, 28)}
    fields["pairs"] = _CLOSED
    for prefix, default, spec in zip(("a_", "b_"), defaults, specs, strict=True):
        fields |= {prefix + "block": Word(names, default), **block_fields(spec, prefix)}
    return fields


HOME: Fields = {key: Whole(values[0], values[-1], START[key]) for key, (_name, values) in KNOBS.items()}
_SEVERAL = Own(most=MOST_SETTINGS)
OF_PASTE: Fields = {
    "code": Own(), "class": Text(longest=LONGEST_SETTING), "set": _SEVERAL, "input": _SEVERAL, "reading": Whole(0, 999),
    "standin": _SEVERAL, "device": Text(longest=20),
}  # fmt: skip
PASTE: Fields = {**OF_PASTE, "paste-gate": Whole(0, 99, 0), "words": _CLOSED, "torchinfo": _CLOSED, **VIEWER}
_NUMBER = Whole(0, 999_999)
VIEW = Word(("gates", "training", "reduction"), "gates")
ATTENTION: Fields = {
    "view": VIEW,
    "source": Word(("catalogue", "paste", "network"), "catalogue"),
    "picture": Word((*pictures.NAMES, pictures.OWN), pictures.NAMES[0]),
    "seed": Whole(0, LARGEST, 0),
    **dict.fromkeys(("unit", "token", "head", "out"), _NUMBER),
    "gate": Whole(1, 99, 1),
    "look": Text(pattern=rf"(100|\d{{1,2}})-({'|'.join(TINTS)})-(fine|coarse)"),
    "bars": Word(("sorted", "order"), "sorted"),
    "range": Word(("whole", "own"), "whole"),
    "edit": Text(longest=200, pattern=r"[\w.]+:(\d+(,\d+)*)?:-?(100|\d{1,2}(\.\d+)?(e-\d+)?)"),
    "network": Word(tuple(NETWORKS), next(iter(NETWORKS))),
}
STACK: Fields = {
    "stack": Own(),
    "row": Whole(1, MOST_ROWS),
    "field_of": Word(("middle", "corner"), "middle"),
    "stack-pairs": _CLOSED,
}
TABLE: Fields = {"table": Own(), "table-paste": _CLOSED, **VIEWER}
GLOSSARY: Fields = {"term": Word(("", *TERMS), "")}
PRACTICE: Fields = {name: Own() for name in PARAMETERS} | {"practice-teacher": _CLOSED}
NO_BLOCK = ("paste", "none")  # what may be trained instead of a block of the catalogue
_PICTURES = Word(("all", "40", "10"), "all")
_RATIOS = ("1", "2", "4", "8", "16")


def training_fields(blocks: tuple[str, ...]) -> Fields:
    """The Attention page's training, with what can stand in its network."""
    return {
        "view": VIEW, "train": Word(blocks, "squeeze_excite"), "train_r": Word(_RATIOS, "4"), "train_on": _PICTURES,
        "train_rounds": Whole(1, 40, 20), "train_seed": Whole(0, 9999, 0), "train_order": Word(("sorted", "order"), "sorted"),
        "train_gate": Word(tuple(map(str, range(1, 10))), "1"), "train_weights": Word(("net", "1", "2", "3", "4"), "net"),
        **OF_PASTE,
    }  # fmt: skip


def reduction_fields(blocks: tuple[str, ...]) -> Fields:
    """The Attention page's reduction ratios, with the blocks that have one."""
    return {
        "view": VIEW, "ratio_block": Word(blocks, "squeeze_excite"), "ratio_c": Whole(1, 4096, 64),
        "ratio_side": Whole(1, 1024, 56), "ratio_on": Word(("10", "40", "all"), "40"),
    }  # fmt: skip


def attention_fields(names: tuple[str, ...], default: str, spec: BlockSpec, devices: tuple[str, ...]) -> Fields:
    """The Attention page with one block chosen: what is set in one view stays in the link while another is shown."""
    block = {name: field for name, field in block_fields(spec).items() if name != SIZE_KEYS["batch"]}
    others = {**training_fields((*names, *NO_BLOCK)), **reduction_fields(names)}
    return {**others, **block, "block": Word(names, default), **ATTENTION, "device": Word(devices, devices[0])}
