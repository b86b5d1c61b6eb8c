"""Visitors and their profiles."""
