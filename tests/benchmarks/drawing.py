"""
What a waterfall of 2,000 bars and a map of 300 receivers cost.

Milliseconds of the server to draw it, and of the browser while the pointer goes over it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from time import thread_time_ns

from tests.benchmarks.rounds import Samples
from tests.benchmarks.site import set_up_small_site

CALLS = 500
BELOW = 2
HOVERED = 60
HOVERED_X = {"waterfall": 400, "map": 800}
"""Where the pointer goes down from, in pixels: over the bars, and over the receivers."""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ROOT = Path(__file__).parents[2]

_WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({ entryTypes: ["longtask"] });
}"""

_REST = """() => new Promise((done) => {
  // A page that draws no frame may not be called idle at all.
  requestIdleCallback(() => setTimeout(done, 200), { timeout: 1000 });
})"""


def measure(folder: Path, rounds: int) -> Samples:
    """Return milliseconds of the processor per drawing, and of the browser's longest task; 50 where none was longer."""
    set_up_small_site(folder, ROOT_URLCONF="tests.dashboard.urls_at_root")
    samples: Samples = {}
    for name, draw in _pictures().items():
        samples[f"server/{name}"] = [_took_ms(draw) for _ in range(rounds)]
        page = folder / f"{name}.html"
        page.write_text(_page(name, draw()))
        longest = _longest_task_ms(page, HOVERED_X[name])
        if longest is not None:
            samples[f"browser/{name}"] = [longest]
    return samples


def _pictures() -> dict[str, Callable[[], str]]:
    from dashboard.rendering import render
    from dashboard.trees import tree_view
    from tracer.dispatches import Dispatch, Query, ReceiverCall

    began_us = 1_700_000_000_000_000

    def dispatch(number: int, calls: tuple[ReceiverCall, ...], ns: int) -> Dispatch:
        return Dispatch(
            id=f"d-{number}",
            process="benchmark",
            thread="MainThread",
            signal="django.db.models.signals.post_save",
            sender="shop.Order",
            method="send",
            started_us=began_us + max(number - 1, 0) * 1_000,
            duration_ns=ns,
            state="ok",
            parent_id=None if number == 0 else "d-0",
            parent_call=None if number == 0 else number - 1,
            root_id="d-0",
            depth=min(number, 1),
            calls=calls,
        )

    def call(number: int, ns: int) -> ReceiverCall:
        at_ns = number * ns
        return ReceiverCall(
            receiver=f"shop.receivers.receiver_{number}",
            place="shop/receivers.py:12",
            started_ns=at_ns,
            duration_ns=ns,
            query_count=2,
            queries=(Query(sql="SELECT ?", count=2, at_ns=(at_ns, at_ns + ns // 2)),),
        )

    tree = [dispatch(0, tuple(call(n, 1_000_000) for n in range(CALLS)), CALLS * 1_000_000)]
    below = tuple(call(n, 400_000) for n in range(BELOW))
    tree += [dispatch(number + 1, below, 900_000) for number in range(CALLS)]

    def waterfall() -> str:
        return render("_tree.html", tree=tree_view(tree, tree[0], 10_000_000))

    return {"waterfall": waterfall, "map": _map}


def _map() -> str:
    """Return a map of 30 signals and 300 receivers, all unfolded, from their counts on."""
    from dashboard.maps.graph import graph
    from dashboard.maps.state import MapState
    from dashboard.maps.view import map_view
    from dashboard.pictures.ordering import ordered
    from dashboard.rendering import render
    from tests.benchmarks.large_map import NOW_US, connected, pairs

    sent, received, caused = pairs()
    whole = graph(connected(received), received, sent, caused, (), is_origins=False)
    columns = [[(node.key, node.app) for node in column] for column in whole.columns]
    ordered(columns, [(edge.source, edge.target) for edge in whole.edges])
    apps = {node.app for column in whole.columns for node in column}
    unfolded = tuple(f"receiver:{app}" for app in apps)
    view = map_view(whole, MapState(unfolded=unfolded), NOW_US)
    return f'<div id="sb-map-picture">{render("_map_picture.html", view=view, here="/")}</div>'


def _took_ms(draw: Callable[[], str]) -> float:
    began_ns = thread_time_ns()
    draw()
    return (thread_time_ns() - began_ns) / 1e6


def _page(name: str, picture: str) -> str:
    static = (ROOT / "static" / "signalbox").as_uri()
    return (
        f'<!doctype html><html class="sb-root"><link rel="stylesheet" href="{static}/signalbox.css">'
        f'<script src="{static}/{name}.js" defer></script><body>{picture}'
    )


def _longest_task_ms(page: Path, x: int) -> float | None:
    """Return the longest task while the pointer goes over a page, None where there is no Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1440, "height": 900})
        opened.goto(page.as_uri())
        # What the browser does to show it at first is not hovering.
        opened.evaluate(_REST)
        opened.evaluate(_WATCH)
        opened.keyboard.down("Shift")
        for step in range(HOVERED):
            opened.mouse.move(x + step, 60 + step * 13)
        # Tasks are told of a little after they have ended.
        opened.evaluate(_REST)
        longest = float(opened.evaluate("() => window.longest"))
        browser.close()
    # A browser tells of tasks from 50 ms on only.
    return max(longest, 50.0)
