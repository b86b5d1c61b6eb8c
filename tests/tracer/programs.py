"""Programs of their own, each in a new interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap


def run_program(*parts: str) -> str:
    """Run the parts, each indented as it stands, one after the other; return what it printed, and fail on any error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "".join(map(textwrap.dedent, parts))],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
