"""The club's year in money: what it spent of its budget, and what partners paid under the tax ceiling (P6)."""

from datetime import date

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.insight import rules
from backend.insight.rules import ALERT_PERCENT, CEILING_CENTS, TargetKind
from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one_as, fetch_value, transaction
from backend.kit.errors import N_, Invalid


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar year. `budget_cents` is None until somebody set one.

    `commercial_cents`: what partners paid, less what went back (account 706).
    """

    first: date
    last: date
    spent_cents: int
    commercial_cents: int
    budget_cents: int | None
    ceiling_cents: int

    @property
    def left_cents(self) -> int:
        return (self.budget_cents or 0) - self.spent_cents

    @property
    def spent_percent(self) -> int:
        return rules.percent(self.spent_cents, self.budget_cents or 0)

    @property
    def ceiling_percent(self) -> int:
        return rules.percent(self.commercial_cents, self.ceiling_cents)

    @property
    def near_ceiling(self) -> bool:
        return self.ceiling_percent >= ALERT_PERCENT


class Receipt(msgspec.Struct, frozen=True):
    """An entry of commercial receipts; below zero the money went back."""

    on: date
    label: str
    payer: str
    cents: int


async def year(number: int) -> Year:
    """One statement."""
    first, last = date(number, 1, 1), date(number, 12, 31)
    found = await fetch_one_as(Year, _YEAR, first, last, number, CEILING_CENTS)
    assert found is not None
    return found


async def commercial(number: int) -> list[Receipt]:
    """Newest first; they add up to the year's `commercial_cents`."""
    return await fetch_as(Receipt, _COMMERCIAL, date(number, 1, 1), date(number, 12, 31))


async def set_target(by: By, kind: TargetKind, number: int, amount_cents: int) -> None:
    """Dated and audited; what held before stays readable. Raises Invalid."""
    if amount_cents == 0:
        raise Invalid({kind.value: N_("Écrivez une somme au-dessus de zéro.")})
    async with transaction():
        before = await fetch_value(_TARGET, kind.value, number)
        if before == amount_cents:
            return
        await fetch(
            "INSERT INTO target (kind, year, amount_cents, since, person) VALUES ($1, $2, $3, $4, $5)",
            kind.value,
            number,
            amount_cents,
            clock.now(),
            by.id,
        )
        await audit.note(
            "target_set",
            by,
            object_kind="target",
            object_id=f"{kind.value} {number}",
            changes={kind.value: [before, amount_cents]},
        )


# Of a year, else of the newest year before that has one.
_TARGET = "SELECT amount_cents FROM target WHERE kind = $1 AND year <= $2 ORDER BY year DESC, id DESC LIMIT 1"
# Of the journal's sums by day, which a night holds against the journal.
YEAR = """
SELECT {first}::date AS first, {last}::date AS last,
  coalesce(sum(b.net_cents) FILTER (WHERE left(b.account, 1) = '6'), 0)::bigint AS spent_cents,
  coalesce(-sum(b.net_cents) FILTER (WHERE b.account = '706'), 0)::bigint AS commercial_cents,
  (SELECT amount_cents FROM target WHERE kind = 'budget' AND year <= {number}
   ORDER BY year DESC, id DESC LIMIT 1) AS budget_cents,
  coalesce((SELECT amount_cents FROM target WHERE kind = 'ceiling' AND year <= {number}
   ORDER BY year DESC, id DESC LIMIT 1), {ceiling}) AS ceiling_cents
FROM daily_book b
WHERE (left(b.account, 1) = '6' OR b.account = '706') AND b.booked_on BETWEEN {first} AND {last}
"""
_YEAR = YEAR.format(first="$1", last="$2", number="$3", ceiling="$4")
_COMMERCIAL = """
SELECT e.booked_on AS "on", e.label, coalesce(y.name, '') AS payer,
  (l.credit_cents - l.debit_cents) AS cents
FROM journal_line l JOIN journal_entry e ON e.id = l.entry
LEFT JOIN payment p ON p.id = e.payment LEFT JOIN pay_order o ON o.id = p.pay_order
LEFT JOIN payer y ON y.id = o.payer
WHERE l.account = '706' AND e.booked_on BETWEEN $1 AND $2 ORDER BY e.booked_on DESC, e.id DESC
"""
