"""One tree as text."""
