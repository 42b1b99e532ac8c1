"""Who came: noted by staff, listed for leaders, counted without a name, forgotten after some months."""

from datetime import date, timedelta

import pytest

from backend.activities import privacy, queries
from backend.activities import service as activities
from backend.activities.errors import (
    AttendanceByStaff,
    AttendanceEarly,
    NoSeatHere,
    SeatUnknown,
    SessionCancelled,
    SessionUnknown,
)
from backend.activities.queries import Session, figures, lists
from backend.activities.rules import Scope
from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests import factories
from tests.activities import DAY, add_child, by, seat_of, seats, session, staff, take

pytestmark = pytest.mark.usefixtures("db")


async def attended() -> dict[str, bool | None]:
    rows = await fetch(
        "SELECT p.given_name, s.attended FROM seat s JOIN person p ON p.id = s.person ORDER BY s.id"
    )
    return {row["given_name"]: row["attended"] for row in rows}


async def test_staff_alone_note_who_came(alice: Member, bob: Member):
    """A2, C1: by tick, with who noted it; neither a member nor the one who has the seat."""
    found, nadia = await session(capacity=1), await staff()
    await take(alice, found)
    await take(bob, found)
    seat, waits = await seat_of(alice, found), await seat_of(bob, found)
    with pytest.raises(AttendanceEarly):
        await activities.mark(nadia, seat, attended=True)
    with clock.frozen(found.starts_at):
        for somebody in (by(alice), by(bob), SYSTEM):
            with pytest.raises(AttendanceByStaff):
                await activities.mark(somebody, seat, attended=False)
        with pytest.raises(SeatUnknown):
            await activities.mark(nadia, waits, attended=True)
        await activities.mark(nadia, seat, attended=False)
        assert await attended() == {"Alice": False, "Bob": None}
        await activities.mark(nadia, seat, attended=None)
        assert await attended() == {"Alice": None, "Bob": None}


async def test_a_card_notes_its_holder_and_the_children(alice: Member, bob: Member):
    """A2: children carry no card; another adult of the household has one of their own."""
    found, nadia = await session(), await staff()
    zoe = await add_child(alice, "Zoé")
    people = [alice.person_public_id, zoe]
    await activities.take(by(alice), alice, found.public_id, people, "k")
    with clock.frozen(found.starts_at):
        arrived = await activities.check_in(nadia, found.public_id, alice.person_id)
        assert (arrived.here, arrived.waiting) == (("Alice", "Zoé"), ())
        assert await attended() == {"Alice": True, "Zoé": True}
        with pytest.raises(NoSeatHere):
            await activities.check_in(nadia, found.public_id, bob.person_id)
    await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Plus de gaz")
    with pytest.raises(SessionCancelled):
        await activities.check_in(nadia, found.public_id, alice.person_id)


async def test_names_are_for_leaders_and_staff_alone(alice: Member, bob: Member):
    """X9, A4: first name and age band; nobody else reads a list."""
    carol = await factories.add_member("Carol", "Blanc")
    found = await session(leader=carol.person_public_id)
    child = await add_child(alice, "Zoé", date(2018, 5, 1))
    await activities.take(by(alice), alice, found.public_id, [alice.person_public_id, child], "k")
    await take(bob, found)

    said = [(one.name, one.age) for one in await lists.led(carol.person_id, found.public_id)]
    assert said == [("Alice M.", "adulte"), ("Zoé M.", "6 à 11 ans"), ("Bob P.", "adulte")]
    for somebody in (alice, bob):
        with pytest.raises(SessionUnknown):
            await lists.led(somebody.person_id, found.public_id)
    assert found.leader == "Carol"
    assert [one.session for one in await queries.led_by(carol.person_id)] == [found.public_id]
    assert "Alice" not in repr(await queries.agenda(DAY, DAY))


