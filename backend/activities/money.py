"""What seats cost: what is due, and what the club has that no seat stands for any more (A1, A2).

A seat with a price is owed for from the moment it is had until it is given back or its session is
cancelled; who waits owes nothing. Given back after the deadline, what was paid for it stays paid.
"""

from datetime import datetime

import msgspec

from backend.billing.rules import PayWay
from backend.kit.database import fetch, fetch_as, fetch_value

# Of seat s in session a.
STANDS = "(a.cancelled_at IS NULL AND (s.state = 'taken' OR s.late))"
DUE = (
    "CASE WHEN a.cancelled_at IS NULL AND s.state = 'taken'"
    " THEN s.price_cents - s.paid_cents ELSE 0 END"
)


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What a household owes for its seats in one session. `names`: first names of whoever they are of."""

    session: str
    title: str
    starts_at: datetime
    names: str
    due_cents: int


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """Money of an order that no seat stands for. Of one online, Stripe could not give it back: the treasurer does.

    `person`, `name`: an adult who lives there.
    """

    order: str
    way: PayWay
    session: str
    title: str
    starts_at: datetime
    cents: int
    person: str | None
    name: str | None

    @property
    def at_counter(self) -> bool:
        return self.way is not PayWay.ONLINE


async def owed(household_id: int) -> list[Owed]:
    """By session, in order."""
    return await fetch_as(
        Owed,
        "SELECT a.public_id AS session, a.title, a.starts_at,"  # noqa: S608 - our own words
        " string_agg(p.given_name, ', ' ORDER BY s.id) AS names, sum(s.price_cents - s.paid_cents)"
        "::bigint AS due_cents FROM seat s JOIN activity_session a ON a.id = s.session"
        f" JOIN person p ON p.id = s.person WHERE s.household = $1 AND {DUE} > 0"
        " GROUP BY a.id ORDER BY a.starts_at, a.id",
        household_id,
    )


async def owed_in(household_id: int, session: str) -> int:
    """Cents due for a household's seats in one session."""
    return sum(one.due_cents for one in await owed(household_id) if one.session == session)


# What the club has of order o: what moved, without what it has asked Stripe to give back.
_KEPT = """
(SELECT coalesce(sum(CASE WHEN m.kind IN ('payment', 'reinstated', 'returned') THEN m.amount_cents
   ELSE -m.amount_cents END), 0) FROM payment m WHERE m.pay_order = o.id)
- (SELECT coalesce(sum(r.amount_cents), 0) FROM refund r JOIN payment m ON m.id = r.payment
   WHERE m.pay_order = o.id AND r.refused_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment b
     WHERE b.kind = 'refund' AND b.external_id = r.external_id))
"""
_STANDING = f"""
(SELECT coalesce(sum(t.part_cents), 0) FROM seat_payment t JOIN payment m ON m.id = t.payment
 JOIN seat s ON s.id = t.seat JOIN activity_session a ON a.id = s.session
 WHERE m.pay_order = o.id AND {STANDS})
"""  # noqa: S608 - our own words


async def rest_of(order_id: int) -> int:
    """Cents of an order that no seat stands for; what is asked back of Stripe is taken off."""
    cents: int = await fetch_value(
        f"SELECT ({_KEPT} - {_STANDING})::bigint FROM pay_order o WHERE o.id = $1",  # noqa: S608 - our own words
        order_id,
    )
    return cents


async def rests(household_id: int) -> list[Rest]:
    """Of all a household's orders, the oldest first."""
    return await _rests("s.household = $1", household_id)


async def rests_in(session: str) -> list[Rest]:
    """Of one session, whoever paid."""
    return await _rests(
        "s.session = (SELECT id FROM activity_session WHERE public_id = $1)", session
    )


async def _rests(whose: str, value: object) -> list[Rest]:
    rows = await fetch(
        f"SELECT * FROM (SELECT o.public_id AS order, o.way, a.public_id AS session, a.title,"  # noqa: S608 - our own words
        f" a.starts_at, ({_KEPT} - {_STANDING})::bigint AS cents, w.person, w.name FROM pay_order o"
        " JOIN activity_session a ON a.public_id = o.terms ->> 'session'"
        " LEFT JOIN LATERAL (SELECT p.public_id AS person, p.given_name AS name"
        "  FROM household_member m JOIN person p ON p.id = m.person"
        "  WHERE m.household = (o.terms ->> 'household_id')::bigint AND m.left_on IS NULL"
        "  ORDER BY NOT m.adult, m.id LIMIT 1) w ON true WHERE o.id IN"
        " (SELECT p.pay_order FROM seat_payment t JOIN payment p ON p.id = t.payment"
        f"  JOIN seat s ON s.id = t.seat WHERE {whose} AND s.paid_cents > 0) ORDER BY o.id) x"
        " WHERE cents > 0",
        value,
    )
    return [Rest(**{**row, "way": PayWay(row["way"])}) for row in rows]


async def by_seat(session: str) -> dict[str, int]:
    """What is due of each seat that somebody has, and that has a price; 0 where it is paid."""
    rows = await fetch(
        f"SELECT s.public_id, {DUE} AS due FROM seat s JOIN activity_session a ON a.id = s.session"  # noqa: S608 - our own words
        " WHERE a.public_id = $1 AND s.price_cents > 0 AND s.state = 'taken'",
        session,
    )
    return {row["public_id"]: row["due"] for row in rows}
