"""Blocklens' engine: modules and pasted text become facts, facts become pictures and words."""

from explainer.trace import trace

__all__ = ["trace"]
