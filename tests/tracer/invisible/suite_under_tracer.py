"""
`python suite_under_tracer.py COUNTS runtests.py …`: run Django's own tests with the tracer installed.

Writes into the file COUNTS what was recorded and what failed of ours; nothing else differs from a plain run.
"""

from __future__ import annotations

import atexit
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import django


def main(counts: Path, script: str) -> None:
    """Install the tracer as soon as Django's runner has set Django up, and go on as the script."""
    set_up = django.setup

    def set_up_and_install(*args: Any, **kwargs: Any) -> None:
        set_up(*args, **kwargs)
        from django.conf import settings

        import tracer

        settings.SIGNALBOX = {"STORE": "memory", "MUTED": []}
        tracer.install()

    def write_counts() -> None:
        import dataclasses

        import tracer

        written = {**dataclasses.asdict(tracer.stats()), "is_installed": tracer.is_installed()}
        counts.write_text(json.dumps(written), encoding="utf-8")

    atexit.register(write_counts)
    django.setup = set_up_and_install
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    counts_file, script_file = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    main(Path(counts_file), script_file)
