"""Holds the command `signals`."""
