"""The page's own engine, in which the host has no say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import RequestFactory
from django.utils import translation

from dashboard.rates import rate_html
from dashboard.rendering import render, render_page

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.parametrize("language", ["de", "ar", "fr"])
def test_numbers_are_written_for_the_browser_and_not_for_the_sites_readers(
    settings: Settings, language: str
) -> None:
    written = rate_html({5: [3, 2, 1, 1]}, [], 1_000_000, 1_200, 2)
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override(language):
        assert rate_html({5: [3, 2, 1, 1]}, [], 1_000_000, 1_200, 2) == written
    assert 'data-number="1200"' in written


def test_fractions_keep_their_point() -> None:
    with translation.override("de"):
        html = render("_status.html", rate=1.5, kept=1, store="sqlite", dropped=0, sample="")
    assert "1.5" in html


def test_scripts_and_styles_of_a_page_have_the_nonce_of_the_sites_policy(
    rf: RequestFactory,
) -> None:
    request = rf.get("/signals/")
    assert "nonce" not in render_page(request, "forbidden.html", refusal="No.")
    vars(request)["csp_nonce"] = "a-1"
    html = render_page(request, "forbidden.html", refusal="No.")
    assert html.count(' nonce="a-1">') == len(re.findall("<script|<link rel=.stylesheet", html)) > 1
