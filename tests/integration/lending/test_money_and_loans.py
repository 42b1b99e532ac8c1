"""Where money and loans meet: a lost payment keeps nobody from giving back, a loan keeps its borrower."""

from backend.kit import clock
from backend.kit.database import fetch
from backend.lending import service as lend
from backend.lending.rules import LineState
from backend.lending.values import Back
from backend.membership import queries
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.privacy import erasing
from tests.integration.lending.test_desk import out
from tests.lending import Shelf, staff


async def test_a_dispute_never_keeps_a_thing_from_coming_back(shelf: Shelf, alice: Member):
    """B7, D1: the days are gone, the thing is taken back; till then its borrower is not erased."""
    given = await out(await shelf.resource(), alice)
    await fetch("UPDATE period SET cancelled_at = $1, cancel_reason = 'disputed'", clock.now())
    assert (await queries.standing(alice.household_id)).status is Status.PROSPECT
    assert "loan_open" in [hold.slug for hold in (await erasing.look(alice.person_id)).holds]
    back = await lend.take_back(staff(), given.line, Back())
    assert back.state is LineState.CLOSED
    assert "loan_open" not in [hold.slug for hold in (await erasing.look(alice.person_id)).holds]
