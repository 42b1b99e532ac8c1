"""Money for loans that does not stay: what the counter took by mistake, cheques the bank sends back (L35, B8)."""

from collections.abc import Mapping

import msgspec

from backend.audit.service import By
from backend.billing import bounces
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.errors import OrderUnknown, PaymentSpent
from backend.billing.queries import Order, Payment
from backend.billing.rules import Account
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.errors import N_
from backend.lending.queries import deposits
from backend.lending.rules import EntryKind
from backend.lending.service import holdings, ledger
from backend.lending.service.deposits import DEPOSIT
from backend.lending.service.paying import LENDING, take_away
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.sold import Sold
from backend.membership.service.tracing import note
from backend.notifications import service as notifications

WRONG = "Paiement annulé."
NOT_PAID = "Chèque de caution refusé par la banque."
CAME_BACK = N_("La banque a refusé votre chèque de caution. Vous devez payer ce qui est cassé.")


class Whose(msgspec.Struct, frozen=True):
    """Of the terms of an order for loans, or for a deposit."""

    household_id: int


@once_more
async def bounce_deposit(by: By, order_public_id: str, reason: str) -> None:
    """The cheque of a deposit: what was kept of it is owed again.

    Raises OrderUnknown, ChequeNotDeposited, ChequeCameBack.
    """
    async with transaction():
        household, order = await _lock(order_public_id, DEPOSIT)
        gone = await bounces.record(by, order, reason)
        await _keep_nothing(order, gone, by)
        facts = {"order": order_public_id, "amount_cents": gone.amount_cents, "reason": reason}
        await note(by, household, "loan_cheque_bounced", **facts)
        if household.told is not None:
            await notifications.tell_act(by, household.told.person_id, CAME_BACK)


async def _keep_nothing(order: Order, gone: Payment, by: By) -> None:
    """What the deposit paid it has not paid, and nothing is left of it to give back (L34).

    What the counter gave back of it in notes is owed with the newest damage: nobody had paid it.
    """
    held = await deposits.of_order(order.public_id)
    rows = await fetch(
        "SELECT debt, sum(amount_cents)::bigint AS kept FROM lending_entry"
        " WHERE deposit = $1 AND kind = 'deposit_kept' GROUP BY debt ORDER BY debt DESC",
        held.id,
    )
    in_notes = gone.amount_cents - held.held_cents - sum(row["kept"] for row in rows)
    for at, row in enumerate(rows):
        await ledger.enter(
            EntryKind.REFUND,
            row["kept"] + (0 if at else in_notes),
            by=by,
            debt_id=row["debt"],
            reason=NOT_PAID,
            book=(Account.PAYER, Account.DEPOSITS, NOT_PAID),
        )
    if held.held_cents:
        await ledger.enter(
            EntryKind.DEPOSIT_RELEASED,
            held.held_cents,
            by=by,
            deposit_id=held.id,
            reason=NOT_PAID,
            payment_id=gone.id,
            journal_id=await ledger.journal_of(gone),
        )
    if held.is_open:
        await holdings.end(held)


async def _lock(public_id: str, kind: str = LENDING) -> tuple[Household, Order]:
    """With its household. Raises OrderUnknown for what is of another kind."""
    within()
    found = await orders.get_order(public_id)
    if found.kind != kind:
        raise OrderUnknown
    household = await lock_household(found.terms(Whose).household_id)
    return household, await billing.lock_order(public_id)


async def _undo(by: By, order: Order, given: Payment) -> None:
    """By its opposite, debt by debt. Raises PaymentSpent."""
    within()
    for debt_id, cents in (await _shares(order)).items():
        await ledger.note_given_back(debt_id, cents, given, by=by, reason=WRONG)


async def _shares(order: Order) -> Mapping[int, int]:
    """What it paid of each debt. Raises PaymentSpent where some of it was given back beside it."""
    rows = await fetch(
        "SELECT e.debt, sum(e.amount_cents) FILTER (WHERE p.pay_order = $1)::bigint AS mine,"
        " sum(CASE e.kind WHEN 'payment' THEN e.amount_cents ELSE -e.amount_cents END)::bigint AS stands"
        " FROM lending_entry e JOIN payment p ON p.id = e.payment"
        " WHERE e.kind IN ('payment', 'refund') AND e.debt IN (SELECT x.debt FROM lending_entry x"
        "  JOIN payment y ON y.id = x.payment WHERE y.pay_order = $1) GROUP BY e.debt ORDER BY e.debt",
        order.id,
    )
    if any(row["stands"] < row["mine"] for row in rows):
        raise PaymentSpent
    return {row["debt"]: row["mine"] for row in rows}


SOLD = Sold(
    _lock,
    take_away,
    _undo,
    "loan_",
    N_("La banque a refusé votre chèque pour un prêt. Vous devez encore cette somme."),
    N_("Votre paiement pour des prêts est annulé et rendu."),
)
