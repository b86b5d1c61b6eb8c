"""The page of buttons, and what pressing one does."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from demo_site.cases.case import Case
from demo_site.cases.catalogue import CASES, PARTS


def cases(request: HttpRequest) -> HttpResponse:
    """Show all cases."""
    return render(request, "demo_site/cases.html", {"parts": PARTS})


@require_POST
async def press(request: HttpRequest, slug: str) -> HttpResponse:
    """Do what a case does, and show its result: as a line to htmx, else on the whole page."""
    case = CASES.get(slug)
    if case is None:
        raise Http404(f"There is no case {slug!r}.")
    if iscoroutinefunction(case.run):
        result = await cast("Awaitable[str]", case.run())
    else:
        result = cast("str", await sync_to_async(case.run)())
    return await sync_to_async(_show)(request, case, result)


def _show(request: HttpRequest, case: Case, result: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        return render(request, "demo_site/_result.html", {"case": case, "result": result})
    context = {"parts": PARTS, "pressed": case.slug, "result": result}
    return render(request, "demo_site/cases.html", context)
