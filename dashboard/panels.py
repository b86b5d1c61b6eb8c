"""The parts of the page around the rows, drawn once for all viewers. Owns no state."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import TYPE_CHECKING

from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from dashboard import registry
from dashboard.counters import BUCKET_S, BUCKETS
from dashboard.rates import rate_html
from dashboard.rendering import render
from tracer import conf, control, presence, stores
from tracer.exceptions import SettingError, StoreError
from tracer.keeper import keeper
from tracer.process import this

if TYPE_CHECKING:
    from dashboard.feed import Feed


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """What the store said of itself."""

    name: str
    kept: int | None
    """Records; None where it did not answer."""
    notice: str | None


def draw_all(feed: Feed) -> dict[str, str]:
    """
    Return each part's HTML by its name; the page has it in the element `sb-<name>`.

    Takes the feed's lock, and asks the store before: it may take its time, and viewers look at the window meanwhile.
    """
    stored = _ask_store()
    with feed.lock:
        return {
            "process": draw_process(feed),
            "status": draw_status(feed, stored),
            "recording": draw_recording(),
            "notices": draw_notices(feed, stored),
            "rate": draw_rate(feed),
            "registry": draw_registry(feed),
            "processes": draw_processes(feed),
            "idle": draw_idle(feed),
        }


def draw_chosen(feed: Feed, chosen: str) -> dict[str, str]:
    """Return the parts that are other for who looks at one process's registry, or at all; takes the feed's lock."""
    with feed.lock:
        return {
            "registry": draw_registry_of(feed, chosen) if chosen else draw_registry(feed),
            "processes": draw_processes(feed, chosen),
        }


def _ask_store() -> Stored:
    store = stores.shared()
    try:
        return Stored(store.name, store.count(), store.notice)
    except StoreError as error:
        return Stored(store.name, None, str(error))


def draw_status(feed: Feed, stored: Stored) -> str:
    """Return dispatches a second, how many are kept, how many were dropped."""
    import tracer

    counters = feed.window.counters
    rate = counters.rate(time.time_ns() // 1000)
    dropped = max(counters.dropped, tracer.stats().dropped)
    return render(
        "_status.html",
        rate=f"{rate:.0f}" if rate >= 10 or rate == 0 else f"{rate:.1f}",
        kept=len(feed.window.rows) if stored.kept is None else stored.kept,
        store=stored.name,
        dropped=dropped,
        sample=sample_share(counters.left_out),
    )


def draw_recording() -> str:
    """Return the button that stops and resumes recording."""
    return render("_recording.html", is_recording=control.recording())


def draw_notices(feed: Feed, stored: Stored) -> str:
    """Return the sentences on what is wrong, if anything is."""
    return render(
        "_notices.html",
        problem=feed.problem,
        notice=stored.notice if feed.problem is None else None,
        # Where it can neither be read nor written, it is said once.
        trouble=keeper.notice if feed.problem is None else None,
        is_recording=control.recording(),
        is_installed=_is_installed(),
        sample=sample_share(feed.window.counters.left_out),
        left_out=feed.window.counters.left_out,
    )


def draw_idle(feed: Feed) -> SafeString:
    """Return what stands where no row does, when there is no filter: why there is none, and what to do."""
    return render(
        "_idle.html",
        problem=feed.problem,
        is_installed=_is_installed(),
        is_recording=control.recording(),
        cleared_us=feed.cleared_us,
    )


def draw_rate(feed: Feed) -> str:
    """Return the picture of the last five minutes."""
    last = int(time.time()) // BUCKET_S
    window = feed.window
    return rate_html(window.counters.buckets, window.markers(), last, BUCKETS, BUCKET_S)


def draw_registry(feed: Feed) -> str:
    """Return the signals by module, with their receivers, what was found, and where processes differ."""
    counters, muted = feed.window.counters, control.muted()
    signals, findings = feed.registered.signals, feed.registered.findings
    differences = feed.registered.differences
    key = (
        *(signals, findings, differences, counters, counters.version, muted),
        # The buttons' links begin with the script name that the page is looked at by.
        get_script_prefix(),
    )
    if feed.registry_drawn[0] != key:
        html = render(
            "_registry.html",
            groups=registry.groups(signals, counters, muted, findings, differences),
            elsewhere=registry.elsewhere(findings),
            is_live=True,
        )
        feed.registry_drawn = (key, html)
    return feed.registry_drawn[1]


def draw_registry_of(feed: Feed, chosen: str) -> str:
    """Return what is connected in one process alone, by its label. The feed's lock is held."""
    known = feed.registered
    own = next((each for each in known.registries if each.process == chosen), None)
    groups = None
    if own is not None:
        counters, muted = feed.window.counters, control.muted()
        groups = registry.groups_of_one(own.signals, counters, muted, known.differences)
    return render(
        "_registry_of.html",
        groups=groups,
        process=presence.processes_words([chosen], this().host),
        elsewhere=registry.elsewhere(()),
    )


def draw_processes(feed: Feed, chosen: str = "") -> str:
    """Return the choice of the process whose registry is shown; nothing where there is none."""
    names = [each.process for each in feed.registered.registries]
    if len(names) < 2 and not chosen:
        return ""
    labels = [(name, presence.process_label(name, this().host)) for name in names]
    if chosen and chosen not in names:
        labels.append((chosen, f"{presence.process_label(chosen, this().host)}, ended"))
    return render("_processes.html", labels=labels, chosen=chosen, here=feed.page)


def draw_process(feed: Feed) -> str:
    """Return the server's process, and how many others dispatched in the last five minutes."""
    since_us = time.time_ns() // 1000 - BUCKETS * BUCKET_S * 1_000_000
    seen = feed.window.counters.processes.items()
    others = sorted(name for name, at_us in seen if at_us > since_us and name != this().label)
    return render("_process.html", process=process_label(), others=others)


def process_label() -> str:
    """Return what the page calls the server's process: `runserver · pid 4121`."""
    return f"{this().command} · pid {os.getpid()}"


def sample_share(left_out: int) -> str:
    """Return how much the sample holds, `10 %`; empty when all is kept, `a part` when only other processes sample."""
    try:
        share = conf.current().SAMPLE
    except SettingError:
        share = 1.0
    if share < 1:
        return f"{share * 100:.3g} %"
    return "a part" if left_out else ""


def _is_installed() -> bool:
    import tracer

    return tracer.is_installed()
