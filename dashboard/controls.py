"""What the page's buttons do: stop, clear, mute. Owns the rule that only the page itself may ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard import access, panels
from dashboard.feed import feed
from dashboard.guard import P, View, guarded
from dashboard.opened import opened_html
from dashboard.refused import refused
from dashboard.rendering import render
from tracer import control as tracer_control
from tracer.exceptions import StoreError

_NOT_FROM_PAGE = access.Refusal(
    "origin", "Only the page itself may turn this; its Origin must be this host."
)


def only_from_page(view: View[P]) -> View[P]:
    """
    Refuse what does not come from the page by htmx.

    Another site's page can send neither the header `HX-Request` nor our `Origin`, so there is no
    need of a token, which would set a cookie on the host's site.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        origin, secure = request.headers.get("Origin"), request.is_secure()
        own = access.own_origin(origin, request.get_host(), is_secure=secure)
        if not own or "HX-Request" not in request.headers:
            return refused(request, _NOT_FROM_PAGE)
        return view(request, *args, **kwargs)

    return csrf_exempt(guarded(cast("View[P]", require_POST(checked))))


@only_from_page
def recording(request: HttpRequest) -> HttpResponse:
    """Stop recording for all, or resume it: `on` is `1` or `0`."""
    is_on = request.POST.get("on") == "1"
    # The button alone: in a flood the rest takes longer than whoever pressed it waits. It comes within a second.
    return _answer(lambda: tracer_control.set_recording(is_on), _draw_recording)


@only_from_page
def clear(request: HttpRequest) -> HttpResponse:
    """Forget everything that is kept."""
    return _answer(tracer_control.clear)


@only_from_page
def mute(request: HttpRequest) -> HttpResponse:
    """Mute a signal, or unmute it: `signal` is its dotted name, `on` is `1` to mute."""
    name = request.POST.get("signal", "")[:500]
    change = tracer_control.mute if request.POST.get("on") == "1" else tracer_control.unmute
    answer = _answer(lambda: change(name) if name else None)
    if name and "panel" in request.POST:
        html = opened_html(f"signal:{name}", "", feed())
        answer.write(render("_partial.html", target="#sb-detail", swap="innerMorph", html=html))
    return answer


def _draw_recording() -> dict[str, str]:
    return {"recording": panels.draw_recording()}


def _draw_all() -> dict[str, str]:
    current = feed()
    current.catch_up()
    return panels.draw_all(current)


def _answer(
    change: Callable[[], object], draw: Callable[[], dict[str, str]] = _draw_all
) -> HttpResponse:
    """Make the change and answer with the parts that show it; say so where the store refuses."""
    try:
        change()
        drawn = draw()
    except StoreError as error:
        current = feed()
        current.catch_up()
        with current.lock:
            current.problem = str(error)
        drawn = panels.draw_all(current)
    parts = (
        render("_partial.html", target=f"#sb-{name}", swap="innerMorph", html=mark_safe(html))  # noqa: S308
        for name, html in drawn.items()
    )
    return HttpResponse("".join(parts))
