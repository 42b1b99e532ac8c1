"""What nobody owes any more; money that Stripe brought for it goes back by Stripe at once (L35)."""

from backend.audit.service import By
from backend.billing import queries as billing
from backend.billing import refunds
from backend.kit.database import fetch, within
from backend.lending.queries import debts
from backend.lending.queries.debts import Debt
from backend.lending.service import ledger


async def waive(debt: Debt, cents: int, reason: str, *, by: By) -> None:
    """A part of a debt. What was paid of it becomes owed to the household, or goes back online.

    Raises WaiverTooLarge.
    """
    within()
    await ledger.waive(debt, cents, reason, by=by)
    after = await debts.get_debt(debt.public_id)
    new_credit = max(0, -after.left_cents) - max(0, -debt.left_cents)
    if new_credit:
        await give_back_online(debt.id, new_credit, reason, by=by)


async def give_back_online(debt_id: int, cents: int, reason: str, *, by: By) -> None:
    """As much as came by Stripe for this debt; the counter gives the rest back."""
    within()
    rows = await fetch(
        "SELECT o.public_id, sum(CASE e.kind WHEN 'refund' THEN -e.amount_cents ELSE e.amount_cents"
        " END)::bigint AS paid FROM lending_entry e JOIN payment p ON p.id = e.payment"
        " JOIN pay_order o ON o.id = p.pay_order WHERE e.debt = $1 AND p.way = 'online'"
        " GROUP BY o.id, o.public_id ORDER BY o.id DESC",
        debt_id,
    )
    for row in rows:
        order = await billing.get_order(row["public_id"])
        for paid in await refunds.refundable(order):
            part = min(cents, row["paid"], paid.left_cents)
            if part > 0:
                await refunds.ask(order, paid.id, part, reason, by.id)
                cents -= part
