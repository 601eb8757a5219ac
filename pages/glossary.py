"""What the words mean, each with an address of its own."""

from ui import draw, glossary, shell
from ui.links import arrival
from ui.links import pages as link_fields

lang, _ = shell.enter_page()

draw.heading(_("Glossary"), _("What the words mean that stand underlined with dots on every page."))
arrival.say_dropped(link_fields.GLOSSARY, lang)
glossary.glossary(lang)
