from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_streamlit_leftovers() -> None:
    """Streamlit's caches live as long as the process; a test must not read what another one computed."""
    import streamlit as st

    st.cache_data.clear()
