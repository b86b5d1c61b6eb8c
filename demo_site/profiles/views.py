"""Sign-up, profile and farewell."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from demo_site.profiles.forms import ProfileForm, SignUpForm
from demo_site.profiles.models import Profile


def sign_up(request: HttpRequest) -> HttpResponse:
    """Make a user, whose profile the receivers make, and log them in."""
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            user = form.save()
        login(request, user)
        return redirect("profiles:profile")
    return render(request, "demo_site/signup.html", {"form": form})


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show a visitor their profile, and let them change it."""
    own = get_object_or_404(Profile, user_id=request.user.pk)
    form = ProfileForm(request.POST or None, initial={"about": own.about})
    if form.is_valid():
        own.about = form.cleaned_data["about"]
        own.save()
        messages.success(request, "Your profile is saved.")
        return redirect("profiles:profile")
    return render(request, "demo_site/profile.html", {"form": form, "profile": own})


@login_required
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the visitor's account with all that hangs on it."""
    if isinstance(request.user, User):
        request.user.delete()
    return redirect("home")
