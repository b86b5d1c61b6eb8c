"""The Django app `dashboard`. Says where its files lie and tells the tracer what not to watch."""

from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig

_PACKAGE = Path(__file__).resolve().parent


class DashboardConfig(AppConfig):
    """Finds the page's templates and static files, in the wheel and in a checkout."""

    name = "dashboard"
    label = "signalbox_dashboard"
    verbose_name = "Signalbox dashboard"
    # The wheel carries both folders inside the package; in a checkout they stand beside it.
    path = str(_PACKAGE if (_PACKAGE / "templates").is_dir() else _PACKAGE.parent)

    def ready(self) -> None:
        """Register the checks, and keep the page's own requests out of the feed and its polls out of the log."""
        from dashboard import access, checks, log_lines
        from tracer import context

        checks.register()
        log_lines.leave_out_polls()
        context.own_request = access.is_own_path
