"""Which signal or sender is meant."""

from __future__ import annotations

import pytest

from tests.tracer.diagnosis.trial import Parcel, parcel_lost, parcel_sent, receives
from tracer.diagnosis import UnknownName, find_sender, find_signal

TRIAL = "tests.tracer.diagnosis.trial"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("post_save", "django.db.models.signals.post_save"),
        ("signals.post_save", "django.db.models.signals.post_save"),
        ("django.db.models.signals.post_save", "django.db.models.signals.post_save"),
        ("order_placed", "demo_site.shop.signals.order_placed"),
        ("parcel_lost", f"{TRIAL}.parcel_lost"),
    ],
)
def test_signal_is_found_by_its_last_part_and_by_more_of_it(text: str, name: str) -> None:
    assert find_signal(text) == name


@pytest.mark.parametrize("text", ["post_safe", "ost_save", "signal.post_save"])
def test_signal_that_nobody_knows_has_nearest_ones(text: str) -> None:
    with pytest.raises(UnknownName) as found:
        find_signal(text)
    assert (found.value.kind, found.value.name) == ("signal", text)
    assert "django.db.models.signals.post_save" in found.value.nearest
    assert len(found.value.nearest) <= 5


def test_name_that_is_like_none_has_no_nearest_ones() -> None:
    for find in (find_signal, find_sender):
        with pytest.raises(UnknownName) as found:
            find("qqqqqqqqqqqqqqqqqq")
        assert found.value.nearest == ()


@pytest.mark.parametrize("text", ["shop.Order", "shop.order", "SHOP.ORDER"])
def test_model_is_found_in_any_case(text: str) -> None:
    assert find_sender(text) == "shop.Order"


@pytest.mark.parametrize("text", ["shop.Ordr", "Order", "articles.Order", "shop.models.Order"])
def test_model_that_does_not_exist_has_nearest_ones(text: str) -> None:
    with pytest.raises(UnknownName) as found:
        find_sender(text)
    assert found.value.nearest[0] == "shop.Order"


def test_class_is_a_sender_once_something_is_connected_for_it() -> None:
    name = f"{TRIAL}.Parcel"
    parcel_sent.connect(receives, sender=Parcel)
    assert find_sender(name) == name
    with pytest.raises(UnknownName):
        find_sender(f"{TRIAL}.Clerk")
    assert parcel_lost.receivers == []
