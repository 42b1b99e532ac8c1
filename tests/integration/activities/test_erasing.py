"""What stays of seats when a person is erased (D1)."""

from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests.activities import by, session, take


async def test_no_seat_names_who_would_have_heard_of_it_when_they_are_erased(alice: Member) -> None:
    """D1: neither as who comes later nor as who is told."""
    await take(alice, await session())
    mine = "SELECT count(*) FROM seat WHERE contact = $1"
    assert await fetch_value(mine, alice.person_id) == 1
    await erasing.erase(by(alice), alice.person_id, ErasureWay.SELF)
    assert await fetch_value(mine, alice.person_id) == 0
