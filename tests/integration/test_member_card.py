"""The member card on a phone."""

import re
from datetime import UTC, datetime

from httpx import AsyncClient

from backend.audit.service import SYSTEM, By
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.kit.qr import qr_svg
from backend.membership import queries, service
from backend.membership.rules import CardKind
from backend.settings import Settings
from tests import factories
from tests.sign_in import as_tenant, post

AT = datetime(2026, 11, 21, 10, 0, 18, tzinfo=UTC)
SEED = re.compile(r'data-card-seed="([0-9a-f]+)"')


async def card_of(person_id: int) -> queries.CardHolder:
    found = await queries.card_of(person_id, CardKind.PHONE)
    assert found is not None
    return found


async def test_card_shows_the_code_of_this_minute_when_script_is_off(
    client: AsyncClient, settings: Settings
) -> None:
    """V23: without JavaScript the server renders the current code and the page reloads itself."""
    alice = await factories.add_member()
    card = await card_of(alice.person_id)
    with clock.frozen(AT):
        await as_tenant(client, settings, alice.person_id)
        page = (await client.get("/carte")).text
    assert qr_svg(codes.show_card(card.card_public_id, card.secret, AT)) in page
    assert '<meta http-equiv="refresh" content="43">' in page
    assert "Alice Martin" in page
    assert alice.household_public_id in page


async def test_seed_is_its_owners_only_when_two_adults_share_a_household(
    client: AsyncClient, settings: Settings
) -> None:
    """V23: each adult has a card and a seed of their own, and sees no other."""
    alice = await factories.add_member()
    bob = await service.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    seeds = []
    for person_id in (alice.person_id, bob):
        await as_tenant(client, settings, person_id)
        page = (await client.get("/carte")).text
        assert (await card_of(person_id)).secret.hex() in page
        seeds += SEED.findall(page)
        assert "Foyer de 2" in page
    assert len(set(seeds)) == 2


async def test_new_card_is_made_when_the_old_one_was_taken_back(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    before = await card_of(alice.person_id)
    await service.revoke_card(By(), before.card_public_id)
    await as_tenant(client, settings, alice.person_id)
    assert "Créer ma carte" in (await client.get("/carte")).text
    answer = await post(client, settings, "/carte")
    assert answer.headers["location"] == "/carte"
    assert (await card_of(alice.person_id)).secret != before.secret
    assert SEED.search((await client.get("/carte")).text)


async def test_child_is_sent_to_an_adult_when_it_opens_the_card(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    child = await service.add_child(SYSTEM, alice.household_id, "Léa", "Martin")
    await as_tenant(client, settings, child)
    page = (await client.get("/carte")).text
    assert "Demandez à un adulte" in page
    assert not SEED.search(page)


async def test_card_says_to_pay_when_the_household_is_not_up_to_date(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    await fetch("UPDATE period SET during = daterange('2024-01-01', '2025-01-01')")
    await as_tenant(client, settings, alice.person_id)
    page = (await client.get("/carte")).text
    assert "Payé jusqu’au" in page
    assert 'href="/compte/cotisation"' in page
    assert "circle-check" not in page
