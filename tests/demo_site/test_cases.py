"""The page of buttons."""

from __future__ import annotations

import pytest
from django.test import Client

from demo_site.cases.case import Case
from demo_site.cases.catalogue import CASES, GROUPS
from demo_site.cases.templatetags.cases import code
from tests.demo_site.conftest import Press
from tracer import Filter

# The signals of these are muted at first; test_django_signals and test_checked look for them.
MUTED = ("init", "each-instance")
RECORDED = [case for case in CASES.values() if case.slug not in MUTED]
STAYING = [case for case in CASES.values() if not case.leaves_page]


def test_slugs_are_unique() -> None:
    assert len(CASES) == sum(len(group.cases) for group in GROUPS)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case.slug)
def test_filter_of_a_case_finds_what_its_button_dispatched(press: Press, case: Case) -> None:
    wanted = Filter.parse(case.filter)
    assert any(wanted.matches(dispatch) for dispatch in press(case.slug).dispatches)


@pytest.mark.parametrize("case", STAYING, ids=lambda case: case.slug)
def test_result_links_to_the_filtered_feed(press: Press, case: Case) -> None:
    response = press(case.slug).response
    assert response.status_code == 200
    assert "<html" not in response.text
    assert 'href="/signals/?filter=' in response.text


def test_button_works_without_a_script(sown: None, client: Client) -> None:
    response = client.post("/cases/unheard/")
    assert "Nobody heard of it." in response.text
    assert response.text.count("<h3>") == len(CASES)


def test_case_is_not_done_by_looking_at_it(sown: None, client: Client) -> None:
    assert client.get("/cases/order/").status_code == 405


def test_unknown_case_is_not_found(db: None, client: Client) -> None:
    assert client.post("/cases/nonesuch/").status_code == 404


def test_case_wants_a_token(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/cases/order/").status_code == 403


def test_code_is_escaped() -> None:
    assert code("`<b>` & more") == "<code>&lt;b&gt;</code> &amp; more"
