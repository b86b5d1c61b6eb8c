"""W008: a coroutine that nobody awaits."""

from __future__ import annotations

from tests.tracer.rules.projects import Found

RECEIVERS = """
    import asyncio
    import functools
    from asgiref.sync import async_to_sync
    from django.dispatch import Signal, receiver

    placed, paid, sent = Signal(), Signal(), Signal()

    def timed(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    def bare(function):
        def wrapper(sender, **kwargs):
            return function(sender, **kwargs)
        return wrapper

    async def later(sender, **kwargs): ...
"""
FAULTY = {
    "coroutines/receivers.py": f"""{RECEIVERS}
    @receiver(placed)
    @timed
    async def note(sender, **kwargs): ...

    barely = bare(later)
    paid.connect(barely)
    twice = timed(bare(later))
    sent.connect(twice)
    """,
}
SOUND = {
    "coroutines/receivers.py": f"""{RECEIVERS}
    def awaited(function):
        @functools.wraps(function)
        async def wrapper(*args, **kwargs):
            return await function(*args, **kwargs)
        return wrapper

    def running(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return asyncio.run(function(*args, **kwargs))
        return wrapper

    def finish(coroutine):
        return asyncio.run(coroutine)

    def finished(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return finish(function(*args, **kwargs))
        return wrapper

    def scheduling(pool, function):
        def wrapper(sender, **kwargs):
            pool.put(function, kwargs)
        return wrapper

    @receiver(placed)
    @awaited
    async def note(sender, **kwargs): ...

    @receiver(placed)
    @running
    async def run_it(sender, **kwargs): ...

    @receiver(placed)
    @finished
    async def finish_it(sender, **kwargs): ...

    turned = async_to_sync(later)

    @receiver(placed)
    def turn_it(sender, **kwargs):
        turned(sender, **kwargs)

    def turning(function):
        turned = async_to_sync(function)
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return turned(*args, **kwargs)
        return wrapper

    @receiver(placed)
    @turning
    async def turn_again(sender, **kwargs): ...

    handed_on = scheduling(object(), later)
    paid.connect(handed_on)
    sent.connect(later)

    @receiver(sent)
    @timed
    def plain(sender, **kwargs): ...
    """,
}


def test_coroutine_behind_a_sync_wrapper_is_reported(faulty: Found) -> None:
    found = {each["signal"].rpartition(".")[2]: each for each in faulty.of("coroutines")}
    assert {name: each["id"] for name, each in found.items()} == dict.fromkeys(
        ("placed", "paid", "sent"), "W008"
    )
    assert found["placed"]["receiver"] == "coroutines.receivers.note"
    assert found["placed"]["place"] == "coroutines/receivers.py:22"
    assert "await function(*args, **kwargs)" in found["placed"]["hint"]


def test_wrappers_that_await_run_or_hand_on_are_sound(sound: Found) -> None:
    assert sound.of("coroutines") == []
