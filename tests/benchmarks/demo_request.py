"""What tracing adds to a request to the demo site that saves fifty rows, in milliseconds of wall and processor time."""

from __future__ import annotations

import os
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import TYPE_CHECKING

from tests.benchmarks.rounds import Samples, Variant, interleave

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

REQUESTS = {"forms": 8, "saves": 24}
"""A sample's; they take several of the recorder's periods, so that each sample holds its share of that work."""


def measure(folder: Path, rounds: int) -> Samples:
    """Return milliseconds per request, by the clock of the one who asks and by the processor's."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "demo_site.settings",
        "DEMO_SITE_DATA": str(folder),
        "DEMO_SITE_RECORDING": "off",
    }
    import django

    django.setup()
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command

    settings.ROOT_URLCONF = "tests.benchmarks.demo_view"
    call_command("migrate", verbosity=0)
    _sow()
    from tests.benchmarks import traced

    # As a server has it made: Django's test client connects and disconnects receivers for each request of its own.
    site = WSGIHandler()
    samples: Samples = {}
    ask = partial(_ask, site, samples)
    taken = interleave(
        [
            Variant(
                variant,
                in_place,
                {f"{page} processor": partial(ask, variant, page) for page in REQUESTS},
            )
            for variant, in_place in (("bare", nullcontext), ("ours", traced.in_place))
        ],
        rounds,
    )
    return dict(sorted((samples | taken).items()))


def _sow() -> None:
    from demo_site.articles.models import Article
    from tests.benchmarks.demo_view import ROWS

    for number in range(ROWS):
        Article.objects.create(title=f"Article {number}", body="Something to read. " * 40)


def _ask(site: WSGIHandler, samples: Samples, variant: str, page: str) -> float:
    from tests.benchmarks import traced

    ask = partial(_request, site, f"/{page}/")
    ask()
    if variant == "ours":
        expected = REQUESTS[page] * traced.dispatches_of(ask)
        cursor = traced.newest_cursor()
    cpu_began_ns, began_ns = process_time_ns(), perf_counter_ns()
    for _ in range(REQUESTS[page]):
        ask()
    wall_ns = perf_counter_ns() - began_ns
    if variant == "ours":
        traced.wait_until_stored(cursor + expected)
    cpu_ns = process_time_ns() - cpu_began_ns
    samples.setdefault(f"{variant}/{page} wall", []).append(wall_ns / REQUESTS[page] / 1e6)
    return cpu_ns / REQUESTS[page] / 1e6


def _request(site: WSGIHandler, path: str) -> None:
    from django.test import RequestFactory

    answers: list[str] = []
    environ = RequestFactory(SERVER_NAME="localhost").get(path).environ
    response = site(environ, lambda status, headers: answers.append(status))
    response.close()
    if not answers[0].startswith("302"):
        raise RuntimeError(f"the demo's page answered {answers[0]}")
