"""Who borrowed what is nobody's business for long (L45); how much was lent stays for the figures.

A loan loses its names at the end of the fourth month after everything is back, unless something of it
is unpaid, contested or held. Whoever has borrowed nothing for a year has no file here any more.
"""

from datetime import date

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.lending.rules import LineState
from backend.lending.service.unsaying import OPEN_DEBT, unsay_loans

KEPT_MONTHS, IDLE_MONTHS = 4, 12
# What nobody has to do anything for any more; a lost thing only once somebody said what it costs.
OVER = {
    LineState.CLOSED,
    LineState.EXPIRED,
    LineState.REJECTED,
    LineState.CANCELLED_BY_TENANT,
    LineState.CANCELLED_BY_STAFF,
    LineState.NO_SHOW,
}
# Of a booking `b`: money that is owed either way, a charge that waits for a second or is contested,
# a deposit that nobody gave back.
UNSETTLED = f"""
EXISTS (SELECT 1 FROM booking_line x JOIN loan_debt d ON d.line = x.id
  WHERE x.booking = b.id AND {OPEN_DEBT})
OR EXISTS (SELECT 1 FROM booking_line x JOIN loan_deposit p ON p.line = x.id
  WHERE x.booking = b.id AND p.ended_at IS NULL)
"""  # noqa: S608 - our own words


@once_more
async def forget_loans() -> int:
    """The number of bookings that lost their names."""
    async with transaction():
        rows = await fetch(
            "UPDATE booking b SET household = NULL, person = NULL WHERE b.household IS NOT NULL"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM booking_line l WHERE l.booking = b.id"
            "  AND (l.state = ANY($1) OR greatest(l.changed_at, upper(l.during)) >= $2)"
            "  AND NOT (l.state = 'lost' AND l.changed_at < $2 AND EXISTS"
            "   (SELECT 1 FROM loan_debt d WHERE d.line = l.id AND d.kind = 'damage')))"
            f" AND NOT ({UNSETTLED}) RETURNING b.id, b.public_id",
            [state.value for state in LineState if state not in OVER],
            clock.start_of_day(months_before(clock.today().replace(day=1), KEPT_MONTHS)),
        )
        await _unlink([row["id"] for row in rows])
        await fetch("SELECT unlink_loans($1)", [row["public_id"] for row in rows])
        return len(rows)


async def _unlink(bookings: list[int]) -> None:
    """All that names somebody beside these lines; sums that were owed stay their household's."""
    rows = await fetch("SELECT id FROM booking_line WHERE booking = ANY($1)", bookings)
    lines = [row["id"] for row in rows]
    await unsay_loans(lines)
    for statement in (
        "UPDATE custody SET household = NULL, person = NULL WHERE line = ANY($1)",
        "UPDATE strike SET household = NULL WHERE line = ANY($1)",
        "UPDATE loan_debt SET line = NULL WHERE line = ANY($1)",
        "UPDATE loan_deposit SET line = NULL WHERE line = ANY($1)",
        "DELETE FROM loan_notice WHERE line = ANY($1)",
    ):
        await fetch(statement, lines)


@once_more
async def forget_idle() -> int:
    """Who has neither booked nor borrowed for a year loses what was kept to lend: how many."""
    since = clock.start_of_day(months_before(clock.today(), IDLE_MONTHS))
    async with transaction():
        await fetch("UPDATE strike SET household = NULL WHERE at < $1", since)
        rows = await fetch(
            "DELETE FROM licence i WHERE i.seen_at < $1"
            " AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.person = i.person)"
            " AND NOT EXISTS (SELECT 1 FROM custody c WHERE c.person = i.person)"
            " AND NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject_id = i.person"
            "  AND a.verb LIKE 'lending.%' AND a.at >= $1) RETURNING i.id",
            since,
        )
        return len(rows)


def months_before(day: date, count: int) -> date:
    """The same day so many months before; of the last days of a month, the 28th."""
    index = day.year * 12 + day.month - 1 - count
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, 28))
