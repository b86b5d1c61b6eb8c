"""The demo site's ASGI application, wrapped by Signalbox so that the dashboard's socket is served."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from dashboard.asgi import signalbox

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")

application = signalbox(get_asgi_application())
