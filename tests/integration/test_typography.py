"""What people read on a page, as French sets it."""

import html
import re

import pytest
from httpx import AsyncClient

from backend.places.rules import LEGAL_TEXTS
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_member

ALONE = re.compile(r"[^\n<>]{0,30}(?<=\S) [;:?!»][^\n<>]{0,10}|« [^\n<>]{0,30}")
PUBLIC = [
    "/",
    "/connexion",
    "/adherer",
    "/devenir-partenaire",
    *(f"/{slug}" for slug in LEGAL_TEXTS),
]
MEMBER = [
    "/accueil",
    "/avantages",
    "/reserver",
    "/services",
    "/agenda",
    "/entraide",
    "/entraide/mes-annonces/nouvelle",
    "/carte",
    "/compte",
    "/compte/cotisation/payer",
    "/compte/consentements",
    "/compte/donnees/acces",
]


def read(page: str) -> str:
    """Words between the marks, and those that marks carry for who listens."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|placeholder|alt|title)="([^"]*)"', bare)
    return html.unescape("\n".join([re.sub(r"<[^>]+>", "\n", bare), *spoken]))


@pytest.mark.parametrize("said", ["Pas de code ?", "touchez « Oui", "Quand : demain"])
def test_a_sign_that_may_begin_a_line_is_found(said):
    assert ALONE.search(read(f"<p>{said}</p>"))
    assert ALONE.search(read(f'<input placeholder="{said}">'))


async def test_no_line_of_a_page_begins_with_a_sign(
    client: AsyncClient, settings: Settings, db: Database
):
    """UX5: from the door to the account, legal texts included."""
    alice, found = await add_member(), {}
    for path in PUBLIC:
        found[path] = ALONE.findall(read((await client.get(path)).text))
    await sign_in.as_tenant(client, settings, alice.person_id)
    for path in MEMBER:
        answer = await client.get(path)
        assert answer.status_code == 200, path
        found[path] = ALONE.findall(read(answer.text))
    assert {path: lines for path, lines in found.items() if lines} == {}
