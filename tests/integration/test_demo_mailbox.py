"""The mailbox of a demo: a newcomer reads the code there."""

import re
from dataclasses import replace

import httpx
import pytest

from backend.sandbox.mailbox import pages
from backend.settings import Env
from tests import factories
from tests.integration.identity import browser as person
from web.app import create_app

ALICE = "alice@example.org"


@pytest.fixture
async def newcomer(settings, db, tmp_path):
    """A browser before a demo without a mail server."""
    demo = replace(settings, env=Env.DEMO, smtp_url=None, home=tmp_path)
    transport = httpx.ASGITransport(app=create_app(demo))
    async with httpx.AsyncClient(transport=transport, base_url=demo.base_url) as browser:
        yield browser


async def test_newcomer_signs_in_with_the_code_they_read(newcomer):
    await factories.add_person("Alice", "Martin", ALICE)
    page = await person.ask(newcomer, ALICE)
    listed = await newcomer.get("/demo/courrier")
    [address] = re.findall(r'href="(/demo/courrier/\w+)"', listed.text)
    letter = (await newcomer.get(address)).text
    code = re.search(r">\s*(\d{6})\s*<", letter)
    assert code is not None
    assert (await person.type_code(newcomer, page, code[1])).status_code == 303


async def test_mailbox_shows_one_address_when_it_is_asked_for(newcomer):
    await person.ask(newcomer, ALICE)
    await person.ask(newcomer, "0639981111")
    found = (await newcomer.get("/demo/courrier?pour=alice")).text
    assert ALICE in found
    assert "+33639981111" not in found


@pytest.mark.parametrize(
    "name", ["nothing", "..%2Fsecrets", "%2e%2e%2fsecrets", "a.json", "a" * 3000]
)
async def test_letter_is_missing_when_it_was_never_sent(newcomer, name):
    """No name leads out of the folder."""
    assert (await newcomer.get(f"/demo/courrier/{name}")).status_code == 404


def test_mailbox_is_refused_in_production(settings):
    with pytest.raises(RuntimeError):
        pages.handlers(replace(settings, env=Env.PRODUCTION))


async def test_production_has_no_mailbox(settings, db):
    """SEC11: neither the page nor the folder is there, whatever is asked."""
    club = replace(settings, env=Env.PRODUCTION, base_url="https://club.example.org")
    transport = httpx.ASGITransport(app=create_app(club))
    async with httpx.AsyncClient(transport=transport, base_url=club.base_url) as browser:
        assert (await browser.get("/demo/courrier")).status_code == 404
        assert (await browser.get("/connexion")).status_code == 200
