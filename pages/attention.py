"""Attention: the gates of a module on real pictures, and what they become when they are trained."""

from ui import attention_views, draw, shell

lang, _ = shell.enter_page()

draw.heading(_("Attention"), _("What a gate lets through, on a picture that you know."))
attention_views.draw_views(lang)
