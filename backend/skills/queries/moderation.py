"""What waits for staff: listings to look at, reports to answer, with how long they have waited."""

from datetime import datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one
from backend.skills import rules
from backend.skills.queries.hours import UNDECIDED, Undecided
from backend.skills.queries.settings import SETTINGS, Settings
from backend.skills.rules import Category, ListingKind, Outcome, Wrong


class ToReview(msgspec.Struct, frozen=True):
    """A listing that waits, and why (X8)."""

    public_id: str
    kind: ListingKind
    category: Category
    title: str
    details: str
    given_name: str
    family_name: str
    person: str
    trade: str
    signs: tuple[str, ...]
    version: int
    created_at: datetime


class Reported(msgspec.Struct, frozen=True):
    """Something that somebody said is wrong. `late`: past the delay the club gives itself (X9)."""

    public_id: str
    listing: str
    exchange: str | None
    title: str
    details: str
    about: str
    about_id: str
    reporter: str
    wrong: Wrong
    words: str
    said: str
    at: datetime
    answered_at: datetime | None
    outcome: Outcome | None

    @property
    def due_at(self) -> datetime:
        return self.at + rules.ANSWER_REPORTS_WITHIN

    @property
    def late(self) -> bool:
        return (self.answered_at or clock.now()) > self.due_at


class ForStaff(msgspec.Struct, frozen=True, kw_only=True):
    """All that waits for staff, what they answered, and how the club runs its exchange."""

    to_review: list[ToReview]
    reports: list[Reported]
    answered: list[Reported]
    undecided: list[Undecided]
    settings: Settings


async def to_review() -> list[ToReview]:
    """The oldest first."""
    return await fetch_as(ToReview, _TO_REVIEW)


_TO_REVIEW = (
    "SELECT l.public_id, l.kind, l.category, l.title, l.details, p.given_name, p.family_name,"
    " p.public_id AS person, coalesce(f.trade, '') AS trade, l.signs,"
    " l.version, l.created_at"
    " FROM listing l JOIN person p ON p.id = l.person"
    " LEFT JOIN skill_profile f ON f.person = l.person"
    " WHERE l.review = 'waiting' AND l.ended_at IS NULL ORDER BY l.created_at, l.id"
)


async def people_of_report(public_id: str) -> list[int]:
    """Who reported, whose the listing is, and who asked; nobody for a report that never was."""
    rows = await fetch(
        "SELECT unnest(ARRAY[t.reporter, l.person, e.asker]) AS person FROM skill_report t"
        " JOIN listing l ON l.id = t.listing LEFT JOIN exchange e ON e.id = t.exchange"
        " WHERE t.public_id = $1",
        public_id,
    )
    return [row["person"] for row in rows]


_REPORT = """
SELECT t.public_id, l.public_id AS listing, e.public_id AS exchange, l.title, l.details,
 concat_ws(' ', a.given_name, a.family_name) AS about, a.public_id AS about_id,
 concat_ws(' ', w.given_name, w.family_name) AS reporter, t.wrong, t.words,
 coalesce((SELECT string_agg(x.words, E'\n' ORDER BY x.at, x.id) FROM exchange_message x
   WHERE x.exchange = t.exchange AND x.author <> t.reporter AND x.hidden_at IS NULL), '') AS said,
 t.at, t.answered_at, t.outcome
FROM skill_report t JOIN listing l ON l.id = t.listing LEFT JOIN exchange e ON e.id = t.exchange
JOIN person w ON w.id = t.reporter
JOIN person a ON a.id = CASE WHEN t.reporter = l.person THEN e.asker ELSE l.person END
"""


async def reports(*, answered: bool = False) -> list[Reported]:
    """Those that wait, the oldest first; or the last hundred that were answered."""
    return await fetch_as(Reported, _ANSWERED if answered else _REPORTS)


_REPORTS = f"{_REPORT} WHERE t.answered_at IS NULL ORDER BY t.at, t.id"
_ANSWERED = f"{_REPORT} WHERE t.answered_at IS NOT NULL ORDER BY t.answered_at DESC LIMIT 100"


async def for_staff() -> ForStaff:
    """One statement (PERF6)."""
    row = await fetch_one(_FOR_STAFF, clock.now() - rules.CONFIRM_WITHIN)
    assert row is not None
    settings = msgspec.json.decode(row["settings"], type=list[Settings])
    return ForStaff(
        to_review=msgspec.json.decode(row["to_review"], type=list[ToReview]),
        reports=msgspec.json.decode(row["reports"], type=list[Reported]),
        answered=msgspec.json.decode(row["answered"], type=list[Reported]),
        undecided=msgspec.json.decode(row["undecided"], type=list[Undecided]),
        settings=settings[0] if settings else Settings(),
    )


def _together(sql: str) -> str:
    return f"(SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM ({sql}) x)"  # noqa: S608 - our own words


_FOR_STAFF = (
    f"SELECT {_together(_TO_REVIEW)} AS to_review, {_together(_REPORTS)} AS reports,"
    f" {_together(_ANSWERED)} AS answered, {_together(UNDECIDED)} AS undecided,"
    f" {_together(SETTINGS)} AS settings"
)
