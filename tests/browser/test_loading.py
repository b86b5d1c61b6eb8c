"""The page while its scripts arrive in an unkind order."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Route, expect

SCRIPTS = ("theme.js", "signalbox.js", "htmx-4", "hx-ws-4")
OF_PAGE = {"": (*SCRIPTS, "filter.js"), "map/": (*SCRIPTS, "map.js")}


@pytest.mark.parametrize(
    ("path", "last"), [(path, script) for path, scripts in OF_PAGE.items() for script in scripts]
)
def test_page_goes_live_whichever_script_comes_last(
    context: BrowserContext, site: str, path: str, last: str
) -> None:
    page = context.new_page()
    held: list[Route] = []
    arrived: list[str] = []
    page.route(lambda url: last in url, lambda route: held.append(route))
    page.on("requestfinished", lambda request: arrived.append(request.url))
    page.goto(f"{site}/signals/{path}", wait_until="commit")
    others = [script for script in OF_PAGE[path] if script != last]
    while not (held and all(any(script in url for url in arrived) for script in others)):
        page.wait_for_timeout(10)
    # A socket that is opened by now is there before this answer is.
    assert (
        page.evaluate("url => fetch(url).then(answer => answer.status)", f"{site}/signals/") == 200
    )
    held[0].continue_()
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
