"""Where articles are read and edited."""

from __future__ import annotations

from django.urls import path

from demo_site.articles import views

app_name = "articles"
urlpatterns = [
    path("", views.articles, name="articles"),
    path("<slug:slug>/", views.article, name="article"),
    path("<slug:slug>/edit/", views.edit, name="edit"),
    path("<slug:slug>/comment/", views.comment, name="comment"),
]
