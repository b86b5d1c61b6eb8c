"""A corpus of credentials, passed through all that is recorded: none is found in what is kept, shown, sent or said."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import io
import logging
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.management import call_command
from django.db import connection, models
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.http import HttpRequest
from django.test import Client, RequestFactory

import dashboard.feed
import tracer
from tests.redis_server import RedisServer
from tracer import stores
from tracer.arguments import forget_settings
from tracer.credentials import masked
from tracer.dispatches import Dispatch
from tracer.recorder import recorder
from tracer.statements import shape
from tracer.stores import Store

WORD = "hunter2Zebra"
"""What stands in each credential that has no form of its own."""

BY_FORM = {
    "aws": "AKIA" + "ZEBRA0123456789X",
    "github": "ghp_" + "zebra0123456789abcdefghijklmnopqrstu",
    "github_fine": "github_pat_" + "11ZEBRA0123456789_abcdefghijkl",
    "gitlab": "glpat-" + "zebra0123456789abcd",
    "slack": "xoxb-" + "123456789012-zebra0123456789",
    "stripe": "sk_live_" + "zebra0123456789abcdefgh",
    "google": "AIza" + "Zebra0123456789abcdefghijklmnopqrs",
    "openai": "sk-" + "proj-zebra0123456789abcdefghijkl",
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJ6ZWJyYSJ9.zebra0123456789abcdefghi",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEzebra0123456789\n-----END RSA PRIVATE KEY-----",
    "hash": "pbkdf2_sha256$1000000$zebrasalt$zebra0123456789abcdefghijk=",
    "crypt": "$2b$12$zebra0123456789abcdefghijklmnopqrstuvwxyz0123456789abc",
    "bearer": f"Bearer {WORD}",
    "basic": "Basic YWRhOmh1bnRlcjJaZWJyYQ==",
    "url": f"postgres://ada:{WORD}@db.example:5432/shop",
    "url_alone": f"redis://:{WORD}@cache.example/0",
    "url_odd": f"amqp://ada:p/w#{WORD}@mq.example//",
    "url_cut": "postgres://ada:" + WORD * 20 + "@db.example/shop",
    "dsn": f"host=db user=ada password={WORD} dbname=shop",
    "query": f"https://site.example/hook?a=1&token={WORD}&b=2",
    "json": '{"user": "ada", "api_key": "' + WORD + '"}',
    "header": f"Authorization: Token {WORD}",
    "cookies": f"theme=dark; sessionid={WORD}; csrftoken={WORD}",
    "environment": f"DJANGO_SECRET_KEY={WORD}",
    "sentence": f"could not log in, password: {WORD}",
    "reset": "/reset/MQ/c9zebra-" + "0123456789abcdef0123456789abcdef/",
}
NEEDLES = tuple(
    {
        WORD,
        "ebra0123456789",
        "EBRA0123456789",
        "YWRhOmh1bnRlcjJa",
        "eyJzdWIi",
        "0123456789abcdef0123",
    }
)

SENSITIVE_NAMES = (
    "password", "passwd", "pwd", "passphrase", "secret", "client_secret", "token", "access_token", "csrftoken",
    "api_key", "apikey", "APIKEY", "private_key", "authorization", "HTTP_COOKIE", "cookie", "set_cookie", "sessionid",
    "session_key", "session_id", "jwt", "bearer", "signature", "credentials", "otp", "pin", "cvv", "Passwort_password",
)  # fmt: skip


class Credentials:
    """As a project might have it, with a `repr` that tells all."""

    def __init__(self, user: str, password: str) -> None:
        self.user, self.password = user, password

    def __repr__(self) -> str:
        return f"Credentials({self.user!r}, {self.password!r})"

    __str__ = __repr__


@dataclasses.dataclass(frozen=True)
class Frozen:
    password: str
    inner: object = None


class Named(NamedTuple):
    password: str


class Text(str):
    __slots__ = ()


class Plan(enum.Enum):
    SECRET = WORD


class Vault(models.Model):  # noqa: DJ008
    """A row whose primary key is the secret."""

    url = models.CharField(primary_key=True, max_length=200)

    class Meta:
        app_label = "demo_site"
        managed = False


@pytest.fixture(scope="module", autouse=True)
def _vault_is_forgotten() -> Iterator[None]:
    yield
    from django.apps import apps

    apps.all_models["demo_site"].pop("vault", None)
    apps.clear_cache()


def request_with_secrets() -> HttpRequest:
    request: HttpRequest = RequestFactory().post(
        f"/login/?token={WORD}",
        {"password": WORD},
        headers={
            "Authorization": f"Bearer {WORD}",
            "Cookie": f"sessionid={WORD}",
            "X-Api-Key": WORD,
        },
    )
    request.session = SessionStore(WORD)
    request.session["password"] = WORD
    return request


def nested(secret: str) -> list[object]:
    """Return a secret within all that can hold one."""
    return [
        {"password": secret, secret: {secret: [secret]}},
        [secret], (secret,), {secret}, frozenset([secret]), secret.encode(), bytearray(secret.encode()),
        memoryview(secret.encode()), Text(secret), Credentials("ada", secret), Frozen(secret, Frozen(secret)),
        Named(secret), Plan.SECRET, ValueError(secret), request_with_secrets(), io.StringIO(secret),
        Path(f"/srv/{secret}"), lambda: secret, iter([secret]), Vault(url=BY_FORM["url"]), Session(session_key=secret),
        User(pk=1, username="ada", password=secret), User.objects.filter(password=secret),
        type("Local", (), {"a": secret}),
        signing.Signer(key="k").sign_object({"a": secret}) and {"signed": secret},
    ]  # fmt: skip


sent = Signal()


def dispatch_all() -> None:
    """Pass the corpus through every position there is."""

    def takes(**_: object) -> None:
        pass

    def raises(**_: object) -> None:
        raise PermissionError(f"no entry for ada:{WORD} with {BY_FORM['jwt']}")

    def raises_a_chain(**_: object) -> None:
        try:
            raise KeyError(WORD)
        except KeyError as error:
            error.add_note(WORD)
            raise ConnectionError(BY_FORM["url"], {"password": WORD}) from error

    def asks(**_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s, %s", [WORD, BY_FORM["aws"]])
            cursor.execute(f"SELECT '{WORD}' -- {WORD}\n, /* {WORD} */ 1")
            cursor.execute(f"SELECT 1 AS \"n\" WHERE 'a' = '{WORD}'")
            cursor.executemany(
                "UPDATE auth_user SET password = %s WHERE id = -1", [(WORD,), (WORD,)]
            )
        assert not User.objects.filter(password=WORD).exists()

    for receiver in (takes, asks):
        sent.connect(receiver)
    for name in SENSITIVE_NAMES:
        sent.send(None, **{name: WORD})
        sent.send(None, **{name: 1234567, "harmless": {name: WORD}})
    for secret in BY_FORM.values():
        sent.send(None, value=secret, note=f"see {secret} there", url=secret)
        sent.send(Vault, instance=Vault(url=secret))
    for position, value in enumerate([*nested(WORD), *nested(BY_FORM["url"])]):
        # Twice: what was seen once is taken by another function.
        for _ in range(2):
            sent.send(None, **{f"value{position}": value, "other": 1})
        with contextlib.suppress(TypeError):
            # Django itself wants a sender that has a hash.
            sent.send(value, value=value)
        sent.send(type(value), value=value)
        row = Session(session_key=WORD, session_data=WORD)
        post_save.send(Session, instance=row, created=True, using="default", was=value)
    sent.send(None, **{f"name{n}": secret for n, secret in enumerate(BY_FORM.values())})
    sent.connect(raises)
    sent.connect(raises_a_chain)
    sent.send_robust(None, value=BY_FORM["dsn"])
    with pytest.raises(PermissionError):
        sent.send(None, value=BY_FORM["query"])
    for receiver in (takes, asks, raises, raises_a_chain):
        sent.disconnect(receiver)


def log_in_and_ask() -> None:
    """Pass the corpus through what Django itself sends."""
    credentials = {"username": "ada", "password": WORD, "token": WORD, "otp": WORD}
    user_login_failed.send(__name__, credentials=credentials, request=request_with_secrets())
    authenticate(request_with_secrets(), username="ada", password=WORD)
    client = Client(headers={"Authorization": f"Bearer {WORD}", "Cookie": f"sessionid={WORD}"})
    client.get(f"/nowhere/?token={WORD}&next={BY_FORM['url']}")
    client.post(f"/accounts/login/?key={WORD}", {"username": "ada", "password": WORD})
    for path in (
        BY_FORM["reset"],
        f"/hook/token={WORD}/",
        f"/{BY_FORM['jwt']}/",
        f"/{BY_FORM['aws']}",
    ):
        client.get(path)
    call_command("clearsessions")


@pytest.fixture(autouse=True)
def _settings_read_anew() -> Iterator[None]:
    forget_settings()
    dashboard.feed.feed.cache_clear()
    yield
    dashboard.feed.feed.cache_clear()
    stores.close_shared()
    forget_settings()


def parts_of(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield what page, poll, plain table, detail, export and the texts of trees show of what is kept."""
    client = Client(SERVER_NAME="localhost")
    records = [record for _, record in store.newest(20_000) if isinstance(record, Dispatch)]
    assert len(records) > 200
    paths = ["", "plain/", "map/", "poll/", "export/", "poll/?page=map", "complete/?filter=arg:"]
    # Of each form one, and some of the rest.
    opened = [one.id for one in random.Random(7).sample(records, 25)] + [records[-1].id]
    paths += [f"opened/?{urlencode({'open': each})}" for each in opened]
    for form in ("markdown", "json", "test"):
        paths += [f"written/?{urlencode({'open': each, 'as': form})}" for each in opened[:8]]
    for path in paths:
        answer: Any = client.get(f"/signals/{path}")
        assert answer.status_code in (200, 409), path
        yield path, answer.getvalue()


