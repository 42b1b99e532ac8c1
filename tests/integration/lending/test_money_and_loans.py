"""Where money and loans meet: a lost payment keeps nobody from giving back, a loan keeps its borrower."""

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.rules import DepositMode, DepositWay, LineState
from backend.lending.service import deposits
from backend.lending.values import Back
from backend.membership import queries
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.privacy import erasing
from tests.factories import open_drawer
from tests.integration.lending.test_desk import out
from tests.lending import Shelf, day, staff, want, whom


async def test_a_dispute_never_keeps_a_thing_from_coming_back(shelf: Shelf, alice: Member):
    """B7, D1: the days are gone, the thing is taken back; till then its borrower is not erased."""
    given = await out(await shelf.resource(), alice)
    await fetch("UPDATE period SET cancelled_at = $1, cancel_reason = 'disputed'", clock.now())
    assert (await queries.standing(alice.household_id)).status is Status.PROSPECT
    assert "loan_open" in [hold.slug for hold in (await erasing.look(alice.person_id)).holds]
    back = await lend.take_back(staff(), given.line, Back())
    assert back.state is LineState.CLOSED
    assert "loan_open" not in [hold.slug for hold in (await erasing.look(alice.person_id)).holds]


async def test_money_owed_is_asked_for_before_an_erasure(shelf: Shelf, alice: Member):
    """L45, D1: what is owed either way, and a deposit that is held; then it is no more in the way."""
    await open_drawer()
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 3000}
    lent = await shelf.resource(price_cents=300, **pledge)
    line = (await lend.book(staff(), whom(alice), [want(lent, day("2026-11-24"))])).lines[0]
    by = staff().by
    taken = await deposits.take(by, line, DepositWay.CASH, None, key="a")
    assert await _in_the_way(alice) == {"loan_money", "loan_deposit"}
    await lend.cancel(staff(), await _booking(line), reason="Fermé")
    assert await _in_the_way(alice) == {"loan_deposit"}
    await deposits.release(by, taken.deposit, None, key="b")
    assert await _in_the_way(alice) == set()


async def _in_the_way(member: Member) -> set[str]:
    found = await erasing.look(member.person_id)
    return {hold.slug for hold in found.holds if hold.slug.startswith("loan_")}


async def _booking(line: int) -> str:
    found: str = await fetch_value(
        "SELECT b.public_id FROM booking b JOIN booking_line l ON l.booking = b.id WHERE l.id = $1",
        line,
    )
    return found
