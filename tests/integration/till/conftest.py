"""A till without JavaScript: pages, their forms and buttons, one after the other."""

import html
import re
from html.parser import HTMLParser

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.http.security import cookie_names
from backend.kit import codes
from backend.vouchers import queries, service
from backend.vouchers.scans import Scan
from tests import factories
from tests.typography import as_typed

VOID = {"input", "meta", "link", "br", "hr", "path", "use"}


class Forms(HTMLParser):
    """The forms of a page: address, and the values their fields hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.found.append((said.get("action", ""), {}))
        elif tag == "input" and self.found and said.get("name"):
            self.found[-1][1][said["name"]] = said.get("value") or ""


class Counter:
    """Somebody at the till, with one finger and no script."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.answer: httpx.Response

    async def open(self, path: str = "/caisse") -> str:
        self.answer = await self.browser.get(path)
        return self.text

    @property
    def text(self) -> str:
        return self.answer.text

    @property
    def headline(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)
        assert found is not None, self.text
        return as_typed(html.unescape(re.sub(r"<[^>]+>", "", found[1])).strip())

    @property
    def words(self) -> str:
        bare = html.unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", self.text)))
        return as_typed(bare)

    @property
    def body(self) -> str:
        found = re.search(r'<body class="([^"]*)"', self.text)
        assert found is not None
        return found[1]

    async def send(self, to: str, **typed: str) -> str:
        """Sends the page's last form with that address."""
        forms = [values for action, values in Forms(self.text).found if action == to]
        assert forms, f"no form to {to} in {self.text}"
        self.answer = await self.browser.post(to, data={**forms[-1], **typed})
        return self.text

    async def type(self, code: str) -> str:
        await self.open()
        return await self.send("/caisse", code=code)

    async def confirm(self, **typed: str) -> str:
        return await self.send("/caisse/aujourdhui", **typed)

    def link(self, part: str) -> str:
        found = re.search(rf'href="([^"]*{part}[^"]*)"', self.text)
        assert found is not None, self.text
        return found[1]


@pytest.fixture
async def market(db):
    return await factories.add_market()


@pytest.fixture
async def alice(db):
    return await factories.add_member()


@pytest.fixture
async def voucher(alice, market):
    code = await service.claim(alice, market.offer.public_id, SYSTEM)
    return await queries.voucher_page(alice.household_id, code)


@pytest.fixture
async def counter(client, market, settings):
    client.cookies.set(cookie_names(settings).till, market.till.cookie)
    return Counter(client)


@pytest.fixture
def use(market):
    """A use of a voucher by this market's other till."""

    async def run(code: str, till=None):
        other = till or await factories.add_till(market.shop.id, "Caisse 2")
        return await service.redeem(Scan(code=code, key=codes.random_id(), till=other.caller))

    return run
