"""Calls to say hello: to who has just joined, and each week to a few others.

The rule looks for households that take part in nothing, and adds others that do, so that nobody on
the list is known by being there; no row says why it was chosen. A call closes with one of a few
reasons and is gone after some days: nothing remembers who took part and who did not. Only who wants
no more calls is remembered, until they leave.
"""

from datetime import date, datetime, timedelta

import msgspec

from backend.audit.service import By, note
from backend.insight import participation
from backend.insight.errors import WelcomeUnknown
from backend.insight.participation import TOOK_PART
from backend.insight.rules import CallOutcome
from backend.insight.yearly import MEMBER
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_as, fetch_one, transaction

NEVER = date(9999, 12, 31)
SHOWN = 50
SETTLED_FOR = timedelta(days=60)  # who joined since is called as new
# Of three that a week adds, one takes part.
OTHERS_IN = 3


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to call. `since`: the day their household joined."""

    public_id: str
    name: str
    person: str
    household: str
    phone: str
    since: date
    gone_on: date

    @property
    def said_phone(self) -> str:
        return text.show_phone(self.phone)


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    outcome: CallOutcome
    at: datetime
    by: str


async def welcome_new() -> int:
    """Each day: households that joined lately, and what has waited long enough goes; how many are new."""
    today, kept = clock.today(), (await participation.settings()).call_days
    async with transaction():
        await fetch("DELETE FROM welcome_call WHERE gone_on <= $1", today)
        rows = await fetch(
            _NEW,
            today,
            clock.end_of_day(today),
            clock.now(),
            today + timedelta(days=kept),
            clock.now() - timedelta(days=kept),
        )
    return len(rows)


async def choose_some() -> int:
    """Each week: some for each desk, drawn by lot; how many."""
    today, wanted = clock.today(), await participation.settings()
    others = -(-wanted.weekly_calls // OTHERS_IN)
    async with transaction():
        rows = await fetch(
            _SOME,
            today,
            clock.end_of_day(today),
            clock.now(),
            today + timedelta(days=wanted.call_days),
            clock.now() - SETTLED_FOR,
            clock.start_of_day(participation.since(today, wanted.months)),
            codes.random_id(),
            wanted.weekly_calls - others,
            others,
        )
    return len(rows)


async def waiting(site_id: int | None) -> list[Waiting]:
    """At a desk, or anywhere; who waits longest first. Those of no desk are called by all."""
    return await fetch_as(
        Waiting,
        "SELECT w.public_id, trim(p.given_name || ' ' || p.family_name) AS name,"
        " p.public_id AS person, h.public_id AS household, k.value AS phone,"
        " (h.created_at AT TIME ZONE 'Europe/Paris')::date AS since, w.gone_on"
        " FROM welcome_call w JOIN person p ON p.id = w.person"
        " JOIN household h ON h.id = w.household AND h.ended_at IS NULL"
        " JOIN household_member m ON m.household = h.id AND m.person = p.id AND m.left_on IS NULL"
        " JOIN LATERAL (SELECT c.value FROM contact_point c WHERE c.person = p.id"
        "  AND c.channel = 'sms' AND c.ended_at IS NULL ORDER BY c.verified_at IS NULL, c.id LIMIT 1)"
        " k ON true WHERE w.closed_at IS NULL AND w.gone_on > $1"
        " AND ($2::bigint IS NULL OR w.site IS NULL OR w.site = $2) ORDER BY w.made_at, w.id LIMIT $3",
        clock.today(),
        site_id,
        SHOWN,
    )


async def closed_lately(site_id: int | None) -> list[Closed]:
    """What colleagues have done, the newest first, as long as it is kept."""
    rows = await fetch(
        "SELECT trim(p.given_name || ' ' || p.family_name) AS name, w.outcome, w.closed_at AS at,"
        " trim(b.given_name || ' ' || b.family_name) AS by FROM welcome_call w"
        " JOIN person p ON p.id = w.person JOIN person b ON b.id = w.closed_by"
        " WHERE w.gone_on > $1 AND ($2::bigint IS NULL OR w.site IS NULL OR w.site = $2)"
        " ORDER BY w.closed_at DESC, w.id DESC LIMIT 20",
        clock.today(),
        site_id,
    )
    return [Closed(**{**dict(row), "outcome": CallOutcome(row["outcome"])}) for row in rows]


async def close(by: By, public_id: str, outcome: CallOutcome) -> None:
    """Somebody of the staff has called. A second word changes nothing. Raises WelcomeUnknown."""
    async with transaction():
        held = await fetch_one(
            "UPDATE welcome_call SET closed_at = $2, closed_by = $3, outcome = $4,"
            " gone_on = CASE WHEN $4 = 'no_more' THEN $5 ELSE gone_on END"
            " WHERE public_id = $1 AND closed_at IS NULL AND gone_on > $6 RETURNING person",
            public_id,
            clock.now(),
            by.id,
            outcome.value,
            NEVER,
            clock.today(),
        )
        if held is not None:
            await note(
                "welcome.call",
                by,
                subject_id=held["person"],
                object_kind="welcome_call",
                object_id=public_id,
                outcome=outcome.value,
            )
        elif not await fetch_one("SELECT 1 FROM welcome_call WHERE public_id = $1", public_id):
            raise WelcomeUnknown


# Members today whom nobody has on the list, by their first adult who has a telephone. $1 today, $2 its
# last instant.
_CALLABLE = f"""
SELECT h.id AS household, h.created_at, a.person,
  coalesce(h.site, (SELECT id FROM site WHERE closed_at IS NULL ORDER BY slug LIMIT 1)) AS site
FROM household h JOIN LATERAL (
  SELECT m.person FROM household_member m JOIN contact_point c ON c.person = m.person
    AND c.channel = 'sms' AND c.ended_at IS NULL
  WHERE m.household = h.id AND m.left_on IS NULL AND m.adult ORDER BY m.id LIMIT 1
) a ON true
WHERE {MEMBER.format(day="$1", end="$2")}
  AND NOT EXISTS (SELECT 1 FROM welcome_call w WHERE w.household = h.id)
"""  # noqa: S608 - our own words
_ADD = "INSERT INTO welcome_call (public_id, household, person, site, made_at, gone_on)"
_KEEP = "ON CONFLICT ON CONSTRAINT welcome_call_once DO NOTHING RETURNING id"
# An id of ours for each row, which nobody can guess.
_ID = "replace(gen_random_uuid()::text, '-', '')"
# $3 now, $4 the day they go, $5 since when they joined.
_NEW = (
    f"{_ADD} SELECT {_ID}, household, person, site, $3, $4 FROM ({_CALLABLE}) c"  # noqa: S608 - our own words
    f" WHERE created_at > $5 {_KEEP}"
)
# As above; $5 they joined before, $6 since when they took part, $7 the lot, $8 how many who take part
# in nothing, $9 how many others.
_SOME = f"""
WITH took AS MATERIALIZED ({TOOK_PART.format(first="$6", end="$3")}), pool AS (
  SELECT c.*, NOT EXISTS (SELECT 1 FROM took t WHERE t.household = c.household) AS idle
  FROM ({_CALLABLE}) c WHERE created_at <= $5
), drawn AS (
  SELECT *, row_number() OVER (PARTITION BY site, idle ORDER BY md5(household || $7::text)) AS at
  FROM pool
)
{_ADD} SELECT {_ID}, household, person, site, $3, $4 FROM drawn
WHERE at <= CASE WHEN idle THEN $8::bigint ELSE $9::bigint END {_KEEP}
"""  # noqa: S608 - our own words
