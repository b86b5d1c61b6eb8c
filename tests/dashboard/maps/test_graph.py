"""What the map is of."""

from __future__ import annotations

import pytest

from dashboard.maps.graph import Graph, app_of, graph
from tests.dashboard.maps.conftest import LABELS, make_count, make_signal

PLACED, SAVE = "demo_site.shop.signals.order_placed", "django.db.models.signals.post_save"
RESERVE, CHARGE = "demo_site.shop.receivers.reserve", "demo_site.shop.receivers.charge"


def keys(found: Graph) -> list[list[str]]:
    return [[node.key for node in column] for column in found.columns]


def test_what_was_seen_and_what_is_connected_are_one_map() -> None:
    found = graph(
        [make_signal(PLACED, RESERVE, CHARGE), make_signal(SAVE)],
        {(PLACED, RESERVE): make_count(3)},
        {("shop.Order", PLACED): make_count(3)},
        {(RESERVE, SAVE): make_count(2)},
        LABELS,
        is_origins=False,
    )
    assert keys(found) == [
        ["sender shop.Order"],
        [f"signal {PLACED}"],
        [f"receiver {CHARGE}", f"receiver {RESERVE}"],
        [f"next {SAVE}"],
    ]
    assert {
        (edge.source.split()[0], edge.target.split()[-1]): edge.count.calls for edge in found.edges
    } == {
        ("sender", PLACED): 3,
        ("signal", RESERVE): 3,
        ("signal", CHARGE): 0,
        ("receiver", SAVE): 2,
    }


def test_signal_without_receivers_that_was_never_sent_and_dead_receivers_are_left_out() -> None:
    signals = [make_signal(PLACED), make_signal(SAVE, RESERVE, is_dead=True)]
    assert keys(graph(signals, {}, {}, {}, LABELS, is_origins=False)) == [[], [], [], []]


def test_what_was_taken_back_altogether_is_not_there() -> None:
    counted = {("shop.Order", PLACED): make_count(0)}
    assert graph([], {}, counted, {}, LABELS, is_origins=False).edges == ()


def test_origins_stand_by_their_method() -> None:
    names = ("GET /a/", "manage.py migrate", "outside")
    first = {(name, SAVE): make_count() for name in names}
    found = graph([], {}, first, {}, LABELS, is_origins=True)
    assert [(node.name, node.app) for node in found.columns[0]] == [
        ("outside", ""),
        ("GET /a/", "GET"),
        ("manage.py migrate", "manage.py"),
    ]


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("shop.Order", "shop"),
        ("demo_site.shop.receivers.reserve", "shop"),
        ("django.contrib.auth.signals.user_logged_in", "auth"),
        ("django.db.models.signals.post_save", "django.db"),
        ("instance of django.utils.autoreload.StatReloader", "django.utils"),
        ("billing.receivers.send", "billing"),
        ("django.Signal", "django"),
        ("None", ""),
        ("…", ""),
        ("lonely", ""),
    ],
)
def test_names_are_of_the_app_that_holds_them(name: str, app: str) -> None:
    assert app_of(name, LABELS) == app
