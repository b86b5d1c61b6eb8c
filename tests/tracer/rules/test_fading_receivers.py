"""W007: receivers that are gone, or soon will be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracer.rules import projects
from tests.tracer.rules.projects import Found

RECEIVERS = """
    import functools
    from django.contrib.auth.models import User
    from django.dispatch import Signal, receiver

    placed = Signal()

    class Ledger:
        def note(self, sender, **kwargs): ...
        def __call__(self, sender, **kwargs): ...

    def shared(sender, label=None, **kwargs): ...

    def made(label=None):
        def local(sender, **kwargs):
            return label
        return local
"""
FAULTY = {
    "fading/receivers.py": f"""{RECEIVERS}
    placed.connect(lambda sender, **kwargs: None)
    placed.connect(functools.partial(shared, label=1))
    placed.connect(made())
    placed.connect(Ledger().note)
    for _ in range(3):
        placed.connect(Ledger())

    @receiver(placed)
    def same(sender, **kwargs): ...

    @receiver(placed, sender=User)
    def same(sender, **kwargs): ...

    def itself():
        def recursive(sender, **kwargs):
            return recursive
        placed.connect(recursive)

    itself()
    """,
}
SOUND = {
    "fading/receivers.py": f"""{RECEIVERS}
    held = lambda sender, **kwargs: None
    placed.connect(held)
    preset = {{"partial": [functools.partial(shared, label=1)]}}
    placed.connect(preset["partial"][0])
    placed.connect(made(1), weak=False)
    placed.connect(lambda sender, **kwargs: None, weak=False)
    ledger = Ledger()
    placed.connect(ledger.note)

    class Shop:
        ledgers = (Ledger(),)
        def __init__(self):
            self.ledger = Ledger()
            placed.connect(self.ledger.note)

    shop = [Shop()]
    placed.connect(Shop.ledgers[0])

    @functools.lru_cache
    def cached():
        return made(2)

    placed.connect(cached())

    def waiting():
        local = made(3)
        placed.connect(local)
        yield local

    waits = waiting()
    next(waits)

    @receiver(placed)
    def same(sender, **kwargs): ...
    """,
}


def names(found: Found) -> dict[str, str]:
    return {
        each["receiver"].removeprefix("fading.receivers."): each["tag"]
        for each in found.of("fading")
        if each["id"] == "W007"
    }


EXPECTED = {
    "<lambda>": "bound to vanish",
    "partial of fading.receivers.shared": "bound to vanish",
    "made.<locals>.local": "bound to vanish",
    "Ledger.note": "collected",  # Django's cache holds the function, not what it is bound to.
    "instance of fading.receivers.Ledger": "bound to vanish",
    "same": "bound to vanish",
    "itself.<locals>.recursive": "bound to vanish",
}


def test_receiver_that_only_djangos_cache_holds_is_reported_under_debug(faulty: Found) -> None:
    assert names(faulty) == EXPECTED
    assert {each["id"] for each in faulty.of("fading")} == {"W007"}
    (found,) = [each for each in faulty.of("fading") if each["receiver"].endswith("<lambda>")]
    assert found["place"] == "fading/receivers.py:19"
    assert "weak=False" in found["hint"]


def test_the_same_receivers_are_reported_as_collected_without_debug(faulty_project: Path) -> None:
    found = projects.look(
        faulty_project,
        'DEBUG = False\nSIGNALBOX = {"STORE": "memory", "ENABLED": True}',
        afterwards="import gc; gc.collect()",
    )
    assert names(found) == dict.fromkeys(EXPECTED, "collected")


def test_loop_of_receivers_is_one_finding_that_counts_them(faulty_project: Path) -> None:
    found = projects.look(
        faulty_project,
        'DEBUG = False\nSIGNALBOX = {"STORE": "memory", "ENABLED": True}',
        afterwards="import gc; gc.collect()",
    )
    (one,) = [each for each in found.of("fading") if "instance of" in each["receiver"]]
    assert "3 times" in one["text"]


def test_receivers_that_something_holds_are_sound(sound: Found) -> None:
    assert sound.of("fading") == []


def test_receiver_of_a_running_function_is_held(tmp_path: Path) -> None:
    project = projects.build(tmp_path, {"fading/receivers.py": RECEIVERS})
    look = """
        import threading
        from fading.receivers import made, placed

        def wait(go_on, begun):
            local = made()
            placed.connect(local)
            begun.set()
            go_on.wait()

        begun, go_on = threading.Event(), threading.Event()
        threading.Thread(target=wait, args=(go_on, begun)).start()
        begun.wait()
        from tracer import rules
        assert rules.findings() == (), rules.findings()
        go_on.set()
    """
    assert projects.look(project, afterwards="from fading import receivers").findings == []
    program = "import django; django.setup()\n" + projects.dedent(look)
    projects.run(project, ["-c", program])


@pytest.mark.parametrize(
    "ended", ["placed.disconnect(local)", "placed.connect(made(), weak=False)"]
)
def test_receiver_that_was_disconnected_or_replaced_is_not_missed(
    tmp_path: Path, ended: str
) -> None:
    project = projects.build(tmp_path, {"fading/receivers.py": RECEIVERS})
    look = f"""
        import gc
        from fading.receivers import made, placed

        def once():
            local = made()
            placed.connect(local)
            {ended}
        once()
        gc.collect()
    """
    changes = 'DEBUG = False\nSIGNALBOX = {"STORE": "memory", "ENABLED": True}'
    assert projects.look(project, changes, afterwards=look).findings == []
