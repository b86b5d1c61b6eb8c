"""What is shown of arguments, and that nothing of the host is asked for it."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.dispatch import Signal
from django.test import override_settings
from django.utils.functional import SimpleLazyObject

import tracer
from tracer.arguments import forget_settings
from tracer.credentials import MASK


@pytest.fixture(autouse=True)
def _settings_read_anew() -> Iterator[None]:
    forget_settings()
    yield
    forget_settings()


class Touchy:
    """Raises whatever it is asked."""

    def __fail(self, *_: object) -> Any:
        raise AssertionError("asked")

    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = __len__ = __call__ = __iter__ = __fail  # type: ignore[assignment]

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


class Colour(enum.Enum):
    RED = 1


def shown(**named: object) -> dict[str, object]:
    with tracer.capture() as dispatches:
        Signal().send(None, **named)
    return dispatches[0].arguments


def test_plain_values_are_shown_as_they_are() -> None:
    assert shown(a=True, b=-3, c=0.5, d=None, e="word") == {
        "a": True,
        "b": -3,
        "c": 0.5,
        "d": None,
        "e": "word",
    }


def test_other_values_are_shown_by_what_they_are() -> None:
    assert shown(
        instance=User(pk=7),
        fresh=User(),
        model=User,
        colour=Colour.RED,
        queryset=User.objects.all(),
        items=[1, 2],
        huge=1 << 80,
        thing=Touchy(),
        lazy=SimpleLazyObject(lambda: pytest.fail("evaluated")),
    ) == {
        "instance": "auth.User #7",
        "fresh": "auth.User",
        "model": "auth.User",
        "colour": "Colour.RED",
        "queryset": "<QuerySet>",
        "items": "<list>",
        "huge": "<int of 81 bits>",
        "thing": "<Touchy>",
        "lazy": "<SimpleLazyObject>",
    }


def test_long_text_is_cut_and_says_so() -> None:
    value = shown(text="x" * 10_000)["text"]
    assert isinstance(value, str)
    assert len(value) == 121
    assert value.endswith("…")


def test_text_that_cannot_be_encoded_is_kept_as_far_as_it_goes() -> None:
    assert shown(text="a\ud800b") == {"text": "a?b"}


def test_ten_thousand_arguments_are_bounded() -> None:
    arguments = shown(**{f"a{number}": number for number in range(10_000)})
    assert len(arguments) == 41
    assert arguments["…"] == "9960 more"


@override_settings(SIGNALBOX={"REDACT": ["iban"], "STORE": "memory"})
def test_sensitive_names_are_masked_whatever_they_hold() -> None:
    arguments = shown(
        password="p", api_key="k", Token=3, iban_of_payer="i", secret_flag=True, user="u"
    )
    assert arguments == {
        "password": MASK,
        "api_key": MASK,
        "Token": MASK,
        "iban_of_payer": MASK,
        "secret_flag": True,
        "user": "u",
    }


def test_primary_key_that_is_a_secret_is_masked() -> None:
    assert shown(instance=Session(session_key="abcdef")) == {
        "instance": f"sessions.Session #{MASK}"
    }


def test_primary_key_of_another_kind_is_shown_by_its_type() -> None:
    assert shown(instance=User(pk=uuid.UUID(int=5))) == {
        "instance": f"auth.User #{uuid.UUID(int=5)}"
    }
    assert shown(instance=User(pk=Touchy.__new__(Touchy))) == {"instance": "auth.User #<Touchy>"}


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (None, None),
        (User, "auth.User"),
        (Colour, f"{__name__}.Colour"),
        (User(pk=1), "instance of auth.User"),
        (Touchy(), f"instance of {__name__}.Touchy"),
        (Unhashable(), f"instance of {__name__}.Unhashable"),
        (
            SimpleLazyObject(lambda: pytest.fail("evaluated")),
            "instance of django.utils.functional.SimpleLazyObject",
        ),
        ("billing", "instance of str"),
    ],
    ids=["none", "model", "class", "instance", "touchy", "unhashable", "lazy", "text"],
)
def test_sender_of_every_kind_is_named_and_not_asked(sender: object, words: str | None) -> None:
    with tracer.capture() as dispatches:
        # Unheard: with a receiver, Django itself would ask the sender for attributes and its hash.
        assert Signal().send(sender) == []
    assert dispatches[0].sender == words


def test_unhashable_sender_of_a_caching_signal_fails_as_in_django() -> None:
    signal = Signal(use_caching=True)
    signal.connect(passes)
    with pytest.raises(TypeError) as plain:
        signal.send(Unhashable())
    with tracer.capture() as dispatches, pytest.raises(TypeError) as traced:
        signal.send(Unhashable())
    assert str(traced.value) == str(plain.value)
    assert dispatches[0].error == "TypeError"


def test_markup_in_names_and_values_is_kept_as_it_is() -> None:
    hostile = type("<script>alert(1)</script>", (), {"__module__": "<b>"})
    with tracer.capture() as dispatches:
        Signal().send(hostile, **{"<i>": "<img onerror=x>"})
    assert dispatches[0].sender == "<b>.<script>alert(1)</script>"
    assert dispatches[0].arguments == {"<i>": "<img onerror=x>"}


def passes(**_: object) -> None:
    pass
