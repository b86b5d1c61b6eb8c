"""A profile for each user, kept by signals as the tutorials teach it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver

from demo_site.profiles.models import Profile


@receiver(post_save, sender=User)
def create_user_profile(
    sender: type[User], instance: User, created: bool, **kwargs: object
) -> None:
    """Give a new user a profile."""
    if created:
        Profile.objects.create(user=instance)


def save_user_profile(sender: type[User], instance: User, **kwargs: object) -> None:
    """Save the profile along with its user. `ProfilesConfig.ready()` connects it."""
    instance.profile.save()
