"""A site whose page stands at its root."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def shop(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [path("shop/", shop), path("", include("dashboard.urls"))]
