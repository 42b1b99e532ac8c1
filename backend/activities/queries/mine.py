"""Seats as a household sees its own, and what is near for the first page of a member."""

from datetime import date, datetime

import msgspec

from backend.activities.money import DUE
from backend.activities.rules import LIST_KEPT, SeatState
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_value
from backend.membership.queries import Member


class Companion(msgspec.Struct, frozen=True, kw_only=True):
    """One of a household before a session. `seat` is theirs, or None; `place` in line counts from 1.

    `clash`: what they have at the same time, which is said and not forbidden. `paid_cents` of the seat.
    """

    person: str
    given_name: str
    adult: bool
    me: bool
    seat: str | None
    state: SeatState | None
    place: int | None
    clash: str | None
    due_cents: int
    paid_cents: int


class MySeat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat of my household, with its session and what is to pay for it."""

    seat: str
    given_name: str
    state: SeatState
    place: int | None
    session: str
    title: str
    where: str
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None
    due_cents: int

    @property
    def day(self) -> date:
        return clock.paris(self.starts_at).date()


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Something to come on the first page. `mine`: first names of my household that have a seat."""

    session: str
    title: str
    where: str
    starts_at: datetime
    free: int
    mine: str

    @property
    def day(self) -> date:
        return clock.paris(self.starts_at).date()


async def family(member: Member, session: str) -> list[Companion]:
    """My household before one session, adults first; one statement."""
    rows = await fetch(_FAMILY, member.household_id, session, member.person_id)
    return [
        Companion(**{**row, "state": SeatState(row["state"]) if row["state"] else None})
        for row in rows
    ]


async def seats_of(household_id: int) -> list[MySeat]:
    """What is to come, cancelled sessions included, in order."""
    rows = await fetch(_SEATS, household_id, clock.now())
    return [MySeat(**{**row, "state": SeatState(row["state"])}) for row in rows]


async def is_leader(person_id: int, session: str) -> bool:
    """Whose list it is, until some days after the end."""
    found = await fetch_value(
        "SELECT 1 FROM activity_session WHERE public_id = $1 AND leader = $2 AND ends_at > $3",
        session,
        person_id,
        clock.now() - LIST_KEPT,
    )
    return found is not None


async def may_meet(person_id: int, other: int) -> bool:
    """Neither of them blocked the other (X9)."""
    found = await fetch_value(
        "SELECT 1 FROM skill_block WHERE (person, other) IN (($1, $2), ($2, $1))", person_id, other
    )
    return found is None


async def led_by(person_id: int) -> list[Near]:
    """What this person leads from today on."""
    return await fetch_as(
        Near,
        f"{_near('$1')} WHERE a.leader = $3 AND {_to_come('$2')} {_ORDER}",
        0,
        clock.now(),
        person_id,
    )


async def near(member: Member, most: int = 4) -> list[Near]:
    """For the first page: my household's next seats, then what has room at my site or without one."""
    return await fetch_as(
        Near, near_sql("$1", "$2", "$3", most), member.household_id, clock.now(), member.site_id
    )


def near_sql(household: str, now: str, site: str, most: int) -> str:
    """As `Near`, by the index on the beginning; a part of a statement across capabilities (PERF6)."""
    near = f"{_near(household)} WHERE {_to_come(now)}"
    return (
        f"SELECT * FROM (({near} AND a.id IN (SELECT session FROM seat"  # noqa: S608 - our own words
        f"  WHERE household = {household} AND state = 'taken') ORDER BY a.starts_at, a.id LIMIT {most}) UNION"
        f" (SELECT * FROM ({near} AND ({site}::bigint IS NULL OR a.site IS NULL OR a.site = {site})"
        f"  AND a.taken < a.capacity ORDER BY a.starts_at, a.id LIMIT {most}) n)) found"
        f" ORDER BY mine = '', starts_at, session LIMIT {most}"
    )


_LINE = """
CASE WHEN s.state = 'waiting' THEN (SELECT count(*) FROM seat w WHERE w.session = s.session
  AND w.state = 'waiting' AND (w.asked_at, w.id) <= (s.asked_at, s.id)) END AS place
"""
_FAMILY = f"""
SELECT p.public_id AS person, p.given_name, m.adult, p.id = $3 AS me, s.public_id AS seat, s.state,
       {_LINE},
       (SELECT min(o.title) FROM seat q JOIN activity_session o ON o.id = q.session
        WHERE q.person = p.id AND q.state <> 'cancelled' AND o.id <> a.id AND o.cancelled_at IS NULL
        AND o.starts_at < a.ends_at AND o.ends_at > a.starts_at) AS clash,
       coalesce({DUE}, 0) AS due_cents, coalesce(s.paid_cents, 0) AS paid_cents
FROM household_member m JOIN person p ON p.id = m.person AND p.erased_at IS NULL
JOIN activity_session a ON a.public_id = $2
LEFT JOIN seat s ON s.session = a.id AND s.person = p.id AND s.state <> 'cancelled'
WHERE m.household = $1 AND m.left_on IS NULL ORDER BY NOT m.adult, m.id
"""  # noqa: S608 - our own words
_SEATS = f"""
SELECT s.public_id AS seat, p.given_name, s.state, {_LINE}, a.public_id AS session, a.title,
       a.place AS "where", a.starts_at, a.ends_at, a.cancelled_at, {DUE} AS due_cents
FROM seat s JOIN activity_session a ON a.id = s.session JOIN person p ON p.id = s.person
WHERE s.household = $1 AND s.state <> 'cancelled' AND a.ends_at > $2
ORDER BY a.starts_at, a.id, s.id
"""  # noqa: S608 - our own words
_ORDER = "ORDER BY a.starts_at, a.id"


def _near(household: str) -> str:
    return (
        'SELECT a.public_id AS session, a.title, a.place AS "where", a.starts_at,'  # noqa: S608 - our own words
        " a.capacity - a.taken AS free, coalesce((SELECT string_agg(p.given_name, ', ' ORDER BY s.id)"
        "  FROM seat s JOIN person p ON p.id = s.person WHERE s.session = a.id"
        f"  AND s.household = {household} AND s.state = 'taken'), '') AS mine FROM activity_session a"
    )


def _to_come(now: str) -> str:
    return f"a.cancelled_at IS NULL AND a.ends_at > {now}"
