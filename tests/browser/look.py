"""What every page is looked at for: calm console, no foreign request, axe, width, size of targets."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request

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
UNSTICK = (
    "() => document.querySelectorAll('.bar, .foot').forEach(e => { e.style.position = 'static'; })"
)


class Watch:
    """Console errors, CSP reports and requests to other places, over all pages it follows."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.hosts: set[str] = set()
        self.expected: list[str] = []

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


async def assert_accessible(page: Page, *, forced_colours: bool = False) -> None:
    """UX2, V40: axe finds nothing serious or critical.

    In forced colours the browser paints its own pairs, which axe does not see: contrast is left out.
    """
    await page.evaluate(AXE)
    # What lies under a bar that sticks is one scroll away: it is judged where it will be pressed.
    await page.evaluate(UNSTICK)
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
    """D5, UX2: nothing sticks out to the side, also at 320 px."""
    size = page.viewport_size
    for width in (320, size["width"] if size else 360):
        await page.set_viewport_size({"width": width, "height": 740})
        wide = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{page.url} is {wide} px too wide at {width} px"
    if size:
        await page.set_viewport_size(size)


async def assert_zooms(page: Page) -> None:
    """UX2, V40: at 200 % nothing sticks out and no words are cut off: letters twice as large on a
    phone, and a PC's page in half of its width.
    """
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
    small = await page.evaluate(SMALL)
    assert small == [], f"{page.url} is too small: {small}"


async def assert_good_page(page: Page) -> None:
    await assert_accessible(page)
    await assert_fits(page)
    await assert_targets(page)
