from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, so that a commit passes or fails by itself; BLOCKLENS_RANDOM=1 goes looking for new ones.
settings.register_profile("same", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("random", derandomize=False, deadline=None)
settings.load_profile("random" if os.environ.get("BLOCKLENS_RANDOM") else "same")


@pytest.fixture(autouse=True)
def _no_streamlit_leftovers() -> None:
    """Streamlit's caches live as long as the process; a test must not read what another one computed."""
    import streamlit as st

    st.cache_data.clear()
    if (cached := sys.modules.get("ui.cached")) is not None:
        for facts in (cached.layer_facts_of, cached.torch_says, cached.examination, cached.subject_of):
            facts.clear()


@pytest.fixture(autouse=True)
def _no_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast machine makes more changes in a second than a page draws all of."""
    monkeypatch.setattr("ui.serving.crowd.is_crowded", lambda: False)
