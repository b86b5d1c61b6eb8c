"""Where visitors sign up, log in and look after their profile."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from demo_site.profiles import views

app_name = "profiles"
urlpatterns = [
    path("signup/", views.sign_up, name="signup"),
    path("login/", LoginView.as_view(template_name="demo_site/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("profile/", views.profile, name="profile"),
    path("profile/delete/", views.delete, name="delete"),
]
