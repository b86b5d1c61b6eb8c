"""Dispatches as spans of OpenTelemetry's own SDK: names, parents, times, attributes, and none when it is off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.dispatch import Signal

import tracer
from tests.conftest import WaitUntil
from tests.tracer.programs import run_program
from tracer import faults, stores
from tracer.dispatches import Dispatch
from tracer.recorder import recorder

if TYPE_CHECKING:
    from pytest_django import Settings

pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is not installed")

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

outer, inner = Signal(), Signal()
exporter = InMemorySpanExporter()


@pytest.fixture(scope="session", autouse=True)
def provider() -> None:
    """Configure OpenTelemetry as a project would; a process can do so once."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
    configured = trace.get_tracer_provider()
    assert isinstance(configured, TracerProvider)
    configured.add_span_processor(SimpleSpanProcessor(exporter))


@pytest.fixture(autouse=True)
def _clear() -> Iterator[None]:
    exporter.clear()
    yield
    for signal in (outer, inner):
        signal.receivers = []
        signal.sender_receivers_cache.clear()


@pytest.fixture
def traced(settings: Settings) -> Iterator[Any]:
    """Install the tracer with spans on, and give the host's own OpenTelemetry tracer."""
    settings.SIGNALBOX = {"STORE": "memory", "OTEL": True}
    stores.close_shared()
    tracer.install()
    yield trace.get_tracer("the host")
    tracer.uninstall()
    stores.close_shared()


def spans() -> dict[str, ReadableSpan]:
    """Return the spans that were exported, by name."""
    recorder.flush()
    found = exporter.get_finished_spans()
    assert len({span.name for span in found}) == len(found)
    return {span.name: span for span in found}


def parent_of(span: ReadableSpan) -> int | None:
    return None if span.parent is None else span.parent.span_id


def id_of(span: ReadableSpan) -> int:
    return span.get_span_context().span_id


def sends_inner(**_: object) -> None:
    inner.send("i")


def passes(**_: object) -> None:
    pass


def fails(**_: object) -> None:
    raise ValueError("broken")


PASSES, SENDS, FAILS = (f"{__name__}.{name}" for name in ("passes", "sends_inner", "fails"))


def test_tree_stands_under_the_span_that_was_current_where_it_was_sent(traced: Any) -> None:
    outer.connect(passes)
    outer.connect(sends_inner)
    with traced.start_as_current_span("POST /pay/"):
        outer.send("o")
    found = spans()
    host, root, child = found["POST /pay/"], found["outer instance of str"], found["inner instance of str"]  # fmt: skip
    assert parent_of(root) == id_of(host)
    assert parent_of(found[PASSES]) == parent_of(found[SENDS]) == id_of(root)
    assert parent_of(child) == id_of(found[SENDS])
    assert {span.get_span_context().trace_id for span in found.values()} == {
        host.get_span_context().trace_id
    }
    for span in found.values():
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.start_time <= span.end_time


def test_times_are_those_of_the_receiver_calls(traced: Any) -> None:
    outer.connect(passes)
    outer.connect(sends_inner)
    outer.send("o")
    found = spans()
    (dispatch,) = [
        d for _, d in stores.shared().newest(9) if isinstance(d, Dispatch) and not d.depth
    ]
    root = found["outer instance of str"]
    assert root.start_time == dispatch.started_us * 1_000
    assert (root.end_time or 0) - (root.start_time or 0) == dispatch.duration_ns
    for call, name in zip(dispatch.calls, (PASSES, SENDS), strict=True):
        assert (found[name].start_time or 0) - (root.start_time or 0) == call.started_ns
        assert (found[name].end_time or 0) - (found[name].start_time or 0) == call.duration_ns


def test_attributes_say_where_the_code_is_and_what_it_was(traced: Any) -> None:
    outer.connect(passes)
    outer.send("o")
    found = spans()
    root, call = found["outer instance of str"].attributes or {}, found[PASSES].attributes or {}
    assert root["code.file.path"] == call["code.file.path"] == "tests/tracer/test_spans.py"
    assert root["code.function.name"] == "test_attributes_say_where_the_code_is_and_what_it_was"
    assert call["code.function.name"] == PASSES
    assert call["code.line.number"] == passes.__code__.co_firstlineno
    assert root["signalbox.signal"] == f"{__name__}.outer"
    assert root["signalbox.method"] == "send"
    assert root["signalbox.receivers"] == 1
    assert "db.query.text" not in call


@pytest.mark.django_db
def test_query_of_a_receiver_is_an_attribute_without_its_values(traced: Any) -> None:
    def asks(**_: object) -> None:
        list(Group.objects.filter(name="a secret"))

    outer.connect(asks)
    outer.send("o")
    (call,) = [span for name, span in spans().items() if name.endswith(".asks")]
    text = str((call.attributes or {})["db.query.text"])
    assert text.startswith("SELECT")
    assert "a secret" not in text
    assert (call.attributes or {})["signalbox.queries"] == 1


def test_error_is_the_status_of_its_call_and_its_dispatch(traced: Any) -> None:
    outer.connect(passes)
    outer.connect(fails)
    with pytest.raises(ValueError, match="broken"):
        outer.send("o")
    found = spans()
    for name in ("outer instance of str", FAILS):
        assert found[name].status.status_code is StatusCode.ERROR
        assert (found[name].attributes or {})["error.type"] == "ValueError"
    assert found[PASSES].status.status_code is StatusCode.UNSET


