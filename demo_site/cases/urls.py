"""Where the cases are found and pressed."""

from __future__ import annotations

from django.urls import path

from demo_site.cases import views

app_name = "cases"
urlpatterns = [
    path("", views.cases, name="cases"),
    path("<slug:slug>/", views.press, name="press"),
]
