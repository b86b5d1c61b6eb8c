"""Each block and each command of the papers, run as it stands there; one that nobody runs fails."""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib.util
import io
import os
import re
import shlex
import struct
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import chromium
from tests.benchmarks import __main__ as benchmarks
from tests.browser.server import Process
from tests.soak import __main__ as soak
from tests.tracer.terminal.project import LIMIT_S, Project
from tests.tracer.terminal.test_doctor import ASGI, INSTALLED, URLS, WRAPPED
from tracer import conf, recordings
from tracer.dispatches import Dispatch, Marker
from tracer.filters import Filter

CHECKOUT = Path(__file__).resolve().parent.parent
PAPERS = ("README.md", "CONTRIBUTING.md")
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )?(?:python|pip|manage\.py|\.ci/)")
"""How a code span begins that is a command."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """A block, or a command within a sentence."""

    heading: str
    language: str
    text: str

    @functools.cached_property
    def key(self) -> str:
        return f"{self.heading}: {' '.join(self.text.splitlines()[0].split())}"


def blocks(paper: str) -> Iterator[Piece]:
    """Yield the fenced blocks of a paper without their indentation."""
    text = (CHECKOUT / paper).read_text(encoding="utf-8")
    heading, opened = paper, None
    for line in text.splitlines():
        if opened is None:
            if line.startswith("#"):
                heading = line.lstrip("# ")
            elif found := re.fullmatch(r"( *)```(\w*)", line):
                opened = found[1], found[2], []
        elif line == f"{opened[0]}```":
            yield Piece(heading, opened[1], "\n".join(opened[2]))
            opened = None
        else:
            opened[2].append(line.removeprefix(opened[0]))
    assert opened is None, f"{paper} has a block without an end"


def commands(paper: str) -> Iterator[Piece]:
    """Yield the commands within sentences."""
    text = (CHECKOUT / paper).read_text(encoding="utf-8")
    outside = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for span in dict.fromkeys(re.findall(r"`([^`\n]+)`", outside)):
        if COMMAND.match(span):
            yield Piece("", "sh", span)


def settings_in_sentences() -> list[str]:
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"`(SIGNALBOX = \{[^`]+\})`", text)


BLOCKS = list({piece.key: piece for paper in PAPERS for piece in blocks(paper)}.values())
COMMANDS = list({piece.key: piece for paper in PAPERS for piece in commands(paper)}.values())

PACKAGING = "sites/test_packaging.py::test_page_opens_in_a_project_with_the_four_edits"
BY_USER = "sites/test_habits.py::test_staff_of_a_custom_user_model_with_cached_sessions_is_let_in"
ELSEWHERE = {
    "Add it to your project: # settings.py": PACKAGING,
    "Add it to your project: # asgi.py, at the end": PACKAGING,
    "Add it to your project: # urls.py, at the end": PACKAGING,
    "Settings: SIGNALBOX = {": "tracer/test_conf.py::test_readme_has_each_setting_with_its_default_and_what_it_means",
    ": pip install path/to/the/checkout": PACKAGING,
    ": python manage.py runserver": PACKAGING,
    ": manage.py check": "sites/test_packaging.py::test_each_edit_that_is_missing_is_named_with_its_lines",
    ": manage.py signals doctor": "sites/test_packaging.py::test_doctor_leads_from_one_edit_to_the_next",
    "It works with: # project/access.py": BY_USER,
    "It works with: # project/settings.py": BY_USER,
    "It works with: # project/asgi.py, below signalbox()": BY_USER,
    ": DEMO_SITE_STORE=redis://localhost:6379/0 python -m demo_site": (
        "browser/test_processes.py::test_machines_that_share_a_redis_are_one_line"
    ),
}
"""Tests that run a piece, where that is not one of those below."""
DRAWINGS = {
    "How it works: application thread recorder thread server's event loop browser",
    "Architecture: tracer/ records; knows nothing of the web",
}
"""Blocks with nothing to run."""

Run = Callable[[Piece, Path], None]
RUNS: dict[str, Run] = {}


def runs(*keys: str) -> Callable[[Run], Run]:
    """Say which pieces a function runs, in a folder of their own."""

    def remember(run: Run) -> Run:
        RUNS.update(dict.fromkeys(keys, run))
        return run

    return remember


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which `python` is this one, and the checkout is found."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tools / "python").chmod(0o755)
    unwanted = ("DJANGO_SETTINGS_MODULE", "DEMO_SITE_DATA", "PYTEST_ADDOPTS", "COLUMNS")
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {
        **inherited,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(folder), str(CHECKOUT), os.environ.get("PYTHONPATH")])
        ),
        "PYTHONIOENCODING": "utf-8",
        "DEMO_SITE_DATA": str(folder / "data"),
        **more,
    }


def shell(line: str, folder: Path, **more: str) -> tuple[int, str]:
    """Run a line as a shell does; return how it ended, and what it said."""
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    return done.returncode, done.stdout + done.stderr


def check_pip(command: str) -> None:
    """Hold that what pip is told to install is this checkout or what it asks for, with extras that there are."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    words = shlex.split(command)
    assert words[:2] == ["pip", "install"]
    wanted = [word for word in words[2:] if word != "-e"]
    assert len(wanted) == 1
    found = re.fullmatch(r"([\w.-]+)(?:\[([\w,]+)\])?", wanted[0])
    assert found is not None
    extras = project["optional-dependencies"]
    needed = [re.split(r"\W", one, maxsplit=1)[0] for each in extras.values() for one in each]
    assert found[1] in (".", project["name"], *needed)
    assert set(filter(None, (found[2] or "").split(","))) <= set(extras)


