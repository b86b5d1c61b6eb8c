"""The record of a case: what a button does, and what to look for afterwards. Does nothing itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing worth watching."""

    slug: str
    title: str
    does: str
    """One sentence."""
    look: str
    """What stands in the dashboard afterwards, in one or two sentences; each is held by a test."""
    filter: str
    """The dashboard's filter that finds it."""
    run: Callable[[], str | Awaitable[str]]
    """Does it, and returns the sentence that is shown as the result."""
    button: str
    check: str = ""
    """Id of what `manage.py check` says of it, such as `W001`; empty for nothing."""
    leaves_page: bool = False
    """The answer is not the cases page but one of Django's own."""


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Cases that belong together."""

    slug: str
    title: str
    cases: tuple[Case, ...]
    about: str = ""
    """A sentence on all of them; empty where the title says it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Groups that one looks for with the same question in mind."""

    title: str
    groups: tuple[Group, ...]
