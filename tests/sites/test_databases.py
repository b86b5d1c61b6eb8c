"""Sites whose database is not there: the page asks for none."""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from tests.sites.project import MINIMAL, NO_ADMIN, Project
from tests.sites.seen import see_the_bell


def test_postgresql_that_is_down_with_each_request_in_a_transaction(
    context: BrowserContext, project: Project
) -> None:
    project.append(
        "settings.py",
        """
        DATABASES = {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "shop",
                "HOST": "127.0.0.1",
                "PORT": 9,
                "ATOMIC_REQUESTS": True,
            }
        }
        """,
    )
    # Django's own runserver asks for the migrations and ends; whoever serves the site otherwise is up.
    project.append(
        "asgi.py",
        """
        from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

        application = ASGIStaticFilesHandler(application)
        """,
    )
    project.install()
    project.append(
        "bell.py",
        """
        from django.db import transaction

        ring = transaction.non_atomic_requests(ring)
        """,
    )
    with project.served("-m", "daphne", "-p", "PORT", "project.asgi:application") as address:
        see_the_bell(context, f"http://{address}")


def test_mysql_whose_driver_is_not_installed(context: BrowserContext, project: Project) -> None:
    project.write("project/urls.py", NO_ADMIN)
    project.install()
    project.append("settings.py", MINIMAL)
    project.append(
        "settings.py",
        'DATABASES = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": "shop"}}',
    )
    ask = "from django.db import connection; connection.cursor()"
    assert "No module named 'MySQLdb'" in project.manage("shell", "-c", ask, fails=True)
    with project.served() as address:
        see_the_bell(context, f"http://{address}")