@runs("Try it: pip install -e . && python -m demo_site")
def demo_comes_up(piece: Piece, folder: Path) -> None:
    install, run = piece.text.split(" && ")
    check_pip(install)
    python, dash_m, *module = shlex.split(run)
    assert (python, dash_m) == ("python", "-m")
    process = Process([*module, "--port", "0", "--no-browser", "--no-traffic"], folder)
    try:
        site = process.wait_for(r"Site\s+(http://127\.0\.0\.1:\d+)/")
        for path in ("/", "/signals/", "/cases/"):
            with urllib.request.urlopen(site + path, timeout=LIMIT_S) as answer:
                assert answer.status == 200
    finally:
        process.stop()


def shop_in(folder: Path) -> Project:
    """Return a project that is installed well, which has recorded an error."""
    project = Project(folder)
    project.write("settings.py", INSTALLED, adds=True)
    project.write("asgi.py", ASGI)
    project.write("asgi.py", WRAPPED, adds=True)
    project.write("urls.py", URLS)
    project.shell(
        """
        from shop.receivers import order_placed
        def refuse(sender, **kwargs):
            raise ValueError
        order_placed.connect(refuse)
        order_placed.send_robust("shop")
        """
    )
    return project


@runs(
    "In the terminal: python manage.py signals # the registry as a table; --json for machines, a filter as argument"
)
def terminal(piece: Piece, folder: Path) -> None:
    project = shop_in(folder)
    done = set()
    for line in piece.text.splitlines():
        words = shlex.split(line, comments=True)
        assert words[:3] == ["python", "manage.py", "signals"]
        if words[3:4] == ["tail"]:
            with project.follow(*words[4:]) as following:
                following.wait_for("order_placed")
                assert following.interrupt() == 0
        else:
            code, said = shell(line, folder)
            assert code == 0, f"{line}\n{said}"
        done.add(words[3] if len(words) > 3 else "list")
    assert done == {"list", "why", "tail", "export", "import", "doctor"}
    assert (folder / "a.ndjson").read_text().count("\n") == 2


