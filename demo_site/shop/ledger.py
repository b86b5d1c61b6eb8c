"""What the shop remembers of its orders while the process lives, a bounded number of them."""

from __future__ import annotations

from collections import deque

from demo_site.shop.models import Order

KEPT_ORDERS = 100


class Ledger:
    """Order references, newest last."""

    def __init__(self) -> None:
        self.references: deque[str] = deque(maxlen=KEPT_ORDERS)

    def note_order(self, sender: type[Order], order: Order, **kwargs: object) -> None:
        """Receive `order_placed` as a bound method."""
        self.references.append(order.reference)


ledger = Ledger()
audit_trail: deque[str] = deque(maxlen=KEPT_ORDERS)
