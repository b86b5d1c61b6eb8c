"""What the cases of the ways to send promise."""

from __future__ import annotations

import pytest

from demo_site.mishaps.timing import CLEARANCE_S
from tests.demo_site.conftest import Press, call_of, receivers, short
from tests.demo_site.test_orders import NINE


@pytest.mark.parametrize(
    ("slug", "method"), [("send-robust", "send_robust"), ("asend-robust", "asend_robust")]
)
def test_robust_sending_reaches_all_although_one_fails(
    press: Press, slug: str, method: str
) -> None:
    pressed = press(slug)
    dispatch = pressed.one("order_placed")
    assert pressed.response.status_code == 200
    assert dispatch.method == method
    assert dispatch.state == "error"
    assert receivers(dispatch) == NINE
    failed = [short(call) for call in dispatch.calls if call.error]
    assert failed == ["charge_card"]
    assert call_of(dispatch, "charge_card").error == "demo_site.failures.CardDeclined"
    assert not any(call.skipped for call in dispatch.calls)
    assert all(call.duration_ns is not None for call in dispatch.calls)


def test_asend_runs_all_nine_under_one_dispatch_in_a_task(press: Press) -> None:
    pressed = press("asend")
    dispatch = pressed.one("order_placed")
    assert dispatch.method == "asend"
    assert dispatch.task
    assert dispatch.state == "ok"
    assert receivers(dispatch) == NINE
    assert [short(call) for call in dispatch.calls if call.is_async] == ["send_receipt"]
    # What the sync receivers dispatch in their thread belongs to it as well.
    assert pressed.one("post_save", "shop.Invoice").parent_id == dispatch.id


def test_unheard_signal_has_no_receivers(press: Press) -> None:
    assert press("unheard").one("gift_wrapped").calls == ()


def test_receiver_that_hangs_is_the_only_one(press: Press) -> None:
    dispatch = press("hanging").one("track_asked_for")
    (call,) = dispatch.calls
    assert call.receiver.endswith("wait_for_clearance")
    assert call.duration_ns is not None
    assert call.duration_ns >= CLEARANCE_S * 1e9


def test_async_receivers_wait_side_by_side(press: Press) -> None:
    dispatch = press("fan-out").one("lamps_out")
    assert [short(call) for call in dispatch.calls] == [
        "warn_driver",
        "warn_guard",
        "warn_next_box",
    ]
    spans = [(call.started_ns, call.started_ns + call.duration_ns) for call in dispatch.calls]
    assert max(began for began, _ in spans) < min(ended for _, ended in spans)
