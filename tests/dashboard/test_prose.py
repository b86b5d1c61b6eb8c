"""How sentences and hints are written on the page."""

from __future__ import annotations

import pytest

from dashboard.prose import Piece, pieces, prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("It is connected for shop.Order.", "It is connected for <code>shop.Order</code>."),
        ("Use weak=False, or keep it.", "Use <code>weak=False</code>, or keep it."),
        ("`bulk_create` sends none", "<code>bulk_create</code> sends none"),
        ("bulk_create and QuerySet.update", "<code>bulk_create</code> and <code>QuerySet.update</code>"),
        ("save() at shop/a.py:31 ends", "<code>save()</code> at <code>shop/a.py:31</code> ends"),
        ("in shop/apps.py: add", "in <code>shop/apps.py</code>: add"),
        ('sender="shop.Order".', "<code>sender=&quot;shop.Order&quot;</code>."),
        ("A word. Another one: no code.", "A word. Another one: no code."),
        ("a <b> & `<i>`", "a &lt;b&gt; &amp; <code>&lt;i&gt;</code>"),
        ("in f.<locals>.g it", "in <code>f.&lt;locals&gt;.g</code> it"),
        ("a\u202eb", "a⟨202E⟩b"),
    ],
)  # fmt: skip
def test_names_in_a_sentence_are_code_and_all_is_escaped(text: str, html: str) -> None:
    assert prose(text) == html


def test_hint_is_parted_into_words_and_lines_to_paste() -> None:
    hint = "Import it in ready():\n\n    def ready(self):\n        from shop import signals\n\nOr not\nat all."
    assert pieces(hint) == [
        Piece(False, "Import it in ready():"),
        Piece(True, "def ready(self):\n    from shop import signals"),
        Piece(False, "Or not at all."),
    ]


def test_empty_lines_inside_of_code_stay() -> None:
    assert pieces("A:\n    one\n\n    two\nB.") == [
        Piece(False, "A:"), Piece(True, "one\n\ntwo"), Piece(False, "B."),
    ]  # fmt: skip


def test_fenced_lines_are_code() -> None:
    assert pieces("A:\n```python\none\n  two\n```\nB.") == [
        Piece(False, "A:"), Piece(True, "one\n  two"), Piece(False, "B."),
    ]  # fmt: skip
    assert pieces("") == []
