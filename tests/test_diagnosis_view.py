"""The card of a failure: operands with the wrong sizes marked, the diff, and a button that hands its fix over."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ui.diagnosis_view import diff_html


def script() -> None:
    import streamlit as st

    from explainer.diagnosis import diagnose
    from explainer.explain import explain
    from explainer.hazards import find_hazards
    from explainer.paste.result import Input, Request
    from explainer.paste.run import run_paste
    from explainer.types import Fix
    from tests.diagnosis.cases import module
    from ui.diagnosis_view import draw_diagnosis, draw_explanation, draw_hazards

    def note(fix: Fix) -> None:
        st.session_state["applied"] = fix

    lang = st.session_state.get("lang", "en")
    source = module("return self.bn(self.a(x)) + x", "self.a = nn.Conv2d(4, 4, 3)", "self.bn = nn.BatchNorm2d(4)")
    failed = diagnose(run_paste(Request(source, inputs=(Input((1, 4, 9, 9)),))))
    assert failed is not None
    draw_diagnosis(failed, lang, note)
    works = run_paste(Request(source.replace(", 3)", ", 3, padding=1)"), inputs=(Input((1, 4, 9, 9)),)))
    assert works.trace is not None
    draw_hazards(find_hazards(works.trace, works.source), lang)
    draw_explanation(explain(works.trace, works.source), lang, works.source)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_card_in_both_languages_and_its_button(lang: str) -> None:
    app = AppTest.from_function(script, default_timeout=60)
    app.session_state["lang"] = lang
    app.run()
    assert not app.exception
    html = " ".join(block.proto.body for block in app.get("html")).replace("\u00a0", " ")
    assert "<b title=" in html
    assert ">7</b>" in html
    assert ">9</b>" in html
    assert "bl-taken-out" in html
    assert ("a has a bias" if lang == "en" else "a 有偏置") in html
    assert ("Gives back (1, 4, 9, 9)." if lang == "en" else "返回 (1, 4, 9, 9)。") in html
    app.button(key="diagnosis-apply-0").click().run()
    assert str(app.session_state["applied"].message) == "Give a padding=1."


def test_a_diff_is_text_and_never_markup() -> None:
    html = diff_html("--- source\n+++ source\n@@ -1,3 +1,3 @@\n a\n-<script>\n+<b>\n c\n far\n", "en")
    assert "<script>" not in html
    assert html.count("<span") == 4
    assert "far" not in html
