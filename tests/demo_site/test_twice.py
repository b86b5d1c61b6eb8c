"""What the cases of receivers that run more than once promise."""

from __future__ import annotations

from django.conf import settings
from django.test import override_settings

from tests.demo_site.conftest import Press, Pressed, receivers
from tracer.diagnosis import Repeat, repeats
from tracer.dispatches import Dispatch


def repeat(pressed: Pressed, dispatch: Dispatch) -> Repeat:
    """Return the only repeat of a dispatch's receivers."""
    [found] = repeats(dispatch, pressed.dispatches)
    return found


def test_receiver_of_a_module_of_two_names_is_called_twice_by_one_dispatch(press: Press) -> None:
    pressed = press("connected-twice")
    dispatch = pressed.one("post_save", "mishaps.Parcel")
    assert receivers(dispatch) == ["stick_stamp", "stick_stamp"]
    found = repeat(pressed, dispatch)
    assert (found.kind, len(found.calls)) == ("connected", 2)


def test_it_is_no_more_than_twice_when_the_apps_are_made_ready_again(press: Press) -> None:
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS]):
        dispatch = press("connected-twice").one("post_save", "mishaps.Parcel")
    assert receivers(dispatch) == ["stick_stamp", "stick_stamp"]


def test_two_saves_are_told_apart_by_their_places(press: Press) -> None:
    pressed = press("dispatched-twice")
    first, second = pressed.of("post_save", "mishaps.Wagon")
    for dispatch in (first, second):
        found = repeat(pressed, dispatch)
        assert (found.short, found.kind) == ("grease_axles", "dispatched")
        assert [call.call_site.rpartition(" ")[2] for call in found.calls] == ["fill", "number"]


def test_receiver_that_saves_its_instance_is_called_within_itself(press: Press) -> None:
    pressed = press("re-entered")
    saves = pressed.of("post_save", "mishaps.Train")
    assert [each.depth for each in saves] == [0, 1, 2, 3]
    found = repeat(pressed, saves[0])
    assert (found.short, found.kind, len(found.calls)) == ("count_wagons", "re-entered", 4)