@runs(": python manage.py signals why shop.Order post_save")
def why(piece: Piece, folder: Path) -> None:
    shop_in(folder)
    code, said = shell(piece.text, folder)
    assert code == 0, said
    assert "Would run, in this order" in said


@runs(": manage.py signals export", ": manage.py signals import", ": manage.py signals why")
def sub_command_is_there(piece: Piece, folder: Path) -> None:
    Project(folder)
    code, said = shell(f"python {piece.text} --help", folder)
    assert code == 0, said
    assert f"usage: {piece.text}" in said


@runs(
    'Export and import: {"format":"signalbox-recording","version":1,"name":"shop 2026-11-28 17.40.11",'
    '"made_at":"2026-11-28T17:40:11Z","made_on":"worker-3","made_by":"runserver 4121@worker-3",'
    '"project":"shop","filter":"is:error","records":2,"signalbox":"0.1.0"}'
)
def recording_can_be_read(piece: Piece, folder: Path) -> None:
    recording = recordings.read(io.BytesIO(piece.text.encode() + b"\n"))
    assert recording.header.records == 2
    assert [type(record) for record in recording.records] == [Marker, Dispatch]


@runs(
    "The filter language: signal:post_save sender:shop.Order receiver:*billing* app:shop "
    "method:send_robust origin:/checkout/"
)
def filters_can_be_read(piece: Piece, folder: Path) -> None:
    for text in re.split(r" {2,}|\n", piece.text):
        assert Filter.parse(text).terms


@runs('Many machines: SIGNALBOX = {"STORE": "redis://user:password@host:6379/0"}')
def settings_can_be_used(piece: Piece, folder: Path) -> None:
    hold_settings(piece.text)


def hold_settings(text: str) -> None:
    given = ast.literal_eval(text.partition(" = ")[2])
    assert set(given) <= set(conf.DEFAULTS)
    assert [conf.problem_of(name, value) for name, value in given.items()] == [None] * len(given)


def profiles_in(folder: Path) -> None:
    """Put the demo's receivers under the name that the examples give them."""
    (folder / "profiles").mkdir()
    source = "from demo_site.profiles.receivers import create_user_profile\n"
    (folder / "profiles" / "receivers.py").write_text(source)


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    (folder / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = demo_site.settings\n")
    plain = "-p no:cacheprovider -p no:xdist -p no:asyncio -p no:randomly"
    return shell(f"python -m pytest -q {plain} {' '.join(options)}", folder)


@runs("In tests: # test_profiles.py")
def pytest_example(piece: Piece, folder: Path) -> None:
    profiles_in(folder)
    (folder / "test_profiles.py").write_text(piece.text)
    code, said = run_pytest(folder)
    assert code == 0, said
    assert "1 passed" in said


@runs(
    "In tests: Not dispatched: django.db.models.signals.post_save from profiles.Profile, "
    "received by profiles.receivers.create_user_profile"
)
def pytest_failure(piece: Piece, folder: Path) -> None:
    profiles_in(folder)
    (example,) = [block for block in BLOCKS if block.key == "In tests: # test_profiles.py"]
    asked = example.text.replace("sender=User", "sender=Profile")
    imported = "from demo_site.profiles.models import Profile\n"
    (folder / "test_profiles.py").write_text(imported + asked)
    code, said = run_pytest(folder)
    assert code == 1, said
    told = [line.removeprefix("E       ") for line in said.splitlines()]
    shown = piece.text.splitlines()
    at = told.index(shown[0].replace("by profiles.", "by demo_site.profiles."))
    assert [*map(_without_figures, told[at + 1 : at + len(shown)])] == [
        *map(_without_figures, shown[1:])
    ]


def _without_figures(line: str) -> str:
    """Return a line of a tree without how long it took and without the numbers of lines of source."""
    return re.sub(r" +[\d.]+ (?:µs|ms|s)(?=  )", "  …", re.sub(r"\.py:\d+", ".py:…", line))


@runs("In tests: # tests.py")
def django_example(piece: Piece, folder: Path) -> None:
    profiles_in(folder)
    (folder / "tests.py").write_text(piece.text)
    code, said = shell(
        "python -m django test tests", folder, DJANGO_SETTINGS_MODULE="demo_site.settings"
    )
    assert code == 0, said
    assert "Ran 1 test" in said


@runs("In tests: import tracer")
def capture_example(piece: Piece, folder: Path) -> None:
    lines = "".join(f"    {line}\n" for line in piece.text.splitlines())
    source = f"import pytest\n\n@pytest.mark.django_db\ndef test_block():\n{lines}"
    (folder / "test_block.py").write_text(source)
    code, said = run_pytest(folder)
    assert code == 0, said
    assert "1 passed" in said


@runs(": python -m demo_site.manage check")
def faults_are_listed(piece: Piece, folder: Path) -> None:
    code, said = shell(piece.text, folder)
    assert code == 0, said
    assert set(re.findall(r"signalbox_tracer\.(W\d+)", said)) == {f"W00{n}" for n in range(1, 10)}


@runs(
    "Work on it: pip install -e . && python -m tests",
    "Contributing: pip install -e . && python -m tests",
)
def ci_runs_it(piece: Piece, folder: Path) -> None:
    """Hold that it is the line which `.ci/run` looks for and runs in a fresh environment."""
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"sed -nE 's/(.+?)/\\1/p' README.md", script)
    assert pattern is not None
    assert re.fullmatch(pattern[1], piece.text)


