"""Sites with habits that are not ours: routing, language and time, users, and the apps that are not there."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from tests.sites.project import MINIMAL, NO_ADMIN, Project, readme_edits
from tests.sites.seen import ROW, RUNG, press, see_the_bell


def test_new_project_shows_its_signals(context: BrowserContext, site: Project) -> None:
    with site.served() as address:
        see_the_bell(context, f"http://{address}")


def test_router_of_channels_keeps_its_sockets(context: BrowserContext, project: Project) -> None:
    project.write(
        "project/echo.py",
        """
        from channels.generic.websocket import AsyncWebsocketConsumer

        class Echo(AsyncWebsocketConsumer):
            async def receive(self, text_data=None, bytes_data=None):
                name = self.scope["url_route"]["kwargs"]["name"]
                await self.send(text_data=f"{name}: {text_data}")
        """,
    )
    project.append(
        "asgi.py",
        """
        from channels.auth import AuthMiddlewareStack
        from channels.routing import ProtocolTypeRouter, URLRouter
        from django.urls import path
        from project.echo import Echo

        sockets = URLRouter([path("ws/echo/<str:name>/", Echo.as_asgi())])
        application = ProtocolTypeRouter(
            {"http": application, "websocket": AuthMiddlewareStack(sockets)}
        )
        """,
    )
    project.install()
    with project.served() as address:
        page = see_the_bell(context, f"http://{address}")
        answer = page.evaluate(
            """url => new Promise((resolve) => {
                const socket = new WebSocket(url);
                socket.onopen = () => socket.send("hello");
                socket.onmessage = (message) => resolve(message.data);
                socket.onclose = (event) => resolve(`closed ${event.code}`);
            })""",
            f"ws://{address}/ws/echo/bell/",
        )
        assert answer == "bell: hello"


def test_what_the_page_reads_is_not_written_as_the_sites_language_would(
    context: BrowserContext, site: Project
) -> None:
    site.append(
        "settings.py",
        """
        MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
        LANGUAGE_CODE = "de"
        LANGUAGES = [("de", "Deutsch"), ("ar", "العربية")]
        USE_THOUSAND_SEPARATOR = True
        USE_TZ = False
        TIME_ZONE = "Asia/Kathmandu"
        SIGNALBOX = {"MUTED": []}
        """,
    )
    with site.served() as address:
        for language in ("de", "ar"):
            context.set_extra_http_headers({"Accept-Language": language})
            see_what_is_read(context, f"http://{address}")


def see_what_is_read(context: BrowserContext, address: str) -> None:
    """Look at what holds numbers; the browser itself complains of a picture's that it cannot read."""
    page = see_the_bell(context, address)
    for element, attribute in (("#sb-feed", "data-cursor"), ("#sb-rate svg", "data-from")):
        expect(page.locator(element)).to_have_attribute(attribute, re.compile(r"^\d+$"))
    page.get_by_role("button", name="waterfall", exact=True).click()
    expect(page.locator("#sb-detail .sb-tree-open", has_text="rung")).to_be_visible()
    page.locator(f'.sb-registry .sb-entry-name[data-open^="receiver:{RUNG} "]').click()
    expect(page.locator("#sb-detail .sb-histogram")).to_be_visible()
    page.goto(f"{address}/signals/map/")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    expect(page.locator(".sb-map-column").first).to_be_visible()


def test_staff_of_a_custom_user_model_with_cached_sessions_is_let_in(
    context: BrowserContext, project: Project
) -> None:
    project.write("people/__init__.py", "")
    project.write(
        "people/models.py",
        """
        from django.contrib.auth.models import AbstractUser

        class Person(AbstractUser):
            shoe_size = 43
        """,
    )
    project.edit("settings.py", 'INSTALLED_APPS += ["people",]')
    project.append(
        "settings.py",
        """
        AUTH_USER_MODEL = "people.Person"
        SESSION_ENGINE = "django.contrib.sessions.backends.cache"
        """,
    )
    project.install()
    for module, block in readme_edits("It works with"):
        project.edit(module, block)
    project.manage("makemigrations", "people")
    project.manage("migrate")
    project.manage(
        "shell",
        "-c",
        "from people.models import Person; Person.objects.create_superuser('signe', password='box')",
    )
    with project.served() as address:
        page = context.new_page()
        page.goto(f"http://{address}/signals/")
        expect(page.get_by_text("project.access.may_look, said no.")).to_be_visible()
        page.goto(f"http://{address}/admin/login/")
        page.get_by_label("Username").fill("signe")
        page.get_by_label("Password").fill("box")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("Site administration")).to_be_visible()
        see_the_bell(context, f"http://{address}")
        page.goto(f"http://{address}/signals/?filter=signal:post_save+sender:people.Person")
        expect(page.locator('[data-value="people.Person"]').first).to_be_visible()


def test_page_decides_itself_on_a_site_that_wants_a_login_everywhere(
    context: BrowserContext, site: Project
) -> None:
    site.append(
        "settings.py",
        'MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]',
    )
    site.append(
        "urls.py",
        """
        from django.contrib.auth.decorators import login_not_required

        urlpatterns.insert(0, path("inside/", bell.ring))
        urlpatterns.insert(0, path("ring/", login_not_required(lambda request: bell.ring(request))))
        """,
    )
    site.manage("migrate")
    with site.served() as address:
        page = see_the_bell(context, f"http://{address}")
        press(page, "Recording")
        expect(page.get_by_role("button", name="Stopped")).to_be_visible()
        for path in ("map/", "help/", "plain/", "export/"):
            answer = context.request.get(f"http://{address}/signals/{path}", max_redirects=0)
            assert answer.status == 200, path
        inside = context.request.get(f"http://{address}/inside/", max_redirects=0)
        assert inside.headers["location"].startswith("/accounts/login/")


def test_site_without_sessions_users_and_database_is_enough(
    context: BrowserContext, project: Project
) -> None:
    project.write("project/urls.py", NO_ADMIN)
    project.install()
    project.append("settings.py", MINIMAL)
    assert "no issues" in project.manage("check")
    with project.served() as address:
        page = see_the_bell(context, f"http://{address}")
        press(page, "Recording")
        expect(page.get_by_role("button", name="Stopped")).to_be_visible()


def test_site_whose_files_nobody_serves_is_told_so(project: Project) -> None:
    project.install()
    project.append("settings.py", 'INSTALLED_APPS.remove("django.contrib.staticfiles")')
    said = project.manage("check")
    assert "signalbox_dashboard.W107" in said
    assert "INSTALLED_APPS in project/settings.py" in said


def test_middleware_that_packs_caches_and_compares_answers(
    context: BrowserContext, site: Project
) -> None:
    site.append(
        "settings.py",
        """
        MIDDLEWARE = [
            "django.middleware.cache.UpdateCacheMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "django.middleware.http.ConditionalGetMiddleware",
            *MIDDLEWARE,
            "django.middleware.cache.FetchFromCacheMiddleware",
        ]
        """,
    )
    # Each ring is to be one.
    site.append(
        "bell.py",
        """
        from django.views.decorators.cache import never_cache

        ring = never_cache(ring)
        """,
    )
    with site.served() as address:
        for _ in range(2):
            page = see_the_bell(context, f"http://{address}")
        expect(page.locator(ROW)).to_have_count(2)
