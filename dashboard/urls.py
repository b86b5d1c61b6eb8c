"""The page's URLs; `include("dashboard.urls")` mounts them anywhere."""

from __future__ import annotations

from django.urls import path

from dashboard import controls, exports, imports, plain, polled, views

app_name = "signalbox"
urlpatterns = [
    path("", views.page, name="page"),
    path("plain/", plain.plain, name="plain"),
    path("map/", views.map_page, name="map"),
    path("help/", views.help_page, name="help"),
    path("rows/", views.rows, name="rows"),
    path("complete/", views.complete, name="complete"),
    path("opened/", views.opened, name="opened"),
    path("mark/", views.mark, name="mark"),
    path("feed/", views.socket_only, name="feed"),
    path("poll/", polled.poll, name="poll"),
    path("recording/", controls.recording, name="recording"),
    path("clear/", controls.clear, name="clear"),
    path("mute/", controls.mute, name="mute"),
    path("export/", exports.export, name="export"),
    path("written/", exports.written, name="written"),
    path("import/", imports.import_, name="import"),
    path("recordings/", imports.recordings_, name="recordings"),
    path("recordings/<slug:recording>/", views.page, name="recorded"),
    path("recordings/<slug:recording>/plain/", plain.plain),
    path("recordings/<slug:recording>/map/", views.map_page),
    path("recordings/<slug:recording>/rows/", views.rows),
    path("recordings/<slug:recording>/complete/", views.complete),
    path("recordings/<slug:recording>/opened/", views.opened),
    path("recordings/<slug:recording>/mark/", views.mark),
    path("recordings/<slug:recording>/export/", exports.export),
    path("recordings/<slug:recording>/written/", exports.written),
    path("recordings/<slug:recording>/forget/", imports.forget, name="forget"),
]
