"""Who may look, and which requests are the dashboard's own. Must never import the host's URLconf."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import ipaddress
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.module_loading import import_string

from dashboard.mounting import paths_of, script_name, within
from tracer import conf, faults
from tracer.exceptions import SettingError

logger = logging.getLogger("signalbox.dashboard")

Scope = Mapping[str, Any]

_LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
_FORWARDED = (
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "fly-client-ip",
)
_FORWARDED_FOR = re.compile(r'(?:^|[;,\s])for\s*=\s*("[^"]*"|[^;,\s]*)', re.IGNORECASE)
"""An address in the header `Forwarded`, of RFC 7239."""
_PORT = re.compile(r"(?:(\d+\.\d+\.\d+\.\d+)|\[([^\]]+)\])(?::\d+)?")


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
    if not _is_named(_host_of(seeker)):
        said = 'ALLOWED_HOSTS lets this name in by "*" alone, as it would another site\'s that leads here; add it.'
        return Refusal("host", said)
    for address in _addresses(seeker):
        if not _is_near(address):
            said = f"{address or 'The address'} is neither this machine nor in INTERNAL_IPS."
            return Refusal("address", said, address)
    return None


def own_origin(origin: str | None, host: str | None, *, is_secure: bool = False) -> bool:
    """
    Return whether an `Origin` header is that of the host asked, port included; False when either is missing.

    Of a host that is asked by TLS the page of the same name without it is another's: anybody on the way can write it.
    """
    if not origin or not host:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    default = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if default is None or not parts.netloc or (is_secure and parts.scheme != "https"):
        return False
    if origin.lower() != f"{parts.scheme}://{parts.netloc}".lower():
        return False
    return parts.netloc.lower().removesuffix(default) == host.lower().removesuffix(default)


def is_secure(scope: Scope) -> bool:
    """Return whether a socket was asked by TLS, as far as Django would know it of a request."""
    trusted = settings.SECURE_PROXY_SSL_HEADER
    if trusted is not None:
        name, value = trusted
        told = header(scope, name.removeprefix("HTTP_").replace("_", "-").lower())
        if told is not None:
            return told.split(",")[0].strip() == value
    return scope.get("scheme") in ("wss", "https")


def header(seeker: HttpRequest | Scope, name: str) -> str | None:
    """Return a header's value by its lower-case name, of a request or of a socket's scope; all, where it came twice."""
    if isinstance(seeker, HttpRequest):
        return seeker.headers.get(name)
    wanted = name.encode("latin-1")
    found = [
        bytes(value).decode("latin-1")
        for key, value in seeker.get("headers", ())
        if key.lower() == wanted
    ]
    return ",".join(found) if found else None


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
        answer = decide(seeker)
        if not _is_later(answer):
            return bool(answer)
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001
        # The host's code, asked about access: whatever goes wrong there must keep the door shut. Its message and
        # frames are not logged: they hold what it knew of whoever asks.
        kind, place = type(error).__qualname__, faults.place_of(error)
        said = "SIGNALBOX['ACCESS'], %s, raised %s at %s; nobody is let in."
        logger.error(said, path, kind, place)  # noqa: TRY400
        return False
    kind = type(answer).__name__
    logger.error("SIGNALBOX['ACCESS'], %s, gave a %s and no answer; nobody is let in.", path, kind)
    return False


def _is_later(answer: object) -> bool:
    """Return whether it is no answer but a promise of one, which is true as any object is."""
    if inspect.iscoroutine(answer):
        answer.close()
    return inspect.isawaitable(answer) or inspect.isgenerator(answer) or inspect.isasyncgen(answer)


def _is_host_allowed(seeker: HttpRequest | Scope) -> bool:
    if isinstance(seeker, HttpRequest):
        try:
            seeker.get_host()
        except DisallowedHost:
            return False
        return True
    name, _ = split_domain_port(host(seeker) or "")
    return bool(name) and validate_host(name, _allowed_hosts())


def _allowed_hosts() -> Sequence[str]:
    return settings.ALLOWED_HOSTS or (_LOCAL_HOSTS if settings.DEBUG else [])


def _host_of(seeker: HttpRequest | Scope) -> str:
    return seeker.get_host() if isinstance(seeker, HttpRequest) else host(seeker) or ""


def _is_named(asked: str) -> bool:
    """Return whether a host is named, and not only let in by `*`, or is one that no other site can have."""
    name, _ = split_domain_port(asked)
    named = [each for each in _allowed_hosts() if each != "*"]
    if "." not in name or validate_host(name, [*_LOCAL_HOSTS, *named]):
        return True
    try:
        return bool(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        return False


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
    for found in _FORWARDED_FOR.findall(header(seeker, "forwarded") or ""):
        yield found.strip('"')


def _is_near(address: str) -> bool:
    found = _PORT.fullmatch(address)
    alone = address if found is None else found[1] or found[2]
    if address in settings.INTERNAL_IPS or alone in settings.INTERNAL_IPS:
        return True
    try:
        ip = ipaddress.ip_address(alone)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return ip.is_loopback or (mapped is not None and mapped.is_loopback)