def test_dispatch_outside_of_any_span_begins_a_trace(traced: Any) -> None:
    inner.send("i")
    (span,) = spans().values()
    assert span.parent is None


def test_current_span_is_found_across_threads_and_tasks(traced: Any) -> None:
    async def sends() -> None:
        await inner.asend("i")

    async def run() -> None:
        with traced.start_as_current_span("async"):
            await asyncio.gather(sends(), sends())

    asyncio.run(run())
    recorder.flush()
    found = exporter.get_finished_spans()
    (host,) = [span for span in found if span.name == "async"]
    assert [parent_of(span) for span in found if span is not host] == [id_of(host)] * 2


def test_dispatch_that_runs_for_long_is_one_span_with_what_comes_later_below_it(
    traced: Any, monkeypatch: pytest.MonkeyPatch, wait_until: WaitUntil
) -> None:
    monkeypatch.setattr("tracer.recorder.PATIENCE_NS", 1)
    let_go = threading.Event()

    def hangs(**_: object) -> None:
        let_go.wait(10)
        inner.send("i")

    outer.connect(passes)
    outer.connect(hangs)
    thread = threading.Thread(target=outer.send, args=("o",))
    thread.start()
    try:
        # The call that has ended is exported while the next one runs.
        wait_until(lambda: recorder.flush() or exporter.get_finished_spans())
        assert list(spans()) == [PASSES]
    finally:
        let_go.set()
        thread.join()
    found = spans()
    assert len(found) == 4
    (hanging,) = [span for name, span in found.items() if name.endswith(".hangs")]
    assert parent_of(found["inner instance of str"]) == id_of(hanging)
    assert parent_of(hanging) == id_of(found["outer instance of str"])


def test_span_of_what_never_ends_is_ended_as_the_tracer_is_taken_off(
    traced: Any, wait_until: WaitUntil
) -> None:
    let_go = threading.Event()
    began = threading.Event()

    def hangs(**_: object) -> None:
        began.set()
        let_go.wait(10)

    outer.connect(hangs)
    thread = threading.Thread(target=outer.send, args=("o",))
    thread.start()
    try:
        began.wait(10)
        tracer.uninstall()
        found = spans()
        assert (found["outer instance of str"].attributes or {})["signalbox.state"] == "running"
        assert len(found) == 2
    finally:
        let_go.set()
        thread.join()
        recorder.flush()


@pytest.mark.django_db(transaction=True)
def test_outcome_of_a_transaction_makes_no_second_span(traced: Any) -> None:
    with transaction.atomic():
        inner.send("in")
        recorder.flush()
    found = [name for name in spans() if name.startswith("inner")]
    assert found == ["inner instance of str"]


def test_spans_are_of_all_dispatches_whatever_the_sample_says(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "OTEL": True, "SAMPLE": 0}
    stores.close_shared()
    tracer.install()
    try:
        inner.send("i")
        assert len(spans()) == 1
        assert not [d for _, d in stores.shared().newest(9) if isinstance(d, Dispatch)]
    finally:
        tracer.uninstall()


def test_dispatch_holds_the_trace_for_the_page(traced: Any) -> None:
    outer.connect(sends_inner)
    with traced.start_as_current_span("GET /"):
        outer.send("o")
    host = spans()["GET /"].get_span_context()
    held = {d.trace for _, d in stores.shared().newest(9) if isinstance(d, Dispatch)}
    assert held == {f"00-{host.trace_id:032x}-{host.span_id:016x}-{host.trace_flags:02x}"}


def test_nothing_is_asked_or_made_unless_the_settings_say_so(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory"}
    stores.close_shared()
    tracer.install()
    try:
        with trace.get_tracer("the host").start_as_current_span("GET /"), tracer.capture() as found:
            inner.send("i")
        assert [one.trace for one in found] == [None]
        assert list(spans()) == ["GET /"]
    finally:
        tracer.uninstall()


def test_span_of_the_hosts_that_breaks_is_a_fault_of_ours_and_no_loss(traced: Any) -> None:
    class Broken(trace.Span):  # type: ignore[misc]
        def get_span_context(self) -> Any:
            raise RuntimeError

        def end(self, end_time: int | None = None) -> None: ...
        def set_attributes(self, attributes: Any) -> None: ...
        def set_attribute(self, key: str, value: Any) -> None: ...
        def add_event(self, *_: Any, **__: Any) -> None: ...
        def update_name(self, name: str) -> None: ...
        def is_recording(self) -> bool:
            return True

        def set_status(self, *_: Any, **__: Any) -> None: ...
        def record_exception(self, *_: Any, **__: Any) -> None: ...

    before = faults.count
    with trace.use_span(Broken()):
        assert inner.send("i") == []
    assert list(spans()) == ["inner instance of str"]
    assert faults.count == before + 1


def run(body: str) -> str:
    program = """
        import sys
        sys.modules["opentelemetry"] = None
        from django.conf import settings
        settings.configure(SIGNALBOX={"STORE": "memory", "OTEL": True}, INSTALLED_APPS=["tracer"])
        import django; django.setup()
        import tracer
        from django.dispatch import Signal
    """
    return run_program(program, body)


def test_without_the_package_all_is_recorded_and_a_check_says_what_to_install() -> None:
    said = run("""
        from django.core.checks import run_checks
        tracer.install()
        with tracer.capture() as dispatches:
            Signal().send(None)
        print(len(dispatches), *[(one.id, one.hint) for one in run_checks()])
    """)
    assert said.startswith("1 ('signalbox_tracer.E004', 'Run pip install ")
