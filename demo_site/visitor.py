"""What one simulated visitor does on the site, and how its pages are understood. Knows nothing of HTTP."""

from __future__ import annotations

import html
import random
import re
import secrets

from demo_site.browser import Browser, Fields

VISITOR_PREFIX = "visitor-"

_ARTICLE = re.compile(r'href="(/articles/[\w-]+/)"')
_PRODUCT = re.compile(r'href="(/shop/products/[\w-]+/)"')
_CANCEL = re.compile(r'action="(/shop/orders/\w+/cancel/)"')
_DELETE = re.compile(r'action="(/accounts/profile/delete/)"')
_TAG = re.compile(r'name="tags" value="(\d+)"')
_TITLE = re.compile(r'name="title" value="([^"]*)"')

_COMMENTS = (
    "I had always wondered about that.",
    "My grandfather worked the box at Elm Junction.",
    "The second paragraph is the best.",
    "Is there a drawing of it?",
)


class Visitor:
    """
    Somebody with a browser, of sorts.

    Each method is one visit. It raises `Unreachable` when the site is away, and `LookupError` when
    a page holds not what it should.
    """

    def __init__(self, site: str) -> None:
        self._browser = Browser(site)

    def read(self) -> None:
        """Read the front page or the list, then an article or two."""
        listing = self._browser.get(random.choice(["/", "/articles/"]))
        for path in _some(_ARTICLE, listing, random.randint(1, 2)):
            self._browser.get(path)

    def browse(self) -> None:
        """Look at a product."""
        [path] = _some(_PRODUCT, self._browser.get("/shop/"), 1)
        self._browser.get(path)

    def join(self) -> None:
        """Sign up, write a line about oneself, and mostly leave again for good."""
        self._sign_up()
        page = self._browser.fill_in("/accounts/profile/", {"about": random.choice(_COMMENTS)})
        if random.random() < 0.8:
            [path] = _some(_DELETE, page, 1)
            self._browser.send(path, page, {})

    def comment(self) -> None:
        """Sign up, log out and in again, and comment on an article."""
        name, password = self._sign_up()
        self._browser.send("/accounts/logout/", self._browser.get("/accounts/profile/"), {})
        self._browser.fill_in("/accounts/login/", {"username": name, "password": password})
        [path] = _some(_ARTICLE, self._browser.get("/articles/"), 1)
        self._browser.send(
            f"{path}comment/", self._browser.get(path), {"text": random.choice(_COMMENTS)}
        )

    def edit(self) -> None:
        """Sign up, and give an article other tags."""
        self._sign_up()
        [path] = _some(_ARTICLE, self._browser.get("/articles/"), 1)
        page = self._browser.get(f"{path}edit/")
        fields: Fields = {
            "title": html.unescape(_some(_TITLE, page, 1)[0]),
            "body": html.unescape(_some(re.compile(r"<textarea[^>]*>\s*([^<]*)<"), page, 1)[0]),
            "tags": _some(_TAG, page, random.randint(1, 2)),
        }
        self._browser.send(f"{path}edit/", page, fields)

    def order(self) -> None:
        """Order something."""
        self._order()

    def order_by_express(self) -> None:
        """Order something, and wait for the courier."""
        self._order(delivery="express")

    def order_and_cancel(self) -> None:
        """Order something, and think better of it."""
        page = self._order()
        [path] = _some(_CANCEL, page, 1)
        self._browser.send(path, page, {})

    def order_with_bad_card(self) -> None:
        """Try to order something with a card that is declined."""
        self._order(card="declined")

    def find_broken_page(self) -> None:
        """Open the page that always fails."""
        self._browser.get("/shop/voucher/")

    def _sign_up(self) -> tuple[str, str]:
        name, password = f"{VISITOR_PREFIX}{secrets.token_hex(4)}", secrets.token_hex(8)
        fields: Fields = {"username": name, "password1": password, "password2": password}
        self._browser.fill_in("/accounts/signup/", fields)
        return name, password

    def _order(self, card: str = "good", delivery: str = "post") -> str:
        [path] = _some(_PRODUCT, self._browser.get("/shop/"), 1)
        quantity = str(random.randint(1, 3))
        return self._browser.fill_in(
            path, {"quantity": quantity, "card": card, "delivery": delivery}
        )


def _some(pattern: re.Pattern[str], page: str, count: int) -> list[str]:
    found = sorted(set(pattern.findall(page)))
    if not found:
        raise LookupError(pattern.pattern)
    return random.sample(found, min(count, len(found)))
