"""What visitors fill in about themselves."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm


class SignUpForm(BaseUserCreationForm):  # type: ignore[type-arg]
    """Name and password of a new visitor."""


class ProfileForm(forms.Form):
    """A line about oneself."""

    about = forms.CharField(max_length=200, required=False, label="About you")
