"""A site that is served as in production: DEBUG off, files with a hash in their names, by WhiteNoise."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext

from tests.sites.project import Project
from tests.sites.seen import get, see_the_bell

PRODUCTION = """
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STATIC_ROOT = BASE_DIR / "collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SIGNALBOX = {"ENABLED": True, "ACCESS": "project.access.may_look"}
"""


def test_hashed_files_by_whitenoise_with_debug_off(context: BrowserContext, site: Project) -> None:
    site.append("settings.py", PRODUCTION)
    site.write("project/access.py", "def may_look(seeker):\n    return True\n")
    site.manage("collectstatic", "--noinput")
    with site.served("-m", "daphne", "-p", "PORT", "project.asgi:application") as address:
        see_the_bell(context, f"http://{address}")
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', get(f"http://{address}/signals/"))
        assert files
        assert all(re.search(r"\.[0-9a-f]{12}\.\w+$", name) for name in files)
