"""What the cases of the ways to connect promise."""

from __future__ import annotations

from demo_site.shop.ledger import audit_trail, ledger
from demo_site.shop.models import Order
from tests.demo_site.conftest import Press, receivers


def test_bound_method_is_the_second_receiver(press: Press) -> None:
    dispatch = press("bound-method").one("order_placed")
    assert dispatch.calls[1].receiver.endswith("Ledger.note_order")
    assert ledger.references[-1] == Order.objects.latest("pk").reference


def test_one_receiver_receives_two_signals(press: Press) -> None:
    pressed = press("two-signals")
    for name in ("order_placed", "order_cancelled"):
        assert "keep_audit_trail" in receivers(pressed.one(name))
    assert list(audit_trail)[-2:] == [Order.objects.latest("pk").reference] * 2


def test_receiver_without_a_sender_receives_all_senders(press: Press) -> None:
    dispatches = press("any-sender").of("price_changed")
    assert [dispatch.sender for dispatch in dispatches] == [
        "shop.Product",
        "demo_site.shop.checkout.Sale",
        None,
    ]
    assert [receivers(dispatch) for dispatch in dispatches] == [
        ["relabel_shelf", "note_price"],
        ["note_price"],
        ["note_price"],
    ]


def test_lazy_sender_was_resolved(press: Press) -> None:
    dispatch = press("lazy-sender").one("post_save", "shop.Order")
    assert receivers(dispatch) == ["remember_order"]


def test_dispatch_uid_makes_two_connections_one(press: Press) -> None:
    dispatch = press("dispatch-uid").one("post_save", "shop.Invoice")
    assert receivers(dispatch).count("file_invoice") == 1
