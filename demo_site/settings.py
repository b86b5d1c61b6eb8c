"""The demo site's settings: for development on one's own machine, never for the open net."""

from __future__ import annotations

import os
from pathlib import Path

from django.utils.log import CallbackFilter

from demo_site.failures import is_unexpected

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DEMO_SITE_DATA") or BASE_DIR / ".demo")

SECRET_KEY = "a demo's key, known to everybody, good for nothing else"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "daphne",
    "tracer",
    "dashboard",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "demo_site",
    "demo_site.profiles",
    "demo_site.articles",
    "demo_site.shop",
    "demo_site.mishaps",
    "demo_site.cases",
]

# A receiver is planted for a sender that never comes, "mishaps.Wagn". Django calls that an error, and
# no command would run; our own check's W001 says the same as a warning.
SILENCED_SYSTEM_CHECKS = ["signals.E001"]
if os.environ.get("DEMO_SITE_WARNINGS") == "off":
    # The server that `python -m demo_site` starts: it would tell of all that is planted at each reload.
    # `--skip-checks` does not keep it from that, since Daphne's runserver passes over it.
    SILENCED_SYSTEM_CHECKS += [f"signalbox_tracer.W00{number}" for number in range(1, 10)]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ASGI_APPLICATION = "demo_site.asgi.application"
ROOT_URLCONF = "demo_site.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "db.sqlite3",
        "OPTIONS": {
            "timeout": 20,  # seconds
            # A transaction that begins by reading and then writes cannot wait for another writer;
            # one that asks for the write lock at its beginning can.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=normal;",
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Simulated visitors sign up and log in all day. Django's own hasher is slow by intent, half a second
# of a core each time, and nothing here is worth guarding; the real one comes second.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
]
LOGIN_URL = "profiles:login"
LOGIN_REDIRECT_URL = "profiles:profile"
LOGOUT_REDIRECT_URL = "home"

USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"

SIGNALBOX: dict[str, object] = {
    "STORE": os.environ.get("DEMO_SITE_STORE") or f"sqlite:///{DATA / 'signalbox.sqlite3'}",
    "EDITOR": "vscode",
}
if os.environ.get("DEMO_SITE_RECORDING") == "off":
    # Setting up and the simulated visitors' own process: only the site itself is worth watching.
    SIGNALBOX["ENABLED"] = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"unexpected": {"()": CallbackFilter, "callback": is_unexpected}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["unexpected"]}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO"},
        # One line for each request of the visitors would bury everything else.
        "django.channels.server": {
            "handlers": ["console"],
            "level": "CRITICAL",
            "propagate": False,
        },
    },
}
