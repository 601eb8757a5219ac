"""The glossary: terms are found where they stand, once, and no word means two things."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.glossary import GROUPS, TERMS, find_terms
from explainer.language import LANGUAGES, say


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_of_a_term_is_found_and_is_of_one_term_only(lang):
    words = [(word, key) for key, term in TERMS.items() for word in say(term.words, lang).split("|")]
    assert [word for word, count in Counter(word.lower() for word, _ in words).items() if count > 1] == []
    for word, key in words:
        assert [piece.key for piece in find_terms(word, lang)] == [key], word


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.lists(st.sampled_from([*"abc 门,通道", "stride", "感受野", "MACs", "(", "="]), max_size=12),
)
def test_the_pieces_of_a_text_make_the_text_and_mark_each_term_once(lang, parts):
    text = "".join(parts)
    pieces = list(find_terms(text, lang))
    assert "".join(piece.text for piece in pieces) == text
    keys = [piece.key for piece in pieces if piece.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("text", "lang", "keys"),
    [
        ("nn.Conv2d(3, 8, stride=2, padding=1)", "en", []),
        ("the layer self.gate and its strides", "en", ["stride"]),
        ("How depthwise separable convolutions mix channels", "en", ["depthwise", "convolution", "channel"]),
        ("通道门控：每个通道的权重", "zh", ["channel_attention", "channel", "weight"]),
        ("卷积核的感受野", "zh", ["kernel", "receptive_field"]),
    ],
)
def test_code_is_left_alone_and_the_longest_term_wins(text, lang, keys):
    assert [piece.key for piece in find_terms(text, lang) if piece.key] == keys


def test_what_was_seen_before_stays_plain():
    seen: set[str] = set()
    assert [piece.key for piece in find_terms("stride", "en", seen)] == ["stride"]
    assert [piece.key for piece in find_terms("stride", "en", seen)] == [""]


def test_every_term_is_in_one_group():
    assert sorted(key for group in GROUPS for key in group.keys) == sorted(TERMS)
