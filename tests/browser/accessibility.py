"""
What is wrong with a page for who does not see it, or has no pointer: by axe, by Tab, by what stands outside of it.

Axe comes with the Python package; nothing of it is kept here.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

# Of 1440 by 900 a zoom of 200 % leaves a quarter, with twice as many pixels for each.
SIZES = [(1440, 900, 1), (390, 844, 1), (720, 450, 2)]


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands, wide, narrow and at a zoom of 200 %, in light and dark."""
    found: list[str] = []
    for width, height, scale in SIZES:
        resize(page, width, height, scale)
        page.emulate_media(color_scheme="light")
        seen = violations(page) + cut_off(page)
        page.emulate_media(color_scheme="dark")
        seen += [f"dark: {one}" for one in violations(page, "color-contrast", "link-in-text-block")]
        found += [f"{width} wide: {one}" for one in seen]
    return found


def violations(page: Page, *rules: str) -> list[str]:
    """Return what axe finds by some rules, or by all: a line for each, what is wrong and where it is first."""
    # As a function: the page's policy lets no script be made of a string.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {Axe().axe_script}\n }}")
    found = page.evaluate(
        """(rules) => axe.run(document, {
            resultTypes: ["violations"],
            preload: false,
            ...(rules.length ? {runOnly: rules} : {rules: {"target-size": {enabled: true}}}),
        })""",
        rules,
    )
    return [
        f"{each['id']}: {each['help']} ({len(each['nodes'])}×, first {each['nodes'][0]['html'][:200]})"
        for each in found["violations"]
    ]


_FOCUS = """() => {
    const at = document.activeElement;
    if (at === document.body) return null;
    const box = at.getBoundingClientRect();
    // A field's ring is drawn around what belongs to it, too.
    const hasRing = [at, at.parentElement].some((one) => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    const inside = (value, most) => Math.min(Math.max(value, 1), most - 1);
    const over = document.elementFromPoint(
        inside(box.x + box.width / 2, innerWidth), inside(box.y + box.height / 2, innerHeight)
    );
    const isInSight = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const isOnTop = at.contains(over) || over.contains(at);
    window.stops ??= new Map();
    if (!window.stops.has(at)) window.stops.set(at, window.stops.size);
    const words = (at.getAttribute("aria-label") ?? at.textContent).trim().replace(/\\s+/g, " ");
    return {
        number: window.stops.get(at), html: at.outerHTML.slice(0, 160), words,
        isSeen: hasRing && isInSight && isOnTop,
    };
}"""


def focus(page: Page) -> dict[str, Any] | None:
    """Return what has the focus, as an element with its number; None for nothing. Fails unless it is seen."""
    found: dict[str, Any] | None = page.evaluate(_FOCUS)
    assert found is None or found["isSeen"], found["html"]
    return found


def stops(page: Page, most: int = 800) -> list[str]:
    """Press Tab until the focus has left the page or begins anew, and return what it stopped at."""
    found: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = focus(page)
        if at is None or at["number"] < len(found):
            return found
        found.append(at["words"])
    raise AssertionError(f"the focus does not leave the page: {found[-5:]}")


def tab_to(page: Page, selector: str, key: str = "Tab", most: int = 500) -> Locator:
    """Press Tab, or Shift+Tab, until the focus is on an element; it is seen at each stop on the way."""
    wanted = page.locator(selector)
    for _ in range(most):
        page.keyboard.press(key)
        focus(page)
        if wanted.evaluate_all("(all) => all.includes(document.activeElement)"):
            return wanted
    raise AssertionError(f"{selector} is not reached")


_CUT = """() => {
    const isScrolled = (one, side) => /auto|scroll/.test(getComputedStyle(one)[`overflow${side}`]);
    const { scrollWidth, scrollHeight } = document.documentElement;
    const isLong = scrollHeight > innerHeight;
    const found = [];
    for (const one of document.querySelectorAll("a, button, input, select, summary, h1, h2, h3, p, td, dd, li")) {
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        if (one.closest(".sb-heard, [aria-hidden=true]")) continue;
        const box = one.getBoundingClientRect();
        const within = [];
        for (let at = one.parentElement; at; at = at.parentElement) within.push(at);
        const isBeside = box.left < -1 || box.right > innerWidth + 1;
        const isBelow = box.top < -1 || box.bottom > innerHeight + 1;
        const html = one.outerHTML.slice(0, 120);
        if (isBeside && !within.some((each) => isScrolled(each, "X"))) found.push(`beside: ${html}`);
        if (isBelow && !isLong && !within.some((each) => isScrolled(each, "Y"))) found.push(`below: ${html}`);
    }
    if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide`);
    return found;
}"""


def cut_off(page: Page) -> list[str]:
    """Return what stands outside of the window and cannot be scrolled to, and whether the page scrolls sideways."""
    found: list[str] = page.evaluate(_CUT)
    return found


def resize(page: Page, width: int, height: int, scale: int = 1) -> None:
    """Give the page's window a size; with scale 2, as a zoom of 200 % has it."""
    session = page.context.new_cdp_session(page)
    session.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
    )
    page.wait_for_function("(width) => innerWidth === width", arg=width)
