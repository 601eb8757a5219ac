"""Pasted text: repaired, read, run, and what came of it."""
