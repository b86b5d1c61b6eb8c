"""What the site's processes and the soak that watches them agree on. Only names and numbers."""

from __future__ import annotations

CAPACITY = 5_000
"""Records in the store; as many as the page's server holds, so that both are full within the first minutes."""
COUNTS = "counts"
"""The folder, in the demo's own, in which each process counts its dispatches."""
RELOAD = "reload"
"""A file in the demo's folder that makes the server reload when it is touched."""
COUNTER = "tests.soak.counting.count"
"""The receiver that counts."""
MUTED = "django.db.models.signals.post_save"
"""The signal that is muted now and then."""
