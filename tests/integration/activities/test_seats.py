"""Seats of a session: taken for named people, waited for, given back, and the line that moves."""

from datetime import date, timedelta

import asyncpg
import pytest

from backend.activities import queries
from backend.activities import service as activities
from backend.activities.errors import (
    ActivityDuesNeeded,
    AgeOutside,
    AlreadyThere,
    NobodyChosen,
    NotOfHousehold,
    SeatsByAdults,
    SeatUnknown,
    SessionFull,
    SessionOver,
    TooManyOfHousehold,
)
from backend.activities.rules import Scope
from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member, find_member
from tests import factories
from tests.activities import (
    add_child,
    by,
    details,
    hours,
    seat_of,
    seats,
    session,
    staff,
    take,
)
from tests.conftest import Database

pytestmark = pytest.mark.usefixtures("db")


async def neighbour(name: str, **wish: object) -> Member:
    return await factories.add_member(name, "Petit", f"{name.lower()}@example.org", **wish)


async def test_children_have_seats_of_their_own_when_an_adult_takes_them(alice: Member):
    """A2, L41: by name, minors by their adult; what is over the capacity waits in line."""
    found = await session(capacity=2)
    zoe, tom = await add_child(alice, "Zoé"), await add_child(alice, "Tom")
    wanted = [alice.person_public_id, zoe, tom]

    taken = await activities.take(by(alice), alice, found.public_id, wanted, "k")

    assert (taken.seated, taken.waiting) == ((alice.person_public_id, zoe), (tom,))
    mine = await queries.seats_of(alice.household_id)
    assert [(one.given_name, one.place) for one in mine] == [
        ("Alice", None),
        ("Zoé", None),
        ("Tom", 1),
    ]
    again = await activities.take(by(alice), alice, found.public_id, wanted, "k")
    assert again == taken, "a second tap changes nothing"


async def test_kept_answer_names_nobody_when_seats_are_taken(alice: Member):
    """D1, D3: what is kept for whoever taps twice outlives an erasure: ids, and no first name."""
    found = await session()
    zoe = await add_child(alice, "Zoé")
    await activities.take(by(alice), alice, found.public_id, [alice.person_public_id, zoe], "k")
    home, noe = alice.household_public_id, await add_child(alice, "Noé")
    await activities.register(await staff(), home, found.public_id, [noe], "l")
    kept = await fetch_value("SELECT string_agg(answer::text, '') FROM idempotency_key")
    assert zoe in kept
    assert not {name for name in ("Alice", "Zoé", "Noé", "Martin") if name in kept}


async def test_the_line_moves_by_itself_when_a_seat_is_given_back(alice: Member, bob: Member):
    """A2, C1, L24: in its order, in the same transaction, and who gets it is told."""
    found = await session(capacity=1)
    carol = await neighbour("Carol")
    for member in (alice, bob, carol):
        await take(member, found)
    assert await seats(found) == {"Alice": "taken", "Bob": "waiting", "Carol": "waiting"}

    left = await activities.leave(by(alice), alice, await seat_of(alice, found))

    assert not left.late
    assert await seats(found) == {"Bob": "taken", "Carol": "waiting"}
    rows = await fetch("SELECT person FROM message WHERE kind = 'activity.promoted'")
    assert [row["person"] for row in rows] == [bob.person_id]


async def test_the_line_moves_when_there_is_more_room(alice: Member, bob: Member):
    """A2, L24: the capacity raised is a seat that came free."""
    found = await session(capacity=1)
    await take(alice, found)
    await take(bob, found)

    change = activities.Change(
        details=details(capacity=2), hours=hours(), scope=Scope.THIS, version=1
    )
    await activities.change(SYSTEM, found.public_id, change)

    assert await seats(found) == {"Alice": "taken", "Bob": "taken"}


async def test_who_cannot_come_any_more_is_passed_over(alice: Member, bob: Member):
    """A2: who left the household, or whose dues are over, keeps the place in line and gets nothing."""
    found = await session(capacity=1)
    carol, dan = await neighbour("Carol"), await neighbour("Dan")
    for member in (alice, bob, carol, dan):
        await take(member, found)
    await fetch(
        "UPDATE household_member SET left_on = $2 WHERE person = $1", bob.person_id, clock.today()
    )
    await fetch(
        "UPDATE period SET cancelled_at = $2 WHERE household = $1", carol.household_id, clock.now()
    )

    await activities.leave(by(alice), alice, await seat_of(alice, found))

    assert (await seats(found))["Dan"] == "taken"
    assert (await seats(found))["Carol"] == "waiting"
    assert await activities.sweep() == 1, "who left gives the place in line back in the night"
    assert "Bob" not in await seats(found)


async def test_who_was_passed_over_has_the_free_seat_when_the_dues_are_paid_again(
    alice: Member, bob: Member
):
    """A2: the line moves by itself, though nobody takes or gives back a seat; in the night, once."""
    found = await session(capacity=1)
    await take(alice, found)
    await take(bob, found)
    dues = "UPDATE period SET cancelled_at = $2 WHERE household = $1"
    await fetch(dues, bob.household_id, clock.now())
    await activities.leave(by(alice), alice, await seat_of(alice, found))
    await activities.sweep()
    assert await seats(found) == {"Bob": "waiting"}
    await fetch(dues, bob.household_id, None)
    for _ in range(2):
        await activities.sweep()
    assert await seats(found) == {"Bob": "taken"}
    told = "SELECT count(*) FROM message WHERE kind = 'activity.promoted' AND person = $1"
    assert await fetch_value(told, bob.person_id) == 1


