"""Which dispatches a filter lets through."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracer.filters import call, dispatch
from tracer.filters import Filter


def matches(text, **fields):
    return Filter.parse(text).matches(dispatch(**fields))


BUSY = dispatch(
    signal="demo_site.shop.signals.order_placed",
    sender="instance of demo_site.shop.carts.Cart",
    method="asend_robust",
    duration_ns=60_000_000,
    state="error",
    error="demo_site.shop.PaymentFailed",
    origin="POST /checkout/",
    call_site="demo_site/shop/views.py:31 checkout",
    task="Task-7",
    arguments={"created": True, "count": 3, "instance": "auth.User #3", "note": "a,b", "key": None},
    calls=(
        call("demo_site.billing.receivers.Ledger.book", query_count=4, is_async=True),
        call("demo_site.stock.receivers.reserve", query_count=8, error="builtins.ValueError"),
        call("demo_site.mail.send", started_ns=None, duration_ns=None, skipped="an error before"),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "signal:order_placed",
        "signal:signals.order_placed",
        "signal:demo_site.shop.signals.order_placed",
        "signal:ORDER_PLACED",
        "signal:order_*",
        "signal:shop.*",
        "signal:demo*placed",
        "signal:/^demo.*(placed|cancelled)$/",
        "signal:post_save,order_placed",
        "sender:Cart",
        "sender:demo_site.shop.carts.Cart",
        'sender:"instance of demo_site.shop.carts.Cart"',
        "receiver:Ledger.book",
        "receiver:*billing*",
        "receiver:mail.send",
        "error:PaymentFailed",
        "error:ValueError",
        "app:shop",
        "app:demo_*",
        "method:asend_robust",
        "method:a*",
        "origin:/checkout/",
        'origin:"post /check"',
        "origin:POST*out",
        "origin:*",
        "arg:created",
        "arg:created=true",
        "arg:created=True,False",
        "arg:count=3",
        "arg:key=None",
        'arg:instance="auth.User #3"',
        "arg:instance=auth.*",
        'arg:note="a,b"',
        "arg:*=3",
        "arg:note=/^a/",
        "site:views.py",
        'site:"views.py:31 checkout"',
        "process:1234",
        "process:box",
        "process:1234@box",
        "process:manage.py",
        "process:runserver",
        'process:"manage.py runserver 8000"',
        "thread:main",
        "task:Task-7",
        "id:1f3a-42",
        "tree:1f3a-40",
        "took:60",
        "took:60ms",
        "took:>50ms",
        "took:>=60ms",
        "took:<=60ms",
        "took:<61ms",
        "took:10..100ms",
        "took:.05s..1m",
        "took:60000us",
        "took:60000µs",
        "took:60000000ns",
        "took:>0.0009m",
        "took:1ms,>50ms",
        'took:"> 50 ms"',
        "receivers:3",
        "receivers:>2",
        "receivers:=3",
        "queries:12",
        "queries:>10",
        "queries:10..12",
        "depth:2",
        "is:error",
        "is:async",
        "is:slow",
        "is:unheard,error",
        "-is:unheard",
        "-is:root",
        "-is:running",
        "-is:committed,rolled-back",
        "-took:<50ms",
        "billing",
        "created=true",
        '"auth.user #3"',
        "checkout runserver task-7 mainthread valueerror",
        "/order_.*/",
        "nothing,order",
        "or*placed",
        "-nothing",
    ],
)
def test_term_matches(text):
    assert Filter.parse(text).matches(BUSY)
    (first, *_) = Filter.parse(text).terms
    if len(Filter.parse(text).terms) == 1:
        opposite = text[1:] if first.is_negated else f"-{text}"
        assert not Filter.parse(opposite).matches(BUSY)


@pytest.mark.parametrize(
    "text",
    [
        "signal:placed",
        "signal:order",
        "signal:shop",
        "sender:art",
        "sender:None",
        "receiver:billing",
        'receiver:"*billing*"',
        "error:Failed",
        "app:shops",
        "app:order_placed",
        "method:send",
        "origin:/order/",
        "origin:GET*",
        "arg:crea",
        "arg:created=False",
        "arg:created=Tr",
        "process:123",
        "process:server",
        "id:1f3a",
        "took:59ms",
        "took:<60ms",
        "took:>60ms",
        "took:61..100",
        "receivers:2",
        "depth:>2",
        "queries:<12",
        "is:unheard",
        "order -checkout",
        '"post checkout"',
        "order nothing",
        "/order.placed$ x/",
    ],
)
def test_term_does_not_match(text):
    assert not Filter.parse(text).matches(BUSY)


def test_model_label_is_found_by_its_last_part_and_its_app():
    assert matches("sender:shop.Order sender:Order app:shop", sender="shop.Order")
    assert not matches("app:django", sender="shop.Order")


def test_app_of_a_sender_that_is_no_model_is_any_package_of_signal_or_sender():
    handler = "django.core.handlers.wsgi.WSGIHandler"
    fields = {"signal": "django.core.signals.request_started", "sender": handler}
    assert matches("app:django app:core app:handlers", **fields)
    assert not matches("app:request_started,WSGIHandler", **fields)


def test_missing_sender_is_none():
    assert matches("sender:None", sender=None)
    assert not matches("sender:None", sender="shop.Order")
    assert not matches("sender:*", sender=None)


def test_field_that_is_missing_matches_only_a_negated_term():
    for field in ("origin", "site", "task", "error"):
        assert not matches(f"{field}:*")
        assert matches(f"-{field}:x")


def test_running_dispatch_has_not_taken_any_time_yet():
    fields = {"duration_ns": None, "state": "running"}
    assert matches("is:running -took:>0 -took:<1m -is:unheard", **fields)


def test_equal_duration_is_meant_as_far_as_it_was_written():
    assert matches("took:12ms -took:12.0ms took:12.4ms", duration_ns=12_400_000)
    assert matches("took:12ms", duration_ns=11_500_000)
    assert not matches("took:12ms", duration_ns=12_500_000)


def test_range_gives_its_unit_to_both_ends():
    assert matches("took:1..2s", duration_ns=1_500_000_000)
    assert not matches("took:1..2s", duration_ns=1_500_000)


def test_slow_is_what_the_settings_say_unless_told(settings):
    settings.SIGNALBOX = {"SLOW_MS": 2.5}
    assert matches("is:slow", duration_ns=2_500_000)
    assert not matches("is:slow", duration_ns=2_400_000)
    assert not Filter.parse("is:slow", slow_ns=3_000_001).matches(dispatch(duration_ns=3_000_000))


def test_unusable_settings_leave_the_default_of_slow(settings):
    settings.SIGNALBOX = {"SLOW_MS": "fast"}
    assert matches("is:slow", duration_ns=10_000_000)


def test_slow_receiver_makes_a_running_dispatch_slow():
    calls = (call(duration_ns=20_000_000), call(duration_ns=None))
    assert Filter.parse("is:slow", slow_ns=10_000_000).matches(
        dispatch(duration_ns=None, state="running", calls=calls)
    )


@pytest.mark.parametrize(("flag", "fields"), [
    ("error", {"state": "error"}),
    ("error", {"error": "builtins.ValueError"}),
    ("unheard", {"calls": ()}),
    ("async", {"method": "asend"}),
    ("async", {"calls": (call(is_async=True),)}),
    ("root", {"parent_id": None}),
    ("running", {"state": "running"}),
    ("committed", {"transaction": "committed"}),
    ("rolled-back", {"transaction": "rolled back"}),
])  # fmt: skip
def test_flag_says_what_is_true(flag, fields):
    quiet = {"calls": (call(),)}
    assert matches(f"is:{flag}", **{**quiet, **fields})
    assert not matches(f"is:{flag}", **quiet)


@pytest.mark.parametrize("transaction", [None, "autocommit", "open"])
def test_transaction_that_is_not_over_is_neither_committed_nor_rolled_back(transaction):
    assert matches("-is:committed -is:rolled-back", transaction=transaction)


def local_us(moment: datetime.datetime) -> int:
    return round(moment.astimezone().timestamp() * 1_000_000)


def test_time_of_day_is_todays_in_the_servers_zone():
    today = datetime.datetime.now().astimezone().replace(tzinfo=None)
    moment = local_us(today.replace(hour=14, minute=5, second=0, microsecond=0))
    assert matches("after:14:05", started_us=moment)
    assert not matches("after:14:05", started_us=moment - 1)
    assert matches("before:14:05", started_us=moment - 1)
    assert not matches("before:14:05", started_us=moment)
    assert matches("after:14:05:11 before:14:05:11.5", started_us=moment + 11_000_000)


def test_date_and_zone_may_be_named():
    moment = 1_769_868_300_000_000  # 2026-01-31T14:05 UTC
    assert matches("after:2026-01-31T14:05Z", started_us=moment)
    assert matches("after:2026-01-31T15:05+01:00", started_us=moment)
    assert not matches("before:2026-01-31T14:05+00:00", started_us=moment)
    midnight = local_us(datetime.datetime.fromisoformat("2026-01-31"))
    assert matches("after:2026-01-31", started_us=midnight)
    assert not matches('after:"2026-01-31 00:00:01"', started_us=midnight)


def test_everything_is_compared_without_regard_to_case():
    assert matches("sender:STRASSE.wert /STRASSE/", sender="Straße.Wert")


def test_texts_are_looked_at_one_by_one():
    """A phrase or an expression does not begin in one text and end in the next."""
    fields = {"signal": "a.b", "sender": "c.d"}
    assert not matches("/b.*c/", **fields)
    assert not matches("b*c", **fields)


def test_control_characters_and_lone_surrogates_are_ordinary_text():
    assert matches(
        '\ud800 "\x00" arg:note="\x1b[0m"', arguments={"note": "\x1b[0m", "x": "\ud800\x00"}
    )


def test_argument_too_long_to_be_written_is_no_trouble():
    assert matches("arg:count -arg:count=7", arguments={"count": 10**5000})


names = st.text("ab._", min_size=1, max_size=6)


@given(name=names, wanted=names)
def test_signal_agrees_with_splitting_the_name(name, wanted):
    parts, last = name.split("."), wanted.split(".")
    is_end = parts[-len(last) :] == last
    assert matches(f"signal:{wanted}", signal=name) is is_end


@given(text=st.text("ab ", min_size=1), wanted=st.text("ab ", min_size=1))
def test_phrase_agrees_with_looking_into_the_text(text, wanted):
    fields = {"signal": "-", "sender": text, "process": "-", "thread": "-"}
    assert matches(f'"{wanted}"', **fields) is (wanted in text)


@given(took=st.integers(0, 10**12), low=st.integers(0, 10**6), high=st.integers(0, 10**6))
def test_durations_agree_with_arithmetic(took, low, high):
    low, high = sorted((low, high))
    fields = {"duration_ns": took}
    assert matches(f"took:>{low}us", **fields) is (took > low * 1_000)
    assert matches(f"took:<={high}ms", **fields) is (took <= high * 1_000_000)
    assert matches(f"took:{low}..{high}us", **fields) is (low * 1_000 <= took <= high * 1_000)


@given(sender=names, wanted=names, is_error=st.booleans(), depth=st.integers(0, 5))
def test_terms_agree_with_and_or_and_not(sender, wanted, is_error, depth):
    fields = {"sender": sender, "state": "error" if is_error else "ok", "depth": depth}
    found = matches(f"-is:error depth:1,>3 sender:*{wanted}*", **fields)
    assert found is (not is_error and (depth == 1 or depth > 3) and wanted in sender)
