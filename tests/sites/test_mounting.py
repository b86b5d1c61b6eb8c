"""Sites that stand below a folder of another address, behind a proxy."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from tests.conftest import WaitUntil
from tests.sites.project import LIMIT_S, Project
from tests.sites.proxy import proxy
from tests.sites.seen import get, press, see_the_bell

FOLDER = "/app"


def see_it_below(context: BrowserContext, front: str, wait_until: WaitUntil) -> None:
    """See the page work below the folder, after the socket has drawn parts of it too, and not watch itself."""
    address = f"http://{front}{FOLDER}"
    page = see_the_bell(context, address)
    press(page, "Recording")
    press(page, "Stopped")
    with page.expect_response(lambda answer: "/complete/" in answer.url) as answered:
        page.get_by_role("combobox", name="Filter").fill("is:")
    assert answered.value.ok
    page.goto(f"{address}/signals/map/")
    expect(page.locator("#sb-lamp")).to_have_class("sb-lamp sb-is-live")
    get(f"{address}/ring/")
    wait_until(lambda: len(requests_of(address)) == 2, timeout_s=LIMIT_S)
    assert all(path.endswith("/ring/") for path in requests_of(address))


def requests_of(address: str) -> list[str]:
    """Return the paths of the requests that the feed shows."""
    feed = get(f"{address}/signals/?filter=origin:GET*")
    return re.findall(r'data-field="origin" data-value="GET ([^"]*)"', feed)


def test_forced_script_name_behind_a_proxy_that_passes_paths_on(
    context: BrowserContext, site: Project, wait_until: WaitUntil
) -> None:
    site.append("settings.py", f'FORCE_SCRIPT_NAME = "{FOLDER}"')
    with site.served() as address, proxy(address, FOLDER) as front:
        see_it_below(context, front, wait_until)


def test_root_path_behind_a_proxy_that_strips_the_folder_and_renames_the_host(
    context: BrowserContext, site: Project, wait_until: WaitUntil
) -> None:
    site.append(
        "settings.py",
        f"""
        MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
        WHITENOISE_STATIC_PREFIX = "/static/"
        WHITENOISE_USE_FINDERS = True
        STATIC_URL = "{FOLDER}/static/"
        USE_X_FORWARDED_HOST = True
        """,
    )
    daphne = ("-m", "daphne", "-p", "PORT", "--root-path", FOLDER, "project.asgi:application")
    with (
        site.served(*daphne) as address,
        proxy(address, FOLDER, strips=True, renames=True) as front,
    ):
        see_it_below(context, front, wait_until)
