"""Labels in the reader's language. Names of torch's and of the code's stay as they are, what else stands in a label is said."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from explainer.language import pick_language, translator
from explainer.types import Graph, Node, sentence

# The parts that ``labels`` makes labels of; each is a template of the catalogue.
_PARTS = tuple(
    part.template
    for part in (
        sentence("global average pool"), sentence("global max pool"),
        sentence("adaptive average pool → {sizes}"), sentence("adaptive max pool → {sizes}"),
        sentence("average pool {sizes}"), sentence("max pool {sizes}"), sentence("norm pool {sizes}"),
        sentence("stride {sizes}"), sentence("dilation {sizes}"), sentence("{count} groups"), sentence("depthwise"),
        sentence("mean over {sizes}"), sentence("sum over {sizes}"), sentence("std over {sizes}"), sentence("var over {sizes}"),
        sentence("amax over {sizes}"), sentence("max over {sizes}"), sentence("amin over {sizes}"), sentence("min over {sizes}"),
        sentence("softmax over {sizes}"), sentence("{count} tensor"), sentence("{count} tensors"), sentence("axis {axis}"),
        sentence("concat of {count} tensor"), sentence("concat of {count} tensors"), sentence("sum"), sentence("product"),
        sentence("hard sigmoid"), sentence("scaled dot-product attention"),
    )
)  # fmt: skip
_FORMS = tuple((part, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>-?[\\d×]+)", re.escape(part)))) for part in _PARTS)


def say_label(label: str, lang: str) -> str:
    """What ``labels.detail_of`` or ``labels.step_of`` made, in ``lang``.

    >>> say_label("Conv2d 3×3, stride 2", "zh"), say_label("SqueezeExcite", "zh"), say_label("global average pool", "en")
    ('Conv2d 3×3，步幅 2', 'SqueezeExcite', 'global average pool')
    """
    return label if pick_language(lang) == "en" else _said(label, lang)


def say_labels(graph: Graph, lang: str) -> Graph:
    """The graph with what stands in its boxes in ``lang``; a folded module's is the name of its class."""
    return graph if pick_language(lang) == "en" else replace(graph, nodes=tuple(_node(node, lang) for node in graph.nodes))


def _node(node: Node, lang: str) -> Node:
    if node.kind == "output":
        _ = translator(lang)
        return replace(node, label=_("output"))
    return node if node.kind == "module" else replace(node, detail=_said(node.detail, lang))


@lru_cache(maxsize=4096)
def _said(label: str, lang: str) -> str:
    _ = translator(lang)
    whole, *more = (_part(part, lang) for part in label.split(", "))
    for part in more:
        whole = _("{first}, {second}", first=whole, second=part)
    return whole


def _part(part: str, lang: str) -> str:
    for template, form in _FORMS:
        found = form.fullmatch(part)
        if found:
            text = translator(lang)(template, **found.groupdict())
            return text.partition("|")[0]  # a term of the glossary comes with its other spellings
    return part
