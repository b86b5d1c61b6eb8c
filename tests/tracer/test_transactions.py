"""What becomes of the transaction in which a dispatch is sent."""

from __future__ import annotations

import ast
import gc
import inspect
import textwrap
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.db.backends.base import base
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.test import Client, TestCase, override_settings
from django.urls import path

import tracer
from tracer import transactions
from tracer.dispatches import Dispatch
from tracer.recorder import recorder
from tracer.stores import Store

sent, inside = Signal(), Signal()

pytestmark = pytest.mark.django_db(transaction=True)


class Unwell(Exception):
    """What the receivers and blocks here raise."""


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    sent.receivers = []


def send(**named: object) -> None:
    sent.send(None, **named)


def dispatches_in(store: Store) -> list[Dispatch]:
    """Return what was sent here, of what a store holds."""
    records = [record for _, record in store.newest(100)]
    return [one for one in records if isinstance(one, Dispatch) and one.signal.endswith(".sent")]


def test_outside_of_any() -> None:
    with tracer.capture() as dispatches:
        send()
        User.objects.create(username="porter")
    assert {dispatch.transaction for dispatch in dispatches} == {None}
    assert {dispatch.database for dispatch in dispatches} == {None}


def test_committed() -> None:
    with tracer.capture("signal:sent") as dispatches:
        with transaction.atomic():
            send()
        send()
    assert [dispatch.transaction for dispatch in dispatches] == ["committed", None]
    assert dispatches[0].database == "default"


@pytest.mark.parametrize("by", ["exception", "set_rollback"])
def test_rolled_back(by: str) -> None:
    with tracer.capture("signal:sent") as dispatches:
        if by == "exception":
            with pytest.raises(Unwell), transaction.atomic():  # noqa: PT012
                send()
                raise Unwell
        else:
            with transaction.atomic():
                send()
                transaction.set_rollback(True)
        send()
    assert [dispatch.transaction for dispatch in dispatches] == ["rolled back", None]


def test_savepoint_is_rolled_back_within_what_is_committed() -> None:
    with tracer.capture("signal:sent") as dispatches, transaction.atomic():
        send()
        with pytest.raises(Unwell), transaction.atomic():  # noqa: PT012
            send()
            with transaction.atomic():
                send()
            raise Unwell
        send()
        with transaction.atomic():
            send()
    assert [dispatch.transaction for dispatch in dispatches] == [
        "committed",
        "savepoint rolled back",
        "savepoint rolled back",
        "committed",
        "committed",
    ]


def test_all_of_it_is_rolled_back_with_the_transaction() -> None:
    def fails() -> None:
        with transaction.atomic():
            send()
        with transaction.atomic(savepoint=False):
            send()
        raise Unwell

    with tracer.capture("signal:sent") as dispatches, pytest.raises(Unwell):
        transaction.atomic(fails)()
    assert [dispatch.transaction for dispatch in dispatches] == ["rolled back"] * 2


def test_savepoint_gone_back_to_by_hand_may_be_used_again() -> None:
    def goes_back() -> None:
        cursor = connection.cursor()
        cursor.execute("SAVEPOINT here")
        send()
        cursor.execute("ROLLBACK TO here")
        send()
        cursor.execute("RELEASE here")
        cursor.close()

    with tracer.capture("signal:sent") as dispatches:
        transaction.atomic(goes_back)()
    assert [each.transaction for each in dispatches] == ["savepoint rolled back", "committed"]


def test_sent_on_commit_is_outside_of_it() -> None:
    with tracer.capture("signal:sent") as dispatches, transaction.atomic():
        transaction.on_commit(send)
    assert [dispatch.transaction for dispatch in dispatches] == [None]


def test_it_is_open_until_it_ends_and_comes_again_then(installed_store: Store) -> None:
    with transaction.atomic():
        send()
        recorder.flush()
        (before,) = dispatches_in(installed_store)
        cursor = max(cursor for cursor, _ in installed_store.newest(100))
        recorder.flush()
        assert installed_store.read(cursor, 100) == []
    recorder.flush()
    (after,) = dispatches_in(installed_store)
    assert (before.transaction, after.transaction) == ("open", "committed")
    assert before.id == after.id
    recorder.flush()
    assert dispatches_in(installed_store) == [after]


def test_receiver_that_runs_a_transaction_is_itself_outside_of_it() -> None:
    def saves(**_: object) -> None:
        with transaction.atomic():
            inside.send(None)

    sent.connect(saves)
    with tracer.capture("signal:sent,inside") as dispatches:
        send()
    assert [dispatch.transaction for dispatch in dispatches] == [None, "committed"]


