"""What may stand in `SIGNALBOX`, and what is said of what may not."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tracer import conf
from tracer.exceptions import SettingError

if TYPE_CHECKING:
    from pytest_django import Settings


def test_defaults_hold_without_the_setting(settings: Settings) -> None:
    del settings.SIGNALBOX
    assert conf.current() == conf.Conf()


def test_given_values_take_the_place_of_defaults(settings: Settings) -> None:
    settings.SIGNALBOX = {"STORE": "memory", "MUTED": ["a.b"], "REDACT": ["iban"], "SLOW_MS": 5}
    now = conf.current()
    assert (now.STORE, now.MUTED, now.REDACT, now.SLOW_MS) == ("memory", ("a.b",), ("iban",), 5)
    assert now.CAPACITY == conf.Conf().CAPACITY


def test_overridden_settings_are_seen_at_once(settings: Settings) -> None:
    settings.SIGNALBOX = {"CAPACITY": 500}
    assert conf.current().CAPACITY == 500
    settings.SIGNALBOX = {"CAPACITY": 600}
    assert conf.current().CAPACITY == 600


def test_settings_are_read_once(settings: Settings) -> None:
    settings.SIGNALBOX = {"CAPACITY": 500}
    assert conf.current() is conf.current()


def test_unknown_keys_are_left_to_the_checks(settings: Settings) -> None:
    settings.SIGNALBOX = {"STOER": "memory"}
    assert conf.current() == conf.Conf()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENABLED", True),
        ("ENABLED", False),
        ("ENABLED", None),
        ("STORE", "sqlite"),
        ("STORE", "sqlite:////var/box.sqlite3"),
        ("STORE", "redis://localhost:6379/0"),
        ("CAPACITY", 100),
        ("CAPACITY_MB", 1),
        ("MUTED", ()),
        ("REDACT", ["card_.*"]),
        ("SLOW_MS", 0.5),
        ("SAMPLE", 0),
        ("SAMPLE", 0.25),
        ("SAMPLE", 1),
        ("ACCESS", "project.access.may_look"),
        ("ACCESS", None),
        ("EDITOR", None),
        ("EDITOR", "vscode"),
        ("EDITOR", "pycharm"),
        ("EDITOR", "zed"),
        ("EDITOR", "sublime"),
        ("EDITOR", "cursor://file{path}:{line}"),
        ("EDITOR", "http://localhost:63342/api/file{path}"),
    ],
)
def test_value_that_fits_has_no_problem(name: str, value: object) -> None:
    assert conf.problem_of(name, value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENABLED", 1),
        ("ENABLED", "yes"),
        ("STORE", "mysql://host"),
        ("STORE", None),
        ("CAPACITY", 99),
        ("CAPACITY_MB", 0),
        ("CAPACITY_MB", 1.5),
        ("CAPACITY", True),
        ("CAPACITY", "20000"),
        ("MUTED", "django.db.models.signals.pre_init"),
        ("MUTED", [1]),
        ("REDACT", ["("]),
        ("SLOW_MS", 0),
        ("SAMPLE", 1.5),
        ("SAMPLE", -0.1),
        ("SAMPLE", True),
        ("SAMPLE", float("nan")),
        ("SAMPLE", "0.1"),
        ("SLOW_MS", "10"),
        ("ACCESS", "may_look"),
        ("ACCESS", print),
        ("EDITOR", "vim"),
        ("EDITOR", "cursor://file:{line}"),
        ("EDITOR", "{path}"),
        ("EDITOR", "javascript:open('{path}')"),
        ("EDITOR", "JavaScript:open('{path}')"),
        ("EDITOR", " javascript:open('{path}')"),
        ("EDITOR", "java\tscript:open('{path}')"),
        ("EDITOR", "data:text/html,{path}"),
        ("EDITOR", "vbscript:{path}"),
        ("EDITOR", "file://{path}"),
        ("EDITOR", "blob:{path}"),
        ("EDITOR", "cursor://file{path} {line}"),
        ("EDITOR", True),
    ],
)
def test_value_that_does_not_fit_is_named_with_what_was_expected(
    settings: Settings, name: str, value: object
) -> None:
    settings.SIGNALBOX = {name: value}
    with pytest.raises(SettingError) as caught:
        conf.current()
    message = str(caught.value)
    assert message.startswith(f'SIGNALBOX["{name}"]: expected ')
    assert "such as" in message
    assert message.endswith(f"got {value!r}.")


@pytest.mark.parametrize(
    "url",
    [
        "redis//user:hunter2@host/0",
        "http://user:hunter2@host",
        "redis:/:hunter2@host?password=hunter2",
        "valkey://host?password=hunter2",
    ],
)
def test_misspelt_store_is_shown_without_user_and_password(settings: Settings, url: str) -> None:
    settings.SIGNALBOX = {"STORE": url}
    with pytest.raises(SettingError, match=r'SIGNALBOX\["STORE"\]: expected .*host') as caught:
        conf.current()
    assert "hunter2" not in str(caught.value)
    assert "user" not in str(caught.value)


@pytest.mark.parametrize("given", [None, [], "sqlite", ("STORE", "sqlite")])
def test_setting_that_is_no_dictionary_is_an_error(settings: Settings, given: object) -> None:
    settings.SIGNALBOX = given
    with pytest.raises(SettingError, match="expected a dictionary"):
        conf.current()


def test_each_setting_has_an_example_that_fits() -> None:
    names = [field.name for field in dataclasses.fields(conf.Conf)]
    assert sorted(conf.DEFAULTS) == sorted(names)
    for name in names:
        problem = conf.problem_of(name, object())
        assert problem is not None
        example = problem.split("such as ")[1].split(", got <object")[0]
        assert conf.problem_of(name, eval(example)) is None
        assert conf.problem_of(name, conf.DEFAULTS[name]) is None


def test_readme_has_each_setting_with_its_default_and_what_it_means() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    given = re.search(r"^SIGNALBOX = ({\n.*?^})", readme, re.DOTALL | re.MULTILINE)
    assert given is not None
    shown = ast.literal_eval(given[1])
    assert conf.read(shown) == conf.Conf()
    assert list(shown) == list(conf.DEFAULTS)
    explained = re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE)
    assert explained == list(conf.DEFAULTS)
