"""W004: one function, connected more than once."""

from __future__ import annotations

import functools
import sys
from types import FrameType
from typing import Any

import pytest
from django.dispatch import Signal

from tests.tracer.rules.projects import Found
from tracer import _compat, registry
from tracer.rules import repeated_receivers
from tracer.rules.finding import Finding
from tracer.rules.repeated_receivers import Shapes
from tracer.rules.subjects import subjects_of

SIGNALS = """
    from django.dispatch import Signal

    placed, paid, sent = Signal(), Signal(), Signal()
"""
NOTE = """
    from django.dispatch import receiver
    from twice.signals import placed

    @receiver(placed)
    def note(sender, **kwargs): ...
"""
FAULTY = {
    "twice/signals.py": SIGNALS,
    "twice/receivers.py": NOTE,
    "twice/others.py": """
        from twice.signals import Signal, paid, sent

        def count(sender, **kwargs): ...

        paid.connect(count, dispatch_uid="one")
        paid.connect(count, dispatch_uid="other")

        def weigh(sender, **kwargs): ...

        sent.connect(weigh)
        sent.connect(weigh, sender=Signal)
    """,
    "twice/apps.py": """
        from django.apps import AppConfig

        class TwiceConfig(AppConfig):
            name = "twice"

            def ready(self):
                from twice import others, receivers
                from twice_again import receivers
    """,
    "_/twice_again/__init__.py": "import twice\n__path__ = twice.__path__",
}
SOUND = {
    "twice/signals.py": SIGNALS,
    "twice/receivers.py": f"""{NOTE}
    placed.connect(note)

    from twice.signals import Signal, paid, sent

    def count(sender, **kwargs): ...

    paid.connect(count, sender=Signal)
    paid.connect(count, sender=dict)

    def made(label):
        def weigh(sender, **kwargs):
            return label
        return weigh

    class Scales:
        def weigh(self, sender, **kwargs): ...

    first, second = Scales(), Scales()
    sent.connect(first.weigh)
    sent.connect(second.weigh)
    sent.connect(made("a"), weak=False)
    sent.connect(made("b"), weak=False)
    sent.connect(lambda **kwargs: 1, weak=False); sent.connect(lambda **kwargs: 2, weak=False)
    """,
}


def test_function_under_two_module_names_is_reported_with_both(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("twice") if each["signal"].endswith(".placed")]
    assert (found["id"], found["place"]) == ("W004", "twice/receivers.py:5")
    assert "twice.receivers and twice_again.receivers" in found["hint"]
    assert "connected twice to placed for every sender" in found["text"]


def test_function_under_two_uids_is_reported(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("twice") if each["signal"].endswith(".paid")]
    assert "connected twice to paid for every sender" in found["text"]
    assert 'paid.connect(count, dispatch_uid="twice.others.count")' in found["hint"]


def test_function_for_every_sender_and_for_one_is_reported(faulty: Found) -> None:
    (found,) = [each for each in faulty.of("twice") if each["signal"].endswith(".sent")]
    assert "for every sender and once more for django.dispatch.dispatcher.Signal" in found["text"]


def test_functions_that_differ_in_sender_closure_or_object_are_sound(sound: Found) -> None:
    assert sound.of("twice") == []


def made(label: object, extra: object = None) -> Any:
    def inner(first: object = extra) -> object:
        return label

    return inner


