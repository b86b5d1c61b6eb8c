"""A feed of one's own over a store, with the tracer that writes it or without; and a browser."""

from __future__ import annotations

from tests.browser.conftest import browser as browser
from tests.browser.conftest import context as context
from tests.dashboard.conftest import feed as feed
from tests.dashboard.conftest import store as store
from tests.tracer.conftest import installed_store as installed_store
