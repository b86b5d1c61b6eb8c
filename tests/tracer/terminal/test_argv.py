"""The order into which the command line is put."""

from __future__ import annotations

import pytest

from tracer.terminal.argv import arranged


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "list"),
        ("--json", "list --json"),
        ("shop", "list -- shop"),
        ("-django shop --all", "list --all -- -django shop"),
        ("list -x:y", "list -- -x:y"),
        ("tail -is:unheard --last 3 -v 2 a", "-v 2 tail --last 3 -- -is:unheard a"),
        ("tail --last=3 -- --weird", "tail --last=3 -- --weird"),
        ("why shop.Order post_save --no-color", "--no-color why -- shop.Order post_save"),
        ("doctor --settings=x -v3", "--settings=x -v3 doctor"),
        ("export -is:unheard --output a.ndjson b", "export --output a.ndjson -- -is:unheard b"),
        ("import a.ndjson --name mine", "import --name mine -- a.ndjson"),
        ("--help", "--help"),
        ("tail --help", "tail --help"),
        ("-- tail", "tail"),
    ],
)
def test_order(given: str, expected: str) -> None:
    assert arranged(given.split()) == expected.split()
