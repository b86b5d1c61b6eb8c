"""Another site's page in the same browser: it changes nothing, reads nothing, shows nothing of ours as its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard.feed import Feed
from tests.attacks.ways import HERE, OWN, Headers, all_paths, by_socket, over_asgi, over_wsgi
from tests.dashboard.conftest import make_dispatch
from tracer import control, recordings
from tracer.stores import Store

CHANGING = ("recording/", "clear/", "mute/", "import/", "recordings/nowhere/forget/")
WAYS = pytest.mark.parametrize("ask", [over_wsgi, over_asgi, by_socket])
Ask = Callable[..., int]


@pytest.fixture(autouse=True)
def debug(settings: Any, feed: Feed) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = []


# -- names: DNS rebinding ------------------------------------------------------------------------


def headers_of(host: str, scheme: str = "http") -> Headers:
    return [(b"host", host.encode("latin-1")), (b"origin", f"{scheme}://{host}".encode("latin-1"))]


@WAYS
@pytest.mark.parametrize("allowed", [[], ["localhost"], ["*"], ["*", "site.test"]])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
        "evil.localhost.example", "localhost,evil.example", "localhost:8000,evil.example",
        "evil.example#localhost", "evil.example/localhost", "localhost@evil.example", "",
    ],
)  # fmt: skip
def test_name_of_another_site_leads_nowhere(
    ask: Ask, host: str, allowed: list[str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = allowed
    # Django's own middleware may have been asked before us.
    assert ask(headers_of(host)) in (400, 403)


@WAYS
@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost:8000", []),
        ("localhost:8000", ["*"]),
        ("my.localhost", ["*"]),
        ("127.0.0.1:8000", ["*"]),
        ("[::1]:8000", ["*"]),
        ("192.168.0.7:8000", ["*"]),
        ("devbox:8000", ["*"]),
        ("site.test", ["*", "site.test"]),
        ("a.site.test", [".site.test"]),
    ],
)
def test_own_name_and_address_lead_to_the_page(
    ask: Ask, host: str, allowed: list[str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = allowed
    assert ask(headers_of(host)) in (101, 200)


@WAYS
def test_forwarded_host_counts_only_where_the_site_trusts_it(ask: Ask, settings: Any) -> None:
    forged = [*headers_of("evil.example"), (b"x-forwarded-host", b"localhost")]
    assert ask(forged) in (400, 403)
    settings.USE_X_FORWARDED_HOST = True
    # To lie, a page would need to send a header; to name another, the proxy would.
    assert ask([*OWN, (b"x-forwarded-host", b"evil.example")]) in (400, 403)


# -- origins -------------------------------------------------------------------------------------

FOREIGN: list[tuple[bytes, ...]] = [
    (),
    (b"null",),
    (b"http://evil.example",),
    (b"http://localhost:8001",),
    (b"http://localhost",),
    (b"http://localhost:8000.evil.example",),
    (b"http://localhost:8000@evil.example",),
    (b"http://evil@localhost:8000",),
    (b"http://localhost:8000/",),
    (b"http://localhost:8000#",),
    (b"http://local\thost:8000",),
    (b"file://localhost:8000",),
    (b"HTTP://[",),
    (b"http://localhost:8000\x1b[2J",),
    ("http://löcalhost:8000".encode(),),
    (b"http://localhost:8000", b"http://evil.example"),
    (b"http://evil.example", b"http://localhost:8000"),
]


def from_origins(origins: tuple[bytes, ...]) -> Headers:
    return [(b"host", b"localhost:8000"), *((b"origin", each) for each in origins)]


@pytest.mark.parametrize("origins", FOREIGN)
def test_socket_opens_for_no_other_origin(origins: tuple[bytes, ...]) -> None:
    assert by_socket(from_origins(origins)) == 403


@pytest.mark.parametrize("origins", FOREIGN)
@pytest.mark.parametrize("path", CHANGING)
def test_nothing_is_changed_from_another_origin(path: str, origins: tuple[bytes, ...]) -> None:
    headers = [*from_origins(origins), (b"hx-request", b"true")]
    assert over_wsgi(headers, path=f"/signals/{path}", method="POST") == 403


def test_page_without_tls_is_another_than_that_with_it() -> None:
    own = {"Host": "localhost", "HX-Request": "true"}

    def status_of(origin: str) -> int:
        headers = own | {"Origin": origin}
        return (
            Client(SERVER_NAME="localhost")
            .post("/signals/recording/", {"on": "1"}, secure=True, headers=headers)
            .status_code
        )

    assert status_of("https://localhost") == 200
    assert status_of("http://localhost") == 403


# -- GET changes nothing -------------------------------------------------------------------------


def state_of(store: Store) -> tuple[object, ...]:
    kept = [record.id for _, record in store.newest(100)]
    return (
        kept,
        control.recording(),
        control.muted(),
        store.control(),
        len(recordings.shelf().all()),
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH"])
def test_nothing_but_a_post_changes_anything(store: Store, method: str) -> None:
    store.append([make_dispatch(id="a-1")])
    before = state_of(store)
    told = "?on=0&on=1&signal=a.b&open=a-1&as=json&here=1&_method=POST&filter="
    for path in all_paths():
        headers = [*OWN, (b"hx-request", b"true"), (b"x-http-method-override", b"POST")]
        status = over_wsgi(headers, path=path + told, method=method)
        assert status != 500
        assert path.removeprefix("/signals/") not in CHANGING or status == 405
    assert state_of(store) == before


def test_views_that_change_something_are_those_that_take_a_post() -> None:
    headers = [*OWN, (b"hx-request", b"true")]
    answers = {path: over_wsgi(headers, path=path, method="POST") for path in all_paths()}
    taken = [path for path, status in answers.items() if status not in (403, 405)]
    assert sorted(taken) == sorted(f"/signals/{path}" for path in CHANGING)


# -- no framing, no JSONP, no reading ------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("address", [HERE, "203.0.113.9"])
@pytest.mark.parametrize("is_asked_by_htmx", [False, True])
def test_no_answer_may_be_framed_or_taken_for_a_script(
    method: str, address: str, is_asked_by_htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if is_asked_by_htmx else {}
    for path in all_paths():
        answer = Client(SERVER_NAME="localhost").generic(
            method, path, REMOTE_ADDR=address, headers=headers
        )
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "javascript" not in answer.get("Content-Type", "")
        assert not answer.has_header("Access-Control-Allow-Origin")
        assert not answer.cookies


@pytest.mark.parametrize("name", ["callback", "jsonp", "cb", "format"])
def test_no_answer_is_a_call_of_what_the_address_names(store: Store, name: str) -> None:
    store.append([make_dispatch(id="a-1")])
    for path in all_paths():
        answer: HttpResponse = Client(SERVER_NAME="localhost").get(  # type: ignore[assignment]
            f"{path}?{name}=stolen&open=a-1&as=json", headers={"Origin": "http://evil.example"}
        )
        assert not re.match(rb"\W*(?:/\*.*?\*/)?\s*stolen\s*\(", answer.getvalue())
        assert not answer.has_header("Access-Control-Allow-Origin")


# -- what a socket of the real server says -------------------------------------------------------


def socket_of(site: str, origin: str) -> Any:
    return connect(site.replace("http", "ws") + "/signals/feed/", origin=origin)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_served_socket_opens_for_no_other_origin(site: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        socket_of(site, origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "message",
    [
        json.dumps({"\u202e" * 200: 1}),
        json.dumps({"é" * 300: 1}, ensure_ascii=False),
        json.dumps({"\x1b[2J" * 200: 1}),
        "[" * 4_000,
        "x" * 100_000,
        b"\xff" * 10,
        '{"resume": 1e999}',
        '{"resume": ' + "9" * 4_000 + "}",
    ],
)
def test_served_socket_closes_on_what_is_not_the_pages(site: str, message: str | bytes) -> None:
    with socket_of(site, site) as page:
        page.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    assert closed.value.rcvd.reason.isprintable()


def test_reverse_of_each_changing_view_is_what_is_attacked() -> None:
    names = ("recording", "clear", "mute", "import")
    paths = [reverse(f"signalbox:{name}") for name in names]
    paths.append(reverse("signalbox:forget", args=["nowhere"]))
    assert paths == [f"/signals/{path}" for path in CHANGING]
