"""Time that an open ticket wants and has not yet: another ticket had it, or a loan (L32).

Whatever frees a unit comes by here before anybody who waits is served.
"""

from datetime import datetime

from backend.kit import clock
from backend.kit.database import fetch, within
from backend.lending.policy import Model
from backend.lending.rules import BLOCKING_SQL, LineState, Period
from backend.lending.service.claims import Claim, claim

# From now on, $2; of the ticket $3 from its own beginning, $4.
MISSING = f"""
SELECT ticket, unit, lower(part) AS start, upper(part) AS "end" FROM (
  SELECT t.id AS ticket, t.unit, t.wants * tstzmultirange(
    tstzrange(CASE WHEN t.id = $3 THEN $4::timestamptz ELSE $2 END, NULL)) - coalesce((
    SELECT range_agg(l.occupied) FROM booking_line l
    WHERE l.unit = t.unit AND l.state IN ({BLOCKING_SQL})), '{{}}') AS missing
  FROM ticket t JOIN unit u ON u.id = t.unit AND u.retired_at IS NULL
  WHERE u.resource = $1 AND t.closed_at IS NULL AND t.wants IS NOT NULL
) m CROSS JOIN LATERAL unnest(missing) part
ORDER BY ticket, part
"""  # noqa: S608 - our own words


async def want(model: Model, ticket_id: int, period: Period) -> None:
    """The ticket's time, wherever nobody else has it. The caller holds the resource's lock."""
    within()
    await fetch(
        "UPDATE ticket SET wants = coalesce(wants, '{}') + tstzmultirange(tstzrange($2, $3))"
        " WHERE id = $1",
        ticket_id,
        period.start,
        period.end,
    )
    await _take(model, ticket_id, period.start)


async def take_what_is_free(model: Model) -> None:
    """Every open ticket of these units blocks what it wants and nobody has, from now on.

    The caller holds the resource's lock.
    """
    within()
    await _take(model, None, None)


async def give_way(unit_id: int, period: Period, since: datetime) -> None:
    """What tickets blocked of this time since then: the copy is out again, and was all along.

    They keep their wish; whoever writes the loan lets them take what is left of it.
    """
    within()
    await fetch(
        "DELETE FROM booking_line WHERE unit = $1 AND state = 'blocked' AND lower(during) >= $4"
        " AND occupied && tstzrange($2, $3)"
        " AND ticket IN (SELECT id FROM ticket WHERE closed_at IS NULL AND wants IS NOT NULL)",
        unit_id,
        period.start,
        period.end,
        since,
    )


async def _take(model: Model, ticket_id: int | None, since: datetime | None) -> None:
    """One ticket after the other: what the older has by then, the younger does not miss.

    Of what nobody counts no unit is ever taken (L40).
    """
    if not model.counted:
        return
    served: set[int] = set()
    while rows := await fetch(MISSING, model.id, clock.now(), ticket_id, since):
        assert rows[0]["ticket"] not in served, "a ticket that was served misses nothing"
        served.add(rows[0]["ticket"])
        for row in (each for each in rows if each["ticket"] == rows[0]["ticket"]):
            wanted = Claim(
                period=Period(row["start"], row["end"]),
                state=LineState.BLOCKED,
                ticket_id=row["ticket"],
                only=(row["unit"],),
                units=(row["unit"],),
                without_buffers=True,
            )
            assert await claim(model, wanted) is not None, "nobody has it"
