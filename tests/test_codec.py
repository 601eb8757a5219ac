"""One wire form: every record comes back equal, and whatever is no record is refused with a sentence."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.architectures import ARCHITECTURES
from explainer import types
from explainer.codec import from_json, to_json
from explainer.errors import InvalidInput
from explainer.gates import find_gates
from explainer.graph import to_graph
from explainer.skips import find_skips
from explainer.trace import trace
from explainer.types import Edge, Failure, Gate, Graph, Module, Node, Op, Sentence, Trace, Value, sentence
from tests.modules import CASES, Case

RECORDS = [cls for cls in vars(types).values() if isinstance(cls, type) and is_dataclass(cls)]


def there_and_back(record: Any) -> Any:
    text = json.dumps(to_json(record), allow_nan=False)
    return from_json(type(record), json.loads(text))


# Round trips


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_traces_and_graphs_of_the_corpus_come_back(case: Case) -> None:
    inputs, named = case.arguments("meta")
    found = trace(case.build(), *inputs, **named)
    assert there_and_back(found) == found
    assert there_and_back(to_graph(found)) == to_graph(found)
    for record in (*find_gates(found), *find_skips(found)):
        assert there_and_back(record) == record


@pytest.mark.parametrize("name", ["se_resnet50", "swin_t", "lstm_tagger"])
def test_whole_networks_come_back(name: str) -> None:
    found = trace(ARCHITECTURES[name].build(), *ARCHITECTURES[name].inputs())
    assert there_and_back(found) == found
    assert there_and_back(to_graph(found, 2)) == to_graph(found, 2)


def test_a_failure_comes_back() -> None:
    inputs, _ = CASES["residual"].arguments()
    found = trace(CASES["lstm"].build(), *inputs)
    assert found.failure is not None
    assert there_and_back(found) == found


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Instances of a field's type, from the record's own annotations."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint == "Attribute" or "Attribute" in str(hint):
        return st.lists(st.tuples(st.text(max_size=5), plain), max_size=3).map(tuple)
    if is_dataclass(hint):
        return st.deferred(lambda: records(hint))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of(*[of_type(argument) for argument in arguments])
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(of_type(arguments[0]), max_size=3).map(tuple)
        return st.tuples(*[of_type(argument) for argument in arguments])
    known = {int: st.integers(-(2**70), 2**70), str: st.text(max_size=12), bool: st.booleans(), type(None): st.none()}
    return {**known, float: st.floats(allow_nan=False)}[hint]


def records(cls: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: of_type(hints[field.name]) for field in fields(cls)})


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_any_record_comes_back(cls: Any) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(records(cls))
    def check(record: Any) -> None:
        assert there_and_back(record) == record

    check()


@pytest.mark.parametrize("number", [math.inf, -math.inf, 1e308, 5e-324, -0.0, 0.1, 1.0])
def test_floats_keep_their_value_and_their_kind(number: float) -> None:
    back = there_and_back(sentence("{x}", x=number)).values[0][1]
    assert (back, type(back), math.copysign(1, back)) == (number, float, math.copysign(1, number))


def test_nan_comes_back_as_nan() -> None:
    assert math.isnan(there_and_back(sentence("{x}", x=math.nan)).values[0][1])


def test_booleans_and_numbers_are_not_mixed_up() -> None:
    op = Op(0, "f", "", 0, (), (), (("a", True), ("b", 1), ("c", 1.0), ("d", "1"), ("e", None), ("f", (1, (2.5, "x")))))
    assert [type(value) for _, value in there_and_back(op).attributes] == [bool, int, float, str, type(None), tuple]


# Hostile input

VALUE: Any = to_json(Value(0, (1, 2), "float32", "op"))
OP: Any = to_json(Op(0, "relu", "", 0, (0,), (1,), (("inplace", True),)))
TRACE: Any = to_json(Trace("Net", "cpu", (), (), (), (), (), ()))


def nested(depth: int) -> list[Any]:
    tree: list[Any] = []
    for _ in range(depth):
        tree = [tree]
    return tree


def with_field(record: Any, **changes: Any) -> Any:
    return {**record, **changes}


def without(record: Any, name: str) -> Any:
    return {key: value for key, value in record.items() if key != name}


HOSTILE: dict[str, tuple[type, Any]] = {
    "a list for a record": (Value, []),
    "a string for a record": (Value, "Value"),
    "null for a record": (Trace, None),
    "a number for a record": (Graph, 3),
    "an empty record": (Value, {}),
    "a missing key": (Value, without(VALUE, "shape")),
    "a missing key with a default": (Value, without(VALUE, "storage")),
    "an extra key": (Value, with_field(VALUE, extra=1)),
    "a key of Python's": (Value, with_field(VALUE, __class__="os.system")),
    "a string for an integer": (Value, with_field(VALUE, id="0")),
    "a float for an integer": (Value, with_field(VALUE, id=0.0)),
    "a boolean for an integer": (Value, with_field(VALUE, id=True)),
    "an integer for a boolean": (Value, with_field(VALUE, trainable=1)),
    "an integer for a string": (Value, with_field(VALUE, dtype=32)),
    "null for a string": (Value, with_field(VALUE, dtype=None)),
    "an unknown origin": (Value, with_field(VALUE, origin="elsewhere")),
    "a list for a literal": (Value, with_field(VALUE, origin=["op"])),
    "an object for a literal": (Value, with_field(VALUE, origin={"op": 1})),
    "a string for a shape": (Value, with_field(VALUE, shape="12")),
    "an object for a shape": (Value, with_field(VALUE, shape={"0": 1})),
    "a number for a shape": (Value, with_field(VALUE, shape=3)),
    "a nested shape": (Value, with_field(VALUE, shape=[[1], 2])),
    "a shape of floats": (Value, with_field(VALUE, shape=[1.5])),
    "a shape of nan": (Value, with_field(VALUE, shape=[math.nan])),
    "a shape of booleans": (Value, with_field(VALUE, shape=[True])),
    "a pair of three": (Op, with_field(OP, attributes=[["a", 1, 2]])),
    "a pair of one": (Op, with_field(OP, attributes=[["a"]])),
    "an attribute named by a number": (Op, with_field(OP, attributes=[[1, 1]])),
    "an attribute that is an object": (Op, with_field(OP, attributes=[["a", {"b": 1}]])),
    "an attribute with a wrong float": (Op, with_field(OP, attributes=[["a", {"float": "1e5"}]])),
    "an attribute with a float and more": (Op, with_field(OP, attributes=[["a", {"float": "inf", "x": 1}]])),
    "an attribute with a list for a float": (Op, with_field(OP, attributes=[["a", {"float": ["inf"]}]])),
    "an attribute with an object for a float": (Op, with_field(OP, attributes=[["a", {"float": {}}]])),
    "a number too long for arithmetic": (Value, with_field(VALUE, id=10**5000)),
    "a size too long for arithmetic": (Value, with_field(VALUE, shape=[10**5000])),
    "an attribute too long for arithmetic": (Op, with_field(OP, attributes=[["a", 10**5000]])),
    "an attribute of nan": (Op, with_field(OP, attributes=[["a", math.nan]])),
    "an attribute of bare infinity": (Op, with_field(OP, attributes=[["a", [1.0, -math.inf]]])),
    "a deep attribute": (Op, with_field(OP, attributes=[["a", nested(50)]])),
    "a depth bomb in an attribute": (Op, with_field(OP, attributes=[["a", nested(5000)]])),
    "a depth bomb in a shape": (Value, with_field(VALUE, shape=nested(5000))),
    "a depth bomb for a record": (Trace, nested(5000)),
    "an op among the values": (Trace, with_field(TRACE, values=[OP])),
    "a note without values": (Trace, with_field(TRACE, notes=[{"template": "x"}])),
    "a failure of an unknown kind": (
        Trace, with_field(TRACE, failure=with_field(to_json(Failure("error", None, "", (), (), "E", "m", None)), kind="bad")),
    ),
    "a value in a sentence that is an object": (Sentence, {"template": "x", "values": [["a", {"b": 1}]]}),
    "a gate of an unknown kind": (Gate, with_field(to_json(Gate(0, 0, None, 0, "channel", (), None)), kind="colour")),
    "an edge with a wrong role": (Edge, with_field(to_json(Edge("a", "b", 0, ())), role="boss")),
    "a node shared by half": (Node, with_field(to_json(Node("a", "conv", "c")), shared=[1])),
    "bytes": (Value, b"{}"),
    "a set": (Value, with_field(VALUE, shape={1, 2})),
    "a tuple for a list": (Value, with_field(VALUE, shape=(1, 2))),
    "not a string for a key": (Value, {1: 2}),
}  # fmt: skip


@pytest.mark.parametrize(("cls", "data"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_record_is_refused_with_a_sentence(cls: type, data: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_json(cls, data)
    words = str(refused.value)
    assert words.startswith("This is not a result of Blocklens: ")
    assert len(words) < 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("id shape dtype origin float x".split()), inner),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(RECORDS), anything)
def test_any_json_is_a_record_or_refused(cls: Any, data: Any) -> None:
    try:
        record = from_json(cls, data)
    except InvalidInput:
        return
    assert isinstance(record, cls)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_one_changed_field_gives_a_well_formed_record_or_is_refused(data: st.DataObject) -> None:
    """A real trace with one part replaced by anything: what is accepted writes out again as it was read."""
    inputs, named = CASES["residual"].arguments("meta")
    tree = to_json(trace(CASES["residual"].build(), *inputs, **named))
    place, key = tree, data.draw(st.sampled_from(sorted(tree)))
    while isinstance(place[key], (list, dict)) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(anything)
    try:
        record = from_json(Trace, tree)
    except InvalidInput:
        return
    assert from_json(Trace, to_json(record)) == record or "nan" in repr(record)


def test_a_long_document_takes_no_stack() -> None:
    limit = sys.getrecursionlimit()
    value: Callable[[int], Any] = lambda number: with_field(VALUE, id=number)  # noqa: E731
    tree = with_field(TRACE, values=[value(number) for number in range(5000)])
    assert len(from_json(Trace, tree).values) == 5000
    assert sys.getrecursionlimit() == limit


def test_nothing_is_shared_with_the_document() -> None:
    tree = to_json(Module("a", "b", (1,), (), ("c",)))
    record = from_json(Module, tree)
    tree["aliases"].append("d")
    assert record.aliases == ("c",)
