"""The demo site's ASGI application, wrapped by Signalbox so that the dashboard's socket is served."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from dashboard.asgi import signalbox

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")

# runserver serves static files by itself; uvicorn, hypercorn and the bare daphne have to be given them.
application = signalbox(ASGIStaticFilesHandler(get_asgi_application()))
