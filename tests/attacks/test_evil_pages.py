"""Another site's page in a real browser, beside ours: what it tries, and a name that was rebound to this machine."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.attacks.test_other_sites import CHANGING
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.server import post

EVIL = """
<!doctype html><title>evil</title>
<script>
const told = {};
const SITE = "%s";
const note = name => value => { told[name] = String(value); };
async function attack() {
  const all = [];
  const later = promise => all.push(promise);
  for (const path of %s) {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      later(fetch(SITE + path, {
        method: "POST", mode: "no-cors", credentials: "include",
        headers: {"Content-Type": type}, body: "on=0&signal=a.b&on=1",
      }).then(note("posted"), note("refused")));
    }
    later(fetch(SITE + path, {method: "POST", headers: {"HX-Request": "true"}, body: "on=0"})
      .then(answer => note("preflight " + path)(answer.status), note("refused")));
    later(new Promise(done => {
      const image = new Image();
      image.onload = image.onerror = done;
      image.src = SITE + path + "?on=0&signal=a.b";
    }));
  }
  for (const path of %s) {
    later(fetch(SITE + path).then(answer => answer.text()).then(note("read " + path), note("refused")));
    later(new Promise(done => {
      const script = document.createElement("script");
      script.onload = () => { note("script " + path)("loaded"); done(); };
      script.onerror = done;
      script.src = SITE + path + "?callback=note('called')";
      document.head.append(script);
    }));
    later(new Promise(done => {
      const style = document.createElement("link");
      style.onload = () => { note("style " + path)("loaded"); done(); };
      style.onerror = done;
      style.rel = "stylesheet";
      style.href = SITE + path;
      document.head.append(style);
    }));
  }
  later(new Promise(done => {
    const socket = new WebSocket(SITE.replace("http", "ws") + "/signals/feed/");
    socket.onopen = () => { note("socket")("open"); done(); };
    socket.onclose = done;
  }));
  await Promise.all(all);
  return told;
}
</script>
<iframe src="%s/signals/" name="framed"></iframe>
<form method="post" action="%s/signals/clear/" target="framed" id="form"><input name="on" value="0"></form>
"""

TAKING = [f"/signals/{path}" for path in CHANGING]
READING = [
    f"/signals/{path}"
    for path in (
        "",
        "rows/",
        "poll/",
        "export/",
        "written/?as=json",
        "plain/",
        "map/",
        "recordings/",
    )
]


@pytest.fixture
def evil(site: str) -> Iterator[str]:
    """Return the address of another site's page, which attacks the demo."""
    page = EVIL % (site, json.dumps(TAKING), json.dumps(READING), site, site)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def kept_by(site: str) -> tuple[int, str]:
    """Return how many records the demo keeps, and what its page says of recording and muting."""
    with urllib.request.urlopen(f"{site}/signals/export/", timeout=60) as answer:
        kept = len(answer.read().splitlines())
    with urllib.request.urlopen(f"{site}/signals/", timeout=60) as answer:
        page = answer.read().decode()
    return kept, " ".join(re.findall(r"Recording is stopped|unmute|a\.b\b", page))


def test_page_of_another_site_reaches_nothing(browser: Browser, site: str, evil: str) -> None:
    post(f"{site}/signals/recording/", on="1")
    urllib.request.urlopen(f"{site}/cases/", timeout=60).close()
    before = kept_by(site)
    assert before[0] > 1
    context = browser.new_context()
    page = context.new_page()
    page.goto(evil)
    told = page.evaluate("attack()")
    # What it may not read is answered all the same: nothing came of the question but an opaque answer.
    assert set(told) <= {"posted", "refused"}
    framed = page.frame(name="framed")
    assert framed is not None
    assert framed.url.startswith("chrome-error:")
    with page.expect_response("**/signals/clear/") as answered:
        page.evaluate("document.getElementById('form').submit()")
    assert answered.value.status == 403
    context.close()
    kept, said = kept_by(site)
    # More may have come, of what the demo itself was asked.
    assert kept >= before[0]
    assert said == before[1]


def rebound(page: Page, url: str) -> int:
    answer = page.goto(url)
    assert answer is not None
    return answer.status


@pytest.fixture
def misled(browser: Browser) -> Iterator[Browser]:
    """Return a browser whose name server says that a foreign name is this machine."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    mapped = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    misled = browser.browser_type.launch(executable_path=path, args=[*ARGUMENTS, mapped])
    yield misled
    misled.close()


def test_name_that_was_rebound_to_this_machine_reads_nothing(misled: Browser, site: str) -> None:
    port = site.rpartition(":")[2]
    page = misled.new_page()
    assert rebound(page, f"http://evil.example:{port}/signals/") in (400, 403)
    expect(page.locator("#sb-rows")).to_have_count(0)
    opened = """() => new Promise(done => {
        const socket = new WebSocket("ws://" + location.host + "/signals/feed/");
        socket.onopen = () => done("open");
        socket.onclose = () => done("closed");
    })"""
    assert page.evaluate(opened) == "closed"
