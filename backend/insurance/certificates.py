"""A member's certificate as they read it, which are due for a reminder, how many a landlord may count."""

from datetime import date, datetime, timedelta

import msgspec

from backend.insurance.rules import REMINDERS
from backend.kit import clock, files
from backend.kit.database import fetch_as, fetch_one_as, fetch_value
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

    Between two looks of one month the total stays what it is, so it names nobody who came (I4).
    """
    day = counted_on(today)
    count: int = await fetch_value(
        "SELECT count(DISTINCT c.person) FROM insurance_certificate c"
        " JOIN household_member m ON m.person = c.person AND m.joined_on <= $2"
        "  AND (m.left_on IS NULL OR m.left_on > $2)"
        " JOIN household h ON h.id = m.household AND h.proof = 'proved'"
        "  AND (h.ended_at IS NULL OR h.ended_at > $3)"
        " JOIN dwelling d ON d.id = h.dwelling AND d.landlord = $1"
        " WHERE c.recorded_at <= $3 AND (c.removed_at IS NULL OR c.removed_at > $3)"
        " AND c.ends_on >= $2 AND (SELECT s.given FROM certificate_consent s"
        "  WHERE s.person = c.person AND s.at <= $3 ORDER BY s.id DESC LIMIT 1)",
        landlord_id,
        day,
        clock.end_of_day(day),
    )
    return count if count >= FEWEST else None
