"""The queries of receiver calls: which call they belong to, and that nothing else changes."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import logging
import textwrap
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.dispatch import Signal
from django.test import override_settings

import tracer
from tests.tracer.invisible.test_faults import each_failure
from tracer import context, cursors, faults, queries, routes
from tracer.dispatches import Dispatch

outer, inner = Signal(), Signal()

pytestmark = pytest.mark.django_db(transaction=True)

EXECUTE = """
def _execute(self, sql, params, *ignored_wrapper_args):
    if not apps.ready and (not apps.stored_app_configs):
        warnings.warn(self.APPS_NOT_READY_WARNING_MSG, category=RuntimeWarning)
    self.db.validate_no_broken_transaction()
    with self.db.wrap_database_errors:
        if params is None:
            return self.cursor.execute(sql)
        else:
            return self.cursor.execute(sql, params)
"""

EXECUTEMANY = """
def _executemany(self, sql, param_list, *ignored_wrapper_args):
    if not apps.ready and (not apps.stored_app_configs):
        warnings.warn(self.APPS_NOT_READY_WARNING_MSG, category=RuntimeWarning)
    self.db.validate_no_broken_transaction()
    with self.db.wrap_database_errors:
        return self.cursor.executemany(sql, param_list)
"""


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    yield
    for signal in (outer, inner):
        signal.receivers = []


def looks_up(**_: object) -> None:
    for number in range(3):
        User.objects.filter(pk=number).first()
    User.objects.count()


def of(dispatches: list[Dispatch], signal: str) -> Dispatch:
    (found,) = [dispatch for dispatch in dispatches if dispatch.signal.endswith(f".{signal}")]
    return found


@pytest.mark.parametrize(
    ("method", "known"), [("_execute", EXECUTE), ("_executemany", EXECUTEMANY)]
)
def test_django_is_as_it_is_followed(method: str, known: str) -> None:
    """A Django that differs wants `cursors.py` to follow it."""
    assert not tracer.is_installed()
    (source,) = ast.parse(textwrap.dedent(inspect.getsource(CursorWrapper.__dict__[method]))).body
    assert ast.unparse(source) == ast.unparse(ast.parse(known).body[0])


@pytest.mark.parametrize("method", ["_execute", "_executemany"])
def test_what_another_library_put_there_is_called(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    djangos = CursorWrapper.__dict__[method]

    def anothers(self: Any, sql: str, *arguments: Any) -> Any:
        seen.append(sql)
        return djangos(self, sql, *arguments)

    def looks(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.executemany("DELETE FROM auth_user WHERE id = %s", [[1], [2]])

    monkeypatch.setattr(CursorWrapper, method, anothers)
    outer.connect(looks)
    with tracer.capture() as dispatches, transaction.atomic():
        outer.send(None)
    assert [sql for sql in seen if not sql.startswith("BEGIN")] == [
        "SELECT 1" if method == "_execute" else "DELETE FROM auth_user WHERE id = %s"
    ]
    found = of(dispatches, "outer")
    assert found.calls[0].query_count == 2
    assert found.transaction == "committed"


def test_equal_statements_are_counted() -> None:
    outer.connect(looks_up)
    with tracer.capture() as dispatches:
        outer.send(None)
    (call,) = of(dispatches, "outer").calls
    assert call.query_count == 4
    users, count = call.queries
    assert users.count == 3
    assert users.sql == (
        'SELECT … FROM "auth_user" WHERE "auth_user"."id" = ? ORDER BY "auth_user"."id" ASC LIMIT ?'
    )
    assert count.count == 1
    assert list(users.at_ns) == sorted(users.at_ns)
    assert call.duration_ns is not None
    assert call.started_ns is not None
    assert all(call.started_ns <= at <= call.started_ns + call.duration_ns for at in users.at_ns)
    assert call.query_ns == users.duration_ns + count.duration_ns <= call.duration_ns


def test_filter_finds_what_asked_too_often() -> None:
    outer.connect(looks_up)
    inner.connect(lambda **_: User.objects.count(), weak=False)
    with tracer.capture("queries:>3") as dispatches:
        inner.send(None)
        outer.send(None)
    assert [dispatch.signal for dispatch in dispatches] == [f"{__name__}.outer"]


@pytest.mark.parametrize("method", ["send", "send_robust"])
def test_queries_belong_to_the_receiver_that_made_them(method: str) -> None:
    def first(**_: object) -> None:
        User.objects.count()
        inner.send(None)
        User.objects.count()

    def second(**_: object) -> None:
        ContentType.objects.count()

    outer.connect(first)
    outer.connect(second)
    inner.connect(looks_up)
    with tracer.capture() as dispatches:
        User.objects.count()
        getattr(outer, method)(None)
    assert [call.query_count for call in of(dispatches, "outer").calls] == [2, 1]
    assert [call.query_count for call in of(dispatches, "inner").calls] == [4]


def test_queries_of_async_dispatches() -> None:
    async def asks(**_: object) -> None:
        await User.objects.acount()

    outer.connect(looks_up)
    outer.connect(asks)

    async def sends() -> None:
        await outer.asend(None)

    with tracer.capture() as dispatches:
        asyncio.run(sends())
    assert [call.query_count for call in of(dispatches, "outer").calls] == [4, 1]


def twice(**_: object) -> None:
    User.objects.create(username="porter")
    User.objects.create(username="porter")


def many(**_: object) -> None:
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO auth_user (id, id) VALUES (%s, %s)", [[1, 2]])


def after_the_error(**_: object) -> None:
    with transaction.atomic():
        with contextlib.suppress(IntegrityError):
            twice()
        User.objects.count()


@pytest.mark.parametrize(("receiver", "count"), [(twice, 2), (many, 1), (after_the_error, 2)])
def test_query_that_fails_is_counted_and_fails_as_ever(receiver: Any, count: int) -> None:
    def frames() -> tuple[type, list[tuple[str, str | None]]]:
        User.objects.all().delete()
        with pytest.raises(DatabaseError) as caught:
            outer.send(None)
        stack = traceback.extract_tb(caught.value.__traceback__)
        return caught.type, [(frame.name, frame.line) for frame in stack if frame.name != "send"]

    outer.connect(receiver)
    bare = frames()
    with tracer.capture("signal:outer") as dispatches:
        recorded = frames()
    assert [name for name, _ in bare[1]] == [name for name, _ in recorded[1]]
    assert recorded[0] is bare[0]
    (call,) = of(dispatches, "outer").calls
    statements = [query for query in call.queries if query.sql.split()[0] in ("SELECT", "INSERT")]
    assert sum(query.count for query in statements) == count
    assert call.error == f"{bare[0].__module__}.{bare[0].__qualname__}"


def test_each_of_side_by_side_calls_in_threads_has_its_own() -> None:
    async def in_a_thread(**_: object) -> None:
        await asyncio.to_thread(counts_and_closes)

    async def twice_in_a_thread(**_: object) -> None:
        await asyncio.to_thread(counts_and_closes)
        await asyncio.to_thread(counts_and_closes, ContentType)

    def in_a_thread_of_its_own(**_: object) -> None:
        # It inherits no context: nobody can tell whose it is.
        thread = threading.Thread(target=counts_and_closes)
        thread.start()
        thread.join()

    def counts_and_closes(model: type[Model] = User) -> None:
        model._default_manager.count()
        # The test's own, which lives in memory, is kept by Django's `close`.
        connection.close()
        if connection.connection is not None:
            connection.connection.close()

    for receiver in (in_a_thread_of_its_own, in_a_thread, twice_in_a_thread):
        outer.connect(receiver, weak=False)
    with tracer.capture() as dispatches:
        asyncio.run(outer.asend(None))
    assert [call.query_count for call in of(dispatches, "outer").calls] == [0, 1, 2]


def test_task_that_outlives_its_receiver_adds_nothing_to_it() -> None:
    async def sends() -> None:
        tasks = []

        async def later() -> None:
            await is_over.wait()
            await User.objects.acount()

        async def leaves(**_: object) -> None:
            tasks.append(asyncio.create_task(later()))

        is_over = asyncio.Event()
        outer.connect(leaves)
        await outer.asend(None)
        is_over.set()
        await tasks[0]

    with tracer.capture() as dispatches:
        asyncio.run(sends())
    assert [call.query_count for call in of(dispatches, "outer").calls] == [0]


def test_what_is_quiet_has_no_queries() -> None:
    def looks_quietly(**_: object) -> None:
        with context.quiet():
            User.objects.count()
        ContentType.objects.count()

    outer.connect(looks_quietly)
    with tracer.capture() as dispatches:
        outer.send(None)
    assert [call.query_count for call in of(dispatches, "outer").calls] == [1]


def test_queries_beyond_the_most_are_still_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "MOST_QUERIES", 3)
    monkeypatch.setattr(queries, "MOST_STARTS", 2)
    monkeypatch.setattr(queries, "MOST_STATEMENTS", 1)

    def first(**_: object) -> None:
        User.objects.count()
        User.objects.count()
        ContentType.objects.count()
        ContentType.objects.count()

    outer.connect(first)
    outer.connect(looks_up)
    with tracer.capture() as dispatches:
        outer.send(None)
    first_call, second_call = of(dispatches, "outer").calls
    assert (first_call.query_count, second_call.query_count) == (4, 4)
    (users,) = first_call.queries
    assert (users.count, len(users.at_ns)) == (2, 2)
    assert second_call.queries == ()
    assert first_call.query_ns > users.duration_ns
    assert second_call.query_ns > 0


def test_statement_that_is_no_plain_string_is_not_looked_at() -> None:
    class Composed(str):
        __slots__ = ()

        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    def raw(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.cursor.execute = lambda sql: None
            cursor.execute(Composed("SELECT 1"))

    def long(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {'1, ' * 1_000} 1")

    outer.connect(raw)
    outer.connect(long)
    with tracer.capture() as dispatches:
        outer.send(None)
    first, second = of(dispatches, "outer").calls
    assert [query.sql for query in first.queries] == [cursors.NOT_PLAIN]
    assert [len(query.sql) for query in second.queries] == [500]


def test_fault_of_ours_at_any_step_leaves_the_queries_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(faults, "LIMIT", 1_000_000)
    monkeypatch.setattr(logging.getLogger("signalbox.tracer"), "disabled", True)

    def looks_in_a_savepoint(**_: object) -> None:
        with transaction.atomic(), transaction.atomic():
            answers.append(User.objects.count())

    def sends() -> None:
        outer.send(None)

    answers: list[int] = []
    outer.connect(looks_in_a_savepoint)
    with tracer.capture():
        # What is learnt is known from here on, so that the steps are the same each time.
        for _ in range(2 * routes.MISSES):
            sends()
        steps = {code.co_name for _, code in each_failure(sends)}
    assert {"found", "_savepoint"} <= steps
    assert set(answers) == {0}


def test_no_value_is_recorded() -> None:
    def raw(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'sesame', 4711 FROM auth_user WHERE username = %s", ["sesame"])
            cursor.executemany("DELETE FROM auth_user WHERE username = %s", [["sesame"]])

    outer.connect(raw)
    with tracer.capture() as dispatches:
        outer.send(None)
    (call,) = of(dispatches, "outer").calls
    assert [query.sql for query in call.queries] == [
        "SELECT ?, ? FROM auth_user WHERE username = ?",
        "DELETE FROM auth_user WHERE username = ?",
    ]


def test_nothing_is_recorded_where_it_is_turned_off() -> None:
    outer.connect(looks_up)
    with (
        override_settings(SIGNALBOX={"QUERIES": False, "STORE": "memory"}),
        tracer.capture() as dispatches,
    ):
        outer.send(None)
    (call,) = of(dispatches, "outer").calls
    assert (call.query_count, call.query_ns, call.queries) == (0, 0, ())


def test_very_functions_come_back(django_assert_num_queries) -> None:
    before = CursorWrapper.__dict__["_execute"], CursorWrapper.__dict__["_executemany"]
    with tracer.capture():
        assert CursorWrapper.__dict__["_execute"] is not before[0]
        with django_assert_num_queries(1):
            User.objects.count()
    assert (CursorWrapper.__dict__["_execute"], CursorWrapper.__dict__["_executemany"]) == before


def test_wrapper_of_another_library_stays_and_is_passed_through(monkeypatch) -> None:
    outer.connect(looks_up)
    seen: list[str] = []
    with tracer.capture():
        ours = CursorWrapper.__dict__["_execute"]

        def theirs(self, sql, params, *rest):
            seen.append(sql)
            return ours(self, sql, params, *rest)

        # What monkeypatch puts back afterwards is what stood here before any of us.
        monkeypatch.undo()
        CursorWrapper._execute = theirs
    try:
        User.objects.count()
        assert CursorWrapper.__dict__["_execute"] is theirs
        assert len(seen) == 1
        with tracer.capture() as dispatches:
            outer.send(None)
        (call,) = of(dispatches, "outer").calls
        assert call.query_count == 4
    finally:
        CursorWrapper._execute = ours.__wrapped__


def test_request_that_dispatches_nothing_of_its_own_has_no_queries() -> None:
    with tracer.capture() as dispatches:
        request_started.send(None, environ={"REQUEST_METHOD": "GET", "PATH_INFO": "/"})
        User.objects.count()
        request_finished.send(None)
    assert sum(call.query_count for dispatch in dispatches for call in dispatch.calls) == 0
