"""Sessions and series: made, changed for one or for the rest, cancelled; their hours and their rooms."""

from datetime import date, time, timedelta

import pytest

from backend.activities import queries
from backend.activities import service as activities
from backend.activities.errors import (
    ActivityReasonNeeded,
    CapacityTaken,
    LeaderUnknown,
    PlanWrong,
    RoomBusy,
    SessionChanged,
    SessionEdited,
)
from backend.activities.queries import Session
from backend.activities.rules import Hours, Plan, Rhythm, Scope
from backend.activities.service import Change
from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.errors import JustTaken
from backend.lending.rules import Period, SlotMode
from backend.lending.values import Want
from backend.membership.queries import Member
from tests import lending
from tests.activities import DAY, NOW, add_child, details, hours, seats, series, session, take
from tests.lending import mine, whom

pytestmark = pytest.mark.usefixtures("db", "morning")


def walls(sessions: list[Session]) -> list[str]:
    return [f"{clock.paris(each.starts_at):%d/%m %H:%M}" for each in sessions]


async def change(found: Session, scope: Scope, **said: object) -> list[activities.Changed]:
    when = said.pop("hours", None) or hours(found.day)
    also = said.pop("also", ())
    version = await fetch_value(
        "SELECT version FROM activity_session WHERE public_id = $1", found.public_id
    )
    wish = Change(
        details=details(**said), hours=when, scope=scope, version=version, also=tuple(also)
    )
    return await activities.change(SYSTEM, found.public_id, wish)


async def test_whoever_has_a_seat_or_waits_hears_of_a_new_price(alice: Member, bob: Member):
    """A1: theirs stays that of the day they asked; with the same price nobody hears anything."""
    found = await session(capacity=1, price_cents=500)
    await take(alice, found)
    await take(bob, found)
    (done,) = await change(found, Scope.THIS, capacity=1, price_cents=500)
    assert done.told == 0
    (done,) = await change(found, Scope.THIS, capacity=1, price_cents=800)
    assert done.told == 2
    rows = await fetch("SELECT kind, person FROM message WHERE key LIKE 'activity.%' ORDER BY id")
    assert [(row["kind"], row["person"]) for row in rows] == [
        ("activity.priced", alice.person_id),
        ("activity.priced", bob.person_id),
    ]
    kept = await fetch("SELECT price_cents FROM seat ORDER BY id")
    assert [row["price_cents"] for row in kept] == [500, 500]


@pytest.mark.parametrize(
    ("rhythm", "first", "until", "days"),
    [
        (Rhythm.WEEKLY, date(2026, 12, 3), date(2026, 12, 17), ["03/12", "10/12", "17/12"]),
        (Rhythm.FORTNIGHTLY, date(2026, 12, 3), date(2026, 12, 31), ["03/12", "17/12", "31/12"]),
        (Rhythm.MONTHLY, date(2026, 12, 10), date(2027, 2, 28), ["10/12", "14/01", "11/02"]),
        (Rhythm.MONTHLY, date(2026, 12, 30), date(2027, 2, 28), ["30/12", "27/01", "24/02"]),
    ],
)
async def test_a_series_falls_on_its_days(
    rhythm: Rhythm, first: date, until: date, days: list[str]
):
    """A1: each week, every other week, the same weekday of the month (a fifth is the last)."""
    plan = Plan(details=details(), hours=hours(first), rhythm=rhythm, until=until)
    made = await activities.look_at(SYSTEM, plan)
    assert [f"{each.day:%d/%m}" for each in made.days] == days
    assert await fetch_value("SELECT count(*) FROM activity_session") == 0, "only looked at"


@pytest.mark.parametrize(
    ("first", "offsets"),
    [(date(2027, 3, 25), ["+0100", "+0200"]), (date(2027, 10, 28), ["+0200", "+0100"])],
)
async def test_the_hour_on_the_wall_stays_when_clocks_change(first: date, offsets: list[str]):
    """A1, L15: six in the evening is six in the evening on both sides of a change of clocks."""
    plan = Plan(
        details=details(), hours=hours(first), rhythm=Rhythm.WEEKLY, until=first + timedelta(days=7)
    )
    made = await activities.make(SYSTEM, plan, codes.random_id())
    one = await queries.get_session(made.session)
    found = [one, *await queries.others_of(one.series, one.public_id)]
    assert [clock.paris(each.starts_at).hour for each in found] == [18, 18]
    assert [f"{clock.paris(each.starts_at):%z}" for each in found] == offsets

    await change(found[0], Scope.REST, hours=Hours(day=first, starts=time(9), ends=time(11)))
    again = [await queries.get_session(each.public_id) for each in found]
    assert [clock.paris(each.starts_at).hour for each in again] == [9, 9]


