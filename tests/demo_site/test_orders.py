"""What the cases of `order_placed` and its nine receivers promise."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.queries import is_n_plus_one
from demo_site.shop.models import Order, Product
from demo_site.shop.receivers import COURIER_S, update_bestsellers
from tests.demo_site.conftest import Press, call_of, receivers, short

NINE = [
    "reserve_stock",
    "note_order",
    "keep_audit_trail",
    "issue_invoice",
    "update_bestsellers",
    "book_courier",
    "charge_card",
    "thank_customer",
    "send_receipt",
]


def test_order_is_received_nine_times_in_order_of_connection(press: Press) -> None:
    dispatch = press("order").one("order_placed")
    assert receivers(dispatch) == NINE
    assert dispatch.state == "ok"
    assert dispatch.signal == "demo_site.shop.signals.order_placed"
    assert dispatch.sender == "shop.Order"
    starts = [call.started_ns for call in dispatch.calls]
    assert starts == sorted(starts)
    assert call_of(dispatch, "reserve_stock").duration_ns < COURIER_S * 1e9


def test_slow_receiver_takes_most_of_the_time(press: Press) -> None:
    dispatch = press("slow").one("order_placed")
    assert dispatch.duration_ns > COURIER_S * 1e9
    slowest = max(dispatch.calls, key=lambda call: call.duration_ns)
    assert short(slowest) == "book_courier"
    assert slowest.duration_ns > COURIER_S * 1e9


def test_failing_receiver_leaves_the_ones_after_it_unreached(press: Press) -> None:
    dispatch = press("failing").one("order_placed")
    assert dispatch.state == "error"
    assert dispatch.method == "send"
    assert dispatch.error == "demo_site.failures.CardDeclined"
    assert call_of(dispatch, "charge_card").error == "demo_site.failures.CardDeclined"
    assert [short(call) for call in dispatch.calls if call.skipped] == [
        "thank_customer",
        "send_receipt",
    ]
    assert all(call.started_ns is None for call in dispatch.calls if call.skipped)
    assert not Order.objects.filter(card="declined").exists()


def test_async_receiver_is_marked_and_runs_last(press: Press) -> None:
    dispatch = press("async").one("order_placed")
    assert dispatch.method == "send"
    assert [short(call) for call in dispatch.calls if call.is_async] == ["send_receipt"]
    assert short(dispatch.calls[-1]) == "send_receipt"
    assert dispatch.calls[-1].duration_ns > 0
    ended = [call.started_ns + call.duration_ns for call in dispatch.calls[:-1]]
    assert dispatch.calls[-1].started_ns >= max(ended)


def test_nested_dispatches_are_three_deep(press: Press) -> None:
    pressed = press("nested")
    order = pressed.one("order_placed")
    saved = pressed.one("post_save", "shop.Invoice")
    issued = pressed.one("invoice_issued")
    assert (order.depth, saved.depth, issued.depth) == (0, 1, 2)
    assert saved.parent_id == order.id
    assert short(order.calls[saved.parent_call]) == "issue_invoice"
    assert issued.parent_id == saved.id
    assert issued.root_id == order.id
    assert receivers(issued) == ["enter_in_books"]


def test_many_queries_receiver_asks_once_for_each_product(press: Press) -> None:
    dispatch = press("queries").one("order_placed")
    call = call_of(dispatch, "update_bestsellers")
    assert call.error is None
    products, sold = call.queries
    assert (products.count, sold.count) == (1, Product.objects.count())
    assert is_n_plus_one(sold)
    assert not is_n_plus_one(products)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        update_bestsellers(sender=Order, order=Order.objects.latest("pk"))
    assert len(queries) - 1 == 1 + Product.objects.count()


def test_twelve_lines_are_twelve_equal_dispatches(press: Press) -> None:
    pressed = press("twelve")
    picked = pressed.of("line_picked")
    assert len(picked) == 12
    [first, *_] = range_ = [pressed.dispatches.index(dispatch) for dispatch in picked]
    assert range_ == list(range(first, first + 12)), "something else came between them"
    alike = {(d.sender, d.method, d.call_site, d.parent_id, *receivers(d)) for d in picked}
    assert len(alike) == 1
    assert receivers(picked[0]) == ["weigh_parcel"]
