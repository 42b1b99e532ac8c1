"""Where a member begins, and the club's front door."""

from datetime import UTC, datetime

from httpx import AsyncClient

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.membership.queries import Member, find_member
from backend.settings import Settings
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests import factories
from tests.factories import Enrolled, Market
from tests.sign_in import as_tenant

NOON = datetime(2026, 11, 21, 11, tzinfo=UTC)


async def redeem(till: Enrolled, code: str, price_cents: int) -> None:
    scan = Scan(code=code, key=codes.random_id(), till=till.caller, price_cents=price_cents)
    await vouchers.redeem(scan)


async def home_of(client: AsyncClient, settings: Settings, person_id: int) -> str:
    await as_tenant(client, settings, person_id)
    answer = await client.get("/accueil")
    assert answer.status_code == 200
    return answer.text


def laid(page: str) -> int:
    """Tiles on the floor, the pale one left out."""
    floor = page.split('class="floor')[1].split("</div>", maxsplit=1)[0]
    return floor.count("<use ") - 1


async def test_home_says_what_to_do_when_there_is_no_voucher(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    page = await home_of(client, settings, alice.person_id)
    assert "Bonjour Alice" in page
    assert "0,00\u00a0€" in page
    assert laid(page) == 0
    assert "Prenez un premier bon" in page
    assert 'href="/avantages"' in page


async def test_home_shows_the_voucher_that_ends_first_when_there_are_several(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    long = await factories.add_market("Long", voucher_days=20)
    short = await factories.add_market("Court", voucher_days=2)
    later = await vouchers.claim(alice, long.offer.public_id, SYSTEM)
    first = await vouchers.claim(alice, short.offer.public_id, SYSTEM)
    page = await home_of(client, settings, alice.person_id)
    assert "Montrer le bon" in page
    assert page.index(f"/bons/{first}") < page.index(f"/bons/{later}")


async def test_floor_has_one_tile_for_each_ten_euros_when_the_household_saved(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    market = await factories.add_market(percent=50)
    code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    await redeem(market.till, code, price_cents=5720)
    page = await home_of(client, settings, alice.person_id)
    assert "28,60\u00a0€" in page
    assert laid(page) == 2
    assert "Encore 1,40\u00a0€ pour le suivant" in page


async def test_savings_start_again_when_a_new_year_begins(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    market = await factories.add_market(percent=50)
    with clock.frozen(datetime(2025, 12, 31, 22, 59, tzinfo=UTC)):
        code = await _taken_last_year(alice, market)
        await redeem(market.till, code, price_cents=5720)
    page = await home_of(client, settings, alice.person_id)
    assert laid(page) == 0


async def _taken_last_year(alice: Member, market: Market) -> str:
    await fetch(
        "UPDATE period SET during = daterange('2025-06-01', '2027-06-01') WHERE household = $1",
        alice.household_id,
    )
    await fetch("UPDATE offer SET during = daterange('2025-06-01', NULL)")
    member = await find_member(alice.person_id)
    assert member is not None
    return await vouchers.claim(member, market.offer.public_id, SYSTEM)


async def test_home_says_to_pay_when_nothing_was_ever_paid(
    client: AsyncClient, settings: Settings
) -> None:
    joined = await factories.add_household()
    page = await home_of(client, settings, joined.person_id)
    assert "pas encore payée" in page
    assert 'href="/compte/cotisation"' in page


async def test_home_says_what_still_works_when_the_household_is_in_grace(
    client: AsyncClient, settings: Settings
) -> None:
    """M1: in grace the member is told until when vouchers are honoured, and to pay."""
    alice = await factories.add_member()
    await fetch(
        "UPDATE period SET during = daterange('2025-11-01', '2026-11-11') WHERE household = $1",
        alice.household_id,
    )
    with clock.frozen(NOON):
        page = await home_of(client, settings, alice.person_id)
    assert "Votre adhésion est finie depuis le mardi 10 novembre" in page
    assert "Vos bons marchent jusqu’au jeudi 10 décembre" in page
    assert 'href="/compte/cotisation"' in page


async def test_front_door_says_what_the_club_saved_when_nobody_is_signed_in(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    market = await factories.add_market(percent=50)
    code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    await redeem(market.till, code, price_cents=5720)
    page = (await client.get("/")).text
    assert "28,60\u00a0€" in page
    assert "Boulangerie Petit" in page
    assert 'href="/adherer"' in page
    assert "/avantages/" not in page


async def test_front_door_leads_home_when_a_member_comes_back(
    client: AsyncClient, settings: Settings
) -> None:
    alice = await factories.add_member()
    await as_tenant(client, settings, alice.person_id)
    page = (await client.get("/")).text
    assert 'href="/accueil"' in page
    assert 'href="/adherer"' not in page
