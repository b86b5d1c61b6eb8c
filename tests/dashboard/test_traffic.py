"""What is counted for the map: who sends what, and which receiver dispatched what."""

from __future__ import annotations

import pytest

from dashboard import traffic
from dashboard.traffic import OTHERS, Traffic, origin_kind
from tests.dashboard.conftest import make_call, make_dispatch, window_of

SAVE = "django.db.models.signals.post_save"


def test_dispatches_are_counted_by_sender_and_by_origin() -> None:
    window = window_of(
        make_dispatch(origin="GET /articles/57/"),
        make_dispatch(origin="GET /articles/58/", error="ValueError", state="error"),
        make_dispatch(sender=None, origin=None),
    )
    users = window.traffic.senders["auth.User", SAVE]
    assert (users.calls, users.errors, users.total_ns) == (2, 1, 2_000_000)
    assert window.traffic.senders["None", SAVE].calls == 1
    assert window.traffic.origins["GET /articles/*/", SAVE].calls == 2
    assert window.traffic.origins["outside", SAVE].calls == 1


def test_dispatch_made_by_a_receiver_is_counted_under_it() -> None:
    calls = (make_call(receiver="app.one"), make_call(receiver="app.two"))
    parent = make_dispatch(id="p", calls=calls)
    child = make_dispatch(parent_id="p", parent_call=1, root_id="p", depth=1)
    assert {
        pair: count.calls for pair, count in window_of(parent, child).traffic.caused.items()
    } == {("app.two", SAVE): 1}
    # A store may give a child first.
    assert window_of(child, parent).traffic.caused["app.two", SAVE].calls == 1


def test_dispatch_without_its_parent_is_under_no_receiver() -> None:
    child = make_dispatch(parent_id="gone", parent_call=0, root_id="gone", depth=1)
    parent = make_dispatch(id="p")
    other = make_dispatch(parent_id="p", parent_call=3, root_id="p", depth=1)
    assert window_of(child, parent, other).traffic.caused == {}


def test_running_dispatch_is_counted_once_and_timed_when_it_ends() -> None:
    parent = make_dispatch(id="p", calls=(make_call(receiver="app.one"),))
    running = make_dispatch(
        id="c", parent_id="p", parent_call=0, root_id="p", duration_ns=None, state="running"
    )
    window = window_of(parent, running)
    ended = make_dispatch(id="c", parent_id="p", parent_call=0, root_id="p", duration_ns=7_000)
    window.add([(3, ended)])
    for count in (
        window.traffic.caused["app.one", SAVE],
        window.traffic.senders["auth.User", SAVE],
    ):
        assert count.last_us == ended.started_us
    count = window.traffic.caused["app.one", SAVE]
    assert (count.calls, count.ended, count.total_ns) == (1, 1, 7_000)


def test_receiver_that_is_known_later_is_counted_then() -> None:
    child = make_dispatch(id="c", parent_id="p", parent_call=0, root_id="p", depth=1)
    window = window_of(child)
    assert window.traffic.caused == {}
    parent = make_dispatch(id="p", calls=(make_call(receiver="app.one"),))
    window.add([(2, parent), (3, child)])
    assert window.traffic.caused["app.one", SAVE].calls == 1


def test_pairs_are_bounded_and_the_rest_is_counted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(traffic, "MOST", 3)
    counted = Traffic()
    dispatches = [make_dispatch(sender=f"app.Model{number}") for number in range(6)]
    for dispatch in dispatches:
        counted.add(dispatch, None, 1)
    assert len(counted.senders) == 4
    assert counted.senders[OTHERS, OTHERS].calls == 3
    counted.add(dispatches[5], None, -1)
    assert counted.senders[OTHERS, OTHERS].calls == 2
    assert sum(count.calls for count in counted.senders.values()) == 5


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        ("GET /", "GET /"),
        ("POST /orders/57/lines/8", "POST /orders/*/lines/*"),
        ("GET /a/0f8fad5b-d9cb-469f-a165-70867728950e/", "GET /a/*/"),
        ("manage.py migrate", "manage.py migrate"),
        ("GET /y2024/", "GET /y2024/"),
        (None, "outside"),
    ],
)
def test_origins_that_differ_by_a_number_are_one(origin: str | None, kind: str) -> None:
    assert origin_kind(origin) == kind
