"""What a booking costs the database: others wait for its locks, so each statement counts (PERF6)."""

from backend.lending import service as lend
from backend.membership.queries import Member
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, want, whom

# It was 26 before reads were joined under the lock and a booking began confirmed.
MOST, EACH_MORE = 15, 4
TUESDAY = day("2026-11-24")


async def test_booking_asks_few_questions(shelf: Shelf, alice: Member):
    """PERF6: one thing in so many statements, with its key, its trace and its message."""
    drill = await shelf.resource(copies=3)
    for _ in range(2):  # the second time, somebody is there already
        async with statements() as said:
            await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
        assert len(said) <= MOST, said


async def test_each_more_thing_of_a_booking_adds_few(shelf: Shelf, alice: Member):
    """PERF6: its lock, its line and what is taken of it; all else is read once for all of them."""
    things = [await shelf.resource(name) for name in ("Perceuse", "Scie", "Diable")]
    async with statements() as said:
        await lend.book(mine(alice), whom(alice), [want(each, TUESDAY) for each in things])
    assert len(said) <= MOST + 2 * EACH_MORE, said


async def test_booking_asks_no_more_when_much_is_booked(shelf: Shelf, alice: Member, bob: Member):
    """PERF6: the same count, whatever stands beside it."""
    drill = await shelf.resource(copies=9)
    counts = []
    for others in (1, 6):
        for _ in range(others):
            await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
        async with statements() as said:
            await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
        counts.append(len(said))
    assert counts[0] == counts[1]
