"""Sessions as everybody reads them: never who comes (X9)."""

from datetime import date, datetime

import msgspec

from backend.activities import rules
from backend.activities.errors import SessionUnknown
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value

# So long what is over stays in a calendar that a telephone reads.
KEPT_DAYS, AHEAD_DAYS = 90, 400


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the agenda. `place` is where in words, `where` its site's name and address.

    `leader` is a first name, or what the club calls the leader; `waiting` how many wait.
    """

    public_id: str
    kind: str
    title: str
    details: str
    place: str
    where: str
    leader: str
    leader_id: int | None
    age_from: int | None
    age_to: int | None
    material: str
    price_cents: int
    capacity: int
    taken: int
    waiting: int
    household_most: int | None
    cancel_hours: int
    starts_at: datetime
    ends_at: datetime
    series: str | None
    sequence: int
    changed_at: datetime
    cancelled_at: datetime | None
    cancel_reason: str

    @property
    def day(self) -> date:
        return clock.paris(self.starts_at).date()

    @property
    def free(self) -> int:
        """Seats that somebody who comes now may have: those who wait come first."""
        return max(0, self.capacity - self.taken - self.waiting)

    @property
    def is_open(self) -> bool:
        return self.cancelled_at is None and clock.now() < self.starts_at

    def is_led_by(self, person_id: int) -> bool:
        """Whose list of names it is, as `mine.is_leader` asks it."""
        return self.leader_id == person_id and clock.now() < self.ends_at + rules.LIST_KEPT

    @property
    def cancel_until(self) -> datetime:
        return rules.cancel_until(self.starts_at, self.cancel_hours)


class Choices(msgspec.Struct, frozen=True):
    """What the agenda can be narrowed to: kinds and places that have something to come."""

    kinds: tuple[str, ...]
    places: tuple[str, ...]


async def agenda(first_on: date, last_on: date, kind: str = "", place: str = "") -> list[Session]:
    """In order, both days included; cancelled ones are among them. One statement."""
    return await fetch_as(
        Session,
        f"{SESSION} WHERE a.starts_at >= $1 AND a.starts_at <= $2 AND ($3 = '' OR a.kind = $3)"
        " AND ($4 = '' OR coalesce(t.name, a.place) = $4) ORDER BY a.starts_at, a.id",
        clock.start_of_day(first_on),
        clock.end_of_day(last_on),
        kind,
        place,
    )


async def stamp(first_on: date, last_on: date) -> str:
    """Another one as soon as anything that a calendar shows of these days is."""
    found: str = await fetch_value(
        "SELECT concat_ws(' ', count(*), sum(a.version), max(a.changed_at),"
        " md5(string_agg(DISTINCT concat_ws(' ', t.name, t.street, t.town), ';')))"
        " FROM activity_session a LEFT JOIN site t ON t.id = a.site"
        " WHERE a.starts_at >= $1 AND a.starts_at <= $2",
        clock.start_of_day(first_on),
        clock.end_of_day(last_on),
    )
    return found


async def choices() -> Choices:
    rows = await fetch(
        "SELECT DISTINCT a.kind, coalesce(t.name, a.place) AS place FROM activity_session a"
        " LEFT JOIN site t ON t.id = a.site WHERE a.starts_at >= $1",
        clock.start_of_day(clock.today()),
    )
    kinds, places = {row["kind"] for row in rows}, {row["place"] for row in rows}
    return Choices(tuple(sorted(kinds)), tuple(sorted(places)))


async def get_session(public_id: str) -> Session:
    """Raises SessionUnknown."""
    found = await fetch_one_as(Session, f"{SESSION} WHERE a.public_id = $1", public_id)
    if found is None:
        raise SessionUnknown
    return found


async def others_of(series: str, but: str) -> list[Session]:
    """The next few of the same series."""
    return await fetch_as(
        Session,
        f"{SESSION} WHERE e.public_id = $1 AND a.public_id <> $2 AND a.starts_at > $3"
        " AND a.cancelled_at IS NULL ORDER BY a.starts_at, a.id LIMIT 6",
        series,
        but,
        clock.now(),
    )


SESSION = """
SELECT a.public_id, a.kind, a.title, a.details, a.place,
       concat_ws(', ', nullif(t.name, a.place), nullif(t.street, ''), t.town) AS "where",
       coalesce(p.given_name, a.leader_name) AS leader, a.leader AS leader_id, a.age_from, a.age_to,
       a.material, a.price_cents, a.capacity, a.taken, a.household_most, a.cancel_hours,
       (SELECT count(*) FROM seat s WHERE s.session = a.id AND s.state = 'waiting') AS waiting,
       a.starts_at, a.ends_at, e.public_id AS series, a.sequence, a.changed_at, a.cancelled_at,
       a.cancel_reason
FROM activity_session a LEFT JOIN site t ON t.id = a.site LEFT JOIN person p ON p.id = a.leader
LEFT JOIN activity_series e ON e.id = a.series
"""