def executed(text: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    return namespace["made"]


def compiled(text: str) -> Any:
    """As a file does that is imported once more."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "receivers.py", "exec"), namespace)
    return namespace["made"]


def is_same(one: object, other: object) -> bool:
    shapes = Shapes()
    return shapes.of(one) == shapes.of(other)


def found_of(receivers: list[Any]) -> list[Finding]:
    signal = Signal()
    for each in receivers:
        signal.connect(each, weak=False)
    connected = [
        registry.LiveConnection(each, each.receiver, None, None)
        for each in _compat.connections_of(signal)
    ]
    live = registry.LiveSignal("signals.placed", signal, connected)
    return list(repeated_receivers.repeated_receivers(subjects_of([live])))


def test_same_is_what_closes_over_and_is_preset_with_the_same() -> None:
    assert is_same(made("a"), made("a"))
    assert not is_same(made("a"), made("b"))
    assert not is_same(made("a", 1), made("a", 2))
    assert is_same(made(made(1)), made(made(1)))
    assert not is_same(made(made(1)), made(made(2)))
    assert not is_same(made(1), made(True))
    assert is_same(made((1, ("a",))), made((1, ("".join("a"),))))
    assert not is_same(made([]), made([]))
    assert is_same(functools.partial(made, 1), functools.partial(made, 1))
    assert not is_same(functools.partial(made, 1), functools.partial(made, 2))
    assert not is_same(functools.partial(made, label=1), functools.partial(made, label=2))
    assert is_same(functools.partial(made, a=1, b=2), functools.partial(made, b=2, a=1))


def test_what_holds_itself_has_an_end() -> None:
    def mutual() -> tuple[Any, ...]:
        each: tuple[Any, ...] = tuple(map(made, range(30)))
        for one in each:
            cell = one.__closure__[0]
            cell.cell_contents = each
        return each

    first, *_ = mutual()
    assert is_same(first, first)
    assert not is_same(first, mutual()[0])


def test_what_is_closed_over_is_not_asked_whether_it_is_equal() -> None:
    class Proud:
        def __eq__(self, other: object) -> bool:
            raise AssertionError("asked")

        __hash__ = None  # type: ignore[assignment]

    class ProudName(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            raise AssertionError("asked")

        __lt__ = __hash__ = __eq__  # type: ignore[assignment]

    proud = made(1)
    proud.__code__ = proud.__code__.replace(co_consts=(Proud(), ProudName("a")))
    assert not is_same(made(Proud()), made(Proud()))
    assert not is_same(made((Proud(),)), made((Proud(),)))
    assert not is_same(made(ProudName("a")), made(ProudName("a")))
    assert not is_same(proud, made(1))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lambda **k: 1", "lambda **k: 2"),
        ("lambda **k: 1", "lambda **k: True"),
        ("lambda **k: k.one", "lambda **k: k.other"),
        ("lambda **k: -k", "lambda **k: ~k"),
        ("lambda one, **k: one", "lambda other, **k: other"),
        ("lambda one, **k: one", "lambda *one, **k: one"),
        ("lambda **k: lambda: 1", "lambda **k: lambda: 2"),
        ("lambda **k: k in {1, 2}", "lambda **k: k in {1, 3}"),
        ("lambda **k: k in (1, 2)", "lambda **k: k in (1, 2.0)"),
    ],
)
def test_functions_of_one_line_and_name_are_told_apart_by_what_they_do(
    one: str, other: str
) -> None:
    first, second, again = (compiled(f"made = {text}") for text in (one, other, one))
    assert not is_same(first, second)
    assert is_same(first, again)
    assert found_of([first, second]) == []
    assert len(found_of([first, second, again])) == 1


def test_text_that_was_executed_elsewhere_is_another_function() -> None:
    assert not is_same(executed("made = lambda **k: 1"), executed("made = lambda **k: 1"))
    namespace: dict[str, Any] = {}
    for name in ("first", "second"):
        exec("made = lambda **k: 1", namespace)
        namespace[name] = namespace["made"]
    assert is_same(namespace["first"], namespace["second"])


def test_work_grows_as_the_number_of_connections() -> None:
    def calls_for(receivers: list[Any]) -> int:
        calls = 0

        def count(frame: FrameType, event: str, _: object) -> None:
            nonlocal calls
            calls += event == "call" and frame.f_code.co_filename == repeated_receivers.__file__

        sys.setprofile(count)
        try:
            assert found_of(receivers) == []
        finally:
            sys.setprofile(None)
        return calls

    for kind in (made, lambda each: made(made(each)), lambda _: made(object())):
        few, many = (calls_for(list(map(kind, range(number)))) for number in (100, 400))
        assert 0 < many <= 4 * few
