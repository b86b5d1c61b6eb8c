"""What one page is sent, and when."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

import dashboard.feed
from dashboard.feed import CAPACITY, Feed
from dashboard.older import Earlier
from dashboard.viewer import PAGE_ROWS, PUSH_ROWS, FeedViewer, Push
from tests.dashboard.conftest import make_dispatch, make_marker
from tests.floods.page import Page
from tracer.filters import Filter
from tracer.stores import Store


@pytest.fixture
def viewer(feed: Feed) -> FeedViewer:
    feed.catch_up()
    return viewer_of(feed)


def viewer_of(
    feed: Feed, text: str = "", cursor: int = 0, *, is_frozen: bool = False
) -> FeedViewer:
    viewer = FeedViewer(feed, Filter.parse(text), is_tree=True)
    viewer.resume(cursor, feed.epoch, is_frozen=is_frozen)
    return viewer


def next_push(feed: Feed, viewer: FeedViewer) -> Push:
    feed.catch_up()
    push = viewer.next_push()
    assert push is not None
    return push


def rows_in(text: str) -> list[str]:
    return re.findall(r'id="d-([\w-]+)"', text)


def test_nothing_new_is_no_push(viewer: FeedViewer) -> None:
    assert viewer.next_push() is None


def test_rows_after_the_cursor_are_pushed_once(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    store.append([make_dispatch(id="a-1"), make_dispatch(id="a-2", sender="b.B")])
    push = next_push(feed, viewer)
    assert (rows_in(push.content), push.cursor, push.added) == (["a-1", "a-2"], 2, 2)
    assert viewer.next_push() is None


def test_errors_are_counted_once_also_of_those_that_were_running(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    failed = make_dispatch(id="a-1", state="error", error="ValueError")
    store.append([failed, make_dispatch(id="a-2", sender="b.B", state="running")])
    push = next_push(feed, viewer)
    assert (push.added, push.errors) == (2, 1)
    store.append([make_dispatch(id="a-2", sender="b.B", state="error", error="ValueError")])
    push = next_push(feed, viewer)
    assert (push.added, push.errors) == (0, 1)
    # It comes once more as its transaction ends, and failed no second time.
    again = make_dispatch(id="a-2", sender="b.B", state="error", transaction="rolled back")
    store.append([again])
    assert next_push(feed, viewer).errors == 0


def test_page_resumes_without_gap_or_double_row(feed: Feed, store: Store) -> None:
    store.append([make_dispatch(id=f"a-{number}", sender=f"a.M{number}") for number in range(5)])
    feed.catch_up()
    push = next_push(feed, viewer_of(feed, cursor=3))
    assert rows_in(push.content) == ["a-3", "a-4"]


def test_row_seen_running_before_a_restart_is_sent_and_the_page_lets_it_take_its_place(
    feed: Feed, store: Store
) -> None:
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    feed.catch_up()
    store.append([make_dispatch(id="a-1")])
    feed.epoch = ""  # as a process that has read nothing yet
    feed.catch_up()
    push = next_push(feed, viewer_of(feed, cursor=1))
    assert 'hx-target="#sb-rows" hx-swap="beforeend"' in push.content
    assert rows_in(push.content) == ["a-1"]


def test_running_row_is_drawn_again_in_its_place(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    store.append([make_dispatch(id="a-1", state="running", duration_ns=None)])
    assert "still running" in next_push(feed, viewer).content
    store.append([make_dispatch(id="a-1")])
    content = next_push(feed, viewer).content
    assert 'hx-target="#d-a-1" hx-swap="outerMorph' in content
    assert "beforeend" not in content


def test_burst_is_the_last_hundred_and_one_row_for_the_rest(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    store.append([make_dispatch(id=f"a-{number}", sender=f"a.M{number}") for number in range(350)])
    push = next_push(feed, viewer)
    assert rows_in(push.content) == [f"a-{number}" for number in range(250, 350)]
    assert "250 more dispatches" in push.content
    assert 'data-first="a-0" data-last="a-249"' in push.content
    assert PUSH_ROWS == 100


def test_dispatch_behind_a_gap_that_comes_again_is_no_new_row(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    burst = [make_dispatch(id=f"a-{number}", sender=f"a.M{number}") for number in range(350)]
    burst[3] = structs.replace(burst[3], transaction="open", database="default")
    store.append(burst)
    assert next_push(feed, viewer).added == 350
    store.append([structs.replace(burst[3], transaction="committed")])
    push = next_push(feed, viewer)
    assert push.added == 0
    assert 'hx-swap="beforeend"' not in push.content
    # In its place, for a page that has opened the gap.
    assert 'hx-target="#d-a-3" hx-swap="outerMorph' in push.content


def test_dispatch_behind_a_gap_is_no_new_row_however_much_came_since(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    burst = [make_dispatch(id=f"a-{number}", sender=f"a.M{number}") for number in range(350)]
    store.append(burst)
    next_push(feed, viewer)
    store.append([make_dispatch(sender=f"b.M{number}") for number in range(2_000)])
    next_push(feed, viewer)
    store.append([structs.replace(burst[3], transaction="committed"), make_dispatch(id="c-1")])
    push = next_push(feed, viewer)
    assert (push.added, rows_in(push.content)) == (1, ["c-1"])


def test_viewer_behind_the_window_is_told_how_much_is_lost(feed: Feed, store: Store) -> None:
    feed.catch_up()
    viewer = viewer_of(feed)
    for _ in range(2):
        store.append([make_dispatch(sender=f"a.M{number}") for number in range(CAPACITY)])
        feed.catch_up()
    assert ">5,000 dispatches are not shown" in next_push(feed, viewer).content


def test_viewer_of_a_feed_that_passes_much_over_is_told_of_each_dispatch_once(
    feed: Feed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard.feed, "FAR", CAPACITY)
    feed.catch_up()
    viewer, page = viewer_of(feed), Page()

    def send(number: int) -> None:
        store.append([make_dispatch(sender=f"a.M{n}") for n in range(number)])

    send(70)
    page.take(next_push(feed, viewer))
    send(3 * CAPACITY)
    store.append([make_marker(kind="dropped", count=700_000)])
    send(2 * CAPACITY)
    store.append([make_marker(kind="dropped", count=7_000)])
    send(CAPACITY - 20)
    for number in (1, 2, 3):
        page.take(next_push(feed, viewer))
        send(number)
    page.take(next_push(feed, viewer))
    assert page.accounted == 70 + 6 * CAPACITY - 20 + 707_000 + 6
    assert feed.window.counters.dropped == 707_000


def test_frozen_viewer_gets_a_count_of_what_matches_and_no_row(feed: Feed, store: Store) -> None:
    feed.catch_up()
    viewer = viewer_of(feed, "sender:a.A", is_frozen=True)
    store.append([make_dispatch(sender="a.A"), make_dispatch(sender="b.B"), make_marker()])
    push = next_push(feed, viewer)
    assert rows_in(push.content) == []
    assert ("1 new" in push.content, push.cursor) == (True, 0)
    viewer.freeze(is_frozen=False)
    assert len(rows_in(next_push(feed, viewer).content)) == 2


def test_freeze_counts_from_the_moment_it_is_frozen(
    feed: Feed, viewer: FeedViewer, store: Store
) -> None:
    store.append([make_dispatch(sender=f"a.M{number}") for number in range(5)])
    next_push(feed, viewer)
    viewer.freeze(is_frozen=True)
    store.append([make_dispatch()])
    assert ">1 new<" in next_push(feed, viewer).content


def test_filter_is_the_viewers_own(feed: Feed, store: Store) -> None:
    feed.catch_up()
    one, other = viewer_of(feed, "sender:a.A"), viewer_of(feed, "-sender:a.A")
    store.append([make_dispatch(id="x-1", sender="a.A"), make_dispatch(id="x-2", sender="b.B")])
    assert rows_in(next_push(feed, one).content) == ["x-1"]
    assert rows_in(next_push(feed, other).content) == ["x-2"]


def test_cleared_store_empties_the_page(feed: Feed, viewer: FeedViewer, store: Store) -> None:
    store.append([make_dispatch(id="a-1")])
    next_push(feed, viewer)
    store.clear()
    store.append([make_dispatch(id="b-1")])
    push = next_push(feed, viewer)
    assert 'hx-target="#sb-rows" hx-swap="innerHTML' in push.content
    assert (rows_in(push.content), push.epoch) == (["b-1"], store.epoch)


def test_page_of_another_epoch_begins_anew(feed: Feed, store: Store) -> None:
    store.append([make_dispatch(id="a-1")])
    feed.catch_up()
    viewer = FeedViewer(feed, Filter(), is_tree=True)
    viewer.resume(400, "another", is_frozen=False)
    push = next_push(feed, viewer)
    assert 'hx-swap="innerHTML' in push.content
    assert rows_in(push.content) == ["a-1"]


def test_backlog_is_bounded_and_ends_at_a_cursor(feed: Feed, store: Store) -> None:
    store.append([make_dispatch(id=f"a-{n}", sender=f"a.M{n}") for n in range(PAGE_ROWS + 50)])
    feed.catch_up()
    backlog = FeedViewer(feed, Filter(), is_tree=True).backlog()
    assert (len(rows_in(backlog.rows)), backlog.earlier) == (PAGE_ROWS, Earlier())
    frozen = FeedViewer(feed, Filter(), is_tree=True).backlog(until=3)
    assert (rows_in(frozen.rows), frozen.cursor) == (["a-0", "a-1", "a-2"], 3)


def test_parts_around_the_rows_are_sent_when_they_change(feed: Feed, store: Store) -> None:
    store.append([make_dispatch()])
    feed.catch_up()
    assert feed.refresh_panels()
    viewer = viewer_of(feed, cursor=1)
    push = next_push(feed, viewer)
    for name in ("status", "recording", "notices", "rate", "registry"):
        assert f'hx-target="#sb-{name}"' in push.content
    assert viewer.next_push() is None
    assert not feed.refresh_panels(), "once a second at most"
