"""The first page: what this is, and the ways in."""

from ui import draw, home, shell

lang, _ = shell.enter_page()

draw.heading(_("See what a block really does"), home.promise(lang))
home.entry_cards(lang)
