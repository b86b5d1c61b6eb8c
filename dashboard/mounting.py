"""Where the page stands among the site's URLs: script name, languages. Must never import the URLconf."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar
from urllib.parse import unquote

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.urls import NoReverseMatch, get_script_prefix, reverse, set_script_prefix
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")


def script_name(root_path: str) -> str:
    """Return what Django takes to stand before the site's own paths, without a `/` at its end; empty for nothing."""
    return (settings.FORCE_SCRIPT_NAME or root_path).rstrip("/")


def within(path: str, script: str) -> str:
    """Return a path without the script name before it; a proxy may have taken that off already."""
    return path[len(script) :] if script and path.startswith(f"{script}/") else path


def below(script: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work whose links begin with a script name, as Django's handler has a request do; on this thread only."""
    before = get_script_prefix()
    set_script_prefix(f"{script}/")
    try:
        return work(*args, **kwargs)
    finally:
        set_script_prefix(before)


@cache
def paths_of(name: str, urlconf: str) -> tuple[str, ...]:
    """
    Return the paths of one of our views without script name: one, or with `i18n_patterns` one for each language.

    The URLconf is to have been imported; empty where it does not include ours.
    """
    try:
        found = [_path_of(name, urlconf)]
        if is_language_prefix_patterns_used(urlconf)[0]:
            for language, _ in settings.LANGUAGES:
                with translation.override(language):
                    found.append(_path_of(name, urlconf))
    except NoReverseMatch:
        return ()
    return tuple(dict.fromkeys(found))


def _path_of(name: str, urlconf: str) -> str:
    # The script name is that of whoever asks first, and this is kept for all.
    return unquote(f"/{reverse(name, urlconf=urlconf).removeprefix(get_script_prefix())}")