async def test_closed_days_are_said_and_left_out():
    """A1, L16: the site's closures and holidays; a session stands there only when that is wanted. The
    site is known too by its name in words.
    """
    shelf = await lending.add_shelf()
    site = await fetch_value("SELECT public_id FROM site WHERE id = $1", shelf.site_id)
    wish = {"hours": hours(date(2026, 12, 4)), "rhythm": Rhythm.WEEKLY, "until": date(2027, 1, 1)}
    plan = Plan(details=details(site=site, place=""), **wish)
    made = await activities.make(SYSTEM, plan, codes.random_id())
    assert [(f"{day.day:%d/%m}", day.closed) for day in made.days if day.closed] == [
        ("25/12", "Noël"),
        ("01/01", "Jour de l'an"),
    ]
    assert made.many == 3
    everyday = Plan(details=details(site=site, place=""), on_closed=True, **wish)
    assert (await activities.make(SYSTEM, everyday, codes.random_id())).many == 5
    for where in ({"site": site}, {"place": "Tilleuls"}):
        sunday = Plan(details=details(**where), hours=hours(date(2026, 12, 6)))
        with pytest.raises(PlanWrong):
            await activities.make(SYSTEM, sunday, codes.random_id())


async def test_one_occurrence_is_changed_alone_and_kept_when_the_rest_changes(alice: Member):
    """A1, L41: what was changed by hand is never overwritten silently: it is shown, and named to follow."""
    first, second, third, *_ = await series(until=date(2026, 12, 17))
    await change(second, Scope.THIS, title="Soupe de Noël")
    await take(alice, third)

    wish = Change(
        details=details(title="Pot-au-feu"),
        hours=Hours(day=DAY + timedelta(days=1), starts=time(19), ends=time(21)),
        scope=Scope.REST,
        version=1,
    )
    seen = await activities.look_at_change(SYSTEM, first.public_id, wish)
    assert [(each.kept, each.told) for each in seen] == [(False, 0), (True, 0), (False, 1)]
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'activity.moved'") == 0

    await activities.change(SYSTEM, first.public_id, wish)
    now = [await queries.get_session(each.public_id) for each in (first, second, third)]
    assert [each.title for each in now] == ["Pot-au-feu", "Soupe de Noël", "Pot-au-feu"]
    assert walls(now) == ["04/12 19:00", "10/12 18:00", "18/12 19:00"]
    told = await fetch("SELECT person FROM message WHERE kind = 'activity.moved'")
    assert [row["person"] for row in told] == [alice.person_id]

    await change(now[0], Scope.REST, title="Gratin", also=[second.public_id])
    assert (await queries.get_session(second.public_id)).title == "Gratin"


async def test_a_change_is_refused_when_it_cannot_be(alice: Member, bob: Member):
    """A1, C1: a stale page, fewer places than are taken, what is over, a plan that does not fit."""
    found = await session()
    await take(alice, found)
    await take(bob, found)
    with pytest.raises(CapacityTaken):
        await change(found, Scope.THIS, capacity=1)
    stale = Change(details=details(), hours=hours(), scope=Scope.THIS, version=7)
    with pytest.raises(SessionChanged):
        await activities.change(SYSTEM, found.public_id, stale)
    with clock.frozen(found.starts_at), pytest.raises(SessionEdited):
        await change(found, Scope.THIS)
    for nobody in (
        "nobody",
        await add_child(alice, "Zoé"),
        await add_child(alice, "Tom", date(2010, 5, 1)),
    ):
        with pytest.raises(LeaderUnknown):
            await change(found, Scope.THIS, leader=nobody)
    wrong = Plan(
        details=details(title="", place="", capacity=0, age_from=9, age_to=3, price_cents=-1),
        hours=hours(starts=time(20), ends=time(18)),
        rhythm=Rhythm.WEEKLY,
    )
    with pytest.raises(PlanWrong) as refused:
        await activities.make(SYSTEM, wrong, "k")
    assert set(refused.value.fields) == {
        "title", "place", "capacity", "age_to", "price", "ends", "until"
    }  # fmt: skip
    long = Plan(
        details=details(kind="x" * 41, household_most=0, cancel_hours=999),
        hours=hours(),
        rhythm=Rhythm.WEEKLY,
        until=DAY + timedelta(days=399),
    )
    with pytest.raises(PlanWrong) as refused:
        await activities.make(SYSTEM, long, "k")
    assert set(refused.value.fields) == {"kind", "household_most", "cancel_hours"}
    unknown = Plan(details=details(site="nowhere"), hours=hours())
    with pytest.raises(PlanWrong):
        await activities.make(SYSTEM, unknown, "k")


