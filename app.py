"""Blocklens: what a server imports, and the entry script that Streamlit runs anew for every interaction as ``__main__``."""

import streamlit as st

if __name__ == "__main__":
    from ui import cached, shell, state

    st.set_page_config(page_title="Blocklens", layout="wide", initial_sidebar_state=228)
    lang = state.language()
    page = shell.open_app(lang)
    page.run()
    cached.background().page_is_drawn()
else:
    from ui.serving import headers, health, start

    app = st.App(__file__, lifespan=start.lifespan, routes=health.ROUTES, middleware=headers.MIDDLEWARE)
