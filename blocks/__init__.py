"""The catalogue: every block that the app offers, in the order in which it shows them."""

from collections.abc import Mapping

from blocks.spec import BlockSpec, InvalidKnob, Knob
from blocks.squeeze_excite import SPEC as SQUEEZE_EXCITE

__all__ = ["CATALOGUE", "BlockSpec", "InvalidKnob", "Knob"]

CATALOGUE: Mapping[str, BlockSpec] = {spec.key: spec for spec in (SQUEEZE_EXCITE,)}
