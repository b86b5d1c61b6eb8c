"""A feed to attack in this process, and a demo site to attack from outside."""

from __future__ import annotations

import pytest

from tests.browser.conftest import browser, context, site
from tests.dashboard.conftest import feed, store

__all__ = ["browser", "context", "feed", "site", "store"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/attacks/" in item.nodeid and {"site", "browser"} & set(
            getattr(item, "fixturenames", ())
        ):
            item.add_marker(pytest.mark.slow)
