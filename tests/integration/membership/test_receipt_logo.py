"""The club's picture on receipts: from its day on, never on those that were issued before (M9)."""

from backend.audit.service import SYSTEM
from backend.billing import queries, receipts
from backend.kit.database import fetch_value
from backend.places import service as places
from backend.places.service import ClubWish
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.places.test_club_settings import picture


async def paid(name: str) -> str:
    joined = await add_household(name, "Martin")
    return (await pay_dues(joined.household_id)).receipt_public_id


async def test_an_issued_receipt_stays_when_the_picture_changes(db: Database) -> None:
    """M9: re-printed identically, and printed for the first time as it was issued."""
    await places.save_club(ClubWish(name="Le Club de l'Orme"), SYSTEM)
    before = await queries.get_receipt(await paid("Alice"))
    printed = await receipts.render(before)
    await places.set_logo(picture(), SYSTEM)
    after = await queries.get_receipt(await paid("Bob"))
    logo = await fetch_value("SELECT logo FROM club")
    await places.remove_logo(SYSTEM)
    assert "logo" not in before.printed["club"]
    assert after.printed["club"]["logo"] == logo
    assert await receipts.render(before) == printed
    pdf = await receipts.render(after)
    assert b"/Subtype/Image" in pdf
    assert b"/Subtype/Image" not in printed
