"""Deposits of loans: each with what is held of it, and those that nobody may forget (L34)."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import owing
from backend.lending.owing import HELD_SQL, OWED_SQL
from backend.lending.owing_errors import DepositUnknown
from backend.lending.rules import BOOKED, DepositMode, DepositWay, LineState
from backend.membership.rules import short_name


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """What is held for one loan. `state` is the loan's; `damage_cents` is owed for what it broke.

    `banked_cents` is money in the club's books, in notes or of a cheque that was cashed. `by_owner`:
    somebody asked for it; a hold without anybody is the club's own, on a card that was left.
    """

    id: int
    public_id: str
    household_id: int
    household: str
    payer_id: int
    line_id: int | None
    booking: str
    name: str
    person: str
    state: LineState | None
    due_at: datetime | None
    way: DepositWay
    amount_cents: int
    held_cents: int
    banked_cents: int
    damage_cents: int
    cheque: str
    order: str
    failed: bool
    by_owner: bool
    capture_before: datetime | None
    opened_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_back(self) -> bool:
        """The thing is here again, or will never be; or it never left."""
        return self.state is not LineState.CHECKED_OUT

    @property
    def is_booked(self) -> bool:
        """Nobody has handed the thing over yet."""
        return self.state in BOOKED

    @property
    def is_asked(self) -> bool:
        """Its owner has not said yes at Stripe yet."""
        return self.is_open and self.way is DepositWay.HOLD and self.held_cents == 0

    @property
    def stands(self) -> bool:
        """Something is held; or the club asked for it by itself, and Stripe has not answered yet."""
        on_its_way = self.is_asked and not self.by_owner and not self.failed
        return self.is_open and (self.held_cents > 0 or on_its_way)

    @property
    def capture_over(self) -> bool:
        """Stripe lets nobody take this hold any more."""
        return self.capture_before is not None and self.capture_before <= clock.now()


DEPOSIT = f"""
SELECT p.id, p.public_id, p.household AS household_id, h.public_id AS household,
  h.payer AS payer_id, p.line AS line_id, coalesce(b.public_id, '') AS booking,
  coalesce(r.name, '') AS name, n.given_name, n.family_name, l.state, upper(l.during) AS due_at,
  p.way, p.amount_cents, m.held_cents, m.banked_cents, coalesce(w.damage_cents, 0) AS damage_cents,
  p.cheque, coalesce(o.public_id, '') AS order, o.failed_at IS NOT NULL AS failed,
  p.opened_by IS NOT NULL AS by_owner,
  p.capture_before, p.opened_at, p.ended_at
FROM loan_deposit p JOIN household h ON h.id = p.household
LEFT JOIN booking_line l ON l.id = p.line LEFT JOIN booking b ON b.id = l.booking
LEFT JOIN resource r ON r.id = l.resource LEFT JOIN person n ON n.id = b.person
LEFT JOIN pay_order o ON o.id = p.pay_order
CROSS JOIN LATERAL (SELECT coalesce(sum(CASE {HELD_SQL} END), 0)::bigint AS held_cents,
  greatest(0, coalesce(sum(CASE {HELD_SQL} END) FILTER (WHERE e.journal IS NOT NULL), 0))::bigint
  AS banked_cents
  FROM lending_entry e WHERE e.deposit = p.id) m
LEFT JOIN LATERAL (SELECT sum(CASE {OWED_SQL} END)::bigint AS damage_cents FROM loan_debt d
  JOIN lending_entry e ON e.debt = d.id LEFT JOIN debt_contest c ON c.debt = d.id
  WHERE d.line = p.line AND d.kind = 'damage' AND (c.id IS NULL OR c.answered_at IS NOT NULL)) w
  ON true
