"""Markup, template tags, control and bidirectional characters and ANSI sequences in all that is recorded."""

from __future__ import annotations

import json
import logging
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.dispatch import Signal
from django.test import Client

import tracer
from dashboard.feed import Feed
from tests.attacks.texts import CONTROLS, HOSTILE, assert_harmless, hostile_records
from tests.attacks.ways import APPLICATION, HERE, OWN
from tests.tracer.terminal.project import Project
from tracer import stores
from tracer.recorder import recorder
from tracer.stores import Store, open_store


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True


def get(path: str, **headers: str) -> str:
    answer: Any = Client(SERVER_NAME="localhost").get(path, headers=headers)
    assert answer.status_code in (200, 400, 404, 409), path
    assert "\n" not in "".join(answer.headers.values())
    return str(answer.getvalue().decode())


OPENED = (
    "h-1", "origin:o-1", HOSTILE, f"origin:{HOSTILE}", f"signal:{HOSTILE}", f"receiver:{HOSTILE} {HOSTILE}", "findings",
    "comparison",
)  # fmt: skip


@pytest.mark.parametrize("view", ["", "plain/", "opened/"])
def test_what_is_open_holds_no_markup_but_ours(view: str, store: Store) -> None:
    store.append(hostile_records())
    for opened in OPENED:
        query = urlencode({"open": opened, "at": HOSTILE, "before": "h-2", "process": HOSTILE})
        assert_harmless(get(f"/signals/{view}?{query}"))


@pytest.mark.parametrize("is_htmx", [False, True])
def test_no_view_gives_back_what_it_was_asked_as_markup(store: Store, is_htmx: bool) -> None:
    store.append(hostile_records())
    headers = {"HX-Request": "true", "HX-Current-URL": f"/signals/?filter={HOSTILE[:80]}"}
    names = (
        "filter", "view", "freeze", "open", "at", "before", "process", "cursor", "epoch", "panels", "page", "from",
        "by",
        "fold", "unfold", "value", "field", "without", "until", "seen", "each", "first", "last", "below", "above", "as",
    )  # fmt: skip
    for view in ("", "rows/", "plain/", "map/", "poll/", "complete/", "mark/", "written/", "help/"):
        for named in (
            dict.fromkeys(names, HOSTILE),
            {"filter": f'"{HOSTILE}'},
            {"filter": HOSTILE},
        ):
            assert_harmless(
                get(f"/signals/{view}?{urlencode(named)}", **(headers if is_htmx else {}))
            )
    assert_harmless(get(f"/signals/poll/?{urlencode({'page': 'map', 'cursor': '0'})}"))
    assert_harmless(get("/signals/complete/?filter=sender:"))


@pytest.mark.parametrize("query", ["", "?page=map", f"?{urlencode({'process': HOSTILE})}"])
def test_no_push_of_a_socket_holds_markup_but_ours(query: str, store: Store) -> None:
    async def hear() -> str:
        page = WebsocketCommunicator(APPLICATION, f"/signals/feed/{query}", OWN)
        page.scope["client"] = [HERE, 1]
        assert (await page.connect(timeout=30))[0]
        await page.send_to(text_data=json.dumps({"resume": 0, "epoch": ""}))
        heard = ""
        while "isHurt" not in heard:
            push = json.loads(await page.receive_from(timeout=30))
            heard += push["content"]
            await page.send_to(text_data=json.dumps({"ack": push["cursor"]}))
        await page.disconnect()
        return heard

    store.append(hostile_records())
    assert_harmless(async_to_sync(hear)())


def test_whoever_is_refused_sees_no_markup_but_ours(caplog: pytest.LogCaptureFixture) -> None:
    asked: Any = Client(SERVER_NAME="localhost").get(
        "/signals/", headers={"X-Forwarded-For": HOSTILE.replace("\r\n", "")}
    )
    assert asked.status_code == 403
    assert_harmless(asked.getvalue().decode())
    said = [one.getMessage() for one in caplog.records if one.name.startswith("signalbox")]
    assert len(said) == 1
    assert not CONTROLS & set(said[0])
    assert len(said[0]) < 700


