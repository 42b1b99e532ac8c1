"""What the bank has of the club's money: cheques, the lines of its statement, Stripe's payouts."""

from backend.billing.rules import LineState, PayoutStatus
from backend.kit.rows import (
    RESTRICT,
    Check,
    Row,
    Unique,
    binary,
    cents,
    day,
    instant,
    integer,
    refers,
    text,
    word,
)


class ChequeDeposit(Row):
    """Cheques brought to the bank together, numbered without gaps a year. Append-only."""

    public_id = text(unique=True)
    year = integer()
    number = integer()
    amount_cents = cents()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, null=True)

    positive = Check("amount_cents > 0")
    once = Unique(["year", "number"])


class Cheque(Row):
    """What was read on a cheque, where somebody typed it. Append-only."""

    payment = refers("Payment", "billing", on_delete=RESTRICT, index=False)
    bank = text()
    number = text()
    holder = text()

    payment_once = Unique(["payment"])


class DepositedCheque(Row):
    """A cheque goes to the bank once. Append-only."""

    payment = refers("Payment", "billing", on_delete=RESTRICT, index=False)
    deposit = refers("ChequeDeposit", "billing", on_delete=RESTRICT)

    payment_once = Unique(["payment"])


class BankLine(Row):
    """A line of the bank's statement, once each; what it is follows from the entry it stands for."""

    public_id = text(unique=True)
    fingerprint = binary(unique=True)
    on = day()
    amount_cents = cents()
    label = text()
    name = text()
    source = text()
    seen_at = instant()
    seen_by = refers("Person", "people", on_delete=RESTRICT, null=True)
    state = word(LineState)
    entry = refers("JournalEntry", "billing", on_delete=RESTRICT, null=True, index=False)
    reason = text(null=True)
    settled_at = instant(null=True)
    settled_by = refers("Person", "people", on_delete=RESTRICT, null=True)

    something = Check("amount_cents <> 0")
    settled = Check(
        "(state IN ('matched', 'given_back')) = (entry IS NOT NULL)"
        " AND (state = 'aside') = (reason IS NOT NULL)"
        " AND (state = 'waiting') = (settled_at IS NULL)"
    )
    entry_once = Unique(["entry"])


class BankAccount(Row):
    """The account that transfers go to, from a moment on; the newest row holds. Append-only.

    An empty `iban`: from then on none is shown.
    """

    holder = text()
    iban = text()
    bic = text()
    since = instant()
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)


class Payout(Row):
    """Money on its way from Stripe to the bank, as Stripe last told of it."""

    stripe_id = text(unique=True)
    amount_cents = cents()
    arrives_on = day()
    status = word(PayoutStatus)
    made_at = instant(index=True)
    seen_at = instant()
