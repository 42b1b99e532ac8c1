"""Many hands for few seats, and a room that two want: the guards, and what happens without them."""

import asyncio
from datetime import date, time
from typing import Any

import asyncpg
import pytest

from backend.activities.errors import RoomBusy
from backend.activities.rules import Hours
from backend.activities.service import seats as seating
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.errors import JustTaken
from backend.lending.rules import Period, SlotMode
from backend.lending.values import Want
from backend.membership.queries import Member
from tests import factories, lending
from tests.activities import NOW, add_child, by, seat_of, session, soon, take
from tests.conftest import Database
from tests.lending import mine, whom

pytestmark = pytest.mark.races
HOUSEHOLDS, EACH, SEATS = 10, 10, 12
STATES = "SELECT count(*) FROM seat WHERE state = $1"


async def test_a_hundred_bookings_at_once_never_overbook(db: Database) -> None:
    """C1, L41: as many seats as there are, everybody else in line, in the order of their locks."""
    found = await session(soon(), capacity=SEATS)
    wishes: list[tuple[Member, str]] = []
    for number in range(HOUSEHOLDS):
        member = await factories.add_member(f"Adulte{number}", "Petit")
        people = [member.person_public_id]
        people += [await add_child(member, f"Enfant{number}-{one}") for one in range(EACH - 1)]
        wishes += [(member, person) for person in people]

    async def wish(member: Member, person: str) -> None:
        await seating.take(by(member), member, found.public_id, [person], person)

    await asyncio.gather(*(wish(*each) for each in wishes))

    assert await fetch_value(STATES, "taken") == SEATS
    assert await fetch_value(STATES, "waiting") == HOUSEHOLDS * EACH - SEATS
    assert await fetch_value("SELECT taken FROM activity_session") == SEATS

    rows = await fetch("SELECT public_id FROM seat WHERE state = 'taken'")
    await asyncio.gather(*(seating.leave_for(by(wishes[0][0]), row["public_id"]) for row in rows))
    assert await fetch_value(STATES, "taken") == SEATS, "those in line have them, each once"
    first = await fetch(
        "SELECT taken_at IS NOT NULL AS got FROM seat WHERE state <> 'cancelled'"
        " ORDER BY asked_at, id"
    )
    assert [row["got"] for row in first[:SEATS]] == [True] * SEATS, "in their order"


async def test_seats_are_overbooked_when_the_guards_are_off(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C1: the negative control: read without a lock, counted by nobody, written after."""
    met = asyncio.Barrier(2)
    found = await session(soon(), capacity=1)
    members = [await factories.add_member(name, "Petit") for name in ("Alice", "Bob")]

    async def read(public_id: str) -> Any:
        return await fetch_one("SELECT * FROM activity_session WHERE public_id = $1", public_id)

    async def look_then_write(sql: str, *args: Any) -> Any:
        if not sql.startswith("SELECT taken"):
            return await fetch_value(sql, *args)
        counted = await fetch_value("SELECT count(*) FROM seat WHERE state = 'taken'")
        await met.wait()
        return counted

    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("ALTER TABLE seat DISABLE TRIGGER seat_counts")
    monkeypatch.setattr(seating, "lock_session", read)
    monkeypatch.setattr(seating, "fetch_value", look_then_write)
    try:
        await asyncio.gather(*(take(member, found) for member in members))
        assert await fetch_value(STATES, "taken") == 2, "two people for one seat"
    finally:
        await owner.execute("ALTER TABLE seat ENABLE TRIGGER seat_counts")
        await owner.close()


async def test_one_person_has_one_seat_when_two_adults_tap_at_once(db: Database) -> None:
    """C1: one live seat for a person and a session, whoever asks; the others hear it."""
    alice = await factories.add_member()
    found = await session(soon())
    answers = await asyncio.gather(*(take(alice, found) for _ in range(10)), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, DomainError)]
    assert {each.slug for each in refused} == {"already_there"}
    assert (len(refused), await fetch_value(STATES, "taken")) == (9, 1)
    await seating.leave(by(alice), alice, await seat_of(alice, found))
    await take(alice, found)
    assert await fetch_value("SELECT taken FROM activity_session") == 1


async def test_a_room_is_never_had_by_a_session_and_a_neighbour(db: Database) -> None:
    """A1, L5, L7: whoever is first has it, and the other one hears so, ten times over."""
    with clock.frozen(NOW):
        alice, shelf = await factories.add_member(), await lending.add_shelf()
        room = await shelf.resource(
            "Salle", slot_mode=SlotMode.HOURS, usual_length=120, longest_length=480
        )
        for day in range(1, 11):
            friday = date(2026, 12, 4 if day < 6 else 11)
            starts = time(8 + day % 5 * 2) if day % 5 else time(9)
            await _race(
                alice, room.id, Hours(day=friday, starts=starts, ends=time(starts.hour + 1))
            )
    overlaps = (
        "SELECT count(*) FROM booking_line a JOIN booking_line b ON a.id < b.id"
        " AND a.unit = b.unit AND a.occupied && b.occupied"
        " WHERE a.state IN ('confirmed', 'blocked') AND b.state IN ('confirmed', 'blocked')"
    )
    assert await fetch_value(overlaps) == 0


async def _race(alice: Member, room: str, at: Hours) -> None:
    period = Period(*at.at(at.day))
    booked, held = await asyncio.gather(
        lend.book(mine(alice), whom(alice), [Want(resource=room, period=period)]),
        session(at=at, room=room),
        return_exceptions=True,
    )
    lost = [each for each in (booked, held) if isinstance(each, DomainError)]
    assert len(lost) == 1, (booked, held)
    assert isinstance(lost[0], JustTaken | RoomBusy)