"""  # noqa: S608 - our own words


# The card of a household, $1; who left it no longer pays for those who stay.
CARD = (
    "SELECT c.customer, c.method, c.person, c.pay_order FROM card_imprint c WHERE c.household = $1 AND c.dropped_at IS NULL"
    " AND (c.person IS NULL OR EXISTS (SELECT 1 FROM household_member m WHERE m.person = c.person"
    "  AND m.household = c.household AND m.left_on IS NULL))"
)


async def deposits(where: str, *args: Any, order: str = "p.id DESC") -> list[Deposit]:
    """One statement. `where` and `order` are our own words; their parameters follow."""
    rows = await fetch(f"{DEPOSIT} WHERE {where} ORDER BY {order}", *args)
    return [_deposit(row) for row in rows]


async def get_deposit(public_id: str) -> Deposit:
    """Raises DepositUnknown."""
    found = await deposits("p.public_id = $1", public_id)
    if not found:
        raise DepositUnknown
    return found[0]


async def of_order(order: str) -> Deposit:
    """The deposit that an order asks for. Raises DepositUnknown."""
    found = await deposits("o.public_id = $1", order)
    if not found:
        raise DepositUnknown
    return found[0]


async def of_line(line_id: int) -> list[Deposit]:
    """Newest first."""
    return await deposits("p.line = $1", line_id)


async def open_deposits() -> list[Deposit]:
    """All that somebody still has to give back or keep: what is back first, then by age."""
    return await deposits("p.ended_at IS NULL", order="l.state = 'checked_out', p.opened_at, p.id")


async def of_household(household_id: int) -> list[Deposit]:
    """What is held of a household now."""
    return await deposits("p.household = $1 AND p.ended_at IS NULL", household_id)


async def has_card(household_id: int) -> bool:
    """Whether a card was left with Stripe for loans."""
    found: bool = await fetch_value(f"SELECT EXISTS ({CARD})", household_id)
    return found


def _deposit(row: Any) -> Deposit:
    values = dict(row)
    given, family = values.pop("given_name"), values.pop("family_name")
    values["person"] = short_name(given or "", family or "")
    values["way"] = DepositWay(values["way"])
    values["state"] = None if values["state"] is None else LineState(values["state"])
    return Deposit(**values)


class Pledge(msgspec.Struct, frozen=True, kw_only=True):
    """A booked thing that asks for a card; `ways` are those that it may have now."""

    line_id: int
    name: str
    amount_cents: int
    starts_at: datetime
    ways: tuple[DepositWay, ...]


class Pledges(msgspec.Struct, frozen=True):
    """Whether the household left a card, and who may take it away; what still asks for one."""

    card: bool
    owner_id: int | None
    lines: tuple[Pledge, ...]


async def pledges_of(household_id: int) -> Pledges:
    """In one statement, for the page of the household."""
    rows = await fetch(
        "SELECT k.method IS NOT NULL AS card, k.person, x.* FROM (SELECT 1) one"  # noqa: S608
        f" LEFT JOIN ({CARD}) k ON true LEFT JOIN LATERAL (SELECT"
        "  l.id AS line_id, r.name, p.deposit_cents AS amount_cents, lower(l.during) AS starts_at,"
        "  upper(l.during) AS due_at, p.deposit_mode FROM booking b JOIN booking_line l"
        "  ON l.booking = b.id JOIN resource r ON r.id = l.resource"
        "  JOIN lending_policy p ON p.id = r.policy WHERE b.household = $1"
        "  AND l.state IN ('confirmed', 'ready') AND p.deposit_cents > 0"
        "  AND p.deposit_mode IN ('card_imprint', 'authorisation')"
        "  AND NOT EXISTS (SELECT 1 FROM loan_deposit h JOIN lending_entry e ON e.deposit = h.id"
        "   WHERE h.line = l.id AND h.ended_at IS NULL)) x ON true ORDER BY x.starts_at, x.line_id",
        household_id,
    )
    lines = [_pledge(row) for row in rows if row["line_id"] is not None]
    return Pledges(rows[0]["card"], rows[0]["person"], tuple(lines))


def _pledge(row: Any) -> Pledge:
    mode = DepositMode(row["deposit_mode"])
    return Pledge(
        line_id=row["line_id"],
        name=row["name"],
        amount_cents=row["amount_cents"],
        starts_at=row["starts_at"],
        ways=owing.deposit_ways(mode, row["due_at"], clock.now()),
    )


async def is_card_left(order_id: int) -> bool:
    """Whether Stripe's page of this order left a card."""
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM card_imprint WHERE pay_order = $1)", order_id
    )
    return found
