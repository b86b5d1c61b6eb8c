"""What is noted of `connect` and `disconnect`, and that nothing changes by it."""

from __future__ import annotations

import gc
import logging
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db import models
from django.db.models.signals import ModelSignal
from django.dispatch import Signal, receiver
from django.test.utils import isolate_apps

from tests.tracer.invisible import programs
from tracer import connect_calls, connections, faults, naming, registry, words

signal = Signal()
model_signal = ModelSignal()


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    connections.watch()
    yield
    connections.unwatch()
    signal.receivers, model_signal.receivers = [], []


def receives(**_: object) -> None:
    raise AssertionError("called")


class Ledger:
    def note(self, **_: object) -> None:
        raise AssertionError("called")


def registered(name: str = "signal") -> registry.RegisteredSignal:
    (found,) = [each for each in registry.snapshot() if each.name == f"{__name__}.{name}"]
    return found


def site_of(call: connections.ConnectCall) -> str | None:
    return None if call.site is None else words.site_words(*call.site)


def test_place_of_connect_is_the_users_line_also_through_the_decorator() -> None:
    @receiver(signal)
    def local(**_: object) -> None: ...

    signal.connect(receives)
    first, second = registered().receivers
    here = test_place_of_connect_is_the_users_line_also_through_the_decorator.__code__
    for each, line in ((first, 1), (second, 4)):
        assert each.connected_at is not None
        place, function = each.connected_at.split(" ")
        assert function == here.co_qualname
        assert abs(int(place.rpartition(":")[2]) - here.co_firstlineno - line) <= 1
    assert (first.shape, second.shape) == ("local", "function")


def test_connecting_again_under_the_same_key_is_no_second_connection() -> None:
    signal.connect(receives)
    signal.connect(receives)
    assert len(connections.of(signal)) == 1


def test_receiver_that_is_collected_stays_known_by_name_and_place() -> None:
    signal.connect(Ledger().note)
    gc.collect()
    assert [each.name for each in registered().receivers] == [f"{__name__}.Ledger.note"]
    assert registered().receivers[0].is_dead
    signal.connect(receives)
    (gone,) = registered().gone
    assert (gone.name, gone.how, gone.shape) == (f"{__name__}.Ledger.note", "collected", "method")
    assert gone.connected_at is not None
    assert "tests/tracer/test_connections.py:" in gone.connected_at


def test_receiver_that_is_disconnected_is_gone_from_there() -> None:
    signal.connect(receives)
    assert signal.disconnect(receives)
    assert not signal.disconnect(receives)
    (gone,) = registered().gone
    assert (gone.how, gone.short) == ("disconnected", "receives")
    assert gone.ended_us is not None
    assert gone.ended_at is not None


def test_nothing_is_kept_alive_by_it() -> None:
    class Key:
        pass

    ledger, uid, mine = Ledger(), Key(), Signal()
    dead = [weakref.ref(ledger), weakref.ref(uid), weakref.ref(mine)]
    mine.connect(ledger.note, weak=False, dispatch_uid=uid)
    mine.disconnect(dispatch_uid=uid)
    mine.connect(ledger.note, sender=ledger)
    del ledger, uid, mine
    gc.collect()
    assert [reference() for reference in dead] == [None, None, None]


def test_lazy_sender_is_connected_where_it_was_named() -> None:
    model_signal.connect(receives, sender="auth.User")
    (call,) = connections.of(model_signal)
    assert "test_lazy_sender_is_connected_where_it_was_named" in (site_of(call) or "")
    assert registered("model_signal").receivers[0].sender == User._meta.label


def test_connect_of_djangos_own_apps_is_placed_there() -> None:
    (app,) = [each for each in apps.get_app_configs() if each.label == "auth"]
    user_logged_in.disconnect(dispatch_uid="update_last_login")
    app.ready()
    call = connections.of(user_logged_in)[-1]
    assert (site_of(call) or "").startswith("django/contrib/auth/apps.py:")


def test_the_very_same_functions_are_there_afterwards() -> None:
    connections.unwatch()
    before = [
        Signal.__dict__["connect"],
        Signal.__dict__["disconnect"],
        ModelSignal.__dict__["connect"],
    ]
    connections.watch()
    connections.watch()
    assert Signal.__dict__["connect"] is not before[0]
    connections.unwatch()
    after = [
        Signal.__dict__["connect"],
        Signal.__dict__["disconnect"],
        ModelSignal.__dict__["connect"],
    ]
    assert all(mine is theirs for mine, theirs in zip(after, before, strict=True))


