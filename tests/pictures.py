"""
`python -m tests.pictures`: make the README's pictures anew, of the real page on a demo site with visitors.

Needs Chromium, and Pillow of the extra `pictures`. Writes `feed.gif`, `page-light.png` and `page-dark.png`.
"""

from __future__ import annotations

import argparse
import io
import itertools
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, Position, expect, sync_playwright

from demo_site.traffic import drive
from demo_site.visitor import Visitor
from tests import chromium
from tests.browser.server import ROOT, demo

MOST_BYTES = 2_000_000
SIZE = {"width": 1200, "height": 720}  # pixels of the page
WIDTH = 900  # pixels of the moving picture
PERIOD_S = 0.125
LONGEST_S = 0.25
COMMON, RARE = 60, 190  # colours
VISITS_A_SECOND = 1.5
AIM: Position = {"x": 290, "y": 12}
"""Where a row is clicked: beside its signal, and never below the pill."""
PATIENCE_MS = 30_000
POINTER = [(0, 0), (0, 15), (4, 11), (7, 17), (9, 16), (7, 10), (12, 10)]


class Film:
    """Frames of a page, each shown for about as long as it was seen."""

    def __init__(self, page: Page, pace: float) -> None:
        self._page = page
        self._pace = pace
        """Of the seconds that it is to run, how many it does."""
        self._frames: list[tuple[float, Image.Image]] = []
        self._pointer = (620, 470)

    def run(self, seconds: float) -> None:
        """Take frames for so long."""
        until = time.monotonic() + seconds * self._pace
        while (now := time.monotonic()) < until:
            self._take(now)
            self._page.wait_for_timeout(max(0.0, (now + PERIOD_S - time.monotonic()) * 1000))

    def point(self, x: float, y: float) -> None:
        """Move the pointer there, as a hand would."""
        (from_x, from_y), steps = self._pointer, 5
        for step in range(1, steps + 1):
            share = step / steps
            self._pointer = (
                round(from_x + (x - from_x) * share),
                round(from_y + (y - from_y) * share),
            )
            self._page.mouse.move(*self._pointer)
            self._take(time.monotonic())

    def type(self, text: str) -> None:
        """Type, a frame for each key."""
        for key in text:
            self._page.keyboard.type(key)
            self.run(PERIOD_S / 2)

    def write(self, path: Path, last_s: float) -> None:
        """Write the frames as a GIF that goes round and round, its last one shown for longer."""
        moments = [moment for moment, _ in self._frames]
        # A machine that is slow at taking frames would else make a slow film.
        durations = [
            min(after - before, LONGEST_S) for before, after in itertools.pairwise(moments)
        ] + [last_s]
        images = [image for _, image in self._frames]
        palette = _palette(images)
        drawn = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        drawn[0].save(
            path,
            save_all=True,
            append_images=drawn[1:],
            # In hundredths of a second, as GIF counts.
            duration=[max(2, round(seconds * 100)) * 10 for seconds in durations],
            loop=0,
            optimize=True,
        )

    def _take(self, now: float) -> None:
        image = Image.open(io.BytesIO(self._page.screenshot())).convert("RGB")
        x, y = self._pointer
        shape = [(x + dx, y + dy) for dx, dy in POINTER]
        ImageDraw.Draw(image).polygon(shape, fill="#16181d", outline="white")
        height = round(image.height * WIDTH / image.width)
        small = image.resize((WIDTH, height), Image.Resampling.LANCZOS)
        self._frames.append((now, small))