def test_texts_of_trees_and_exports_hold_nothing_that_acts(store: Store) -> None:
    store.append(hostile_records())
    for form in ("markdown", "json", "test"):
        text = get(f"/signals/written/?open=h-1&as={form}")
        assert not CONTROLS & set(text)
        assert "isHurt" in text
    exported = get("/signals/export/")
    assert not CONTROLS & set(exported)
    assert len(exported.splitlines()) == 9
    # In Markdown all of it stands in code, where markup is text.
    markdown = get("/signals/written/?open=h-1&as=markdown")
    for line in markdown.splitlines():
        outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
        assert not set(outside) & set("<>{}[]$"), line


def test_names_of_real_signals_receivers_errors_and_arguments_are_text(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    name = HOSTILE.replace("\x00", "")
    error = type(name, (ValueError,), {"__module__": HOSTILE})
    sender = type(name, (), {"__module__": HOSTILE})

    def receiver(**_: object) -> None:
        raise error(HOSTILE)

    receiver.__qualname__ = receiver.__name__ = receiver.__module__ = HOSTILE
    source = "def sends(signal, sender, **named):\n    signal.send_robust(sender, **named)\n"
    namespace: dict[str, Any] = {}
    exec(compile(source, f"/tmp/{name}.py", "exec"), namespace)
    signal = Signal()
    signal.connect(receiver, dispatch_uid=HOSTILE)
    tracer.install()
    try:
        with caplog.at_level(logging.DEBUG, "signalbox"):
            namespace["sends"](signal, sender, **{HOSTILE: HOSTILE, "other": sender})
            recorder.flush(even_running=True)
    finally:
        tracer.uninstall()
    records = [record for _, record in stores.shared().newest(10)]
    found = next(record for record in records if getattr(record, "calls", ()))
    assert "isHurt" in str(found.sender)  # type: ignore[union-attr]
    for path in (
        "",
        f"?open={found.id}",
        f"plain/?open={found.id}",
        f"opened/?open={found.id}&at=call-0",
        "map/",
    ):
        assert_harmless(get(f"/signals/{path}"))
    assert not any(record.name.startswith("signalbox") for record in caplog.records)


def test_log_holds_nothing_that_acts_on_a_terminal(caplog: pytest.LogCaptureFixture) -> None:
    async def attack() -> None:
        refused = WebsocketCommunicator(
            APPLICATION, "/signals/feed/", [OWN[0], (b"origin", b"http://\x1b[2J\x9b31m\x07" * 100)]
        )
        refused.scope["client"] = [HERE, 1]
        assert not (await refused.connect(timeout=30))[0]
        page = WebsocketCommunicator(APPLICATION, "/signals/feed/", OWN)
        page.scope["client"] = [HERE, 1]
        assert (await page.connect(timeout=30))[0]
        await page.send_to(text_data=json.dumps({HOSTILE: 1}))
        closed = await page.receive_output(timeout=30)
        assert closed["type"] == "websocket.close"
        assert len(closed["reason"].encode()) < 124
        assert closed["reason"].isprintable()
        await page.disconnect()

    with caplog.at_level(logging.DEBUG, "signalbox"):
        async_to_sync(attack)()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("signalbox")]
    assert len(ours) == 2
    for message in ours:
        assert not CONTROLS & set(message)
        assert len(message) < 300


def test_terminal_obeys_nothing_of_a_hostile_store(tmp_path: Any) -> None:
    project = Project(tmp_path)
    project.shell("pass")
    store = open_store(f"sqlite:///{tmp_path / '.signalbox' / 'signalbox.sqlite3'}", 20_000)
    with project.follow("--last", "50") as tail:
        tail.wait_for("Following")
        store.append(hostile_records())
        tail.wait_for("the clock of")
        tail.interrupt()
    store.close()
    text = "".join(tail.lines)
    assert not CONTROLS & set(text.replace("\r\n", "\n"))
    done = project.signals("export")
    assert "isHurt" in done.stdout
    assert not CONTROLS & set(done.stdout)
