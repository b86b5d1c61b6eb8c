"""`manage.py signals list`, run as a process."""

from __future__ import annotations

import json
import os
import pty
import subprocess

import pytest

from tests.tracer.terminal.project import LIMIT_S, Project
from tracer.terminal.ink import cells


def test_receivers_stand_under_their_signal_in_calling_order(project: Project) -> None:
    done = project.signals("list", COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    at = lines.index("shop.receivers.order_placed")
    first, second = lines[at + 1].split(), lines[at + 2].split()
    assert first[:5] == ["1", "reserve_stock", "all", "weak", "sync"]
    assert first[5:] == ["shop/receivers.py:16", "shop/receivers.py:16", "<module>"]
    assert second[:5] == ["2", "send_receipt", "all", "strong", "async"]
    assert "shop.hurry" in done.stdout


def test_without_a_sub_command_it_is_the_list(project: Project) -> None:
    assert project.signals().stdout == project.signals("list").stdout
    assert "remember_order" in project.signals("shop.Order").stdout


def test_signals_without_receivers_are_counted_and_shown_on_demand(project: Project) -> None:
    short, whole = project.signals("list").stdout, project.signals("list", "--all").stdout
    assert "m2m_changed" not in short
    assert "without receivers left out (--all)" in short
    assert "django.db.models.signals.m2m_changed\n   no receivers\n" in whole
    assert "left out" not in whole
    assert "m2m_changed" in project.signals("list", "signal:m2m_changed").stdout


@pytest.mark.parametrize(
    ("words", "receivers"),
    [
        (["RUSH"], {"hurry_up"}),
        (["shop", "-rush", "-order_placed"], {"remember_order"}),
        (["receiver:rem*r_o*,hurry_up", "-signal:order_placed"], {"remember_order", "hurry_up"}),
        (["sender:shop.Order"], {"remember_order"}),
        (["app:shop", "--json", "signal:post_save"], {"remember_order", "hurry_up"}),
        (["signal:order_placed", "sender:none"], {"reserve_stock", "send_receipt"}),
        (["shop.hurry"], {"hurry_up"}),
    ],
)
def test_filter_narrows(project: Project, words: list[str], receivers: set[str]) -> None:
    done = project.signals("list", *dict.fromkeys([*words, "--json"]))
    assert done.returncode == 0, done.stderr
    found = [each["short"] for signal in json.loads(done.stdout) for each in signal["receivers"]]
    assert set(found) == receivers


def test_json_is_all_there_is_on_stdout(project: Project) -> None:
    done = project.signals("list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    signals = {signal["name"]: signal for signal in json.loads(done.stdout)}
    assert signals["django.db.models.signals.m2m_changed"]["receivers"] == []
    remember, hurry = signals["django.db.models.signals.post_save"]["receivers"]
    assert (remember["order"], remember["sender"]) == (1, "shop.Order")
    assert (hurry["dispatch_uid"], hurry["connected_at"]) == (
        "shop.hurry",
        "shop/receivers.py:12 <module>",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sender:shop.Ordr", "Nearest: shop.Order"),
        ("signal:post_sav", "Nearest: post_save"),
        ("remember_oder", "Nearest: remember_order"),
        ("tial", "The sub-commands are list, why, tail, export, import, doctor."),
    ],
)
def test_what_is_not_there_gets_the_nearest_names(project: Project, words: str, said: str) -> None:
    done = project.signals(words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "underlined"), [("shop sendr:x", "sendr"), ("shop took:>5ms", "took:>5ms")]
)
def test_filter_that_does_not_fit_is_marked_at_its_place(
    project: Project, words: str, underlined: str
) -> None:
    done = project.signals("list", words)
    assert (done.returncode, done.stdout) == (2, "")
    *_, text, marks = done.stderr.splitlines()
    assert text[marks.index("^") : len(marks)] == underlined


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(project: Project, width: int) -> None:
    done = project.signals("list", "--all", COLUMNS=str(width))
    assert max(map(cells, done.stdout.splitlines())) <= width


