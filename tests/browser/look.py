"""What every page is looked at for: calm console, no foreign request, axe, width, size of targets."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, Request

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
SMALL = """
() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => { const r = e.getBoundingClientRect(); const s = getComputedStyle(e);
    const inText = e.tagName === 'A' && s.display === 'inline';
    const label = e.closest('label') && ['radio', 'checkbox'].includes(e.type);
    return e.checkVisibility() && r.width && r.height && s.visibility !== 'hidden' && !e.closest('.vh, .skip') && !e.matches('.vh, .skip')
      && !inText && !label && (r.height < 43.5 || r.width < 43.5); })
  .map(e => e.outerHTML.slice(0, 120))
"""
# What sticks out to the side, and words that their box cuts off.
CUT = """
() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const cut = [...document.querySelectorAll('main *')].filter(e => {
    const s = getComputedStyle(e);
    const words = [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    return words && e.checkVisibility() && !e.closest('.vh') && s.overflowX !== 'visible'
      && s.overflowX !== 'auto' && s.overflowX !== 'scroll' && e.scrollWidth > e.clientWidth + 1;
  });
  return [...(wide > 0 ? [`${wide} px too wide`] : []), ...cut.map(e => e.outerHTML.slice(0, 120))];
}
"""
# Tables that slide in their own box, but those of figures, which say so: see ui/tables.html.
SLIDING = """
() => innerWidth > 640 ? [] : [...document.querySelectorAll('.scroll:has(> .tb:not(.figs))')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)
"""
UNSTICK = (
    "() => document.querySelectorAll('.bar, .foot').forEach(e => { e.style.position = 'static'; })"
)
# A colour on its way to another is neither of the two that were chosen.
SETTLE = """
() => document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity)
  .forEach(one => one.finish())
"""


class Watch:
    """Console errors, CSP reports and requests to other places, over all pages it follows."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.hosts: set[str] = set()
        # A list that follows what is typed lets a question go when the next letter comes; it says so.
        self.expected: list[str] = ["htmx:sendAbort", "htmx:afterRequest"]

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._request)

    def allow(self, *parts: str) -> None:
        """A refusal that the test provokes is also an error line in the console."""
        self.expected += parts

    def assert_calm(self) -> None:
        loud = [said for said in self.said if not any(part in said for part in self.expected)]
        assert loud == []
        assert {host for host in self.hosts if host not in ("localhost", "127.0.0.1", "")} == set()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            self.said.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).hostname or "")


async def is_drawn(page: Page) -> None:
    """Its styles, its letters and its pictures have come: before that, nothing has its size."""
    await page.wait_for_load_state()


async def assert_accessible(page: Page, *, forced_colours: bool = False) -> None:
    """UX2, V40: axe finds nothing serious or critical.

    In forced colours the browser paints its own pairs, which axe does not see: contrast is left out.
    """
    await is_drawn(page)
    await page.evaluate(AXE)
    # What lies under a bar that sticks is one scroll away: it is judged where it will be pressed.
    await page.evaluate(UNSTICK)
    await page.evaluate(SETTLE)
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], rules})",
        {"color-contrast": {"enabled": not forced_colours}},
    )
    bad = [
        (violation["id"], [node["html"][:140] for node in violation["nodes"]][:4])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert bad == [], f"{page.url}: {bad}"


async def assert_fits(page: Page) -> None:
    """D5, UX2: nothing sticks out to the side, also at 320 px, and no list slides on a phone."""
    await is_drawn(page)
    size = page.viewport_size
    for width in (320, size["width"] if size else 360):
        await page.set_viewport_size({"width": width, "height": 740})
        wide = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide at {width} px"
    sliding = await page.evaluate(SLIDING)
    assert sliding == [], f"{page.url}: {sliding} slide"
    if size:
        await page.set_viewport_size(size)


async def assert_zooms(page: Page) -> None:
    """UX2, V40: at 200 % nothing sticks out and no words are cut off: letters twice as large on a
    phone, and a PC's page in half of its width.
    """
    await is_drawn(page)
    size = page.viewport_size
    await page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    found = await page.evaluate(CUT)
    await page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    await page.set_viewport_size({"width": 640, "height": 400})
    found += await page.evaluate(CUT)
    if size:
        await page.set_viewport_size(size)
    assert found == [], f"{page.url} at 200 %: {found}"


async def assert_targets(page: Page) -> None:
    """UX7: what one presses is at least 44 px."""
    await is_drawn(page)
    small = await page.evaluate(SMALL)
    assert small == [], f"{page.url} is too small: {small}"


async def press(page: Page, what: Locator) -> None:
    """And the page that answers is here: it may have the same address, and the same words."""
    async with page.expect_navigation():
        await what.click()


async def assert_good_page(page: Page) -> None:
    await assert_accessible(page)
    await assert_fits(page)
    await assert_targets(page)
