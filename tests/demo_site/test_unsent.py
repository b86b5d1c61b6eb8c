"""What the cases of what sends no signal promise."""

from __future__ import annotations

import pytest

from demo_site.mishaps.models import Crate
from tests.demo_site.conftest import Press


@pytest.mark.parametrize("slug", ["silence", "fast-delete"])
def test_nothing_is_dispatched_but_the_request(press: Press, slug: str) -> None:
    names = {dispatch.signal.rpartition(".")[2] for dispatch in press(slug).dispatches}
    names.discard("template_rendered")  # sent under test only
    assert names == {"request_started", "request_finished"}
    assert Crate.objects.exists() == (slug == "silence")


def test_removing_is_sent_although_nobody_listens_and_adding_is_not(press: Press) -> None:
    changes = press("m2m-unheard").of("m2m_changed")
    assert {change.sender for change in changes} == {"mishaps.Train_wagons"}
    assert [change.arguments["action"] for change in changes] == ["pre_remove", "post_remove"]
    assert [change.calls for change in changes] == [(), ()]
