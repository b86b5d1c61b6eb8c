"""Turns templates into text, by an engine in which no setting or context processor of the host has a say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import django
from django.http import HttpRequest
from django.template import Context, Engine
from django.utils.safestring import SafeString

_HERE = Path(__file__).parent


@cache
def engine() -> Engine:
    """Return the engine that knows the page's templates and nothing of the host's."""
    root = _HERE if (_HERE / "templates").is_dir() else _HERE.parent
    return Engine(
        dirs=[str(root / "templates")],
        libraries={
            "django_htmx": "django_htmx.templatetags.django_htmx",
            "signalbox": "dashboard.templatetags.signalbox",
            "static": "django.templatetags.static",
        },
    )


def render(name: str, /, **context: object) -> SafeString:
    """
    Return the template `signalbox/<name>` with this context, and nothing else in it.

    Numbers are written as scripts, stylesheets and pictures read them, whatever the site's language.
    """
    given = Context(context, use_l10n=False, use_tz=False)
    return engine().get_template(f"signalbox/{name}").render(given)


def render_page(request: HttpRequest, name: str, /, **context: object) -> SafeString:
    """Return a whole page, its scripts and its stylesheet with the nonce of the site's policy, if there is one."""
    return render(name, csp_nonce=_nonce_of(request), **context)


def _nonce_of(request: HttpRequest) -> str | None:
    """Return the nonce that Django's middleware, which has come with 6.0, or django-csp's has for this answer."""
    nonce: object = getattr(request, "csp_nonce", None)
    if django.VERSION >= (6, 0):
        from django.middleware.csp import get_nonce

        own = get_nonce(request)
        nonce = nonce if own is None else own
    # Both make it as it is asked for its text.
    return None if nonce is None else str(nonce)
