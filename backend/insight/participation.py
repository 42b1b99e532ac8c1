"""How many households take part in what neighbours do together, and how many in nothing: counts, never a list (A4).

A month is counted once, when it is over, and only what may be told of it is kept: by residence, with
nothing about fewer than five households and every figure to the nearest five, so that neither rows
taken from their sum nor two months taken from one another tell of anybody.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from backend.audit.service import By, note
from backend.insight import closed, rules
from backend.insight.errors import ParticipationWrong
from backend.insight.yearly import FEWEST_HOUSEHOLDS, MEMBER
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one_as, transaction

KEY = "participation"
SHOWN = 13  # months: a year, and the same month of the year before
CLUB = ""  # its share, among those of its landlords


class Way(StrEnum):
    """How a household takes part."""

    VOUCHERS = "vouchers"
    LOANS = "loans"
    SKILLS = "skills"
    ORDERS = "orders"
    ACTIVITIES = "activities"


class Settings(msgspec.Struct, frozen=True):
    """`months` are looked back on; `call_days` a call waits, `weekly_calls` are on the list of a desk."""

    months: int = 3
    call_days: int = 30
    weekly_calls: int = 5


class Split(msgspec.Struct, frozen=True):
    """Member households; how many of them take part, and in nothing, to the nearest five.

    None for both: one side would tell of somebody.
    """

    households: int
    taking: int | None
    idle: int | None


class Residence(msgspec.Struct, frozen=True):
    public_id: str
    name: str
    town: str
    split: Split


class Month(msgspec.Struct, frozen=True):
    """`until` is its last day."""

    until: date
    total: Split


class Participation(msgspec.Struct, frozen=True, kw_only=True):
    """What was true on the last day of a month, looking back so many `months`.

    `residences` are those that may be told; `others`, so many, are added up. `shares`: households in a hundred that take part, to the nearest five, by landlord and of the
    club; None for a few.
    """

    until: date
    months: int
    total: Split
    residences: list[Residence]
    other_residences: int
    others: Split
    ways: dict[Way, int | None]
    shares: dict[str, int | None]


async def settings() -> Settings:
    found = await fetch_one_as(
        Settings, "SELECT months, call_days, weekly_calls FROM participation_setting"
    )
    return found or Settings()


async def set_settings(by: By, wanted: Settings) -> None:
    """They hold from the next month that is counted. Raises ParticipationWrong."""
    if not (
        1 <= wanted.months <= 4 and 7 <= wanted.call_days <= 60 and 0 <= wanted.weekly_calls <= 50
    ):
        raise ParticipationWrong().at("months")
    async with transaction():
        before = await settings()
        await fetch(
            "INSERT INTO participation_setting (months, call_days, weekly_calls, changed_at)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT ON CONSTRAINT participation_setting_one_key"
            " DO UPDATE SET months = EXCLUDED.months, call_days = EXCLUDED.call_days,"
            " weekly_calls = EXCLUDED.weekly_calls, changed_at = EXCLUDED.changed_at",
            wanted.months,
            wanted.call_days,
            wanted.weekly_calls,
            clock.now(),
        )
        await note("participation.settings", by, before=str(before), after=str(wanted))


async def newest() -> Participation | None:
    """The last month that was counted; None before the first one."""
    rows = await fetch(
        "SELECT figures FROM closed_report WHERE key = $1 ORDER BY until DESC LIMIT 1", KEY
    )
    return msgspec.json.decode(rows[0]["figures"], type=Participation) if rows else None


async def months() -> list[Month]:
    """Those that were counted, the oldest first; only their sums are read."""
    rows = await fetch(
        "SELECT until, (figures->'total')::text AS total FROM closed_report WHERE key = $1"
        " ORDER BY until DESC LIMIT $2",
        KEY,
        SHOWN,
    )
    return [
        Month(row["until"], msgspec.json.decode(row["total"], type=Split)) for row in reversed(rows)
    ]


async def close(until: date | None = None) -> Participation:
    """Counts the month that is over, once; whoever asks again reads what was kept."""
    last = until or closed.last_day(clock.today())
    return await closed.counted(KEY, last, Participation, lambda: _count(last))


class _Row(msgspec.Struct, frozen=True):
    """Of one residence, or of those who proved none: `public_id` is ""."""

    public_id: str
    name: str
    town: str
    landlord: str
    households: int
    taking: int

    @property
    def idle(self) -> int:
        return self.households - self.taking


async def _count(until: date) -> Participation:
    back = (await settings()).months
    asked = (until, clock.end_of_day(until), clock.start_of_day(since(until, back)))
    rows = await fetch_as(_Row, _RESIDENCES, *asked)
    ways = {Way(row["way"]): row["households"] for row in await fetch(_BY_WAY, *asked)}
    hidden = rules.hide_split([row.taking for row in rows], [row.idle for row in rows])
    away = [row for row, is_away in zip(rows, hidden, strict=True) if is_away]
    taking, idle = sum(row.taking for row in rows), sum(row.idle for row in rows)
    return Participation(
        until=until,
        months=back,
        total=split(taking, idle),
        residences=[
            Residence(row.public_id, row.name, row.town, split(row.taking, row.idle))
            for row, is_away in zip(rows, hidden, strict=True)
            if not is_away
        ],
        other_residences=len(away),
        others=split(sum(row.taking for row in away), sum(row.idle for row in away)),
        ways={way: told(ways.get(way, 0), taking + idle) for way in Way},
        shares=_shares(rows),
    )


def since(until: date, months: int) -> date:
    """The first day of so many months, the last of which ends on this day."""
    first = until.replace(day=1)
    for _ in range(months - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def split(taking: int, idle: int) -> Split:
    if any(rules.hide_split([taking], [idle])):
        return Split(taking + idle, None, None)
    return Split(taking + idle, rules.about(taking), rules.about(idle))


def told(count: int, of: int) -> int | None:
    """Of one way to take part; None where it, or what it leaves, is about so few."""
    return None if any(rules.hide_split([count], [of - count])) and count else rules.about(count)


def _shares(rows: Sequence[_Row]) -> dict[str, int | None]:
    """By landlord, of those who proved to be its tenants, and of the whole club."""
    by_landlord: dict[str, list[_Row]] = {CLUB: list(rows)}
    for row in rows:
        if row.landlord:
            by_landlord.setdefault(row.landlord, []).append(row)
    return {
        name: share(sum(row.taking for row in some), sum(row.households for row in some))
        for name, some in by_landlord.items()
    }


def share(taking: int, households: int) -> int | None:
    """Of five households more or less: of twenty, one alone would be five in a hundred."""
    if households < FEWEST_HOUSEHOLDS or any(rules.hide_split([taking], [households - taking])):
        return None
    return 5 * round(20 * min(rules.about(taking), households) / households)


# Households and instants: who used a voucher, took a thing home, agreed with a neighbour, ordered at
# the counter, had a seat and was not missed.
_WAYS: Mapping[Way, str] = {
    Way.VOUCHERS: (
        "SELECT x.household, x.at FROM redemption x"
        " WHERE NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id)"
    ),
    Way.LOANS: "SELECT household, out_at AS at FROM custody WHERE undone_at IS NULL",
    Way.SKILLS: (
        "SELECT m.household, coalesce(e.done_at, e.changed_at) AS at FROM exchange e"
        " JOIN household_member m ON m.person IN (e.asker, e.owner) AND m.left_on IS NULL"
        " WHERE e.done_at IS NOT NULL OR e.state = 'agreed'"
    ),
    Way.ORDERS: (
        "SELECT household, ordered_at AS at FROM order_ticket"
        " WHERE state NOT IN ('cancelled', 'refunded')"
    ),
    Way.ACTIVITIES: (
        "SELECT s.household, a.starts_at AS at FROM seat s JOIN activity_session a ON a.id = s.session"
        " WHERE s.state = 'taken' AND s.attended IS DISTINCT FROM false AND a.cancelled_at IS NULL"
    ),
}
# (household, way) of those who took part between two instants: {first} and {end}.
TOOK_PART = " UNION ".join(
    f"SELECT household, '{way}' AS way FROM ({sql}) {way}"  # noqa: S608 - our own words
    " WHERE at >= {first} AND at <= {end} AND household IS NOT NULL"
    for way, sql in _WAYS.items()
)
# $1 the last day, $2 its last instant, $3 the first one that counts.
_COUNTED = f"""
WITH member AS MATERIALIZED (
  SELECT h.id, d.residence FROM household h
  LEFT JOIN dwelling d ON d.id = h.dwelling AND h.proof = 'proved'
  WHERE {MEMBER.format(day="$1", end="$2")}
), took AS MATERIALIZED ({TOOK_PART.format(first="$3", end="$2")})
"""  # noqa: S608 - our own words
_RESIDENCES = f"""
{_COUNTED}
SELECT coalesce(r.public_id, '') AS public_id, coalesce(r.name, '') AS name,
  coalesce(r.town, '') AS town, coalesce(l.public_id, '') AS landlord, count(*) AS households,
  count(*) FILTER (WHERE m.id IN (SELECT household FROM took)) AS taking
FROM member m LEFT JOIN residence r ON r.id = m.residence LEFT JOIN landlord l ON l.id = r.landlord
GROUP BY r.id, l.id ORDER BY r.name NULLS LAST, r.town, r.id
"""  # noqa: S608 - our own words
_BY_WAY = f"""
{_COUNTED}
SELECT way, count(*) AS households FROM took WHERE household IN (SELECT id FROM member) GROUP BY way
"""  # noqa: S608 - our own words