@runs(": python -m tests", ": python -m tests -k name", ": python -m tests --fast")
def runner_takes_it(piece: Piece, folder: Path) -> None:
    """Hold that whatever is not `--fast` is an option that pytest has."""
    words = [word for word in shlex.split(piece.text)[3:] if word != "--fast"]
    assert importlib.util.find_spec("tests.__main__")
    if not words:
        return
    own = Path(__file__).relative_to(CHECKOUT)
    command = [
        "python",
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        *words,
        "--deselect",
        str(own),
        str(own),
    ]
    code, said = shell(f"cd {CHECKOUT} && {shlex.join(command)}", folder)
    assert code == pytest.ExitCode.NO_TESTS_COLLECTED, said


@runs(
    ': pip install -e ".[bench]" && python -m tests.benchmarks',
    ": python -m tests.benchmarks",
    ": python -m tests.benchmarks --quick",
    ": python -m tests.benchmarks load",
    ": python -m tests.benchmarks floods",
)
def benchmarks_take_it(piece: Piece, folder: Path) -> None:
    *install, run = piece.text.split(" && ")
    for command in install:
        check_pip(command)
    words = shlex.split(run)
    assert words[:3] == ["python", "-m", "tests.benchmarks"]
    assert benchmarks._parser().parse_args(words[3:])


@runs(": python -m tests.soak --minutes 10", ": python -m tests.soak --minutes 120")
def soak_takes_it(piece: Piece, folder: Path) -> None:
    words = shlex.split(piece.text)
    assert words[:3] == ["python", "-m", "tests.soak"]
    assert soak._parser().parse_args(words[3:])


@runs(': pip install -e ".[pictures]" && python -m tests.pictures')
def pictures_are_made(piece: Piece, folder: Path) -> None:
    pytest.importorskip("PIL")
    assert chromium.find() is not None
    install, run = piece.text.split(" && ")
    check_pip(install)
    code, said = shell(f"cd {CHECKOUT} && {run} --quick --to {folder}", folder)
    assert code == 0, said
    assert {path.name for path in folder.iterdir()} >= {
        "feed.gif",
        "page-light.png",
        "page-dark.png",
    }
    hold_moving_picture(folder / "feed.gif")


@runs(": .ci/run")
def script_is_there(piece: Piece, folder: Path) -> None:
    assert os.access(CHECKOUT / piece.text, os.X_OK)


