"""Every page of a member: who may see it, and what it asks of the database."""

import pytest
from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.settings import Settings
from backend.vouchers import service as vouchers
from tests import factories
from tests.integration.statements import statements
from tests.sign_in import as_tenant

MOST_STATEMENTS = 6
PATHS = (
    "/",
    "/accueil",
    "/avantages",
    "/avantages?q=pain&famille=food",
    "/avantages/{offer}",
    "/bons",
    "/bons/{code}",
    "/bons/{code}/annulation",
    "/carte",
)


@pytest.mark.parametrize("path", PATHS)
async def test_page_asks_at_most_six_things_when_a_member_opens_it(
    client: AsyncClient, settings: Settings, path: str
) -> None:
    """PERF6: a page runs at most six statements, who is calling and the club's name included."""
    alice = await factories.add_member()
    market = await factories.add_market()
    code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    for name in ("Un", "Deux", "Trois"):
        other = await factories.add_market(name)
        await vouchers.claim(alice, other.offer.public_id, SYSTEM)
    await as_tenant(client, settings, alice.person_id)
    async with statements() as said:
        answer = await client.get(path.format(offer=market.offer.public_id, code=code))
    assert answer.status_code == 200
    assert 0 < len(said) <= MOST_STATEMENTS, "\n".join(s[:90] for s in said)


async def test_open_voucher_asks_two_small_things_when_nothing_changed(
    client: AsyncClient, settings: Settings
) -> None:
    """PERF6: what each open voucher page asks each second is who is calling and one row."""
    alice = await factories.add_member()
    code = await vouchers.claim(alice, (await factories.add_market()).offer.public_id, SYSTEM)
    await as_tenant(client, settings, alice.person_id)
    mark = (await client.get(f"/bons/{code}")).text.split('data-mark="')[1].split('"')[0]
    async with statements() as said:
        answer = await client.get(f"/bons/{code}/etat", headers={"if-none-match": f'"{mark}"'})
    assert answer.status_code == 304
    assert answer.content == b""
    assert len(said) == 2, said


@pytest.mark.parametrize("path", PATHS[1:])
async def test_visitor_is_sent_to_the_door_when_nobody_is_signed_in(
    client: AsyncClient, path: str
) -> None:
    answer = await client.get(path.format(offer="x", code="000000000000"))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion")


async def test_member_pages_are_unknown_when_the_person_is_in_no_household(
    client: AsyncClient, settings: Settings
) -> None:
    await as_tenant(client, settings, await factories.add_person())
    for path in ("/avantages", "/bons", "/carte"):
        assert (await client.get(path)).status_code == 404
    first = await client.get("/accueil")
    assert (first.status_code, first.headers["location"]) == (303, "/compte")
    assert (await client.get("/compte")).status_code == 200
