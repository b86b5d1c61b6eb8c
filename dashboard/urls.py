"""The page's URLs; `include("dashboard.urls")` mounts them anywhere."""

from __future__ import annotations

from django.urls import path

from dashboard import controls, views

app_name = "signalbox"
urlpatterns = [
    path("", views.page, name="page"),
    path("map/", views.map_page, name="map"),
    path("help/", views.help_page, name="help"),
    path("rows/", views.rows, name="rows"),
    path("complete/", views.complete, name="complete"),
    path("opened/", views.opened, name="opened"),
    path("mark/", views.mark, name="mark"),
    path("feed/", views.socket_only, name="feed"),
    path("recording/", controls.recording, name="recording"),
    path("clear/", controls.clear, name="clear"),
    path("mute/", controls.mute, name="mute"),
]
