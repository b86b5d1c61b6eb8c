"""The shop's own signals. Who receives them is written in `receivers.py`."""

from __future__ import annotations

from django.dispatch import Signal

order_placed = Signal()
"""Sent by `Order` with `order`, inside the transaction that makes it."""

order_cancelled = Signal()
"""Sent by `Order` with `order`."""

line_picked = Signal()
"""Sent by `OrderLine` with `line`, once for each line of an order."""

invoice_issued = Signal()
"""Sent by `Invoice` with `invoice`."""

price_changed = Signal()
"""Sent by `Product`, by `Sale`, or by nobody, with `price`."""

shelf_emptied = Signal()
"""Sent by `Product`. Nobody receives it for long."""

gift_wrapped = Signal()
"""Sent by `Order` with `order`. Nobody ever received it."""