async def test_a_blocked_pair_never_meets_in_a_list(alice: Member, bob: Member):
    """X9: whichever of them blocked: the seat stays, without the name; staff read both."""
    found = await session(leader=bob.person_public_id)
    child = await add_child(alice, "Zoé")
    await activities.take(by(alice), alice, found.public_id, [alice.person_public_id, child], "k")
    carol = await factories.add_member("Carol", "Blanc")
    await take(carol, found)
    for one, other in ((alice, bob), (bob, alice)):
        await fetch("DELETE FROM skill_block")
        await fetch(
            "INSERT INTO skill_block (person, other, at) VALUES ($1, $2, $3)",
            one.person_id,
            other.person_id,
            clock.now(),
        )
        *hidden, shown = await lists.led(bob.person_id, found.public_id)
        assert shown.name == "Carol B."
        assert [(one.name, one.person, one.household) for one in hidden] == [
            ("Une personne", "", "")
        ] * 2, "her child's name would say that she comes too"
    assert await seats(found) == {"Alice": "taken", "Zoé": "taken", "Carol": "taken"}


async def test_a_leader_reads_names_no_longer_than_some_days(alice: Member, bob: Member):
    """X9, A4: they are for that evening; then staff alone have them."""
    found = await session(leader=bob.person_public_id)
    await take(alice, found)
    for days, reads in ((6, True), (8, False)):
        with clock.frozen(found.ends_at + timedelta(days=days)):
            assert found.is_led_by(bob.person_id) is reads
            if reads:
                assert len(await lists.led(bob.person_id, found.public_id)) == 1
            else:
                with pytest.raises(SessionUnknown):
                    await lists.led(bob.person_id, found.public_id)
            assert len(await lists.guests(found.public_id)) == 1


async def test_few_people_are_no_figure(alice: Member, bob: Member):
    """A4: under five people nothing is said, and nothing that would tell it by a difference."""
    found, nadia = await session(capacity=20), await staff()
    everybody = [alice, bob]
    for member in everybody:
        await take(member, found)

    async def figure() -> figures.KindFigures:
        with clock.frozen(found.ends_at + timedelta(hours=1)):
            (one,) = await figures.by_kind(DAY, DAY)
        return one

    few = await figure()
    assert (few.sessions, few.seats, few.people, few.came, few.missed) == (1, 20, None, None, None)
    for name in ("Carol", "Dan", "Eve", "Fred", "Gina", "Hana"):
        everybody.append(await factories.add_member(name, "Petit"))
        await take(everybody[-1], found)
    with clock.frozen(found.starts_at):
        for member in everybody[:6]:
            await activities.mark(nadia, await seat_of(member, found), attended=True)
        assert (await figure()).came == 6
        await activities.mark(nadia, await seat_of(everybody[6], found), attended=False)
    one = await figure()
    assert (one.people, one.came, one.missed) == (8, None, None)


async def test_names_go_after_some_months(alice: Member):
    """A4, D2: that somebody came stays in the figures, who it was does not."""
    found = await session()
    await take(alice, found)
    before = found.ends_at
    assert await privacy.count_old(before) == 0
    async with transaction():
        assert await privacy.purge_old(before + timedelta(seconds=1)) == 1
    assert await fetch_value("SELECT num_nonnulls(person, household, contact) FROM seat") == 0
    assert [one.given_name for one in await queries.guests(found.public_id)] == [""]


async def test_an_erased_person_leaves_the_line_to_others(alice: Member, bob: Member):
    """A2, D1: seats to come go to the next one; what they led has no leader."""
    found = await session(capacity=1, leader=alice.person_public_id)
    await take(alice, found)
    await take(bob, found)
    await erasing.erase(by(alice), alice.person_id, ErasureWay.SELF)
    assert await seats(found) == {"Bob": "taken"}
    assert (await queries.get_session(found.public_id)).leader == ""


async def test_the_first_page_has_my_seats_and_what_has_room(alice: Member):
    """A2, A3: mine first, then what is near; full and cancelled ones are not proposed."""

    async def add(day: int, **said: object) -> Session:
        return await session(DAY + timedelta(days=day), **said)

    mine_, free, full = await add(3, title="Chorale"), await add(1), await add(0, capacity=1)
    gone = await add(2)
    await take(alice, mine_)
    await take(await factories.add_member("Bob", "Petit"), full)
    await activities.cancel(SYSTEM, gone.public_id, Scope.THIS, "Plus de gaz")
    found = await queries.near(alice)
    assert [(one.session, one.mine) for one in found] == [
        (mine_.public_id, "Alice"),
        (free.public_id, ""),
    ]
