"""Where the dashboard's files are, and what it tells the tracer."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.template.loader import get_template

from dashboard import access
from tracer import context


def test_pages_and_files_are_found_in_a_checkout() -> None:
    assert get_template("signalbox/page.html").template.source
    assert finders.find("signalbox/signalbox.css")


def test_tracer_knows_how_to_tell_the_dashboards_own_requests() -> None:
    assert context.own_request is access.is_own_path
