"""What the cases of Django's own signals promise."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

import tracer
from demo_site.articles.models import Article
from demo_site.cases.catalogue import CASES
from demo_site.profiles.models import Profile
from demo_site.shop.models import Order
from tests.demo_site.conftest import Press, receivers
from tracer import Filter, control


def test_sign_up_nests_two_saves_of_the_profile(press: Press) -> None:
    pressed = press("sign-up")
    parent = pressed.one("post_save", "auth.User")
    assert receivers(parent) == ["create_user_profile", "save_user_profile"]
    assert all(call.duration_ns > 0 for call in parent.calls)
    nested = pressed.under(parent)
    assert [(child.signal.rpartition(".")[2], child.sender) for child in nested] == [
        ("pre_save", "profiles.Profile"),
        ("post_save", "profiles.Profile"),
    ] * 2
    assert [child.parent_call for child in nested] == [0, 0, 1, 1]
    assert {child.depth for child in nested} == {1}
    before = pressed.one("pre_save", "auth.User")
    assert pressed.dispatches.index(before) < pressed.dispatches.index(parent)
    assert Profile.objects.filter(user=User.objects.latest("pk")).exists()


def test_save_is_received_before_and_after(press: Press) -> None:
    pressed = press("save")
    before, after = pressed.one("pre_save"), pressed.one("post_save")
    assert receivers(before) == ["write_slug"]
    assert receivers(after) == ["forget_page"]
    assert after.arguments["created"] is False
    assert {before.sender, after.sender} == {"articles.Article"}
    assert pressed.dispatches.index(before) < pressed.dispatches.index(after)


@pytest.mark.django_db(transaction=True)
def test_rolled_back_order_was_received_and_does_not_exist(press: Press) -> None:
    before = Order.objects.count()
    dispatch = press("rollback").one("post_save", "shop.Order")
    assert dispatch.arguments["created"] is True
    assert receivers(dispatch) == ["remember_order"]
    assert Order.objects.count() == before
    assert (dispatch.transaction, dispatch.database) == ("rolled back", "default")


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_one_is_rolled_back_with_its_savepoint(press: Press) -> None:
    saved = [
        dispatch
        for dispatch in press("savepoint").dispatches
        if dispatch.signal.endswith("post_save") and dispatch.sender == "shop.Order"
    ]
    assert [each.transaction for each in saved] == ["committed", "savepoint rolled back"]


def test_delete_sends_nothing_for_the_comments(press: Press) -> None:
    pressed = press("delete")
    before, after = pressed.one("pre_delete"), pressed.one("post_delete")
    assert before.sender == after.sender == "articles.Article"
    assert receivers(before) == []
    assert receivers(after) == ["forget_page"]
    assert not Article.objects.filter(title__startswith="Short life").exists()


def test_m2m_change_is_sent_four_times_and_received_each_time(press: Press) -> None:
    changes = press("m2m").of("m2m_changed")
    assert [change.arguments["action"] for change in changes] == [
        "pre_add",
        "post_add",
        "pre_remove",
        "post_remove",
    ]
    assert [receivers(change) for change in changes] == [["recount_tags"]] * 4
    assert {change.sender for change in changes} == {"articles.Article_tags"}


def test_init_is_muted_until_it_is_unmuted(press: Press) -> None:
    pressed = press("init")
    assert not pressed.of("pre_init")
    assert not pressed.of("post_init")
    # What is unmuted is forgotten with the outermost capture.
    with tracer.capture():
        control.unmute("django.db.models.signals.pre_init")
        control.unmute("django.db.models.signals.post_init")
        pressed = press("init")
    assert receivers(pressed.one("pre_init", "shop.Product")) == []
    assert receivers(pressed.one("post_init", "shop.Product")) == []
    assert (
        len([d for d in pressed.dispatches if Filter.parse(CASES["init"].filter).matches(d)]) == 2
    )


def test_request_begins_and_ends(press: Press) -> None:
    pressed = press("request")
    assert pressed.dispatches[0] == pressed.one("request_started")
    assert pressed.dispatches[-1] == pressed.one("request_finished")
    assert "Handler" in pressed.dispatches[0].sender
    for dispatch in (pressed.dispatches[0], pressed.dispatches[-1]):
        assert dispatch.origin == "POST /cases/request/"
        assert dispatch.calls
        assert all(call.receiver.startswith("django.") for call in dispatch.calls)


def test_exception_is_sent_within_the_request_and_unheard(press: Press) -> None:
    pressed = press("exception")
    assert pressed.response.status_code == 500
    dispatch = pressed.one("got_request_exception")
    # The test client listens; a server does not.
    assert [call for call in dispatch.calls if ".test." not in call.receiver] == []
    order = [
        pressed.dispatches.index(pressed.one(name))
        for name in ("request_started", "got_request_exception", "request_finished")
    ]
    assert order == sorted(order)
