"""What tests of activities share: sessions made by the club's verbs, and neighbours who come."""

from datetime import date, time, timedelta
from typing import Any

from backend.activities import queries
from backend.activities import service as activities
from backend.activities.queries import Session
from backend.activities.rules import Details, Hours, Plan, Rhythm
from backend.activities.service import Taken
from backend.audit.service import SYSTEM, By, person
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.kit.zone import at_wall_time
from backend.membership.queries import Member
from tests import factories

# A Tuesday morning; the usual session is on the Thursday of the week after.
NOW = at_wall_time(date(2026, 11, 24), time(10))
DAY = date(2026, 12, 3)


def details(**said: Any) -> Details:
    usual = {"kind": "Cuisine", "title": "Soupe de saison", "place": "Salle du rez", "capacity": 8}
    return Details(**{**usual, **said})


def hours(day: date = DAY, starts: time = time(18), ends: time = time(20)) -> Hours:
    return Hours(day=day, starts=starts, ends=ends)


def soon() -> date:
    """For what runs on the real clock."""
    return clock.today() + timedelta(days=20)


async def session(day: date = DAY, at: Hours | None = None, **said: Any) -> Session:
    """One session, on its own."""
    plan = Plan(details=details(**said), hours=at or hours(day))
    made = await activities.make(SYSTEM, plan, codes.random_id())
    return await queries.get_session(made.session)


async def series(
    rhythm: Rhythm = Rhythm.WEEKLY, until: date = date(2026, 12, 31), **said: Any
) -> list[Session]:
    """A series from DAY on, in order."""
    plan = Plan(details=details(**said), hours=hours(), rhythm=rhythm, until=until)
    made = await activities.make(SYSTEM, plan, codes.random_id())
    first = await queries.get_session(made.session)
    return [first, *await queries.others_of(first.series or "", first.public_id)]


async def take(member: Member, found: Session, *people: Member) -> Taken:
    """For these people of the household; for the member alone when nobody is named."""
    named = [one.person_public_id for one in people or (member,)]
    return await activities.take(by(member), member, found.public_id, named, codes.random_id())


async def seats(found: Session) -> dict[str, str]:
    """First name to state, of what is live."""
    return {one.given_name: str(one.state) for one in await queries.guests(found.public_id)}


async def seat_of(member: Member, found: Session) -> str:
    mine = await queries.family(member, found.public_id)
    return next(one.seat for one in mine if one.person == member.person_public_id and one.seat)


async def add_child(member: Member, name: str, born_on: date | None = None) -> str:
    """A child of the household; the person's public id."""
    person_id = await factories.add_person(name, member.family_name)
    await fetch("UPDATE person SET born_on = $2 WHERE id = $1", person_id, born_on)
    await fetch(
        "INSERT INTO household_member (household, person, adult, joined_on)"
        " VALUES ($1, $2, false, '2026-01-01')",
        member.household_id,
        person_id,
    )
    rows = await fetch("SELECT public_id FROM person WHERE id = $1", person_id)
    return str(rows[0]["public_id"])


async def staff() -> By:
    person_id = await factories.add_person("Nadia", "Comptoir")
    await factories.add_role(person_id, Role.DESK)
    return person(person_id)


def by(member: Member) -> By:
    return person(member.person_id)
