"""What the cases of the system check promise, and that it finds what is planted and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tracer
from demo_site.cases import checked
from demo_site.mishaps.models import Crate
from tests.demo_site.conftest import Press, call_of, receivers
from tracer import control
from tracer.diagnosis import explain

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
POST_INIT = "django.db.models.signals.post_init"

# Id, what it is about, and what the registry's mark says, as the case has it.
PLANTED = {
    "W001": ("rolling_stock.weigh_wagon", "no such sender"),
    "W002": ("rolling_stock.insure_stock", "abstract sender"),
    "W003": ("None", "never imported"),
    "W004": ("parcels.stick_stamp", "connected twice"),
    "W005": ("station.wake_porter", "decorator lost"),
    "W006": ("tickets.clip_ticket", "runs per instance"),
    "W007": ("apps.MishapsConfig.ready.<locals>.<lambda>", "bound to vanish"),
    "W008": ("station.ring_in", "never awaited"),
    "W009": ("crates.announce_crate", "no guard for raw"),
}

FINDINGS = """
import django
django.setup()
from tracer import rules
for each in rules.findings():
    print(each.id, each.receiver, each.tag, sep="|")
"""
RING = """
from demo_site import settings
settings.DEBUG = {debug}
import django
django.setup()
from demo_site.mishaps.signals import bell_rung
print(len(bell_rung.send(sender=None)))
"""


def python(data: Path, *arguments: str) -> str:
    """Run Python with the demo's own settings, and return what it said."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "demo_site.settings", "DEMO_SITE_DATA": str(data)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def parts(line: str) -> list[str]:
    return line.split("|")


def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    lines = python(tmp_path, "-c", FINDINGS).splitlines()
    found = [
        (number, name.rpartition("mishaps.")[2], tag) for number, name, tag in map(parts, lines)
    ]
    assert found == [(number, *planted) for number, planted in PLANTED.items()]


def test_command_of_the_banner_lists_what_is_planted(tmp_path: Path) -> None:
    said = python(tmp_path, "-m", "demo_site.manage", "check")
    assert re.findall(r"\(signalbox_tracer\.(\w+)\)", said) == list(PLANTED)


def test_there_is_a_case_for_each_warning_and_it_names_the_mark() -> None:
    assert [case.check for case in checked.GROUP.cases] == list(PLANTED)
    for case in checked.GROUP.cases:
        # What is no warning is marked by its id alone.
        mark = case.check if case.check == "W009" else PLANTED[case.check][1]
        assert f"marked `{mark}`" in case.look


def test_misspelled_sender_is_named(press: Press) -> None:
    dispatch = press("misspelled").one("post_save", "mishaps.Wagon")
    [found] = [each for each in explain(dispatch).uncalled if each.short == "weigh_wagon"]
    assert "mishaps.wagn" in found.text.lower()


def test_abstract_sender_hears_nothing_of_its_child(press: Press) -> None:
    dispatch = press("abstract").one("post_save", "mishaps.Engine")
    assert dispatch.calls == ()
    [found] = [each for each in explain(dispatch).uncalled if each.short == "insure_stock"]
    assert "abstract" in found.text


def test_receiver_of_a_module_that_nobody_imports_does_not_run(press: Press) -> None:
    assert press("never-imported").one("gate_closed").calls == ()
    assert "demo_site.mishaps.receivers" not in sys.modules


def test_module_of_two_names_is_received_twice(press: Press) -> None:
    dispatch = press("imported-twice").one("post_save", "mishaps.Parcel")
    assert receivers(dispatch) == ["stick_stamp", "stick_stamp"]


def test_decorator_above_receiver_keeps_nothing_quiet(press: Press) -> None:
    call = call_of(press("lost-decorator").one("trunk_lost"), "wake_porter")
    assert call.error == "demo_site.failures.PorterAsleep"


def test_receiver_runs_for_each_instance_once_it_is_unmuted(press: Press) -> None:
    assert not press("each-instance").of("post_init")
    # What is unmuted is forgotten with the outermost capture.
    with tracer.capture():
        control.unmute(POST_INIT)
        made = press("each-instance").of("post_init", "mishaps.Ticket")
    assert [receivers(each) for each in made] == [["clip_ticket"]] * 20


@pytest.mark.parametrize(("debug", "count"), [(True, "1"), (False, "0")])
def test_lambda_that_nobody_holds_lives_under_debug_only(
    tmp_path: Path, debug: bool, count: str
) -> None:
    assert python(tmp_path, "-c", RING.format(debug=debug)).strip() == count


def test_coroutine_behind_a_sync_decorator_is_not_awaited(press: Press) -> None:
    pressed = press("never-awaited")
    dispatch = pressed.one("train_arrived")
    assert dispatch.method == "asend"
    call = call_of(dispatch, "ring_in")
    assert not call.is_async
    assert call.error is None
    assert "1 receiver did not run" in pressed.response.text


def test_fixture_is_received_raw(press: Press) -> None:
    saves = press("raw").of("post_save", "mishaps.Crate")
    assert [each.arguments["raw"] for each in saves] == [True, True]
    assert [receivers(each) for each in saves] == [["announce_crate"]] * 2
    assert Crate.objects.count() == 2