def test_wrapper_put_around_ours_stays_and_nothing_is_noted_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = Signal.connect
    monkeypatch.setattr(Signal, "connect", lambda self, *args, **named: ours(self, *args, **named))
    foreign = Signal.connect
    connections.unwatch()
    assert Signal.connect is foreign
    signal.connect(receives)
    assert connections.of(signal) == ()
    connections.watch()
    signal.connect(receives, dispatch_uid="again")
    assert len(connections.of(signal)) == 1
    connections.unwatch()


def test_connect_that_fails_fails_as_before() -> None:
    with pytest.raises(TypeError):
        signal.connect(5, weak=False, nonsense=1)  # type: ignore[call-arg]
    assert connections.of(signal) == ()


def test_disconnecting_another_receiver_ends_nothing_of_one_with_a_uid_of_parts() -> None:
    signal.connect(receives, dispatch_uid=("shop", "receives"))
    other = Ledger()
    signal.connect(other.note)
    signal.disconnect(other.note)
    (still,) = registered().receivers
    assert still.connected_at is not None
    assert [gone.short for gone in registered().gone] == ["Ledger.note"]
    signal.disconnect(dispatch_uid=("shop", "receives"))
    assert [gone.short for gone in registered().gone] == ["receives", "Ledger.note"]


def test_receivers_that_were_put_aside_and_put_back_are_not_gone() -> None:
    signal.connect(receives)
    aside, signal.receivers = signal.receivers, []
    other = Ledger()
    signal.connect(other.note)
    signal.disconnect(other.note)
    signal.receivers = aside
    assert [each.ended_us for each in connections.of(signal) if each.shape == "function"] == [None]
    assert registered().receivers[0].connected_at is not None


def test_one_that_is_connected_and_let_go_over_and_over_does_not_pile_up() -> None:
    ledger = Ledger()
    for _ in range(3 * connect_calls.MOST_ENDED):
        signal.connect(ledger.note)
        signal.disconnect(ledger.note)
        signal.connect(Ledger().note)
    assert len(connections.of(signal)) <= 4 * connect_calls.MOST_ENDED


def test_no_more_are_remembered_than_there_is_room_for_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connect_calls, "MOST", 5)
    connect_calls.forget()
    kept = [Ledger() for _ in range(9)]
    for ledger in kept:
        signal.connect(ledger.note)
    assert 0 < len(connections.of(signal)) <= 5
    assert len([each for each in caplog.records if "and no more" in each.getMessage()]) == 1
    assert len(registered().receivers) == len(kept)


def test_model_that_is_connected_while_it_is_defined_keeps_its_primary_key() -> None:
    with isolate_apps("demo_site.shop"):

        class Connected(models.CharField):  # type: ignore[type-arg]
            def contribute_to_class(self, cls: type[Any], name: str, *args: Any) -> None:
                super().contribute_to_class(cls, name, *args)
                model_signal.connect(receives, sender=cls)

        class Early(models.Model):
            title = Connected(max_length=10)

            class Meta:
                app_label = "shop"

            def __str__(self) -> str:
                return self.title

    assert naming.class_name(Early).pk == "id"


def test_repeated_faults_of_ours_take_the_wrappers_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(connect_calls, "note_connect", fails)
    monkeypatch.setattr(logging.getLogger("signalbox.tracer"), "disabled", True)
    faults.forgive()
    wrapped = Signal.__dict__["connect"]
    for number in range(faults.LIMIT):
        signal.connect(receives, dispatch_uid=str(number))
    assert Signal.__dict__["connect"] is not wrapped
    assert len(signal.receivers) == faults.LIMIT
    faults.forgive()


@pytest.mark.parametrize(("first", "is_seen"), [("tracer", True), ("shop", False)])
def test_receivers_of_a_models_module_are_seen_from_where_the_app_stands_on(
    tmp_path: Path, first: str, is_seen: bool
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").touch()
    (shop / "models.py").write_text(
        "from django.db.models.signals import post_save\n"
        "from django.dispatch import receiver\n"
        "@receiver(post_save)\n"
        "def noted(**_): ...\n"
    )
    apps = sorted(["tracer", "shop"], key=lambda name: name != first)
    printed = programs.run(
        tmp_path,
        f"""
        from django.test.utils import override_settings
        from tracer import registry
        settings.SIGNALBOX["ENABLED"] = True
        with override_settings(INSTALLED_APPS={apps!r}):
            (found,) = [
                each.connected_at
                for signal in registry.snapshot() for each in signal.receivers
                if each.short == "noted"
            ]
        print(found)
        """,
        install=False,
    )
    assert printed.strip() == ("shop/models.py:3 <module>" if is_seen else "None")
