"""Every page one can reach in the demo club, one of each kind, is looked at on a phone."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from backend import settings as configuration
from backend.identity import service as identity
from backend.identity.rules import SessionKind
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.sandbox import demo
from backend.settings import Settings
from tests.browser.conftest import PHONE, Club, new_page
from tests.browser.look import Watch, assert_good_page
from tests.integration.http.routes import all_routes

WALKS = {
    "nobody": ("", SessionKind.TENANT, ["/", "/connexion", "/adherer", "/api/v1"]),
    "member": ("samira@example.org", SessionKind.TENANT, ["/accueil", "/compte"]),
    "merchant": ("boulanger@example.org", SessionKind.MERCHANT, ["/partenaire"]),
    "desk": ("comptoir@example.org", SessionKind.STAFF, ["/comptoir", "/comptoir/personnes?q=sa"]),
    "office": ("responsable@example.org", SessionKind.STAFF, ["/gestion"]),
}
MOST_PAGES = 45


@pytest.mark.parametrize("who", WALKS)
async def test_every_page_is_good_on_a_phone(
    who: str, club: Club, db: object, chromium: Browser, watch: Watch
) -> None:
    """UX2, UX7, D4, D5, SEC9: axe, 320 px, targets, no foreign request, no CSP report, all pages."""
    settings = configuration.load(club.environment)
    await demo.fill_once(settings)
    context = await chromium.new_context(base_url=club.url, **PHONE)
    address, kind, starts = WALKS[who]
    if address:
        await come_in(context, club, address, kind)
    page = await new_page(context, watch)
    seen = await walk(page, club, starts, Kinds(settings))
    await context.close()
    assert len(seen) >= len(starts)


async def come_in(context: BrowserContext, club: Club, address: str, kind: SessionKind) -> None:
    person_id = await fetch_value("SELECT person FROM contact_point WHERE value = $1", address)
    async with transaction():
        token = await identity.open_session(person_id, kind, "Test")
    await fetch(
        "UPDATE session SET second_factor_at = $2 WHERE token_hash = $1",
        codes.hash_token(token),
        clock.now() if kind is SessionKind.STAFF else None,
    )
    await context.add_cookies([{"name": "session", "value": token, "url": club.url}])


class Kinds:
    """Which route an address belongs to, so that one of each is enough."""

    def __init__(self, settings: Settings) -> None:
        paths = sorted({path for method, path, _ in all_routes(settings) if method == "GET"})
        self.patterns = [
            (
                path,
                re.compile(
                    re.sub(
                        r"\{\w+\}", "[^/]+", re.escape(path).replace("\\{", "{").replace("\\}", "}")
                    )
                ),
            )
            for path in paths
        ]

    def of(self, path: str) -> str | None:
        fitting = [kind for kind, pattern in self.patterns if pattern.fullmatch(path)]
        exact = [kind for kind in fitting if "{" not in kind]
        return next(iter(exact or fitting), None)


async def walk(page: Page, club: Club, starts: list[str], kinds: Kinds) -> set[str]:
    waiting, seen = list(starts), set()
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        kind = kinds.of(urlsplit(address).path)
        if kind is None or kind in seen or kind.startswith("/static") or is_file(kind):
            continue
        seen.add(kind)
        answer = await page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        await assert_good_page(page)
        waiting += list(links(await page.eval_on_selector_all("a[href]", HREFS), club))
    return seen


HREFS = "links => links.map(link => link.href)"


def links(found: list[str], club: Club) -> Iterator[str]:
    """Those of this club, without their fragment."""
    for address in found:
        if address.startswith(club.url):
            yield address.removeprefix(club.url).split("#")[0] or "/"


def is_file(kind: str) -> bool:
    """What opens as a document or ends a session is no page to look at."""
    return kind.endswith((".csv", ".pdf", ".json", ".js")) or any(
        word in kind
        for word in ("/pdf", "impression", "/photo", "recu", "papier", "/health", "/liste")
    )
