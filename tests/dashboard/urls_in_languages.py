"""A URLconf that mounts the page in the part of a site's URLs that has the language in front."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = i18n_patterns(path("signals/", include("dashboard.urls")))
