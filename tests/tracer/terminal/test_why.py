"""`manage.py signals why`, run as a process."""

from __future__ import annotations

import pytest

from tests.tracer import told
from tests.tracer.terminal.project import Project
from tracer.terminal.ink import cells


@pytest.mark.parametrize(
    "names", [("shop.Order", "post_save"), ("post_save", "shop.Order"), ("SHOP.order", "post_save")]
)
def test_says_what_would_run_and_what_would_not(project: Project, names: tuple[str, str]) -> None:
    done = project.signals("why", *names, COLUMNS="120")
    assert (done.returncode, done.stderr) == (0, "")
    would, would_not = done.stdout.split("Would not run")
    assert would.startswith("django.db.models.signals.post_save from shop.Order\n")
    assert "  1  shop.receivers.remember_order  sync   shop/receivers.py:8" in would
    assert "shop.receivers.hurry_up" in would_not
    assert "proxy of shop.Order" in would_not
    assert "     → " in would_not
    assert "bulk_create" in would_not.split("To know")[1]


def test_sender_may_be_left_out(project: Project) -> None:
    done = project.signals("why", "order_placed")
    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["1", "shop.receivers.reserve_stock", "all"] in [line[:3] for line in lines]
    assert ["2", "shop.receivers.send_receipt", "all", "async"] in [line[:4] for line in lines]


def test_says_when_no_receiver_would_run(project: Project) -> None:
    done = project.signals("why", "pre_delete", "shop.Order")
    assert done.returncode == 0
    assert "No receiver would run" in done.stdout


def test_receivers_for_unrelated_senders_take_a_line_each(project: Project) -> None:
    project.write(
        "shop/receivers.py",
        """
        from django.contrib.contenttypes.models import ContentType
        @receiver(post_save, sender=ContentType)
        def note_type(sender, **kwargs):
            pass
        """,
        adds=True,
    )
    done = project.signals("why", "shop.Order", "post_save")
    _, others = done.stdout.split("Connected for other senders\n")
    assert others.splitlines()[0].split()[:2] == [
        "shop.receivers.note_type",
        "contenttypes.ContentType",
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("shop.Ordr", "post_save"), 'no sender "shop.Ordr" here. Nearest: shop.Order'),
        (("post_sav", "shop.Order"), 'no signal "post_sav" here. Nearest: django.db'),
        (("shop.Order", "post_sav"), 'no signal "post_sav" here. Nearest: django.db'),
        (("shop.Order",), "It is a sender: name the signal as well."),
        (("a", "b", "c"), "Expected a sender and a signal"),
    ],
)
def test_unknown_name_gets_the_nearest_ones(
    project: Project, names: tuple[str, ...], said: str
) -> None:
    done = project.signals("why", *names)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("width", [60, 120])
def test_no_line_is_wider_than_the_terminal(project: Project, width: int) -> None:
    done = project.signals("why", "shop.Order", "post_save", COLUMNS=str(width))
    assert max(map(cells, done.stdout.splitlines())) <= width


def test_receivers_that_other_processes_have_not_are_told(project: Project) -> None:
    late = told.receiver("shop.late.bill", sender="shop.Order")
    post_save = told.signal("django.db.models.signals.post_save", late)
    project.tell(told.registry("celery 7@there", post_save, modules=["shop.late"]))
    done = project.signals("why", "shop.Order", "post_save", COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.split("Not the same in all processes\n")[1].splitlines()
    assert [line.strip() for line in lines if "≠" in line] == [
        "≠  shop.late.bill",
        "≠  shop.receivers.remember_order",
    ]
    text = " ".join(done.stdout.split())
    assert "Connected in celery (pid 7 on there)." in text
    assert (
        "Not connected in celery (pid 7 on there), where shop.receivers was not imported. Connected in this command"
        in text
    )
