"""Somebody's code: repaired, run behind a wall, and shown as what it does."""

from ui import paste_panel, shell

lang, _ = shell.enter_page()
paste_panel.paste_panel(lang)
