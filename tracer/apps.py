"""The Django app `tracer`. Registers its checks and begins recording; decides nothing else."""

from __future__ import annotations

from django.apps import AppConfig

from tracer import conf


class TracerConfig(AppConfig):
    """Begins recording when `DEBUG` is on, or when `SIGNALBOX["ENABLED"]` says so."""

    name = "tracer"
    label = "signalbox_tracer"
    verbose_name = "Signalbox tracer"

    def import_models(self) -> None:
        """Note from here on what is connected: the models of the apps that stand below are yet to be imported."""
        super().import_models()
        if conf.is_wanted():
            from tracer import connections

            connections.watch()

    def ready(self) -> None:
        """Register the checks and install the tracer; a wrong setting is left to the checks."""
        import tracer
        from tracer import checks

        checks.register()
        if conf.is_wanted():
            tracer.install()
