"""What the site knows about a visitor beyond Django's own user."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models


class Profile(models.Model):
    """One for each user, made by a receiver of `post_save`."""

    user = models.OneToOneField(User, on_delete=models.CASCADE)
    about = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Profile of {self.user.get_username()}"
