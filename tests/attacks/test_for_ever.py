"""Expressions and filters that would run for ever: bounded by their form and their steps, and tried for real."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tracer.terminal.project import CHECKOUT
from tracer.exceptions import FilterError
from tracer.filters import Filter
from tracer.filters.expressions import _REMEMBERED_STEPS, MAX_SIZE, _Program, regex
from tracer.filters.grammar import MAX_LENGTH
from tracer.filters.syntax import read

GENEROUS_S = 120

FOR_EVER = [
    "(a+)+!", "(a|a)*!", "(a*)*!", "((a*)*)*!", "(a|aa)+!", "(.*a){12}!", ".*.*.*.*.*.*.*.*!", r"(\w+\s?)*!",
    "(a?){30}a{30}!", r"(?:a|b|ab)*c!", r"^(a+)+$!", r"([a-z]+)*[0-9]!", r"(x+x+)+y", r"(a{0,9}){0,9}!", "(|a)*!",
    "(|)*!", "(a*?)*?!", r"(\b|a)*!", "(((((a?)?)?)?)?)*!",
]  # fmt: skip


@pytest.mark.parametrize("pattern", FOR_EVER)
def test_steps_are_linear_in_the_text(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    program = _Program(read(pattern, 0), 0, len(pattern))
    after = program._after

    def counted(states: frozenset[int], before: bool | None, char: str) -> frozenset[int] | None:
        looked.append(len(states))
        return after(states, before, char)

    monkeypatch.setattr(program, "_after", counted)
    program.search("ab ab" * 2_000 + "aaaa" * 5_000)
    # Once for each character at most, and each time no more than all steps; most are remembered.
    assert len(looked) <= 30_001
    assert len(looked) < 500
    assert max(looked) <= len(program._steps) <= 2 * MAX_SIZE + 2
    assert len(program._known) <= _REMEMBERED_STEPS


@pytest.mark.parametrize(
    "pattern",
    [
        "a{999}",
         "(a{99}){99}", "((a{30}){30}){30}", "a{0,999}", "(a|b|c){200}", "(" * 50 + "a" + ")" * 50,
        "(?=a)a", r"(a)\1",
        "a**", "(a{30}){31}", "a" * 400,
    ],
)  # fmt: skip
def test_expression_of_too_many_steps_is_refused_as_it_is_read(pattern: str) -> None:
    with pytest.raises(FilterError):
        regex(pattern, 0)


def test_longest_filter_has_bounded_steps() -> None:
    for text in (
        "/(a*)*!/ " * 500,
        "*a*a*a*a " * 500,
        "-/((a?)?)?x/," * 500,
        "arg:*=*a*," * 500,
        '"' * 5_000,
        "(" * 5_000,
    ):
        text = text[: MAX_LENGTH - 1].rstrip(" ,-/")
        try:
            found = Filter.parse(text)
        except FilterError as error:
            assert len(error.message) < 400  # noqa: PT017
        else:
            assert sum(len(term.values) for term in found.terms) <= MAX_LENGTH / 2


PROGRAM = """
import sys
from tracer.filters import Filter, complete
from tests.dashboard.conftest import make_call, make_dispatch

patterns = sys.argv[1:]
text = "a" * 10_000
dispatch = make_dispatch(
    signal=text, sender=text, origin="GET /" + text, call_site=text, arguments={text: text, "b": text},
    calls=(make_call(receiver=text, error=text),) * 20,
)
for pattern in patterns:
    for field in ("", "signal:", "sender:", "receiver:", "error:", "arg:*=", "site:", "-"):
        assert Filter.parse(f"{field}/{pattern}/").matches(dispatch) is (field == "-"), (field, pattern)
many = " ".join(f"-/{pattern}/" for pattern in patterns)[:1_900].rpartition(" ")[0]
assert Filter.parse(many).matches(dispatch)
assert not Filter.parse("signal:" + "*a" * 400 + "*b*").matches(dispatch)
for at in (0, 5, 1_999):
    complete("/" + "(" * 1_000 + '"' * 1_000, at, {"signal": [text]})
print("answered")
"""


def test_each_is_answered_by_a_real_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *FOR_EVER],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT), "DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=GENEROUS_S,
    )
    assert (done.stdout, done.returncode) == ("answered\n", 0), done.stderr
