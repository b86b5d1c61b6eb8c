"""The Django app `profiles`."""

from __future__ import annotations

from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    """Connects the receivers, by `@receiver` on import and by `connect()`."""

    name = "demo_site.profiles"

    def ready(self) -> None:
        """Connect the receivers once the models are there."""
        from django.db.models.signals import post_save

        from demo_site.profiles import receivers

        post_save.connect(receivers.save_user_profile, sender="auth.User")
