"""Partners, shops and tills."""

from datetime import time, timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Invalid
from backend.merchants import queries, service
from backend.merchants.errors import EnrolmentUsed, ShopUnknown, TillUnknown
from backend.merchants.rules import Hours, PartnerCategory, PartnerKind
from backend.merchants.service import PartnerWish, ShopWish
from tests import factories
from tests.conftest import Database
from tests.pictures import picture

PNG = picture("PNG")


@pytest.fixture
async def shop(db: Database) -> int:
    partner = await factories.add_partner()
    return (await factories.add_shop(partner.id)).id


async def test_siret_is_checked_when_it_is_given(db: Database) -> None:
    made = await factories.add_partner(siret="732 829 320 00074")
    found = await queries.find_partner(made.public_id)
    assert found is not None
    assert found.siret == "73282932000074"
    with pytest.raises(Invalid) as refusal:
        await factories.add_partner(siret="732 829 320 00075")
    assert "siret" in refusal.value.fields
    assert (
        await queries.find_partner((await factories.add_partner(siret=" ")).public_id)
    ) is not None


async def test_partner_is_changed_closed_and_reopened(db: Database) -> None:
    made = await factories.add_partner("Boulangerie Petit")
    await service.change_partner(
        SYSTEM,
        made.id,
        PartnerWish(name="Boulangerie Grand", kind=PartnerKind.SHOP, category=PartnerCategory.FOOD),
    )
    assert [each.name for each in await queries.partners()] == ["Boulangerie Grand"]
    await service.close_partner(SYSTEM, made.id)
    assert await queries.partners() == []
    assert len(await queries.partners(closed=True)) == 1
    await service.reopen_partner(SYSTEM, made.id)
    assert len(await queries.partners_of(frozenset({made.id}))) == 1


async def test_shop_has_hours_photo_and_place(db: Database) -> None:
    partner = await factories.add_partner()
    hours = (Hours(0, time(8), time(12)), Hours(0, time(14), time(19)))
    made = await factories.add_shop(
        partner.id, hours=hours, photo=PNG, latitude=49.9, longitude=2.3
    )
    found = await queries.find_shop(made.slug)
    assert found is not None
    assert found.hours == hours
    assert found.photo is not None
    moved = ShopWish(name="Au Port", street="1 quai", postcode="80000", town="Amiens")
    await service.change_shop(SYSTEM, made.id, moved)
    again = (await queries.shops_of(partner.id))[0]
    assert (again.name, again.hours, again.latitude) == ("Au Port", (), None)
    assert again.photo == found.photo


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 49.9},
        {"latitude": 95.0, "longitude": 2.0},
        {"latitude": 49.0, "longitude": 200.0},
        {"hours": (Hours(7, time(8), time(9)),)},
        {"hours": (Hours(0, time(9), time(8)),)},
        {"hours": (Hours(0, time(8), time(12)), Hours(0, time(11), time(13)))},
        {"photo": b"not a picture"},
    ],
)
async def test_shop_is_refused_when_it_makes_no_sense(db: Database, wrong: dict[str, Any]) -> None:
    partner = await factories.add_partner()
    with pytest.raises(Invalid):
        await factories.add_shop(partner.id, **wrong)
    assert await queries.shops_of(partner.id) == []


async def test_shops_of_one_name_have_addresses_of_their_own(db: Database) -> None:
    partner = await factories.add_partner()
    slugs = [(await factories.add_shop(partner.id)).slug for _ in range(3)]
    assert slugs == ["boulangerie-petit", "boulangerie-petit-2", "boulangerie-petit-3"]


async def test_link_enrols_once_and_for_a_day(shop: int) -> None:
    """V24: one-time link; only hashes are stored."""
    made = await service.make_till(SYSTEM, shop, "Caisse 1")
    enrolled = await service.enrol(made.enrol_code)
    with pytest.raises(EnrolmentUsed):
        await service.enrol(made.enrol_code)
    by_cookie = await queries.find_till_caller(codes.hash_token(enrolled.secret), bearer=False)
    assert by_cookie is not None
    assert by_cookie.till_public_id == made.public_id
    assert await queries.find_till_caller(codes.hash_token(enrolled.secret), bearer=True) is None
    stored = str(await fetch("SELECT * FROM till"))
    assert made.token not in stored
    assert enrolled.secret not in stored
    late = await service.make_till(SYSTEM, shop, "Caisse 2")
    with clock.travel(timedelta(hours=25)), pytest.raises(EnrolmentUsed):
        await service.enrol(late.enrol_code)


async def test_another_phone_takes_over_when_it_opens_the_new_link(shop: int) -> None:
    till = await factories.add_till(shop)
    code, _ = await service.relink_till(SYSTEM, till.caller.till_id)
    assert await queries.find_till_caller(codes.hash_token(till.cookie), bearer=False)
    await service.enrol(code)
    assert await queries.find_till_caller(codes.hash_token(till.cookie), bearer=False) is None


async def test_till_ends_when_it_is_revoked_or_its_shop_closes(shop: int) -> None:
    """V24: revocable with effect at the next contact."""
    first, second = await factories.add_till(shop), await factories.add_till(shop, "Caisse 2")
    await service.revoke_till(SYSTEM, first.caller.till_id)
    assert await revoked(first.token)
    assert not await revoked(second.token)
    await service.close_shop(SYSTEM, shop)
    assert await revoked(second.token)
    with pytest.raises(TillUnknown):
        await service.rename_till(SYSTEM, first.caller.till_id, "Autre")
    with pytest.raises(ShopUnknown):
        await service.make_till(SYSTEM, shop, "Caisse 3")


async def test_till_ends_when_nobody_used_it_for_half_a_year(shop: int) -> None:
    """SEC4: 180 days unused, counted from its last contact."""
    till = await factories.add_till(shop)
    with clock.travel(timedelta(days=100)):
        await service.see_till(till.caller.till_id)
    with clock.travel(timedelta(days=279)):
        assert not await revoked(till.token)
    with clock.travel(timedelta(days=281)):
        assert await revoked(till.token)


async def test_guard_notes_a_contact_once_an_hour(client: Any, shop: int) -> None:
    """SEC4: what is counted is use, not enrolment."""
    till = await factories.add_till(shop)
    headers = {"authorization": f"Bearer {till.token}"}
    with clock.travel(timedelta(hours=2)):
        await client.get("/api/v1/till", headers=headers)
        seen = await fetch_value("SELECT seen_at FROM till")
        assert clock.now() - seen < timedelta(minutes=1)
        await client.get("/api/v1/till", headers=headers)
        assert await fetch_value("SELECT seen_at FROM till") == seen


async def test_cashiers_are_first_names_once_each(shop: int) -> None:
    till = await factories.add_till(shop)
    await service.name_cashiers(SYSTEM, till.caller.till_id, ["Karim", " Léa ", "", "Karim"])
    await service.rename_till(SYSTEM, till.caller.till_id, "Comptoir")
    found = await queries.find_till(till.caller.till_public_id)
    assert found is not None
    assert (found.name, found.cashiers) == ("Comptoir", ("Karim", "Léa"))
    assert len(await queries.tills_of(found.partner_id)) == 1


async def revoked(token: str) -> bool:
    found = await queries.find_till_caller(codes.hash_token(token), bearer=True)
    assert found is not None
    return found.revoked
