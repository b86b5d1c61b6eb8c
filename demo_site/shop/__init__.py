"""A small shop whose orders go by signals of their own."""
