"""Every page of a member: who may see it, and what it asks of the database."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.billing import bank
from backend.billing.bank import BankWish
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.membership.rules import Category
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


@pytest.mark.parametrize(
    "path", ["", "/payer", "/payer?facon=monthly", "/arret", "/retractation", "/recus/{receipt}"]
)
async def test_page_of_dues_asks_at_most_six_things_when_much_has_happened(
    client: AsyncClient, settings: Settings, path: str
) -> None:
    """PERF6: paid twice, with days that came along, a transfer on its way and the account to send it to."""
    await bank.set_account(SYSTEM, BankWish("Le Club", "FR1420041010050500013M02606", "AGRIFRPP"))
    alice, bob = await factories.add_household("Alice"), await factories.add_household("Bob")
    for joined in (alice, bob):
        await factories.pay_dues(joined.household_id, 1)
        await factories.pay_dues(joined.household_id, 1)
    await membership.merge(SYSTEM, bob.household_id, alice.household_id)
    await membership.order_transfer(SYSTEM, alice.household_id, 12)
    receipt = await fetch_value("SELECT public_id FROM receipt ORDER BY id LIMIT 1")
    await as_tenant(client, settings, alice.person_id)
    here = f"/compte/cotisation{path.format(receipt=receipt)}"
    assert (await client.get(here)).status_code == 200
    async with statements() as said:
        answer = await client.get(here)
    assert answer.status_code == 200
    assert 0 < len(said) <= MOST_STATEMENTS, "\n".join(s[:90] for s in said)
    if not path:
        assert answer.text.count("/compte/cotisation/recus/") == 4


async def test_page_of_dues_sends_who_pays_nothing_to_the_counter(
    client: AsyncClient, settings: Settings
) -> None:
    """N5, M10: before the first months, and when they are over; nothing is there to pay."""
    alice = await factories.add_household()
    await membership.set_category(SYSTEM, alice.household_id, Category.FREE)
    await as_tenant(client, settings, alice.person_id)
    before = (await client.get("/compte/cotisation")).text
    assert "Votre adhésion n’a pas commencé." in before
    await membership.grant_months(SYSTEM, alice.household_id, 1, key="k")
    with clock.travel(timedelta(days=100)):
        await as_tenant(client, settings, alice.person_id)
        after = (await client.get("/compte/cotisation")).text
    assert "Votre adhésion est finie depuis" in after
    for page in (before, after):
        assert "passez à la conciergerie" in page.lower()
        assert "Payer ma cotisation" not in page


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
