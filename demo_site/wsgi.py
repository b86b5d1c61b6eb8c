"""The demo site's WSGI application, for servers that speak no ASGI; the dashboard then polls."""

from __future__ import annotations

import os

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_site.settings")

application = StaticFilesHandler(get_wsgi_application())
