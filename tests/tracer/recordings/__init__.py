"""Recordings: the format, and what is let in."""
