"""In which processes a receiver is connected and in which not, and how that is said."""

from __future__ import annotations

from tests.tracer.told import gone, receiver, registry, signal
from tracer.presence import Presence, differences, process_label, processes_words
from tracer.registries import PublishedRegistry

SENT = "shop.signals.sent"
BILL = "shop.late.bill"
SERVER = "runserver 1@here"
WORKER = "celery 2@here"


def only(*registries: PublishedRegistry) -> Presence:
    ((_, found),) = differences(registries, "here")[SENT].items()
    return found


def test_what_all_have_or_one_process_alone_has_is_no_difference() -> None:
    one = registry(SERVER, signal(SENT, receiver(BILL)))
    other = registry(WORKER, signal(SENT, receiver(BILL)))
    assert differences([one], "here") == differences([one, other], "here") == {}
    assert differences([], "here") == {}


def test_receiver_whose_module_was_not_imported_is_told_with_it() -> None:
    found = only(
        registry(SERVER, signal(SENT, receiver(BILL)), modules=["shop", "shop.late"]),
        registry(WORKER, signal(SENT), modules=["shop"]),
    )
    assert (found.having, found.lacking, found.tag) == ((SERVER,), (WORKER,), "not in celery")
    assert found.text == (
        "Not connected in celery (pid 2), where shop.late was not imported. Connected in runserver (pid 1)."
    )


def test_one_that_the_first_has_not_is_told_as_well() -> None:
    found = only(registry(SERVER), registry(WORKER, signal(SENT, receiver(BILL))))
    assert found.tag == "not in runserver"
    assert found.text == "Not connected in runserver (pid 1). Connected in celery (pid 2)."
    assert found.connection.name == BILL


def test_one_that_is_gone_there_is_told_with_how() -> None:
    has = registry(SERVER, signal(SENT, receiver(BILL)), modules=["shop.late"])
    dead = registry("a 2@here", signal(SENT, receiver(BILL, is_dead=True)), modules=["shop.late"])
    off = registry("b 3@here", signal(SENT, gone=[gone(BILL)]), modules=["shop.late"])
    plain = registry("c 4@here", modules=["shop.late"])
    assert only(has, dead, off, plain).text == (
        "Not connected in a (pid 2), where it was collected. Not connected in b (pid 3), where it was disconnected. "
        "Not connected in c (pid 4). Connected in runserver (pid 1)."
    )


def test_connections_for_different_senders_are_different_ones() -> None:
    found = differences(
        [
            registry(SERVER, signal(SENT, receiver(BILL, sender="shop.Order"))),
            registry(WORKER, signal(SENT, receiver(BILL))),
        ],
        "here",
    )
    assert [(sender, each.tag) for (_, sender), each in found[SENT].items()] == [
        (None, "not in runserver"),
        ("shop.Order", "not in celery"),
    ]


def test_what_comes_and_goes_with_what_a_process_does_is_not_compared() -> None:
    assert (
        differences(
            [
                registry(
                    SERVER,
                    signal("unnamed Signal", receiver(BILL)),
                    signal(
                        "django.core.signals.setting_changed", receiver("channels.layers.reset")
                    ),
                    signal(
                        SENT,
                        receiver("django.db.reset"),
                        receiver("partial of django.test.client.note"),
                    ),
                    signal("shop.signals.other", receiver(BILL, is_dead=True)),
                ),
                registry(WORKER),
            ],
            "here",
        )
        == {}
    )


def test_typed_in_a_shell_is_compared() -> None:
    typed = "django.core.management.commands.shell.mine"
    found = only(registry(SERVER), registry("shell 2@here", signal(SENT, receiver(typed))))
    assert found.tag == "not in runserver"


def test_mark_counts_where_one_command_has_both() -> None:
    has = [registry(f"celery {pid}@here", signal(SENT, receiver(BILL))) for pid in (1, 2)]
    lacks = [registry(f"celery {pid}@here") for pid in (3, 4, 5)]
    assert only(*has, *lacks).tag == "not in 3 of 5"
    others = [registry("runserver 6@here"), registry("shell 7@here")]
    assert only(*has, *others).tag == "only in celery"
    assert only(*has, others[0]).tag == "not in runserver"


def test_processes_are_named_by_command_pid_and_a_host_that_is_another() -> None:
    names = [WORKER, "celery 3@here", "celery 4@db-1", "manage shell 5@here"]
    assert processes_words(names, "here") == (
        "celery (pids 2 and 3), celery (pid 4 on db-1) and manage shell (pid 5)"
    )
    many = [f"celery {pid}@here" for pid in range(1, 10)]
    assert processes_words(many, "here") == "celery (pids 1, 2, 3, 4, 5, 6 and 3 more)"
    assert [process_label(name, "here") for name in names[1:3]] == ["celery 3", "celery 4@db-1"]