def test_each_thread_has_its_own() -> None:
    with tracer.capture("signal:sent") as dispatches, transaction.atomic():
        thread = threading.Thread(target=send)
        thread.start()
        thread.join()
    assert [dispatch.transaction for dispatch in dispatches] == [None]


def test_connection_that_is_closed_within_it() -> None:
    with tracer.capture("signal:sent") as dispatches:
        with pytest.raises(Unwell), transaction.atomic():  # noqa: PT012
            send()
            connection.close()
            raise Unwell
        User.objects.count()
        send()
        with transaction.atomic():
            send()
    assert [each.transaction for each in dispatches] == ["rolled back", None, "committed"]


def test_durable() -> None:
    with tracer.capture("signal:sent") as dispatches, transaction.atomic(durable=True):
        send()
    assert [dispatch.transaction for dispatch in dispatches] == ["committed"]


def answer(request: HttpRequest) -> HttpResponse:
    """Send, and fail when asked to."""
    send()
    if "fail" in request.GET:
        raise Unwell
    return HttpResponse()


@pytest.mark.parametrize(("query", "outcome"), [("", "committed"), ("?fail", "rolled back")])
def test_request_that_is_one_transaction(
    query: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under `ATOMIC_REQUESTS`."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    client = Client(raise_request_exception=False)
    with (
        override_settings(ROOT_URLCONF=(path("", answer),)),
        tracer.capture("signal:sent") as dispatches,
    ):
        client.get(f"/{query}")
    assert [(each.transaction, each.database) for each in dispatches] == [(outcome, "default")]


def test_connection_is_let_go_with_its_thread() -> None:
    ended: list[weakref.ref[object]] = []

    def sends_in_a_transaction() -> None:
        try:
            with transaction.atomic():
                send()
            ended.append(weakref.ref(connections["default"]))
        finally:
            connections.close_all()

    with tracer.capture("signal:sent") as dispatches:
        thread = threading.Thread(target=sends_in_a_transaction)
        thread.start()
        thread.join()
        gc.collect()
        assert [each() for each in ended] == [None]
    assert [dispatch.transaction for dispatch in dispatches] == ["committed"]


class TestInATestCase(TestCase):
    """Django's own test case is a transaction that is rolled back."""

    def test_what_a_test_commits_is_open_as_long_as_the_test(self) -> None:
        with tracer.capture("signal:sent") as dispatches:
            send()
            with transaction.atomic():
                send()
            with pytest.raises(Unwell), transaction.atomic():  # noqa: PT012
                send()
                raise Unwell
        assert [dispatch.transaction for dispatch in dispatches] == ["open"] * 2 + [
            "savepoint rolled back"
        ]


def test_very_functions_come_back() -> None:
    def there() -> list[object]:
        methods = vars(base.BaseDatabaseWrapper)
        return [base.debug_transaction, methods["_commit"], methods["_rollback"]]

    before = there()
    with tracer.capture():
        assert not [one for one, other in zip(there(), before, strict=True) if one is other]
        with transaction.atomic():
            User.objects.count()
    assert there() == before


@pytest.mark.parametrize("verb", ["commit", "rollback"])
def test_django_is_as_it_is_followed(verb: str) -> None:
    """A Django that differs wants `transactions.py` to follow it."""
    known = f"""
def _{verb}(self):
    if self.connection is not None:
        with debug_transaction(self, "{verb.upper()}"), self.wrap_database_errors:
            return self.connection.{verb}()
"""
    source = inspect.getsource(vars(base.BaseDatabaseWrapper)[f"_{verb}"])
    assert ast.unparse(ast.parse(textwrap.dedent(source))) == ast.unparse(ast.parse(known))


def test_what_another_library_put_there_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    djangos = vars(base.BaseDatabaseWrapper)["_commit"]

    def _commit(self: Any) -> Any:
        called.append(self.alias)
        return djangos(self)

    monkeypatch.setattr(base.BaseDatabaseWrapper, "_commit", _commit)
    with tracer.capture("signal:sent") as dispatches, transaction.atomic():
        send()
    assert called == ["default"]
    assert [dispatch.transaction for dispatch in dispatches] == ["committed"]


def test_nothing_is_kept_once_it_has_ended(installed_store: Store) -> None:
    with transaction.atomic():
        send()
        recorder.flush()
    recorder.flush()
    gc.collect()
    assert not recorder._unfinished
    assert not [one for one in gc.get_objects() if type(one) is transactions.Block]
