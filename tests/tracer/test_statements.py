"""What is shown of a statement: no value, no comment, equal ones alike."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracer.statements import MOST, shape


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        (
            'SELECT "a"."id" FROM "a" WHERE "a"."x" IN (%s, %s, %s) LIMIT 21',
            'SELECT "a"."id" FROM "a" WHERE "a"."x" IN (…) LIMIT ?',
        ),
        (
            'SELECT DISTINCT "a"."id", "a"."b", "a"."c" FROM "a" WHERE "a"."b" = %s',
            'SELECT DISTINCT … FROM "a" WHERE "a"."b" = ?',
        ),
        ('SELECT "a"."id", "a"."b" FROM "a"', 'SELECT "a"."id", "a"."b" FROM "a"'),
        ("INSERT INTO t (a, b) VALUES (%s, %s), (%s, %s)", "INSERT INTO t (a, b) VALUES (…)"),
        ("SELECT 'it''s', 5.3e4, t1.x FROM x", "SELECT ?, ?, t1.x FROM x"),
        ("SELECT 1 -- by hand\n  FROM  x /* trace=17 */", "SELECT ? FROM x"),
        ("SELECT $$a 'b$$, $t$ x $t$, a::int", "SELECT ?, ?, a::int"),
        ("SELECT E'\\'secret' , 'more' FROM x", "SELECT ?"),
        ('SELECT `a` FROM b WHERE c="secret"', "SELECT `a` FROM b WHERE c=?"),
        ("SELECT x FROM y WHERE z = 'never closed", "SELECT x FROM y WHERE z = ?"),
        ("UPDATE t SET a = $1, b = %(name)s WHERE c = ?", "UPDATE t SET a = ?, b = ? WHERE c = ?"),
        ("SELECT 0xDEAD, .5, 1_000, 0b101, 1e+5, 2.", "SELECT ?, ?, ?, ?, ?, ?"),
        ('SELECT "a"."b" FROM "a" -- "x"', 'SELECT "a"."b" FROM "a"'),
        ('SELECT a FROM b WHERE c IN ("secret", "more")', "SELECT a FROM b WHERE c IN (…)"),
        ("SELECT a FROM b WHERE c = ARRAY[a, 'secret']", "SELECT a FROM b WHERE c = ARRAY[a, ?]"),
        ("SELECT [a b] FROM [c]", "SELECT [a b] FROM [c]"),
        ("SELECT q'[it's secret]' FROM dual", "SELECT ?"),
        ("SELECT a # secret\nFROM b", "SELECT a FROM b"),
        ("SELECT a #>> '{secret}' FROM b", "SELECT a #>> ? FROM b"),
        ('SAVEPOINT "s140_x1"', "SAVEPOINT ?"),
        ("ROLLBACK TO SAVEPOINT `s140_x1`", "ROLLBACK TO SAVEPOINT ?"),
        ('RELEASE SAVEPOINT "s140_x12"', "RELEASE SAVEPOINT ?"),
        ("DELETE FROM a WHERE b IN (%s, %s, %", "DELETE FROM a WHERE b IN (…)"),
        ("INSERT INTO t (a, b) VALUES (%s, %s), (%s, ", "INSERT INTO t (a, b) VALUES (…)"),
    ],
)
def test_shape(sql: str, shown: str) -> None:
    assert shape(sql) == shown


def test_long_statement_ends_in_an_ellipsis() -> None:
    shown = shape("SELECT " + ", ".join(f"column{n}x" for n in range(500)))
    assert len(shown) == MOST
    assert shown.endswith("…")


@given(st.text(alphabet=st.characters(), max_size=300))
@example("SELECT \ud800 x")
def test_any_text_has_a_shape(text: str) -> None:
    assert len(shape(text)) <= MOST
    shape(text).encode()


@given(st.text(alphabet=st.characters(exclude_characters="'\\"), max_size=60))
def test_no_string_is_shown(text: str) -> None:
    assert shape(f"SELECT a FROM b WHERE c = '{text}' AND d = 1") == (
        "SELECT a FROM b WHERE c = ? AND d = ?"
    )


@given(st.integers(1, 400))
def test_lists_of_any_length_are_alike(number: int) -> None:
    marks = ", ".join(["%s"] * (number + 1))
    assert shape(f"DELETE FROM a WHERE b IN ({marks})") == "DELETE FROM a WHERE b IN (…)"