async def test_late_is_said_when_a_seat_comes_back_after_the_deadline(alice: Member, bob: Member):
    """A2, L41: the deadline of the session counts; who got the seat after it is not late."""
    found = await session(capacity=1, cancel_hours=48)
    await take(alice, found)
    await take(bob, found)
    with clock.frozen(found.cancel_until + timedelta(hours=1)):
        left = await activities.leave(by(alice), alice, await seat_of(alice, found))
        assert left.late
        assert await seats(found) == {"Bob": "taken"}
        seat = await seat_of(bob, found)
        assert not (await activities.leave(by(bob), bob, seat)).late
        assert not (await activities.leave(by(bob), bob, seat)).late, "a second time says the same"


async def test_a_child_of_unknown_age_has_no_seat_among_adults(alice: Member):
    """A1, A2: the household says that it is a child."""
    zoe = await add_child(alice, "Zoé")
    for age_from, may in ((18, False), (17, True)):
        found = await session(age_from=age_from)
        asked = activities.take(by(alice), alice, found.public_id, [zoe], codes.random_id())
        if may:
            await asked
        else:
            with pytest.raises(AgeOutside):
                await asked


async def test_a_seat_is_refused_when_it_cannot_be(alice: Member, bob: Member):
    """A2, L41: adults of the household, in time, of that age, within the household's limit."""
    found = await session(household_most=2, age_from=6, age_to=12)
    baby = await add_child(alice, "Zoé", date(2024, 5, 1))
    boys = [await add_child(alice, name, date(2018, 5, 1)) for name in ("Tom", "Léo", "Max")]
    key = codes.random_id

    async def wish(*people: str, member: Member = alice) -> None:
        await activities.take(by(member), member, found.public_id, people, key())

    with pytest.raises(NobodyChosen):
        await wish()
    with pytest.raises(NotOfHousehold):
        await wish(bob.person_public_id)
    with pytest.raises(AgeOutside):
        await wish(baby)
    with pytest.raises(TooManyOfHousehold):
        await wish(*boys)
    await wish(boys[0])
    with pytest.raises(AlreadyThere):
        await wish(boys[0])
    child = await find_member(
        await fetch_value("SELECT id FROM person WHERE public_id = $1", boys[0])
    )
    with pytest.raises(SeatsByAdults):
        await wish(boys[1], member=child)
    with pytest.raises(SeatsByAdults):
        await activities.leave(by(child), child, "")
    with pytest.raises(SeatUnknown):
        await activities.leave(by(bob), bob, await fetch_value("SELECT public_id FROM seat"))
    late = await find_member((await factories.add_household("Paul", "Petit")).person_id)
    with pytest.raises(ActivityDuesNeeded):
        await wish(late.person_public_id, member=late)
    with clock.frozen(found.starts_at), pytest.raises(SessionOver):
        await wish(boys[1])


async def test_two_sessions_at_once_are_said_and_not_forbidden(alice: Member):
    """A2: before the second seat, the page knows of the first."""
    found, other = await session(), await session(title="Gym douce")
    await take(alice, found)
    (me,) = await queries.family(alice, other.public_id)
    assert me.clash == "Soupe de saison"
    assert (await take(alice, other)).seated == (alice.person_public_id,)


async def test_staff_register_somebody_without_a_telephone(alice: Member):
    """A2: at the counter, also while it runs; the household hears of it (D6). Full is full (C1)."""
    found, nadia = await session(capacity=1), await staff()
    child = await add_child(alice, "Zoé")
    with clock.frozen(found.starts_at + timedelta(minutes=5)):
        taken = await activities.register(
            nadia, alice.household_public_id, found.public_id, [child], "k"
        )
        assert taken.seated == (child,)
        with pytest.raises(SessionFull):
            await activities.register(
                nadia, alice.household_public_id, found.public_id, [alice.person_public_id], "l"
            )
    told = await fetch_value("SELECT person FROM message WHERE kind = 'desk.act'")
    assert told == alice.person_id


async def test_the_database_refuses_one_seat_too_many(db: Database, alice: Member):
    """C1, L41: whoever writes it, by the trigger's count and its CHECK; no seat comes back to life."""
    found = await session(capacity=1)
    await take(alice, found)
    connection = await asyncpg.connect(db.app_url)
    add = (
        "INSERT INTO seat (public_id, session, state, asked_at, taken_at)"
        " SELECT 'x', session, 'taken', now(), now() FROM seat LIMIT 1"
    )
    revive = "UPDATE seat SET state = 'taken', cancelled_at = NULL"
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="no_overbooking"):
            await connection.execute(add)
        await connection.execute("UPDATE seat SET state = 'cancelled', cancelled_at = now()")
        assert await connection.fetchval("SELECT taken FROM activity_session") == 0
        with pytest.raises(asyncpg.CheckViolationError, match="does not move"):
            await connection.execute(revive)
    finally:
        await connection.close()
