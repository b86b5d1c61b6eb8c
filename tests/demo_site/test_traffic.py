"""Simulated visitors: whom they visit, what they do, and how they end."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from demo_site import seed
from demo_site.articles.models import Comment
from demo_site.browser import Unreachable, is_here
from demo_site.shop.models import Order
from demo_site.traffic import VISITS, Tally, drive
from demo_site.visitor import Visitor


@pytest.mark.parametrize(
    "site",
    ["http://localhost:8000", "http://127.0.0.1", "http://127.3.2.1:1", "http://[::1]:8000"],
)
def test_this_machine_may_be_visited(site: str) -> None:
    assert is_here(site)


@pytest.mark.parametrize(
    "site",
    [
        "http://example.com",
        "http://10.0.0.1:8000",
        "http://0.0.0.0:8000",
        "https://localhost",
        "http://localhost.example.com",
        "http://127.0.0.1@example.com/",
        "http://me:secret@localhost/",
        "http://localhost:port/",
        "http://[::1",
        "ftp://localhost",
        "localhost:8000",
        "",
    ],
)
def test_another_machine_is_refused_with_a_sentence(site: str) -> None:
    with pytest.raises(CommandError, match="this machine only"):
        call_command("traffic", "--for", "1", "--base-url", site)


@pytest.mark.parametrize(
    "arguments", [["--rate", "0"], ["--rate", "nan"], ["--rate", "much"], ["--for", "-1"]]
)
def test_impossible_number_is_refused_with_an_example(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=r"expected a number of .*, such as 2, got"):
        call_command("traffic", *arguments)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Serve redirects to another host, and give the address."""

    class Redirect(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://example.invalid/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Redirect) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_redirect_to_another_host_is_not_followed(elsewhere: str) -> None:
    with pytest.raises(LookupError):
        Visitor(elsewhere).browse()


@pytest.fixture
def nobody() -> str:
    """Return an address at which nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_visitor_finds_nobody(nobody: str) -> None:
    with pytest.raises(Unreachable):
        Visitor(nobody).read()


def test_site_that_is_away_is_waited_for_and_mentioned_once(nobody: str) -> None:
    said: list[str] = []
    tally = drive(nobody, 50, until_s=1.2, stop=threading.Event(), say=said.append)
    assert said == [f"{nobody} does not answer; waiting for it."]
    assert tally.done == tally.failed == 0
    assert 1 <= tally.unreachable < 60


def test_driving_ends_when_told_to(nobody: str) -> None:
    stop = threading.Event()
    stop.set()
    assert drive(nobody, 1, until_s=None, stop=stop, say=print) == Tally()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
class TestAgainstALiveServer:
    @pytest.fixture(autouse=True)
    def sown(self, live_server: LiveServer) -> None:
        seed.sow()

    @pytest.mark.parametrize("visit", [visit for visit, _ in VISITS], ids=lambda v: v.__name__)
    def test_each_visit_finds_what_it_looks_for(
        self, live_server: LiveServer, visit: Callable[[Visitor], None]
    ) -> None:
        visit(Visitor(live_server.url))

    def test_visits_leave_what_they_should(self, live_server: LiveServer) -> None:
        visitor = Visitor(live_server.url)
        visitor.comment()
        visitor.order_by_express()
        Visitor(live_server.url).order_with_bad_card()
        assert Comment.objects.count() == User.objects.count() == 1
        assert Order.objects.get().delivery == "express"

    def test_command_is_steady_and_ends_by_itself(
        self, live_server: LiveServer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        begun = time.monotonic()
        call_command("traffic", "--rate", "6", "--for", "3", "--base-url", live_server.url)
        assert time.monotonic() - begun < 20
        visits, _, rest = capsys.readouterr().out.partition(" visits, ")
        assert int(visits) >= 12
        assert rest.startswith("0 failed, 0 found nobody")
