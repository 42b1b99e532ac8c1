"""Nadia's browser at the counter, without JavaScript; a manager's; a person without an address."""

import contextlib
import html
import re
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.identity.rules import Role
from backend.membership.service import Joined
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_household, add_person, add_role, open_drawer
from tests.typography import as_typed


class Counter:
    """Somebody at the desk: opens pages, sends forms, reads words."""

    def __init__(self, browser: httpx.AsyncClient, settings: Settings, person_id: int) -> None:
        self.browser, self.settings, self.person_id = browser, settings, person_id

    async def open(self, path: str) -> str:
        """The words of a page."""
        answer = await self.browser.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return words(answer.text)

    async def send(self, path: str, **data: object) -> httpx.Response:
        return await sign_in.post(self.browser, self.settings, path, dict(data))

    async def done(self, path: str, **data: object) -> str:
        """Sends a form that must be accepted; where it leads."""
        answer = await self.send(path, **data)
        assert answer.status_code == 303, (answer.status_code, words(answer.text))
        return answer.headers["location"]

    async def paper(self, path: str, **data: object) -> bytes:
        """Sends a form that must give a PDF nobody on the way keeps."""
        answer = await self.send(path, **data)
        assert answer.status_code == 200, words(answer.text)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"%PDF-")
        return answer.content


def unpacked(pdf: bytes) -> bytes:
    """A PDF with what it holds compressed beside it in clear."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    clear = []
    for stream in streams:
        with contextlib.suppress(zlib.error):
            clear.append(zlib.decompress(stream))
    return b"\n".join([pdf, *clear])


def words(page: str) -> str:
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return as_typed(html.unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", body))))


@pytest.fixture
async def desk(client: httpx.AsyncClient, settings: Settings, db: Database) -> Counter:
    """Nadia, of the desk; the cash drawer is open."""
    person_id = await add_person("Nadia", "Comptoir", "nadia@example.org")
    await open_drawer()
    await add_role(person_id, Role.DESK)
    await sign_in.as_staff(client, settings, person_id)
    return Counter(client, settings, person_id)


@pytest.fixture
async def manager(settings: Settings, db: Database) -> AsyncIterator[Counter]:
    """Hélène, who manages the club, in another browser."""
    from tests.application import browser_of

    person_id = await add_person("Hélène", "Vasseur", "helene@example.org")
    await add_role(person_id, Role.MANAGER)
    async with browser_of(settings) as browser:
        await sign_in.as_staff(browser, settings, person_id)
        yield Counter(browser, settings, person_id)


@pytest.fixture
async def odette(db: Database) -> Joined:
    """No e-mail, no telephone, nothing paid yet."""
    return await add_household("Odette", "Leroy")
