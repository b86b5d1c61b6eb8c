"""`python -m demo_site`: sets the site up, runs it with its visitors, and ends everything it began."""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from demo_site.preparing import CannotRun, free_port
from demo_site.running import run

DEFAULT_PORT = 8000


def main() -> int:
    """Run the demo until Ctrl+C; return the exit code."""
    options = _parser().parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")
    try:
        return run(
            free_port(options.port), browser=not options.no_browser, traffic=not options.no_traffic
        )
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2


class Parser(argparse.ArgumentParser):
    """One whose errors are a sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence, without the usage before it."""
        self.exit(2, f"{message[:1].upper()}{message[1:]}.\n")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m demo_site",
        description="Runs a small Django site, with visitors, and shows its signals in the browser.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="where to serve; 8000 if not given, 0 picks one",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument("--no-traffic", action="store_true", help="no simulated visitors")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 65535):
        raise argparse.ArgumentTypeError(
            f"expected a port from 1 to 65535, such as {DEFAULT_PORT}, got {text!r:.40}"
        )
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
