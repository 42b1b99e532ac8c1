"""What households owe for loans: each debt with what is left of it, and the sums (L35)."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import files
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.files import File
from backend.kit.text import read_number
from backend.lending import owing
from backend.lending.owing import OWED_SQL
from backend.lending.owing_errors import DebtUnknown
from backend.lending.policy import Model
from backend.lending.rules import DebtKind
from backend.places import queries as places


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """Why something is owed. `left_cents` below zero: the club owes it back.

    `charged`: the ledger says that it is owed; before that a second of the staff must agree, or did
    not. `name` is the thing's and `booking` the loan's, both "" once nobody may know any more.
    """

    id: int
    public_id: str
    household_id: int
    household: str
    payer_id: int
    line_id: int | None
    booking: str
    name: str
    kind: DebtKind
    amount_cents: int
    left_cents: int
    paid_cents: int
    waived_cents: int
    charged: bool
    note: str
    asked_at: datetime
    asked_by: int | None
    asker: str
    second: bool
    dropped_at: datetime | None
    drop_reason: str
    waived_for: tuple[str, ...]
    contested_at: datetime | None
    words: str
    answered_at: datetime | None
    answer: str
    accepted: bool
    photos: tuple[int, ...]
    returning_cents: int

    @property
    def stands_cents(self) -> int:
        """What of it is charged and not waived, paid or not."""
        return self.amount_cents - self.waived_cents if self.charged else 0

    @property
    def waits_for_second(self) -> bool:
        return self.second and not self.charged and self.dropped_at is None

    @property
    def is_contested(self) -> bool:
        """Until somebody answers, nothing of it is asked for."""
        return self.contested_at is not None and self.answered_at is None

    @property
    def due_cents(self) -> int:
        """What may be asked for now."""
        return 0 if self.is_contested else max(self.left_cents, 0)

    @property
    def credit_cents(self) -> int:
        """What of it was paid and is not owed any more."""
        return max(-self.left_cents, 0)

    @property
    def may_contest(self) -> bool:
        """Paid or not: a deposit that was kept at once takes nobody's word away."""
        return self.contested_at is None and self.stands_cents > 0


class Owed(msgspec.Struct, frozen=True):
    """A household's debts, newest first."""

    debts: tuple[Debt, ...]

    @property
    def returning_cents(self) -> int:
        """Stripe was asked to give them back, and they are on their way."""
        return self.debts[0].returning_cents if self.debts else 0

    @property
    def due(self) -> list[Debt]:
        """What may be paid now, the oldest first."""
        return [debt for debt in reversed(self.debts) if debt.due_cents]

    @property
    def due_cents(self) -> int:
        return sum(debt.due_cents for debt in self.debts)

    @property
    def credit_cents(self) -> int:
        """What the club owes back, and nobody was asked to give back yet."""
        return max(0, sum(debt.credit_cents for debt in self.debts) - self.returning_cents)


class Debtor(msgspec.Struct, frozen=True, kw_only=True):
    """A household that owes something, for the list of the counter."""

    person: str
    name: str
    household: str
    due_cents: int
    credit_cents: int
    since: datetime


DEBT = f"""
SELECT d.id, d.public_id, d.household AS household_id, h.public_id AS household,
  h.payer AS payer_id, d.line AS line_id, coalesce(b.public_id, '') AS booking,
  coalesce(r.name, '') AS name, d.kind, d.amount_cents, m.left_cents, m.paid_cents,
  m.waived_cents, m.charged, d.note, d.asked_at, d.asked_by,
  coalesce(trim(a.given_name || ' ' || a.family_name), '') AS asker, d.second, d.dropped_at,
  coalesce(d.drop_reason, '') AS drop_reason, d.waived_for, c.at AS contested_at, coalesce(c.words, '') AS words,
  c.answered_at, coalesce(c.answer, '') AS answer, coalesce(c.accepted, false) AS accepted,
  ARRAY(SELECT p.stored_file FROM damage_photo p WHERE p.debt = d.id ORDER BY p.id) AS photos,
  (SELECT coalesce(sum(f.amount_cents), 0)::bigint FROM refund f JOIN payment p ON p.id = f.payment
    JOIN pay_order o ON o.id = p.pay_order WHERE o.payer = h.payer AND o.kind IN ('lending', 'hold')
    AND f.refused_at IS NULL AND NOT EXISTS (SELECT 1 FROM payment b WHERE b.kind = 'refund'
      AND b.external_id = f.external_id)) AS returning_cents
FROM loan_debt d JOIN household h ON h.id = d.household
LEFT JOIN booking_line l ON l.id = d.line LEFT JOIN booking b ON b.id = l.booking
LEFT JOIN resource r ON r.id = l.resource LEFT JOIN person a ON a.id = d.asked_by
LEFT JOIN debt_contest c ON c.debt = d.id
CROSS JOIN LATERAL (SELECT coalesce(sum(CASE {OWED_SQL} END), 0)::bigint AS left_cents,
  coalesce(sum(CASE e.kind WHEN 'payment' THEN e.amount_cents WHEN 'deposit_kept' THEN e.amount_cents
    WHEN 'refund' THEN -e.amount_cents END), 0)::bigint AS paid_cents,
  coalesce(sum(e.amount_cents) FILTER (WHERE e.kind = 'waiver'), 0)::bigint AS waived_cents,
  coalesce(bool_or(e.kind IN ('fee', 'fine', 'damage')), false) AS charged
  FROM lending_entry e WHERE e.debt = d.id) m
"""  # noqa: S608 - our own words


