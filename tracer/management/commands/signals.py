"""The command `manage.py signals`. Owns its arguments and exit statuses; `tracer.terminal` does the work."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracer import context
from tracer.exceptions import FilterError, RecordingError, SettingError, StoreError
from tracer.showing import visible
from tracer.terminal.argv import arranged
from tracer.terminal.ink import cells, ink_for


class Command(BaseCommand):
    """Shows the signals of this project and their traffic. Leaves no dispatch of its own in the feed."""

    help = "Shows which signals and receivers there are, why a receiver would not run, and the live traffic."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the sub-commands; without one it is `list`."""
        commands = parser.add_subparsers(
            dest="command", metavar="{list,why,tail,export,import,doctor}"
        )
        listed = commands.add_parser(
            "list", help="signals and receivers as a table; also what is done without a sub-command"
        )
        listed.add_argument(
            "filter", nargs="*", help="words, -words, signal:, receiver:, sender:, app:"
        )
        listed.add_argument("--json", action="store_true", help="for machines")
        listed.add_argument("--all", action="store_true", help="also signals without receivers")
        why = commands.add_parser(
            "why", help="which receivers would run, which would not, and for what reason"
        )
        why.add_argument(
            "names", nargs="+", metavar="SENDER SIGNAL", help="in either order; the sender if any"
        )
        tail = commands.add_parser("tail", help="the live traffic of the running server")
        tail.add_argument("filter", nargs="*", help="in the filter language of the page")
        tail.add_argument(
            "--last", type=_count, default=10, metavar="N", help="of what was recorded before (10)"
        )
        export = commands.add_parser(
            "export", help="what is kept as a recording, one record a line"
        )
        export.add_argument("filter", nargs="*", help="in the filter language of the page")
        export.add_argument(
            "--output", default="", metavar="FILE", help="where to; otherwise the standard output"
        )
        import_ = commands.add_parser(
            "import", help="put a recording beside the live feed, to be opened in the page"
        )
        import_.add_argument(
            "file", help="what export wrote, on whatever machine; - reads the input"
        )
        import_.add_argument(
            "--name", default="", help="what to call it; otherwise the file's name"
        )
        commands.add_parser("doctor", help="whether all is installed, and what to paste")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as from the command line, where a filter may begin with `-`."""
        super().run_from_argv([*argv[:2], *arranged(argv[2:])])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the sub-command says; `CommandError` holds the exit status of what went wrong."""
        for stream in (self.stdout, self.stderr):
            if hasattr(stream, "reconfigure"):
                # A terminal that has no ✓ shows a ? instead of ending us.
                stream.reconfigure(errors="replace")
        self.ink = ink_for(
            self.stdout, no_color=options["no_color"], force_color=options["force_color"]
        )
        command = options.get("command") or "list"
        try:
            with context.quiet():
                getattr(self, f"_{command}")(options)
            self.stdout.flush()
        except FilterError as error:
            raise CommandError(_marked(" ".join(options["filter"]), error), returncode=2) from error
        except (SettingError, StoreError, RecordingError) as error:
            raise CommandError(visible(error)) from error
        except BrokenPipeError:
            # Whoever read along, such as `head`, has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _list(self, options: dict[str, Any]) -> None:
        from tracer.terminal import listed

        text = " ".join(options.get("filter") or ())
        if options.get("json"):
            self.stdout.write(listed.as_json(text))
        else:
            for line in listed.as_table(text, self.ink, has_all=bool(options.get("all"))):
                self.stdout.write(line)
        nothing = listed.nothing_words(text)
        if nothing is not None:
            self.stdout.flush()
            raise CommandError(nothing, returncode=2)

    def _why(self, options: dict[str, Any]) -> None:
        from tracer.diagnosis import UnknownName
        from tracer.terminal import explained

        if len(options["names"]) > 2:
            raise CommandError("Expected a sender and a signal, or a signal alone.", returncode=2)
        try:
            for line in explained.why(options["names"], self.ink):
                self.stdout.write(line)
        except UnknownName as unknown:
            raise CommandError(explained.unknown_words(unknown), returncode=2) from unknown

    def _tail(self, options: dict[str, Any]) -> None:
        from tracer.terminal.followed import Tail, watched_store

        store = watched_store()
        if store is None:
            raise CommandError(
                'SIGNALBOX["STORE"] is "memory", which no other process can follow: set it to "sqlite".'
            )
        tail = Tail(
            store, " ".join(options["filter"]), self.ink, self.stdout.write, self.stderr_line
        )
        try:
            tail.begin(options["last"])
            while True:
                tail.turn()
                self.stdout.flush()
                tail.wait()
        except KeyboardInterrupt:
            self.stdout.flush()
            self.stderr_line(tail.summary())

    def _export(self, options: dict[str, Any]) -> None:
        from tracer.terminal import carried
        from tracer.terminal.followed import watched_store

        store = watched_store()
        if store is None:
            raise CommandError(
                'SIGNALBOX["STORE"] is "memory", which no other process can read: '
                'export from the page, or set it to "sqlite".'
            )
        lines, said = carried.exported(store, " ".join(options["filter"]))
        try:
            carried.write(lines, options["output"], self.stdout)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(visible(f"The recording cannot be written: {error}")) from error
        self.stdout.flush()
        self.stderr_line(said)

    def _import(self, options: dict[str, Any]) -> None:
        from tracer.terminal import carried

        for line in carried.summary(carried.imported(options["file"], options["name"])):
            self.stdout.write(line)

    def _doctor(self, options: dict[str, Any]) -> None:
        from tracer.terminal import doctor

        is_well = True
        for finding in doctor.examine():
            is_well = is_well and not finding.must_be_mended
            for line in doctor.lines(finding, self.ink):
                self.stdout.write(line)
        if not is_well:
            self.stdout.flush()
            sys.exit(1)

    def stderr_line(self, text: str) -> None:
        """Say something that is no part of what was asked for."""
        self.stderr.write(text, str)
        self.stderr.flush()


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"expected a whole number, got {text!r}")
    return int(text)


def _marked(text: str, error: FilterError) -> str:
    """Return the error's message over the filter, with the place underlined."""
    before = cells(visible(text[: error.start]))
    place = max(1, cells(visible(text[error.start : error.end])))
    return f"{visible(error.message)}\n\n    {visible(text)}\n    {' ' * before}{'^' * place}"