@pytest.mark.slow
@pytest.mark.parametrize("piece", [*BLOCKS, *COMMANDS], ids=lambda piece: piece.key[:70])
def test_piece_does_what_is_said(piece: Piece, tmp_path: Path) -> None:
    if piece.key in DRAWINGS:
        return
    if piece.key in ELSEWHERE:
        path, _, name = ELSEWHERE[piece.key].partition("::")
        assert re.search(rf"^def {name}\(", (CHECKOUT / "tests" / path).read_text(), re.MULTILINE)
        return
    if re.fullmatch(r"pip install [^&\n]+", piece.text):
        check_pip(piece.text)
        return
    assert piece.key in RUNS, f"Nobody runs this block or command: {piece.key!r}"
    RUNS[piece.key](piece, tmp_path)


def test_nothing_is_run_that_is_not_there() -> None:
    known = {piece.key for piece in (*BLOCKS, *COMMANDS)}
    assert {*RUNS, *ELSEWHERE, *DRAWINGS} <= known


@pytest.mark.parametrize("text", settings_in_sentences())
def test_settings_in_a_sentence_can_be_used(text: str) -> None:
    hold_settings(text)


def test_each_check_is_in_the_readme_and_no_other() -> None:
    sources = [
        *(CHECKOUT / "tracer" / "rules").glob("*.py"),
        CHECKOUT / "tracer" / "checks.py",
        CHECKOUT / "dashboard" / "checks.py",
    ]
    made = set()
    for path in sources:
        app = "dashboard" if path.parent.name == "dashboard" else "tracer"
        text = path.read_text(encoding="utf-8")
        numbers = re.findall(r'"(?:signalbox_\w+\.)?([EWI]\d{3})"', text)
        made |= {f"signalbox_{app}.{number}" for number in numbers}
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(signalbox_\w+\.\w+)` \|", readme, re.MULTILINE)) == made


def promises() -> dict[str, list[str]]:
    """Return what the README promises of safety, with the tests that it names for it."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| promised | held by |\n")[2].partition("\n\n")[0]
    lines = re.findall(r"^\| (.+) \| (.+) \|$", table, re.MULTILINE)
    return {promise: re.findall(r"`([^`]+)`", held) for promise, held in lines}


@pytest.mark.parametrize("promise", promises())
def test_each_promise_is_held_by_tests_that_are_there(promise: str) -> None:
    held = promises()[promise]
    assert held
    for test in held:
        path, _, name = test.partition("::")
        source = (CHECKOUT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(?:async )?def {name}\(", source, re.MULTILINE), test


def test_each_attack_is_named_for_a_promise_by_its_module() -> None:
    named = {test.partition("::")[0] for held in promises().values() for test in held}
    attacks = (CHECKOUT / "tests" / "attacks").glob("test_*.py")
    assert {f"attacks/{path.name}" for path in attacks} <= named


def test_each_link_within_the_papers_leads_somewhere() -> None:
    for paper in PAPERS:
        text = (CHECKOUT / paper).read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        for target in re.findall(r"\]\(([^)]+)\)", text):
            if target.startswith("#"):
                assert target[1:] in anchors
            elif not target.startswith("http"):
                assert (CHECKOUT / target).exists()


def hold_moving_picture(path: Path) -> list[int]:
    """Hold that it is a GIF that is not too wide, nor too large; return how long each frame is shown, in 1/100 s."""
    data = path.read_bytes()
    assert data[:6] == b"GIF89a"
    assert struct.unpack("<H", data[6:8]) == (900,)
    assert len(data) < 2_000_000
    delays = re.findall(rb"\x21\xf9\x04.(..).\x00", data, re.DOTALL)
    return [struct.unpack("<H", delay)[0] for delay in delays]


def test_moving_picture_takes_some_seconds() -> None:
    delays = hold_moving_picture(CHECKOUT / ".github" / "feed.gif")
    assert len(delays) > 20
    assert 600 <= sum(delays) <= 1_000
