"""Asks axe what it finds wrong with a page. The script comes with the Python package; nothing of it is kept here."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page) -> list[str]:
    """Return what axe finds, a line for each rule: what is wrong, and where it is first."""
    # As a function: the page's policy lets no script be made of a string.
    page.evaluate(f"() => {{ {Axe().axe_script}\n }}")
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']} ({len(each['nodes'])}×, first {each['nodes'][0]['html'][:200]})"
        for each in found["violations"]
    ]
