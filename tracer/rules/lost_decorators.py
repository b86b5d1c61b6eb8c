"""W005: a decorator above `@receiver`, which the connected function therefore does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType

from tracer import words
from tracer.rules import functions, namespaces, sources
from tracer.rules.finding import Finding
from tracer.rules.subjects import Subject


def lost_decorators(connected: Iterable[Subject]) -> Iterator[Finding]:
    """Yield one finding for each such connection; reads a file only where a name stands for something else."""
    for each in connected:
        function = functions.function_of(each.receiver)
        if function is None or not functions.is_own(function.__code__):
            continue
        inner = _innermost(function)
        if "<locals>" in inner.__qualname__:
            continue
        named = namespaces.named_thing(inner.__module__, inner.__qualname__)
        # A decorator that gives back what it got, as one that registers it, takes nothing from the receiver.
        if named is None or named is function or named is each.receiver:
            continue
        above = _above(inner)
        if above:
            many = len(above) > 1
            yield Finding(
                id="W005",
                signal=each.signal_name,
                receiver=each.name,
                sender=each.sender_words,
                place=words.place_words(inner.__code__.co_filename, inner.__code__.co_firstlineno),
                text=(
                    f"{' and '.join(above)} {'stand' if many else 'stands'} above @receiver, so the function "
                    f"that {each.signal_short} calls, {each.name}, does not have {'them' if many else 'it'}."
                ),
                hint=(
                    "Put @receiver on top:\n\n    @receiver(…)\n"
                    + "".join(f"    {decorator}\n" for decorator in above)
                    + f"    def {inner.__name__}(…):"
                ),
                tag="decorator lost",
            )


def _innermost(function: FunctionType) -> FunctionType:
    for _ in range(10):
        wrapped = function.__dict__.get("__wrapped__")
        if type(wrapped) is not FunctionType:
            break
        function = wrapped
    return function


def _above(function: FunctionType) -> tuple[str, ...]:
    code = function.__code__
    for decorated in sources.source_of(code.co_filename).decorated:
        if decorated.line == code.co_firstlineno and decorated.name == code.co_name:
            return decorated.above
    return ()
