"""The door of every view: who may look gets in, and every answer carries the page's own policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from dashboard import access
from dashboard.refused import refused

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


def guarded(view: View[P]) -> View[P]:
    """
    Let only those in who may look, and send the page's own policy with every answer.

    No request of the page is a transaction, whatever `ATOMIC_REQUESTS` says: the database may be down.
    Django's `LoginRequiredMiddleware` lets all of them through: one rule decides, and `ACCESS` may ask for a user.
    """

    @wraps(view)
    def guard(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        refusal = access.refusal(request)
        response = refused(request, refusal) if refusal else view(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        response["X-Frame-Options"] = "DENY"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Referrer-Policy"] = "same-origin"
        # Django's cache of a whole site has heeded `private` for longest.
        response["Cache-Control"] = "private, no-store"
        patch_vary_headers(response, ["HX-Request"])
        return response

    asked = cast("View[P]", login_not_required(guard))
    for alias in settings.DATABASES:
        asked = transaction.non_atomic_requests(using=alias)(asked)
    return asked
