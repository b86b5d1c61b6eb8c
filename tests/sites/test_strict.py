"""Sites that are strict with a page: what it may run, and what it may keep in the browser."""

from __future__ import annotations

import django
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.sites.project import Project
from tests.sites.seen import press, see_the_bell

POLICY = """
def only_self(get_response):
    def middleware(request):
        response = get_response(request)
        response["Content-Security-Policy"] = "default-src 'self'"
        return response

    return middleware
"""
"""As sites have it that know nothing of Django's own: it is put over whatever the page asks for."""

NONCES = """
from django.middleware.csp import get_nonce


def only_nonces(get_response):
    def middleware(request):
        response = get_response(request)
        nonce = get_nonce(request)
        response["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; base-uri 'none'"
        )
        return response

    return middleware
"""

STORED = """
async () => ({
    local: Object.keys(localStorage).sort(),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map((one) => one.name),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})
"""


def use_all_of_it(context: BrowserContext, address: str) -> Page:
    """Use what may load, draw or keep something; the browser complains of what a policy forbids."""
    page = see_the_bell(context, address)
    press(page, "Recording")
    press(page, "Stopped")
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("separator", name="Width of the registry").press("ArrowRight")
    page.get_by_role("separator", name="Height of what is open").press("ArrowUp")
    page.get_by_role("combobox", name="Filter").fill("is:root")
    page.get_by_role("combobox", name="Filter").press("Enter")
    page.get_by_role("button", name="Import").click()
    page.keyboard.press("Escape")
    for path in ("map/", "help/", "recordings/nowhere/"):
        page.goto(f"{address}/signals/{path}")
        expect(page.locator(".sb-brand").first).to_be_visible()
    page.goto(f"{address}/signals/")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    return page


def test_page_keeps_to_self_and_leaves_nothing_but_sizes_and_colours(
    context: BrowserContext, site: Project
) -> None:
    site.write("project/policy.py", POLICY)
    site.append(
        "settings.py",
        """
        MIDDLEWARE.insert(0, "project.policy.only_self")
        SESSION_SAVE_EVERY_REQUEST = True
        """,
    )
    with site.served() as address:
        page = use_all_of_it(context, f"http://{address}")
        assert context.cookies() == []
        assert page.evaluate(STORED) == {
            "local": ["signalbox.aside", "signalbox.detail", "signalbox.theme"],
            "session": [],
            "databases": [],
            "caches": [],
            "workers": 0,
        }


@pytest.mark.skipif(django.VERSION < (6, 0), reason="Django has nonces from 6.0 on.")
def test_scripts_have_the_nonce_of_djangos_middleware(
    context: BrowserContext, site: Project
) -> None:
    site.write("project/policy.py", NONCES)
    site.append(
        "settings.py",
        """
        from django.utils.csp import CSP

        MIDDLEWARE.insert(0, "django.middleware.csp.ContentSecurityPolicyMiddleware")
        MIDDLEWARE.insert(0, "project.policy.only_nonces")
        SECURE_CSP = {"default-src": [CSP.SELF], "script-src": [CSP.NONCE, CSP.STRICT_DYNAMIC]}
        """,
    )
    with site.served() as address:
        use_all_of_it(context, f"http://{address}")
