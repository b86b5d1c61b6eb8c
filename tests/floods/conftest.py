"""A feed of one's own over a store, with the tracer that writes it or without."""

from __future__ import annotations

from tests.dashboard.conftest import feed as feed
from tests.dashboard.conftest import store as store
from tests.tracer.conftest import installed_store as installed_store