@pytest.mark.parametrize(
    "wrong",
    [
        hours(date(2025, 12, 3)),
        hours(date.min),
        hours(date.max),
        hours(NOW.date(), time(9), time(11)),
    ],
)
async def test_nothing_moves_when_the_day_is_mistyped(alice: Member, wrong: Hours):
    """A1: to a day that is over, where nobody would hear of it and nothing could be mended; or to none."""
    found = await session()
    await take(alice, found)
    with pytest.raises(PlanWrong) as refused:
        await change(found, Scope.THIS, hours=wrong)
    assert set(refused.value.fields) == {"day"}
    assert (await queries.get_session(found.public_id)).starts_at == found.starts_at


@pytest.mark.parametrize("day", [date.min, date.max])
async def test_nothing_is_made_when_the_year_is_mistyped(day: date):
    """A1: said at its field."""
    with pytest.raises(PlanWrong) as refused:
        await activities.make(SYSTEM, Plan(details=details(), hours=hours(day)), "k")
    assert set(refused.value.fields) == {"day"}


async def test_people_are_told_why_when_it_is_cancelled(alice: Member, bob: Member):
    """A1: one or the rest, with a reason; a seat that comes free afterwards goes to nobody."""
    first, second, *_ = await series(until=date(2026, 12, 17), capacity=1)
    await take(alice, second)
    await take(bob, second)
    with pytest.raises(ActivityReasonNeeded):
        await activities.cancel(SYSTEM, first.public_id, Scope.REST, " ")
    assert await activities.cancel(SYSTEM, second.public_id, Scope.REST, "Plus de chauffage") == 2
    rows = await fetch(
        "SELECT person FROM message WHERE kind = 'activity.cancelled' ORDER BY person"
    )
    assert [row["person"] for row in rows] == [alice.person_id, bob.person_id]
    assert await seats(second) == {"Alice": "taken", "Bob": "waiting"}
    assert (await queries.get_session(first.public_id)).cancelled_at is None
    again = await queries.get_session(second.public_id)
    assert (again.cancel_reason, again.sequence) == ("Plus de chauffage", 1)
    with pytest.raises(SessionEdited):
        await activities.cancel(SYSTEM, second.public_id, Scope.THIS, "Encore")


async def test_a_kind_is_written_one_way():
    """A1: « cuisine » is the « Cuisine » that is there already."""
    await session()
    assert (await session(kind="cuisine")).kind == "Cuisine"


async def test_a_session_has_its_room_to_itself(alice: Member):
    """A1, L7: by the guard of lending: who booked first keeps it, whoever that is, both ways."""
    shelf = await lending.add_shelf()
    room = await shelf.resource(
        "Salle", slot_mode=SlotMode.HOURS, usual_length=120, longest_length=480
    )
    friday = date(2026, 12, 4)
    evening = Hours(day=friday, starts=time(14), ends=time(16))

    found = await session(at=evening, room=room.id, place="")
    assert found.place == "Salle"
    start = clock.start_of_day(friday) + timedelta(hours=15)
    want = Want(resource=room.id, period=Period(start, start + timedelta(hours=2)))
    with pytest.raises(JustTaken):
        await lend.book(mine(alice), whom(alice), [want])

    later = Hours(day=friday, starts=time(9), ends=time(11))
    await change(found, Scope.THIS, hours=later, room=room.id, place="")
    await lend.book(mine(alice), whom(alice), [want])
    with pytest.raises(RoomBusy):
        await change(found, Scope.THIS, hours=evening, room=room.id, place="")
    with pytest.raises(RoomBusy):
        await session(at=evening, room=room.id)
    assert await fetch_value("SELECT count(*) FROM activity_session") == 1

    await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Grippe")
    blocked = await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'blocked'")
    assert blocked == 0, "a cancelled session gives its room back"


async def test_a_weekly_series_moves_into_its_own_rooms():
    """A1: moved by a week, each takes the time that the one after it leaves."""
    shelf = await lending.add_shelf()
    room = await shelf.resource(
        "Salle", slot_mode=SlotMode.HOURS, usual_length=120, longest_length=480
    )
    first, *_ = await series(until=date(2026, 12, 17), room=room.id, place="")
    await change(first, Scope.REST, hours=hours(DAY + timedelta(days=7)), room=room.id, place="")
    rows = await fetch("SELECT lower(during) AS at FROM booking_line ORDER BY lower(during)")
    assert [f"{clock.paris(row['at']):%d/%m %H}" for row in rows] == [
        "10/12 18",
        "17/12 18",
        "24/12 18",
    ]
