"""A tree as Markdown and as JSON, whatever is in it."""

from __future__ import annotations

import ast
import json

import pytest

from tracer.dispatches import Dispatch, ReceiverCall
from tracer.trees import as_json, as_markdown, as_test
from tracer.trees.markdown import MOST_DEPTH, MOST_LINES, code
from tracer.trees.pytests import MOST_DISPATCHES

HOSTILE = 'x"""\n\'\\ `` <script>alert(1)</script> \u202e\x1b[2J\u2028import os; os.abort()'


def make(number: int = 1, above: Dispatch | None = None, **given: object) -> Dispatch:
    values: dict[str, object] = {
        "id": f"abc-{number}",
        "process": "runserver 1@h",
        "thread": "t",
        "signal": "shop.signals.placed",
        "sender": "shop.Order",
        "method": "send",
        "started_us": 1_780_000_000_000_000 + number,
        "duration_ns": 2_000_000,
        "state": "ok",
        "root_id": above.root_id if above is not None else f"abc-{number}",
        "parent_id": above.id if above is not None else None,
        "parent_call": 0 if above is not None else None,
        "depth": above.depth + 1 if above is not None else 0,
        "calls": (
            ReceiverCall(
                receiver="shop.receivers.bill",
                place="shop/receivers.py:3",
                started_ns=0,
                duration_ns=900_000,
                query_count=2,
            ),
            ReceiverCall(receiver="shop.receivers.mail", skipped="bill raised before it"),
        ),
    }
    return Dispatch(**values | given)  # type: ignore[arg-type]


def test_markdown_has_dispatches_under_the_calls_that_made_them() -> None:
    root = make(origin="POST /buy/", arguments={"instance": "shop.Order #7"}, error="ValueError")
    text = as_markdown([root, make(2, root, calls=(), transaction="committed")])
    head, empty, *lines = text.splitlines()
    assert head.startswith("**`POST /buy/`** · 2026-")
    assert empty == ""
    assert lines == [
        "- `placed` from `shop.Order #7` · 2.0 ms · **`ValueError`**",
        "  - `shop.receivers.bill` · 0.9 ms · 2 queries · `shop/receivers.py:3`",
        "    - `placed` from `shop.Order` · 2.0 ms · unheard · committed",
        "  - ~~`shop.receivers.mail`~~ · never reached: `bill raised before it`",
    ]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``a", "``` ``a ```"),
        ("", "`  `"),
        ("a\n# b", "`a␊# b`"),
    ],
)
def test_code_span_holds_whatever_is_in_it(text: str, span: str) -> None:
    assert code(text) == span


def test_deep_tree_stays_bounded() -> None:
    trees = [make(calls=())]
    for number in range(2, 6_000):
        trees.append(make(number, trees[-1], calls=()))
    text = as_markdown(trees)
    assert len(text.splitlines()) == MOST_LINES + 4
    assert "3,999 lines more are not shown." in text
    assert max(len(line) for line in text.splitlines()) < 2 * MOST_DEPTH + 200
    assert len(json.loads(as_json(trees))["dispatches"]) == 5_999
    test = as_test(trees)
    ast.parse(test)
    assert f"{5_999 - MOST_DISPATCHES:,} more dispatches are left out" in test


def test_json_is_the_dispatches_as_in_a_recording() -> None:
    root = make(arguments={"rate": float("inf")})
    found = json.loads(as_json([make(2, root), root]))
    assert (found["format"], found["version"]) == ("signalbox-tree", 1)
    assert [one["id"] for one in found["dispatches"]] == ["abc-1", "abc-2"]
    assert found["dispatches"][0]["arguments"] == {"rate": "inf"}


def test_nothing_in_a_record_gets_out_of_its_place() -> None:
    hostile = make(
        signal=HOSTILE,
        sender=HOSTILE,
        origin=HOSTILE,
        call_site=HOSTILE,
        process=HOSTILE,
        error=HOSTILE,
        arguments={HOSTILE: HOSTILE},
        calls=(ReceiverCall(receiver=HOSTILE, started_ns=0, duration_ns=1, raised_at=HOSTILE),),
    )
    for text in (as_markdown([hostile]), as_test([hostile]), as_json([hostile])):
        assert not {"\u202e", "\x1b", "\u2028"} & set(text)
    assert len(as_markdown([hostile]).splitlines()) == 4
    module = ast.parse(as_test([hostile]))
    imported = [node for node in module.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {ast.unparse(node) for node in imported} == {"import pytest", "import tracer"}
    calls = {ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
    assert calls == {"pytest.mark.django_db", "tracer.capture", "pytest.fail", "len"}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"origin": "GET /a/?b"}, 'client.get("/a/?b")'),
        ({"origin": "DELETE /a/'\"/"}, "client.delete('/a/\\'\"/')"),
        ({"origin": "manage.py clear_sessions"}, 'call_command("clear_sessions")'),
        ({"origin": "manage.py shell"}, 'apps.get_model("shop.Order")}'),
        ({"origin": "TRACE /"}, 'import_string("shop.signals.placed").send(**{"sender": apps'),
        ({"sender": None, "arguments": {"n": 1, "s": "x"}}, 'send(**{"sender": None, "n": 1, "s": "x"})'),
        ({"sender": "a.b.C", "method": "asend"}, 'async_to_sync(import_string("shop.signals.placed").asend)('),
        ({"sender": "instance of a.B"}, 'pytest.fail("Do here what send() was called for: '),
        ({"arguments": {"instance": "shop.Order #1"}}, "pytest.fail("),
        ({"arguments": {"key": "••••••"}}, "pytest.fail("),
        ({"arguments": {"…": "3 more"}}, "pytest.fail("),
        ({"arguments": {"x": float("nan")}}, "pytest.fail("),
        ({"signal": "django.db.models.signals.post_save"}, "pytest.fail("),
        ({"error": "ValueError"}, "with contextlib.suppress(Exception):"),
        ({"error": "ValueError", "origin": "GET /"}, "client.raise_request_exception = False"),
    ],
)  # fmt: skip
def test_test_sets_off_what_was_recorded(given: dict[str, object], line: str) -> None:
    text = as_test([make(**given)])
    ast.parse(text)
    assert line in text


def test_test_is_of_the_tree_that_was_meant_among_those_like_it() -> None:
    first, second = make(), make(2)
    assert "roots[1].id" in as_test([second], [second, first, make(3)])
    assert "roots[0].id" in as_test([second])
