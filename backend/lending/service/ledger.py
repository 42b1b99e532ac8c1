"""The ledger of loans (L35): every entry is written once, with its entry in the club's journal.

Nothing here is changed later: a waiver takes a charge back, a refund a payment. The household is
locked by whoever calls.
"""

from backend.audit.service import By
from backend.billing import journal
from backend.billing.queries import Payment
from backend.billing.rules import Account, transfer_lines
from backend.kit import clock, codes, formats
from backend.kit.database import fetch_value, within
from backend.lending import owing
from backend.lending.owing_errors import WaiverTooLarge
from backend.lending.queries import debts
from backend.lending.queries.debts import Debt
from backend.lending.rules import DebtKind, EntryKind

EARNED = {
    DebtKind.FEE: Account.LOANS,
    DebtKind.FINE: Account.LOAN_DAMAGES,
    DebtKind.DAMAGE: Account.LOAN_DAMAGES,
}
# As the books call it; the thing has no name there, so that a loan can be forgotten.
LABELS = {
    DebtKind.FEE: "Prix d'un prêt",
    DebtKind.FINE: "Retard d'un prêt",
    DebtKind.DAMAGE: "Dégât sur un prêt",
}


async def open_debt(
    household_id: int,
    line_id: int | None,
    kind: DebtKind,
    cents: int,
    *,
    by: By,
    note: str = "",
    second: bool = False,
) -> Debt:
    """Owed from now on; where a `second` must agree, not yet."""
    within()
    public_id = codes.random_id()
    await fetch_value(
        "INSERT INTO loan_debt (public_id, household, line, kind, amount_cents, note, asked_at,"
        " asked_by, second) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        public_id,
        household_id,
        line_id,
        kind.value,
        cents,
        note,
        clock.now(),
        by.id,
        second,
    )
    debt = await debts.get_debt(public_id)
    if not second:
        await charge(debt, by=by)
    return await debts.get_debt(public_id)


async def charge(debt: Debt, *, by: By) -> None:
    """From now on it is owed: 411 to what it earns. The index lets it be charged once."""
    within()
    await enter(
        owing.CHARGES[debt.kind],
        debt.amount_cents,
        by=by,
        debt_id=debt.id,
        book=(Account.PAYER, EARNED[debt.kind], LABELS[debt.kind]),
    )


async def waive(debt: Debt, cents: int, reason: str, *, by: By) -> None:
    """Nobody owes this part any more; of what was paid of it, the club owes it back.

    Raises WaiverTooLarge: no more is waived than was charged.
    """
    within()
    most = debt.amount_cents - debt.waived_cents if debt.charged else 0
    if not 0 < cents <= most:
        raise WaiverTooLarge(left=formats.euros(most)).at("amount")
    await enter(
        EntryKind.WAIVER,
        cents,
        by=by,
        debt_id=debt.id,
        reason=reason,
        book=(EARNED[debt.kind], Account.PAYER, f"Annulation : {LABELS[debt.kind]}"),
    )


async def note_paid(debt: Debt, cents: int, payment: Payment, *, by: By) -> None:
    """A part of a payment; billing booked the whole of it."""
    within()
    await enter(
        EntryKind.PAYMENT,
        cents,
        by=by,
        debt_id=debt.id,
        payment_id=payment.id,
        journal_id=await journal_of(payment),
    )


async def note_given_back(
    debt_id: int, cents: int, payment: Payment, *, by: By, reason: str = ""
) -> None:
    """Money of a debt that went back, whoever took it."""
    within()
    await enter(
        EntryKind.REFUND,
        cents,
        by=by,
        debt_id=debt_id,
        reason=reason,
        payment_id=payment.id,
        journal_id=await journal_of(payment),
    )


async def journal_of(payment: Payment) -> int:
    """The entry that billing made of it."""
    within()
    found: int = await fetch_value(
        "SELECT id FROM journal_entry WHERE key = $1", f"payment:{payment.public_id}"
    )
    return found


async def enter(
    kind: EntryKind,
    cents: int,
    *,
    by: By,
    debt_id: int | None = None,
    deposit_id: int | None = None,
    reason: str = "",
    payment_id: int | None = None,
    journal_id: int | None = None,
    book: tuple[Account, Account, str] | None = None,
) -> None:
    """One entry. `book`: the accounts that it goes to and comes from, and its label there."""
    within()
    public_id = codes.random_id()
    if book is not None:
        to, source, label = book
        lines = transfer_lines(to, source, cents)
        journal_id = await journal.post(f"lending:{public_id}", label, lines, at=clock.now())
    await fetch_value(
        "INSERT INTO lending_entry (public_id, kind, debt, deposit, amount_cents, at, by, reason,"
        " payment, journal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        public_id,
        kind.value,
        debt_id,
        deposit_id,
        cents,
        clock.now(),
        by.id,
        reason or None,
        payment_id,
        journal_id,
    )