def assert_clean(name: str, data: bytes) -> None:
    for needle in NEEDLES:
        assert needle.encode() not in data, f"{needle} is in {name}"


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    return ((path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def kept(
    request: pytest.FixtureRequest, settings: Any, tmp_path: Path
) -> Iterator[tuple[str, Callable[[], Iterator[tuple[str, bytes]]]]]:
    """Return the address of each kind of store in turn, and what reads all that stands in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'box.sqlite3'}", lambda: files_of(tmp_path)
        return
    server: RedisServer = request.getfixturevalue("redis_server")

    def dump() -> Iterator[tuple[str, bytes]]:
        with server.client() as client:
            for key in client.scan_iter():
                yield f"key {key!r}", key
                kind = client.type(key)
                if kind == b"stream":
                    yield "stream", repr(client.xrange(key)).encode()
                elif kind == b"hash":
                    yield "hash", repr(client.hgetall(key)).encode()
                else:
                    yield "value", client.get(key)

    yield server.url, dump


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["sqlite", "redis"], indirect=True)
def test_no_credential_is_kept_shown_exported_or_said(
    kept: tuple[str, Callable[[], Iterator[tuple[str, bytes]]]],
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, stored = kept
    settings.DEBUG = True
    settings.SIGNALBOX = {"STORE": address, "QUERIES": True, "MUTED": []}
    stores.close_shared()
    tracer.install()
    try:
        with caplog.at_level(logging.DEBUG, "signalbox"):
            dispatch_all()
            log_in_and_ask()
            recorder.flush(even_running=True)
            tracer.uninstall()
        store = stores.shared()
        for name, data in (*stored(), *parts_of(store)):
            assert_clean(name, data)
        stores.close_shared()
        for name, data in stored():
            assert_clean(name, data)
    finally:
        if tracer.is_installed():
            tracer.uninstall()
    # Django's own loggers say what they say without us, too.
    ours = [record for record in caplog.records if record.name.startswith("signalbox")]
    assert_clean("the log", "\n".join(map(logging.Formatter().format, ours)).encode())


@pytest.mark.parametrize("form", BY_FORM)
@pytest.mark.parametrize("around", ["{}", "see {} there", "({})", "a={}", '"{}"', "{}\n"])
def test_form_is_known_wherever_it_stands(form: str, around: str) -> None:
    text = masked(around.format(BY_FORM[form])[:120])
    assert_clean(form, text.encode())
    assert "••••••" in text


@pytest.mark.parametrize("end", range(30, 121, 7))
@pytest.mark.parametrize("form", ["url_cut", "pem", "jwt", "dsn"])
def test_form_whose_end_was_cut_off_is_known(form: str, end: int) -> None:
    assert_clean(form, masked((BY_FORM[form] * 9)[:end]).encode())


@pytest.mark.parametrize(
    "text",
    [
        "default", "shop.Order", "http://localhost:8000/u/@ada", "http://host:80", "https://site.example/a?page=2",
        "2026-11-28T17:40:11Z", "14:05:11.204", "author: Ada", "POST /checkout/42/", "GET /keys/", "monkey=3", "a=b",
        "550e8400-e29b-41d4-a716-446655440000", "e83c5163316f89bfbde7d9ab23ca2e25604af290", "Basic English", "x" * 500,
    ],
)  # fmt: skip
def test_what_is_no_credential_stays(text: str) -> None:
    assert masked(text) is text


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM t WHERE p = '{WORD}'",
        f'SELECT * FROM t WHERE p = "{WORD}"',
        f'SELECT * FROM "t" WHERE "t"."p" = "{WORD}"',
        f'SELECT * FROM "t" WHERE p IN ("{WORD}", "{WORD}")',
        f'INSERT INTO "t" ("a", "b") VALUES ("{WORD}", 1), (2, "{WORD}")',
        f'UPDATE "t" SET "p" = "{WORD}" WHERE "p" LIKE "{WORD}"',
        f"SELECT E'\\'{WORD}', N'{WORD}', U&'{WORD}', X'{WORD}'",
        f"SELECT $${WORD}$$, $a${WORD}$a$",
        f"SELECT 'it''s {WORD}', 'it\\'s {WORD}'",
        f"SELECT 1 -- {WORD}",
        f"SELECT 1 #{WORD}",
        f"SELECT 1 /* {WORD} */",
        f"SELECT '{WORD}",
        f"ALTER USER ada IDENTIFIED BY '{WORD}'",
        f"CREATE USER ada PASSWORD '{WORD}'",
        f"COPY t FROM 's3://x' CREDENTIALS 'aws_secret_access_key={WORD}'",
    ],
)
def test_no_value_of_a_statement_is_shown(sql: str) -> None:
    assert WORD not in shape(sql)
