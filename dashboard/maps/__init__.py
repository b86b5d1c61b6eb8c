"""The map: who sends which signal, who receives it, and what these dispatch in turn."""
