"""The tracer asks the host's objects nothing, and the database no more than without it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import F, Model
from django.db.models.deletion import Collector
from django.db.models.query import QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

import tracer
from demo_site.articles.models import Article
from demo_site.profiles.models import Profile
from demo_site.shop.models import Order
from tests.tracer.invisible.topologies import METHODS
from tracer import connections, control, registry, signal_names
from tracer.recorder import recorder

touches: list[str] = []

# fmt: off
_OPERATORS = (
    "add", "and", "contains", "delitem", "divmod", "eq", "floordiv", "format", "ge", "getitem",
    "gt", "hash", "iadd", "index", "int", "invert", "iter", "le", "len", "lt", "matmul", "mod",
    "mul", "ne", "neg", "next", "or", "pos", "pow", "radd", "rand", "reduce", "reduce_ex",
    "repr", "reversed", "rmul", "ror", "round", "rsub", "rxor", "setattr", "setitem", "sizeof",
    "str", "sub", "truediv", "xor", "abs", "bool", "bytes", "complex", "delattr", "dir",
    "enter", "exit", "float", "call", "await", "aiter", "anext", "copy", "deepcopy", "fspath",
    "instancecheck", "length_hint", "missing", "subclasscheck", "trunc", "ceil", "floor",
)
# fmt: on


def _armed(name: str) -> Callable[..., Any]:
    def touched(self: Any, *args: Any, **kwargs: Any) -> Any:
        touches.append(f"{name} {args!r}")
        raise AttributeError(name)

    touched.__name__ = name
    return touched


class ArmedType(type):
    """A class that notes when it is asked for anything."""

    def __getattribute__(cls, name: str) -> Any:
        touches.append(f"class's {name}")
        return super().__getattribute__(name)

    def __eq__(cls, other: object) -> bool:
        touches.append("class's __eq__")
        return cls is other

    def __hash__(cls) -> int:
        touches.append("class's __hash__")
        return 1

    def __repr__(cls) -> str:
        touches.append("class's __repr__")
        return "armed"

    def __instancecheck__(cls, instance: object) -> bool:
        touches.append("class's __instancecheck__")
        return False

    def __subclasscheck__(cls, subclass: type) -> bool:
        touches.append("class's __subclasscheck__")
        return False


def _getattribute(self: object, name: str) -> Any:
    touches.append(f"attribute {name}")
    raise AttributeError(name)


Armed: Any = ArmedType(
    "Armed",
    (),
    {
        **{f"__{name}__": _armed(f"__{name}__") for name in _OPERATORS},
        "__getattribute__": _getattribute,
    },
)


class ArmedStr(str):
    __slots__ = ()

    def __len__(self) -> int:
        touches.append("str's __len__")
        return 3

    def __str__(self) -> str:
        touches.append("str's __str__")
        return "str"

    def __getitem__(self, key: Any) -> str:
        touches.append("str's __getitem__")
        return ""


class ArmedDict(dict[str, Any]):
    def __iter__(self) -> Iterator[str]:
        touches.append("dict's __iter__")
        return iter(())

    def __len__(self) -> int:
        touches.append("dict's __len__")
        return 0


class ArmedInt(int):
    def __int__(self) -> int:
        touches.append("int's __int__")
        return 1

    def __index__(self) -> int:
        touches.append("int's __index__")
        return 1

    def __repr__(self) -> str:
        touches.append("int's __repr__")
        return "1"


def armed_things() -> dict[str, Any]:
    def evaluated() -> None:
        touches.append("evaluated")

    mock = Mock(side_effect=lambda *_, **__: touches.append("mock called"))
    return {
        "thing": object.__new__(Armed),
        "kind": Armed,
        "lazy": SimpleLazyObject(evaluated),
        "text": ArmedStr("abc"),
        "mapping": ArmedDict(a=1),
        "number": ArmedInt(5),
        "mock": mock,
        "magic": MagicMock(),
        "password": object.__new__(Armed),
    }


def mock_calls(things: dict[str, Any]) -> list[Any]:
    """Return what mocks were asked for: children made, calls noted."""
    return [
        (things[name].mock_calls, sorted(things[name]._mock_children)) for name in ("mock", "magic")
    ]


@contextmanager
def recorded() -> Iterator[None]:
    """Trace the block, and put what it dispatched into words."""
    with tracer.capture():
        yield
        recorder.flush(even_running=True)


def send(signal: Signal, method: str, sender: object, named: dict[str, Any]) -> Any:
    answer = getattr(signal, method)(sender, **named)
    return asyncio.run(answer) if method.startswith("a") else answer


def answer(**_: object) -> int:
    return 1


async def answer_later(**_: object) -> int:
    return 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("receivers", [(), (answer,), (answer, answer_later)], ids=len)
def test_arguments_are_not_touched(method: str, receivers: tuple[Any, ...]) -> None:
    things = armed_things()
    if method in ("send", "send_robust"):
        receivers = receivers[:1]
    signal = Signal()
    for receiver in receivers:
        signal.connect(receiver)
    with recorded():
        touches.clear()
        before = mock_calls(things)
        assert len(send(signal, method, None, things)) == len(receivers)
        recorder.flush(even_running=True)
        assert touches == []
        assert mock_calls(things) == before


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("caching", [False, True], ids=["plain", "caching"])
@pytest.mark.parametrize("is_heard", [False, True], ids=["unheard", "heard"])
@pytest.mark.parametrize("which", ["instance", "class"])
def test_sender_is_touched_as_django_touches_it(
    method: str, caching: bool, is_heard: bool, which: str
) -> None:
    sender = Armed if which == "class" else object.__new__(Armed)

    def touched() -> list[str]:
        signal = Signal(use_caching=caching)
        if is_heard:
            signal.connect(answer)
        touches.clear()
        try:
            send(signal, method, sender, {})
            send(signal, method, sender, {})
        except Exception as error:
            touches.append(type(error).__name__)
        recorder.flush(even_running=True)
        return touches.copy()

    # Once before, for a weak reference keeps its hash.
    touched()
    plain = touched()
    with recorded():
        assert touched() == plain
    assert is_heard or plain == []


@pytest.mark.parametrize("method", METHODS)
def test_receiver_is_called_and_not_touched_otherwise(method: str) -> None:
    class Receiver:
        def __getattribute__(self, name: str) -> Any:
            touches.append(name)
            return super().__getattribute__(name)

        def __call__(self, **_: object) -> int:
            touches.append("called")
            return 1

        def __eq__(self, other: object) -> bool:
            touches.append("compared")
            return self is other

        def __hash__(self) -> int:
            touches.append("hashed")
            return 1

        def __repr__(self) -> str:
            touches.append("written")
            return ""

        def __len__(self) -> int:
            touches.append("measured")
            return 0

    receiver = Receiver()

    def touched() -> list[str]:
        signal = Signal()
        signal.connect(receiver)
        touches.clear()
        send(signal, method, None, {})
        recorder.flush(even_running=True)
        return touches.copy()

    plain = touched()
    assert plain == ["called"] or method.startswith("a")
    with recorded():
        assert touched() == plain


connected = Signal()


@pytest.mark.parametrize("weak", [False, True], ids=["strong", "weak"])
@pytest.mark.parametrize("named", [{}, {"dispatch_uid": "once"}], ids=["plain", "by uid"])
def test_connecting_and_looking_touch_no_more_than_django(
    weak: bool, named: dict[str, str]
) -> None:
    receiver: Any = answer if weak else object.__new__(Armed)
    sender = object.__new__(Armed)

    def touched() -> list[str]:
        connected.receivers = []
        touches.clear()
        with suppress(Exception):
            connected.connect(receiver, sender, weak, **named)
            connected.connect(receiver, sender, weak, **named)
            connected.disconnect(receiver, sender, **named)
            connected.connect(receiver, weak=weak, **named)
            connected.connect(receiver, sender, weak, **named)
        return touches.copy()

    plain = touched()
    connections.watch()
    try:
        assert touched() == plain
        assert connected.receivers
        touches.clear()
        (found,) = [each for each in registry.snapshot() if each.name == f"{__name__}.connected"]
        assert found.receivers[0].connected_at is not None
        assert touches == []
    finally:
        connections.unwatch()
        connected.receivers = []


def test_response_and_exception_are_not_touched() -> None:
    class Problem(Exception):
        def __str__(self) -> str:
            touches.append("written")
            return ""

        __repr__ = __str__

        def __eq__(self, other: object) -> bool:
            touches.append("compared")
            return False

        __hash__ = None  # type: ignore[assignment]

        @property
        def args(self) -> tuple[Any, ...]:  # type: ignore[override]
            touches.append("args")
            return ()

    def answers(**_: object) -> Any:
        return object.__new__(Armed)

    def fails(**_: object) -> None:
        raise Problem

    signal = Signal()
    signal.connect(answers)
    signal.connect(fails)
    with recorded():
        touches.clear()
        with pytest.raises(Problem):
            signal.send(None)
        recorder.flush(even_running=True)
        assert touches == []


# -- the database ----------------------------------------------------------------------------------------------


@pytest.fixture
def _quiet_site() -> Iterator[None]:
    """Have only the receivers of the test, as fast delete is lost by any."""
    signals = (post_save, pre_delete, post_delete, m2m_changed)
    before = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
        signal.sender_receivers_cache.clear()
    yield
    for signal, receivers in zip(signals, before, strict=True):
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


class Talkative(User):
    """Asks the database whenever it is written."""

    class Meta:
        proxy = True
        app_label = "auth"

    def __str__(self) -> str:
        return f"{self.username} of {Group.objects.count()} groups"

    __repr__ = __str__


def statements(act: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        act()
    return [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]


def create() -> None:
    User.objects.create_user("created")


def get_and_save() -> None:
    user = User.objects.get(username="there")
    user.first_name = "x"
    user.save()


def deferred() -> None:
    user = User.objects.only("username").get(username="there")
    post_save.send(User, instance=user, created=False)
    assert "email" in user.get_deferred_fields()


def unevaluated() -> None:
    user = User.objects.get(username="there")
    rows = User.objects.filter(is_active=True)
    post_save.send(
        User, instance=user, created=False, rows=rows, f=F("id") + 1, manager=User.objects
    )
    assert rows._result_cache is None


def talkative() -> None:
    post_save.send(Talkative, instance=Talkative.objects.get(username="there"), created=False)


def related() -> None:
    content_type = ContentType.objects.get_for_model(User)
    permission = Permission.objects.filter(content_type=content_type).first()
    assert permission is not None
    post_save.send(Permission, instance=permission, created=False)


def delete_one() -> None:
    User.objects.get(username="there").delete()


def delete_many() -> None:
    User.objects.all().delete()


def delete_fast() -> None:
    Permission.objects.all()._raw_delete("default")
    Group.objects.all().delete()


def m2m() -> None:
    user = User.objects.get(username="there")
    group = Group.objects.get(name="there")
    user.groups.add(group)
    user.groups.add(group)
    user.groups.set([])
    user.groups.clear()


def several() -> None:
    User.objects.bulk_create([User(username=f"n{number}") for number in range(5)])
    User.objects.update(first_name="y")
    User.objects.get_or_create(username="there")
    User.objects.update_or_create(username="there", defaults={"last_name": "z"})
    list(User.objects.prefetch_related("groups").select_related("profile"))


ACTS = (
    create,
    get_and_save,
    deferred,
    unevaluated,
    talkative,
    related,
    delete_one,
    delete_many,
    delete_fast,
    m2m,
    several,
)


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["quiet", "demo"])
@pytest.mark.parametrize("act", ACTS)
def test_database_is_asked_the_same(
    act: Callable[[], None], site: str, request: pytest.FixtureRequest
) -> None:
    if site == "quiet":
        request.getfixturevalue("_quiet_site")

    def asked() -> list[str]:
        with transaction.atomic():
            User.objects.create_user("there")
            Group.objects.create(name="there")
            found = statements(act)
            transaction.set_rollback(True)
        ContentType.objects.clear_cache()
        return found

    # Once before, so that caches of Django's are full.
    asked()
    plain = asked()
    with recorded(), everything_unmuted():
        traced = asked()
    assert traced == plain


@contextmanager
def everything_unmuted() -> Iterator[None]:
    muted = control.muted()
    for name in muted:
        control.unmute(name)
    try:
        yield
    finally:
        for name in muted:
            control.mute(name)


@pytest.mark.django_db
@pytest.mark.usefixtures("_quiet_site")
@pytest.mark.parametrize("model", [Group, Order, Profile, Article])
def test_fast_delete_stays_fast_delete(model: type[Model]) -> None:
    def can_fast_delete() -> bool:
        return Collector(using="default", origin=None).can_fast_delete(model._default_manager.all())

    plain = can_fast_delete()
    with recorded():
        assert can_fast_delete() is plain
        for signal in (pre_delete, post_delete, post_save, m2m_changed):
            assert not signal.has_listeners(model)
            assert signal.receivers == []


@pytest.mark.django_db
def test_looking_names_up_imports_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    with tracer.capture():
        pass
    before = set(sys.modules)
    with tracer.capture() as dispatches:
        User.objects.create_user("someone")
        Signal().send(QuerySet)
        signal_names.scan(force=True)
    assert dispatches
    assert set(sys.modules) == before
