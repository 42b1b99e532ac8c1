"""A member's certificate as they read it, which are due for a reminder, how many a landlord may count."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.insurance.rules import REMINDERS
from backend.kit import clock, files
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value, transaction
from backend.kit.files import File
from backend.people.rules import Source

# Nothing is said about fewer people than this (I4); the same as the landlord's other figures.
FEWEST = 5


class Certificate(msgspec.Struct, frozen=True):
    """`by`: who of the staff wrote it down, "" where it came from the member."""

    public_id: str
    ends_on: date
    recorded_at: datetime
    has_file: bool
    source: Source
    by: str

    @property
    def heard(self) -> bool:
        """Said to staff, who know its last day."""
        return self.source != Source.ONLINE


class OnPaper(msgspec.Struct, frozen=True):
    """A reminder that nobody could be sent: it waits to be given on paper."""

    at: datetime
    ends_on: date


class Due(msgspec.Struct, frozen=True):
    id: int
    person_id: int
    given_name: str
    ends_on: date


async def mine(person_id: int) -> Certificate | None:
    return await fetch_one_as(
        Certificate,
        "SELECT c.public_id, c.ends_on, c.recorded_at, c.file IS NOT NULL AS has_file, c.source,"
        " concat_ws(' ', b.given_name, b.family_name) AS by FROM insurance_certificate c"
        " LEFT JOIN person b ON b.id = c.recorded_by WHERE c.person = $1 AND c.removed_at IS NULL",
        person_id,
    )


async def on_paper(person_id: int) -> list[OnPaper]:
    """Oldest first, of papers that are still theirs."""
    return await fetch_as(
        OnPaper,
        "SELECT m.queued_at AS at, c.ends_on FROM message m JOIN insurance_certificate c"
        " ON c.person = m.person AND m.key LIKE 'certificate.ending:' || c.id || ':%'"
        " WHERE m.person = $1 AND m.way = 'paper' AND m.sent_at IS NULL AND c.removed_at IS NULL"
        " ORDER BY m.queued_at, m.id",
        person_id,
    )


async def file_of(person_id: int) -> File | None:
    """The paper of this person and of nobody else: there is no other way to it."""
    key = await fetch_value(
        "SELECT file FROM insurance_certificate WHERE person = $1 AND removed_at IS NULL", person_id
    )
    return None if key is None else await files.get(key)


async def is_counted(person_id: int) -> bool:
    """Whether the newest answer lets the landlord's total count this person."""
    said = await fetch_value(
        "SELECT given FROM certificate_consent WHERE person = $1 ORDER BY id DESC LIMIT 1",
        person_id,
    )
    return bool(said)


async def ending(today: date) -> list[Due]:
    """Living papers that end within the longest reminder, of people who are still there."""
    return await fetch_as(
        Due,
        "SELECT c.id, c.person AS person_id, p.given_name, c.ends_on FROM insurance_certificate c"
        " JOIN person p ON p.id = c.person WHERE c.removed_at IS NULL AND p.erased_at IS NULL"
        " AND c.ends_on BETWEEN $1 AND $2 ORDER BY c.id",
        today,
        today + timedelta(days=max(REMINDERS)),
    )


def counted_on(today: date) -> date:
    """The day a landlord's total is of: the last of a month, so that no two days can be compared."""
    return today.replace(day=1) - timedelta(days=1)


async def counted_for(landlord_id: int, today: date) -> int | None:
    """Tenants of a landlord with a valid paper who had said yes, at last month's end; None under five.

    Counted once, by the night or by the first who looks: within a month, and from one to the next, it
    names nobody who came, was proved, or went (I4).
    """
    day = counted_on(today)
    counts = await fetch(_COUNTED, landlord_id, day)
    if not counts or counts[-1]["on"] < day:
        async with transaction():
            await fetch(_COUNT, landlord_id, day, clock.end_of_day(day), clock.now())
            counts = await fetch(_COUNTED, landlord_id, day)
    return told([row["people"] for row in counts])


def told(counts: Sequence[int]) -> int | None:
    """What the last month's end may say: as told before, while fewer than five people lie between."""
    said: int | None = None
    for count in counts:
        if said is None or abs(count - said) >= FEWEST:
            said = count if count >= FEWEST else None
    return said


_COUNTED = (
    'SELECT "on", people FROM certificate_count WHERE landlord = $1 AND "on" <= $2 ORDER BY "on"'
)
_COUNT = """
INSERT INTO certificate_count (landlord, "on", people, counted_at)
SELECT $1, $2, count(DISTINCT c.person), $4 FROM insurance_certificate c
  JOIN household_member m ON m.person = c.person AND m.joined_on <= $2
   AND (m.left_on IS NULL OR m.left_on > $2)
  JOIN household h ON h.id = m.household AND h.proof = 'proved'
   AND (h.ended_at IS NULL OR h.ended_at > $3)
  JOIN dwelling d ON d.id = h.dwelling AND d.landlord = $1
WHERE c.recorded_at <= $3 AND (c.removed_at IS NULL OR c.removed_at > $3)
  AND c.ends_on >= $2 AND (SELECT s.given FROM certificate_consent s
   WHERE s.person = c.person AND s.at <= $3 ORDER BY s.id DESC LIMIT 1)
ON CONFLICT ON CONSTRAINT certificate_count_once DO NOTHING
"""