def test_marks_of_the_rules_stand_beside_their_receiver(project: Project) -> None:
    project.write(
        "shop/receivers.py",
        """
        from django.db.models.signals import post_delete
        @receiver(post_delete)
        def keep_trace(sender, **kwargs):
            pass
        post_save.connect(reserve_stock, sender="shop.Ordr")
        """,
        adds=True,
    )
    done = project.signals("list", COLUMNS="120")
    (line,) = [line for line in done.stdout.splitlines() if "keep_trace" in line]
    assert "W006" in line
    (line,) = [line for line in done.stdout.splitlines() if "W001" in line]
    assert "Ordr" in line
    (signal,) = json.loads(project.signals("list", "--json", "keep_trace").stdout)
    assert [each["id"] for each in signal["receivers"][0]["findings"]] == ["W006"]


def test_gone_receivers_are_shown(project: Project) -> None:
    # Under DEBUG a cache of Django's would keep the lambda.
    project.write("settings.py", 'DEBUG = False\nSIGNALBOX = {"ENABLED": True}\n', adds=True)
    project.write(
        "shop/receivers.py",
        "order_placed.disconnect(reserve_stock)\n"
        "order_placed.connect(lambda sender, **kwargs: None)\n",
        adds=True,
    )
    done = project.signals("list", "order_placed", COLUMNS="200")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["-", "reserve_stock", "all", "gone"] in [line[:4] for line in lines]
    assert any("collected" in line and "<lambda>" in " ".join(line) for line in lines)


def test_names_cannot_act_on_the_terminal(project: Project) -> None:
    project.write(
        "shop/receivers.py",
        r"""
        def evil(sender, **kwargs):
            pass
        evil.__qualname__ = "evil\x1b[2J\u202e\x9b31m\n"
        order_placed.connect(evil, dispatch_uid="u\x1b]0;owned\x07")
        """,
        adds=True,
    )
    for arguments in (["list"], ["why", "order_placed"], ["list", "evil\x1b[2Jx"], ["doctor"]):
        done = project.signals(*arguments)
        for text in (done.stdout, done.stderr):
            assert not set(text.replace("\n", "")) & {"\x1b", "\u202e", "\x9b", "\x07"}
    assert "evil␛[2J⟨202E⟩⟨009B⟩31m␊" in project.signals("list").stdout
    assert project.signals("list", "--json").stdout.isascii()


def test_colour_is_for_terminals_that_want_it(project: Project) -> None:
    assert "\x1b[" not in project.signals("list").stdout
    assert "\x1b[" in project.signals("list", "--force-color").stdout
    assert "\x1b[" in _on_a_terminal(project)
    assert "\x1b[" not in _on_a_terminal(project, "--no-color")
    assert "\x1b[" not in _on_a_terminal(project, NO_COLOR="1")


def _on_a_terminal(project: Project, *arguments: str, **environment: str) -> str:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        project._command("signals", "order_placed", *arguments),
        stdout=theirs,
        stderr=theirs,
        cwd=project.folder,
        env=project._environment({"TERM": "xterm", **environment}),
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # what Linux says at the end of a terminal
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait(LIMIT_S) == 0
    return said.decode()


def test_command_leaves_nothing_in_the_feed(project: Project) -> None:
    project.shell("from shop.models import Order")
    before = project.recorded()
    for arguments in (["list"], ["why", "post_save"], ["doctor"]):
        project.signals(*arguments)
    assert project.recorded() == before


def test_reader_that_has_seen_enough_is_no_error(project: Project) -> None:
    process = subprocess.Popen(
        project._command("signals", "list", "--all"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=project.folder,
        env=project._environment({}),
    )
    assert process.stdout is not None
    process.stdout.close()
    _, said = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, said) == (0, b"")
