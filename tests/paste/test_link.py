"""Pastes as words in a link."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explainer.paste.link import LONGEST, from_word, to_word

BLOCK = "class A(nn.Module):\n    def forward(self, x):\n        return x * torch.sigmoid(x)  # 门控\n"


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_what_goes_in_comes_out(text):
    word = to_word(text)
    assert word is not None
    assert set(word) <= set(string.ascii_letters + string.digits + "-_")
    assert from_word(word) == text


def test_a_block_makes_a_short_word():
    block = "\n".join(f"        self.conv{n} = nn.Conv2d(channels, channels, 3, padding=1)" for n in range(12))
    assert len(to_word(block)) < len(block) / 3


def test_what_is_too_long_for_a_link_makes_none():
    noise = "".join(random.Random(0).choices(string.ascii_letters, k=2 * LONGEST))
    assert to_word(noise) is None


@given(st.text(max_size=60))
def test_any_word_is_read_or_refused(word):
    assert from_word(word) is None or isinstance(from_word(word), str)


@pytest.mark.parametrize(
    "damage", [lambda w: w[:-4], lambda w: "2" + w[1:], lambda w: w + "AAAA", lambda w: w[:9] + "!" + w[10:]]
)
def test_a_damaged_word_is_refused(damage):
    assert from_word(damage(to_word(BLOCK))) is None


def test_a_word_that_unpacks_to_too_much_is_refused():
    assert from_word(to_word("a" * 60_000)) is not None
    assert from_word(to_word("a" * 70_000)) is None
