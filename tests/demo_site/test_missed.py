"""What the cases of receivers that do not run promise."""

from __future__ import annotations

import pytest

from tests.demo_site.conftest import Press, receivers, short
from tracer.diagnosis import Uncalled, explain
from tracer.dispatches import Dispatch

pytestmark = pytest.mark.usefixtures("watched")


def uncalled(dispatch: Dispatch, receiver: str) -> Uncalled:
    """Return why a receiver was not called, by the last part of its name."""
    [found] = [each for each in explain(dispatch).uncalled if each.short == receiver]
    return found


def test_child_is_saved_without_its_parents_receiver(press: Press) -> None:
    dispatch = press("child").one("post_save")
    assert dispatch.sender == "mishaps.TankWagon"
    assert receivers(dispatch) == ["rinse_tank"]
    assert "a parent of mishaps.TankWagon" in uncalled(dispatch, "grease_axles").text


def test_child_is_deleted_with_its_parents_receiver(press: Press) -> None:
    deletes = press("child").of("post_delete")
    assert {each.sender: receivers(each) for each in deletes} == {
        "mishaps.TankWagon": [],
        "mishaps.Wagon": ["scrap_wagon"],
    }


def test_receiver_for_a_child_is_the_first_that_its_parent_does_not_call(press: Press) -> None:
    dispatch = press("parent").one("post_save")
    assert receivers(dispatch) == ["grease_axles"]
    first = explain(dispatch).uncalled[0]
    assert (first.short, first.reason) == ("rinse_tank", "related")
    assert "a child of mishaps.Wagon" in first.text


def test_proxy_and_its_model_are_different_senders(press: Press) -> None:
    pressed = press("proxy")
    assert receivers(pressed.one("post_save", "shop.Order")) == ["remember_order"]
    assert receivers(pressed.one("post_save", "shop.RushOrder")) == ["hurry_up"]


def test_historical_model_has_the_label_and_is_another_class(press: Press) -> None:
    dispatch = press("historical").one("pre_save")
    assert (dispatch.sender, dispatch.calls) == ("mishaps.Engine", ())
    assert "historical model" in uncalled(dispatch, "paint_number").text


def test_receiver_of_the_other_signal_is_named(press: Press) -> None:
    pressed = press("family")
    assert receivers(pressed.one("pre_save")) == ["paint_number"]
    dispatch = pressed.one("post_save", "mishaps.Engine")
    assert dispatch.calls == ()
    assert uncalled(dispatch, "paint_number").reason == "family"


def test_collected_receiver_does_not_run(press: Press) -> None:
    dispatch = press("collected").one("shelf_emptied")
    assert dispatch.calls == ()
    assert uncalled(dispatch, "Robot.reorder").reason == "collected"


@pytest.mark.parametrize(
    ("slug", "signal", "receiver", "reason"),
    [
        ("later", "whistle_blown", "close_doors", "later"),
        ("earlier", "lamp_lit", "draw_curtain", "disconnected"),
    ],
)
def test_each_press_finds_the_receiver_unconnected(
    press: Press, slug: str, signal: str, receiver: str, reason: str
) -> None:
    for _ in range(2):
        dispatch = press(slug).one(signal)
        assert dispatch.calls == ()
        found = uncalled(dispatch, receiver)
        assert found.reason == reason
        assert "demo_site/mishaps/timing.py:" in found.text


def test_send_in_a_running_loop_reaches_sync_receivers_only(press: Press) -> None:
    dispatch = press("running-loop").one("points_set")
    assert (dispatch.state, dispatch.error) == ("error", "RuntimeError")
    assert {short(call): call.started_ns is not None for call in dispatch.calls} == {
        "lock_points": True,
        "telegraph": False,
    }
