"""A booking that gets another copy is what it was for its household: what waits to be said is said (L37)."""

from collections.abc import Awaitable, Callable

import pytest

from backend.kit.database import fetch_value
from backend.lending import service as lend
from backend.lending.rules import FAR, Period, TicketKind
from backend.membership.queries import Member
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, told, want, whom

WEDNESDAY = day("2026-11-25")

Change = Callable[[Lent, int, str], Awaitable[object]]


async def swap(drill: Lent, line: int, code: str) -> object:
    (other,) = [unit.code for unit in drill.units if unit.code != code]
    return await lend.swap(staff(), line, other)


async def mend(_: Lent, __: int, code: str) -> object:
    return await lend.take_out_of_use(staff(), code, TicketKind.REPAIR, "Fil usé", Period(NOW, FAR))


async def has(line: int) -> str:
    code: str = await fetch_value(
        "SELECT u.code FROM booking_line l JOIN unit u ON u.id = l.unit WHERE l.id = $1", line
    )
    return code


@pytest.mark.parametrize("change", [swap, mend])
async def test_booking_is_still_told_when_its_copy_changes(
    shelf: Shelf, alice: Member, change: Change
):
    """L36, L37, L32: the word that it stands was on its way."""
    drill = await shelf.resource(copies=2)
    made = await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    before = await has(made.lines[0])
    await change(drill, made.lines[0], before)
    assert await has(made.lines[0]) != before
    assert await told("confirmed") == [alice.person_id]


async def test_offer_is_still_told_when_its_copy_changes(shelf: Shelf, alice: Member, bob: Member):
    """L23, L32: its window runs, so whoever waits hears of it."""
    drill = await shelf.resource(copies=2)
    wish = [want(drill, WEDNESDAY)]
    booked = [await lend.book(mine(alice), whom(alice), wish) for _ in range(2)]
    waits = await lend.wait(mine(bob), whom(bob), *wish)
    for each in booked:
        await lend.cancel(mine(alice), each.booking)
    await mend(drill, waits.lines[0], await has(waits.lines[0]))
    assert await states(waits.booking) == ["offered"]
    assert await told("offered") == [bob.person_id]
