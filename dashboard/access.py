"""Who may look, and which requests are the dashboard's own. Must never import the host's URLconf."""

from __future__ import annotations

import dataclasses
import ipaddress
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import validate_host
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.module_loading import import_string

from dashboard.mounting import paths_of, script_name, within
from tracer import conf
from tracer.exceptions import SettingError

logger = logging.getLogger("signalbox.dashboard")

Scope = Mapping[str, Any]

_LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
_FORWARDED = ("x-forwarded-for", "x-real-ip")


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """Which rule keeps somebody out. Its sentence names settings and addresses: not for strangers."""

    kind: Literal["host", "setting", "access", "debug", "address", "origin"]
    text: str
    address: str = ""
    """The one that is neither this machine nor internal, where that is the rule."""


def may_look(seeker: HttpRequest | Scope) -> bool:
    """Return whether the page or the socket opens for this request or scope; never raises."""
    return refusal(seeker) is None


def refusal(seeker: HttpRequest | Scope) -> Refusal | None:
    """Return which rule keeps this request or scope out, or None when none does; never raises."""
    if not _is_host_allowed(seeker):
        return Refusal("host", "The Host header is not one that ALLOWED_HOSTS names.")
    try:
        path = conf.current().ACCESS
    except SettingError as error:
        return Refusal("setting", str(error))
    if path is not None:
        said = f'SIGNALBOX["ACCESS"], {path}, said no.'
        return None if _allows(path, seeker) else Refusal("access", said)
    if not settings.DEBUG:
        said = 'DEBUG is off, and SIGNALBOX["ACCESS"] names nobody who decides.'
        return Refusal("debug", said)
    for address in _addresses(seeker):
        if not _is_near(address):
            said = f"{address or 'The address'} is neither this machine nor in INTERNAL_IPS."
            return Refusal("address", said, address)
    return None


def own_origin(origin: str | None, host: str | None) -> bool:
    """Return whether an `Origin` header is that of the host asked, port included; False when either is missing."""
    if not origin or not host:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    default = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if default is None or not parts.netloc or parts.path or parts.query:
        return False
    return parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)


def header(seeker: HttpRequest | Scope, name: str) -> str | None:
    """Return a header's value by its lower-case name, of a request or of a socket's scope."""
    if isinstance(seeker, HttpRequest):
        return seeker.headers.get(name)
    wanted = name.encode("latin-1")
    for key, value in seeker.get("headers", ()):
        if key.lower() == wanted:
            return bytes(value).decode("latin-1")
    return None


def host(scope: Scope) -> str | None:
    """Return the host that a socket was asked of, as Django takes it of a request; None where none was named."""
    forwarded = header(scope, "x-forwarded-host") if settings.USE_X_FORWARDED_HOST else None
    return forwarded or header(scope, "host")


def is_own_path(path: str) -> bool | None:
    """
    Return whether a path, as the server gives it, is one of the dashboard's pages or files.

    None while that cannot be told, because the host's URLconf has not been imported yet.
    """
    path = within(path, script_name(""))
    static = settings.STATIC_URL or "/static/"
    if static.startswith("/"):
        static = within(static, get_script_prefix().rstrip("/"))
        if path.startswith((f"{static}signalbox/", f"{static}django_htmx/")):
            return True
    if settings.ROOT_URLCONF not in sys.modules:
        return None
    pages = paths_of("signalbox:page", settings.ROOT_URLCONF)
    if not path.startswith(pages):
        return False
    if "/" not in pages:
        return True
    try:
        return "signalbox" in resolve(path).namespaces
    except Resolver404:
        return False


def _allows(path: str, seeker: HttpRequest | Scope) -> bool:
    try:
        decide: Callable[[HttpRequest | Scope], object] = import_string(path)
        return bool(decide(seeker))
    except Exception:
        # The host's code, asked about access: whatever goes wrong there must keep the door shut.
        logger.exception("SIGNALBOX['ACCESS'], %s, raised; nobody is let in.", path)
        return False


def _is_host_allowed(seeker: HttpRequest | Scope) -> bool:
    if isinstance(seeker, HttpRequest):
        try:
            seeker.get_host()
        except DisallowedHost:
            return False
        return True
    asked = (host(seeker) or "").lower()
    name = asked if asked.endswith("]") else asked.rpartition(":")[0] or asked
    allowed = settings.ALLOWED_HOSTS or (_LOCAL_HOSTS if settings.DEBUG else [])
    return validate_host(name, allowed)


def _addresses(seeker: HttpRequest | Scope) -> Iterator[str]:
    if isinstance(seeker, HttpRequest):
        yield str(seeker.META.get("REMOTE_ADDR") or "")
    else:
        client = seeker.get("client")
        yield str(client[0]) if client else ""
    # A tunnel on this machine makes everybody look near; the addresses it passes on do not.
    for name in _FORWARDED:
        for address in (header(seeker, name) or "").split(","):
            if address.strip():
                yield address.strip()


def _is_near(address: str) -> bool:
    if address in settings.INTERNAL_IPS:
        return True
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return ip.is_loopback or (mapped is not None and mapped.is_loopback)
