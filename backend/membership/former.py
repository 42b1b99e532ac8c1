"""What the counter reads of somebody who is in no household any more: when they left, what stays."""

from datetime import date, datetime

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value
from backend.people.errors import PersonMissing


class Former(msgspec.Struct, frozen=True):
    """A person who was in a household and is in none."""

    person_id: int
    public_id: str
    given_name: str
    family_name: str
    left_on: date

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Stay(msgspec.Struct, frozen=True):
    """When they were in which household; with its end the stay of everybody in it ends."""

    household_public_id: str
    town: str
    joined_on: date
    left_on: date


class KeptReceipt(msgspec.Struct, frozen=True):
    """A receipt of their household from the time they were in it."""

    public_id: str
    number: str
    label: str
    amount_cents: int
    issued_at: datetime
    order_public_id: str
    may_return: bool  # nobody is left in its household at whose file its money could be given back


class KeptMonths(msgspec.Struct, frozen=True):
    """Free months of their household that nobody has had yet, both days included."""

    order_public_id: str
    start: date
    end: date


LEFT_ON = "coalesce(m.left_on, (h.ended_at AT TIME ZONE 'Europe/Paris')::date)"
# The stay that a person is known by: the one that lasts, else the last.
NEWEST = (
    "m.id = (SELECT x.id FROM household_member x JOIN household y ON y.id = x.household"
    " WHERE x.person = m.person ORDER BY x.left_on IS NULL AND y.ended_at IS NULL DESC,"
    " x.left_on DESC NULLS FIRST, x.id DESC LIMIT 1)"
)
LEFT = "(m.left_on IS NOT NULL OR h.ended_at IS NOT NULL)"
# Of a household that has ended: who was still there. The day alone tells those whom older code wrote.
TO_THE_END = (
    "NOT m.others_stayed AND m.left_on ="
    " (SELECT max(x.left_on) FROM household_member x WHERE x.household = m.household)"
)


async def get_former(person_public_id: str) -> Former:
    """Raises PersonMissing for who is in a household, never was, or was erased."""
    found = await find_former(person_public_id)
    if found is None:
        raise PersonMissing
    return found


async def find_former(person_public_id: str) -> Former | None:
    return await fetch_one_as(
        Former,
        f"SELECT p.id AS person_id, p.public_id, p.given_name, p.family_name, {LEFT_ON} AS left_on"  # noqa: S608 - our own words
        " FROM household_member m JOIN person p ON p.id = m.person"
        " JOIN household h ON h.id = m.household"
        f" WHERE p.public_id = $1 AND p.erased_at IS NULL AND {NEWEST} AND {LEFT}",
        person_public_id,
    )


async def stays_of(person_id: int) -> list[Stay]:
    """Newest first."""
    return await fetch_as(
        Stay,
        f"SELECT h.public_id AS household_public_id, h.town, m.joined_on, {LEFT_ON} AS left_on"  # noqa: S608 - our own words
        " FROM household_member m JOIN household h ON h.id = m.household"
        f" WHERE m.person = $1 AND {LEFT} ORDER BY m.joined_on DESC, m.id DESC",
        person_id,
    )


# Households that have ended, and that $1 was in to the end.
_TO_THE_END = (
    "h.ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM household_member m WHERE m.household = h.id"  # noqa: S608 - our own words
    f" AND m.person = $1 AND {TO_THE_END})"
)


async def left_behind(person_id: int) -> list[int]:
    """Keys of ended households that they were in to the end."""
    rows = await fetch(f"SELECT h.id FROM household h WHERE {_TO_THE_END} ORDER BY h.id", person_id)  # noqa: S608 - our own words
    return [row["id"] for row in rows]


async def days_ahead(person_id: int) -> int:
    """Paid days of such households that nobody has had yet: who comes back has them, today among them."""
    days: int = await fetch_value(
        "SELECT coalesce(sum(upper(q.during) - greatest(lower(q.during), $2::date)), 0)::int"  # noqa: S608 - our own words
        " FROM household h JOIN period q ON q.household = h.id AND q.cancelled_at IS NULL"
        " AND q.provisional_until IS NULL AND upper(q.during) > $2::date"
        f" WHERE {_TO_THE_END} AND NOT EXISTS (SELECT 1 FROM period n WHERE n.carried_from = q.id)",
        person_id,
        clock.today(),
    )
    return days


async def granted_to(person_id: int) -> list[KeptMonths]:
    """Free months of such households that are still ahead: a manager may take them back."""
    return await fetch_as(
        KeptMonths,
        'SELECT o.public_id AS order_public_id, lower(q.during) AS start, upper(q.during) - 1 AS "end"'  # noqa: S608 - our own words
        " FROM household h JOIN period q ON q.household = h.id AND q.cancelled_at IS NULL"
        " AND upper(q.during) > $2::date JOIN pay_order o ON o.id = q.pay_order AND o.amount_cents = 0"
        f" WHERE {_TO_THE_END} AND NOT EXISTS (SELECT 1 FROM period n WHERE n.carried_from = q.id)"
        " ORDER BY q.during",
        person_id,
        clock.today(),
    )


async def receipts_of(person_id: int) -> list[KeptReceipt]:
    """Newest first; what their households paid before or after is not theirs to see."""
    return await fetch_as(
        KeptReceipt,
        "SELECT t.public_id, t.printed ->> 'number' AS number, t.printed ->> 'label' AS label,"  # noqa: S608 - our own words
        " y.amount_cents, t.issued_at, e.public_id AS order_public_id,"
        " y.kind = 'payment' AND h.ended_at IS NOT NULL AND (SELECT sum(CASE WHEN q.kind IN"
        "  ('payment', 'reinstated', 'returned') THEN q.amount_cents ELSE -q.amount_cents END)"
        "  FROM payment q WHERE q.pay_order = e.id) > 0 AS may_return FROM household_member m JOIN household h ON h.id = m.household"
        " JOIN pay_order e ON e.payer = h.payer JOIN payment y ON y.pay_order = e.id"
        " JOIN receipt t ON t.payment = y.id WHERE m.person = $1"
        " AND (t.issued_at AT TIME ZONE 'Europe/Paris')::date"
        f"  BETWEEN m.joined_on AND {LEFT_ON} ORDER BY t.id DESC",
        person_id,
    )
