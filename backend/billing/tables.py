"""Payers, orders to pay, payments, the double-entry journal, receipts. Cents are integers (B8)."""

from backend.billing.rules import Account, PaymentKind, PayWay
from backend.billing.ways import Way
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    day,
    document,
    flag,
    instant,
    integer,
    refers,
    text,
    word,
)


class Payer(Row):
    """Name and address as printed, and the customer at Stripe."""

    public_id = text(unique=True)
    name = text()
    street = text()
    postcode = text()
    town = text()
    email = text(null=True)
    stripe_customer = text(null=True, unique=True)
    created_at = instant()


class PayOrder(Row):
    """An order to pay. Open, paid, cancelled or expired follows from its facts."""

    public_id = text(unique=True)
    payer = refers("Payer", "billing", on_delete=RESTRICT)
    kind = text()
    way = word(PayWay)
    label = text()
    amount_cents = cents()
    terms = document()
    created_at = instant()
    expires_at = instant(null=True)
    cancelled_at = instant(null=True)
    stripe_session = text(null=True, unique=True)
    stripe_subscription = text(null=True, unique=True)
    checkout_url = text(null=True)
    failed_at = instant(null=True)

    positive = Check("amount_cents >= 0")
    of_kind = Index(["kind", "created_at"])


class Payment(Row):
    """Money that moved for an order. Append-only; what comes twice from outside is one row."""

    public_id = text(unique=True)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT)
    kind = word(PaymentKind)
    way = word(PayWay)
    amount_cents = cents()
    fee_cents = cents(default=0)
    external_id = text(null=True)
    of_payment = refers("Payment", "billing", on_delete=RESTRICT, null=True)
    received_at = instant(index=True)
    received_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    site = refers("Site", "places", on_delete=RESTRICT, null=True, index=False)
    note = text(null=True)

    positive = Check("amount_cents > 0")
    once = PartialUnique(["kind", "external_id"], where="external_id IS NOT NULL")


class JournalEntry(Row):
    """One balanced entry; a correction is another entry that reverses it. Append-only."""

    key = text(unique=True)
    booked_on = day()
    booked_at = instant(index=True)
    label = text()
    payment = refers("Payment", "billing", on_delete=RESTRICT, null=True)
    reverses = refers("JournalEntry", "billing", on_delete=RESTRICT, null=True)


class JournalLine(Row):
    """Debit or credit of one account. A deferred trigger refuses an entry that is not zero."""

    entry = refers("JournalEntry", "billing", on_delete=RESTRICT)
    account = word(Account)
    debit_cents = cents(default=0)
    credit_cents = cents(default=0)

    one_side = Check(
        "(debit_cents > 0 AND credit_cents = 0) OR (credit_cents > 0 AND debit_cents = 0)"
    )


class ReceiptCounter(Row):
    """The last number of a series in a year; its row lock makes numbers without gaps (M9)."""

    series = text()
    year = integer()
    last = integer(default=0)

    once = Unique(["series", "year"])


class Receipt(Row):
    """A numbered receipt as issued: `printed` is what the paper says, for ever. Append-only."""

    public_id = text(unique=True)
    series = text()
    year = integer()
    number = integer()
    payment = refers("Payment", "billing", on_delete=RESTRICT, index=False)
    printed = document()
    issued_at = instant()

    once = Unique(["series", "year", "number"])
    one_per_payment = Unique(["payment"])


class WaySwitch(Row):
    """A way of paying was opened or closed; the newest row of a way holds. Append-only (B1)."""

    way = word(Way)
    open = flag()
    since = instant()
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
class BankAccount(Row):
    """The account that transfers go to, from a moment on; the newest row holds. Append-only.

    An empty `iban`: from then on none is shown.
    """

    holder = text()
    iban = text()
    bic = text()
    since = instant()
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)


