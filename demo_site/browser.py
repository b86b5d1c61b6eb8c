"""A browser, of sorts: cookies, forms and redirects, over HTTP to this very machine and to no other."""

from __future__ import annotations

import http.client
import ipaddress
import re
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT_S = 10
MOST_BYTES = 1_000_000

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')

Fields = dict[str, str | list[str]]
"""What is filled in, by the names of the fields."""


class Unreachable(Exception):  # noqa: N818 - says what happened
    """Nobody answers at the site's address."""


class Browser:
    """
    Keeps the cookies of one visitor to one site.

    Each method returns the text of the page that came in the end, an error page too, and raises
    `Unreachable` when nobody answers.
    """

    def __init__(self, site: str) -> None:
        if not is_here(site):
            raise ValueError(f"expected an address on this machine, got {site!r:.200}")
        self._site = site.rstrip("/")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(),
            _StayHere(self._site),
        )

    def get(self, path: str) -> str:
        """Open a page."""
        return self._open(path, None)

    def fill_in(self, path: str, fields: Fields) -> str:
        """Open the page at `path`, fill in its form and send it."""
        return self.send(path, self.get(path), fields)

    def send(self, path: str, page: str, fields: Fields) -> str:
        """Send a form of a page that is open already; raise `LookupError` when the page holds none."""
        token = _TOKEN.search(page)
        if token is None:
            raise LookupError(f"{path}: the page holds no form")
        data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1]}, doseq=True)
        return self._open(path, data.encode())

    def _open(self, path: str, data: bytes | None) -> str:
        try:
            with self._opener.open(f"{self._site}{path}", data, TIMEOUT_S) as answer:
                body: bytes = answer.read(MOST_BYTES)
        except urllib.error.HTTPError as error:
            # A page that fails is part of the traffic, as it is of any.
            with error:
                body = error.read(MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(self._site) from error
        return body.decode(errors="replace")


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the site and no others."""

    def __init__(self, site: str) -> None:
        self._site = site

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: object,
        code: int,
        msg: str,
        headers: object,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.startswith(f"{self._site}/"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def is_here(site: str) -> bool:
    """Say whether `site` is the plain HTTP address of this very machine."""
    try:
        parts = urllib.parse.urlsplit(site)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "http" or parts.username is not None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