async def debts(where: str, *args: Any, order: str = "d.id DESC") -> list[Debt]:
    """One statement. `where` and `order` are our own words; their parameters follow."""
    rows = await fetch(f"{DEBT} WHERE {where} ORDER BY {order}", *args)
    return [
        Debt(
            **{
                **dict(row),
                "kind": DebtKind(row["kind"]),
                "photos": tuple(row["photos"]),
                "waived_for": tuple(row["waived_for"]),
            }
        )
        for row in rows
    ]


async def owed_by(household_id: int) -> Owed:
    return Owed(tuple(await debts("d.household = $1", household_id)))


async def of_line(line_id: int) -> list[Debt]:
    """Newest first."""
    return await debts("d.line = $1", line_id)


async def get_debt(public_id: str, household_id: int | None = None) -> Debt:
    """A member names their household; staff none. Raises DebtUnknown."""
    found = await debts("d.public_id = $1", public_id)
    if not found or household_id not in {None, found[0].household_id}:
        raise DebtUnknown
    return found[0]


async def waiting_for_second() -> list[Debt]:
    """What one of the staff wants charged and another must agree to, the oldest first."""
    return await debts(
        "d.second AND d.agreed_at IS NULL AND d.dropped_at IS NULL", order="d.asked_at, d.id"
    )


async def contested() -> list[Debt]:
    """What members say no to, and nobody has answered, the oldest first."""
    return await debts("c.at IS NOT NULL AND c.answered_at IS NULL", order="c.at, d.id")


# What is left of each debt: {whose} names them.
_OPEN = (
    "SELECT d.household, d.asked_at, greatest(0, CASE WHEN c.id IS NOT NULL"  # noqa: S608 - our own words
    "  AND c.answered_at IS NULL THEN 0 ELSE sum(x.owed) END) AS due,"
    " greatest(0, -sum(x.owed)) AS credit FROM loan_debt d"
    f" JOIN (SELECT e.debt, CASE {OWED_SQL} END AS owed FROM lending_entry e) x ON x.debt = d.id"
    " LEFT JOIN debt_contest c ON c.debt = d.id WHERE {whose} GROUP BY d.id, c.id"
    " HAVING sum(x.owed) <> 0"
)


def due_sql(household: str) -> str:
    """`cents`: all that a household may be asked for now, as `Owed.due_cents`; one row."""
    open_ = _OPEN.format(whose=f"d.household = {household}")
    return f"SELECT coalesce(sum(o.due), 0)::bigint AS cents FROM ({open_}) o"  # noqa: S608 - our own words


async def debtors(limit: int = 100) -> list[Debtor]:
    """Households with something open, who owes longest first."""
    rows = await fetch(
        "SELECT n.public_id AS person, trim(n.given_name || ' ' || n.family_name) AS name,"  # noqa: S608 - our own words
        " h.public_id AS household, sum(o.due)::bigint AS due_cents,"
        " sum(o.credit)::bigint AS credit_cents, min(o.asked_at) AS since"
        f" FROM ({_OPEN.format(whose='true')}) o"
        " JOIN household h ON h.id = o.household"
        " JOIN LATERAL (SELECT p.* FROM household_member m JOIN person p ON p.id = m.person"
        "  WHERE m.household = h.id AND m.adult ORDER BY m.left_on IS NOT NULL, m.id LIMIT 1) n"
        " ON true GROUP BY n.public_id, n.given_name, n.family_name, h.public_id"
        " HAVING sum(o.due) + sum(o.credit) > 0 ORDER BY min(o.asked_at), h.public_id LIMIT $1",
        limit,
    )
    return [Debtor(**dict(row)) for row in rows]


async def late_fee(line_id: int, model: Model, due_at: datetime, at: datetime) -> int:
    """What a return at that instant costs; what was charged before is taken off the most there is.

    Without what somebody waived of a return that was undone.
    """
    mine = [debt for debt in await of_line(line_id) if debt.kind is not DebtKind.FEE]
    row = await fetch_one("SELECT replacement_cents FROM resource WHERE id = $1", model.id)
    assert row is not None
    calendar = await places.get_calendar(model.site_id)
    cents = owing.late_fee(
        model.policy,
        calendar,
        due_at,
        at,
        row["replacement_cents"],
        sum(debt.stands_cents for debt in mine),
    )
    if cents and any(debt.waived_cents for debt in mine):
        cents -= await given_up(line_id, DebtKind.FINE, due_at)
    return max(0, cents)


async def given_up(line_id: int, kind: DebtKind, since: datetime | None = None) -> int:
    """Cents that somebody waived, and that are not asked for again: of what was charged since then."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(e.amount_cents), 0)::bigint FROM lending_entry e"
        " JOIN loan_debt d ON d.id = e.debt WHERE d.line = $1 AND d.kind = $2"
        " AND d.asked_at >= coalesce($3, '-infinity'::timestamptz)"
        " AND e.kind = 'waiver' AND e.reason <> ALL($4)",
        line_id,
        kind.value,
        since,
        [owing.PRICE_CHANGED, owing.UNDONE],
    )
    return cents


async def get_photo(debt: Debt, number: str) -> File:
    """One of its pictures, by its place. Raises DebtUnknown."""
    at = read_number(number)
    if at is None or not 0 <= at < len(debt.photos):
        raise DebtUnknown
    found = await files.get(debt.photos[at])
    if found is None:
        raise DebtUnknown
    return found
