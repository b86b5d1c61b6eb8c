"""What is to be done as the process forks, where the platform has forks; owns nothing of what is done."""

from __future__ import annotations

import os
from collections.abc import Callable


def in_child(call: Callable[[], object]) -> None:
    """Have something done in each child, as the only thread there begins."""
    around(after_in_child=call)


def around(**calls: Callable[[], object]) -> None:
    """Have things done `before`, `after_in_parent` and `after_in_child`; nothing on a platform without forks."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(**calls)