def _palette(images: list[Image.Image]) -> Image.Image:
    """Return an image with the colours that are seen most, and those that stand for all others, however rare."""
    some = images[:: max(1, len(images) // 8)]
    width, height = some[0].size
    whole = Image.new("RGB", (width, height * len(some)))
    for index, image in enumerate(some):
        whole.paste(image, (0, height * index))
    seen = whole.getcolors(width * height * len(some)) or []
    colours = [colour for _, colour in sorted(seen, reverse=True)]
    rest = Image.new("RGB", (len(colours) - COMMON, 1))
    rest.putdata(colours[COMMON:])
    rare = rest.quantize(RARE, method=Image.Quantize.FASTOCTREE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(
        [*(part for colour in colours[:COMMON] for part in colour), *rare[: 3 * RARE]]
    )
    return palette


@contextmanager
def visitors(site: str) -> Iterator[None]:
    """Have visitors on the site."""
    stop = threading.Event()
    rest = {"until_s": None, "stop": stop, "say": print}
    thread = threading.Thread(target=drive, args=(site, VISITS_A_SECOND), kwargs=rest)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def open_page(browser: Browser, site: str, query: str = "", **context: object) -> Page:
    """Return the page in a browser of its own, connected."""
    page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
    page.goto(f"{site}/signals/{query}")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    return page


def freeze(page: Page) -> None:
    """Press the key, and wait until the rows stand still."""
    page.keyboard.press("Space")
    expect(page.locator("#sb-feed.sb-is-frozen")).to_be_visible()


def rows(page: Page, text: str) -> Locator:
    """Return the rows of the feed that hold a text."""
    return page.locator("#sb-rows .sb-row").filter(has_text=text)


def film(browser: Browser, site: str, folder: Path, pace: float) -> None:
    """Film the feed: it streams, a row is opened, it is frozen and filtered."""
    page = open_page(browser, site, viewport=SIZE, color_scheme="light")
    film = Film(page, pace)
    with visitors(site):
        for _ in range(2):
            # The others may have bought all there was.
            with suppress(LookupError):
                Visitor(site).order_with_bad_card()
        page.wait_for_timeout(4_000 * pace)
        film.run(1.5)
        Visitor(site).join()
        saved = rows(page, "create_user_profile").filter(has=page.locator(".sb-depth-0")).last
        expect(saved).to_be_visible()
        film.run(0.5)
        freeze(page)
        saved.scroll_into_view_if_needed()
        film.run(0.4)
        box = saved.bounding_box()
        assert box is not None
        film.point(box["x"] + AIM["x"], box["y"] + AIM["y"])
        saved.click(position=AIM)
        expect(page.locator("#sb-detail .sb-waterfall")).to_be_visible()
        film.run(2.0)
        page.keyboard.press("Escape")
        page.locator("#sb-draft").focus()
        film.type("is:error")
        page.keyboard.press("Enter")
        film.run(1.0)
    film.write(folder / "feed.gif", last_s=1.4)
    page.context.close()


def photograph(browser: Browser, site: str, scheme: str, folder: Path, pace: float) -> None:
    """Take the whole page with an opened dispatch whose receiver saves what set it off."""
    page = open_page(
        browser,
        site,
        "?filter=-signal:connection_created",
        viewport={"width": 1440, "height": 900},
        color_scheme=scheme,
    )
    with visitors(site):
        page.wait_for_timeout(6_000 * pace)
        case = page.context.new_page()
        case.goto(f"{site}/cases/")
        with case.expect_response("**/cases/re-entered/"):
            case.locator("#re-entered form button").click()
        case.close()
        heard = page.locator(".sb-receivers", has_text="count_wagons")
        found = page.locator("#sb-rows .sb-row").filter(has=heard)
        expect(found.nth(3)).to_be_visible()
        freeze(page)
        # Of the four that the button makes, the second: one that its own receiver has set off.
        saved = found.all()[-3]
        saved.click(position=AIM)
        expect(page.locator("#sb-detail .sb-waterfall")).to_be_visible()
        saved.scroll_into_view_if_needed()
        page.mouse.move(720, 20)
        page.wait_for_timeout(3_000 * pace)
    page.screenshot(path=folder / f"page-{scheme}.png")
    page.context.close()


def main() -> int:
    """Make all pictures; return 1 when the moving one is too large."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / ".github", help="folder to write to")
    parser.add_argument("--quick", action="store_true", help="in a hurry, to try whether it works")
    options = parser.parse_args()
    path = chromium.find()
    if path is None:
        print(f"There is no Chromium on the path: {chromium.NAMES}.", file=sys.stderr)
        return 1
    expect.set_options(timeout=PATIENCE_MS)
    pace = 0.05 if options.quick else 1
    with (
        tempfile.TemporaryDirectory() as data,
        demo(Path(data)) as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        film(browser, site, options.to, pace)
        for scheme in ("light", "dark"):
            photograph(browser, site, scheme, options.to, pace)
        browser.close()
    size = (options.to / "feed.gif").stat().st_size
    print(f"{size:,} bytes move")
    return int(size > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
