"""The demo site's pages, and one that dispatches as often as it is told, within one request."""

from __future__ import annotations

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.urls import path

from demo_site.urls import urlpatterns as demo_urlpatterns

poured = Signal()


def drink(sender: object, **kwargs: object) -> None: ...


poured.connect(drink)


def flood(request: HttpRequest) -> HttpResponse:
    """Dispatch so many times, one after the other."""
    for number in range(int(request.GET["dispatches"])):
        poured.send(sender=None, glass=number)
    return HttpResponse("all poured")


urlpatterns = [path("flood/", flood), *demo_urlpatterns]
