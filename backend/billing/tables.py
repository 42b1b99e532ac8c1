"""Payers, orders to pay, payments, the double-entry journal, receipts. Cents are integers (B8)."""

from backend.billing.bank_tables import (  # noqa: F401 - schema.py gathers them from here
    BankAccount,
    BankLine,
    Cheque,
    ChequeDeposit,
    DepositedCheque,
    Payout,
)
from backend.billing.rules import (
    Account,
    DifferenceKind,
    PaymentKind,
    PayWay,
)
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
    """An order to pay. Open, paid, cancelled or expired follows from its facts.

    `closed_at`: Stripe said that its page can no longer be paid, and nothing was. `withdrawn_at`: the
    payer took it back within the legal days. `stripe_intent`: a renewal charged without a page.
    """

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
    reference = text(null=True, unique=True)
    stripe_session = text(null=True, unique=True)
    stripe_subscription = text(null=True, unique=True)
    checkout_url = text(null=True)
    failed_at = instant(null=True)
    closed_at = instant(null=True)
    withdrawn_at = instant(null=True)
    stripe_intent = text(null=True, unique=True)

    positive = Check("amount_cents >= 0")
    of_kind = Index(["kind", "created_at"])


class DrawerSession(Row):
    """The cash drawer of a counter between two counts (B9). Once closed it never changes.

    `left` is what the last close left there, `brought` what was fetched from the bank to begin,
    `float` what was counted. At the close, `kept` stays there and the rest goes to the bank.
    """

    public_id = text(unique=True)
    site = refers("Site", "places", on_delete=RESTRICT, null=True)
    opened_at = instant()
    opened_by = refers("Person", "people", on_delete=RESTRICT)
    left_cents = cents()
    brought_cents = cents(default=0)
    float_cents = cents()
    opening_reason = text(null=True)
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True)
    expected_cents = cents(null=True)
    counted_cents = cents(null=True)
    kept_cents = cents(null=True)
    counts = document(null=True)
    reason = text(null=True)

    one_open = PartialUnique(["coalesce(site, 0)"], where="closed_at IS NULL")
    positive = Check("left_cents >= 0 AND brought_cents >= 0 AND float_cents >= 0")
    closed_whole = Check(
        "num_nulls(closed_at, closed_by, expected_cents, counted_cents, kept_cents) IN (0, 5)"
    )
    counted = Check("kept_cents BETWEEN 0 AND counted_cents AND closed_at >= opened_at")


class DrawerDeposit(Row):
    """Cash taken out of a drawer to the bank. Append-only."""

    public_id = text(unique=True)
    drawer = refers("DrawerSession", "billing", on_delete=RESTRICT)
    amount_cents = cents()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT)

    positive = Check("amount_cents > 0")


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
    drawer = refers("DrawerSession", "billing", on_delete=RESTRICT, null=True)
    note = text(null=True)

    cash_in_drawer = Check("(way = 'cash') = (drawer IS NOT NULL)")
    positive = Check("amount_cents > 0")
    once = PartialUnique(["kind", "external_id"], where="external_id IS NOT NULL")


class JournalEntry(Row):
    """One balanced entry; a correction is another entry that reverses it. Append-only.

    `booked_at` is when it happened, `written_at` when it was written: a night may be days late.
    Entries written before there was this column have none.
    """

    key = text(unique=True)
    booked_on = day()
    booked_at = instant(index=True)
    label = text()
    payment = refers("Payment", "billing", on_delete=RESTRICT, null=True)
    reverses = refers("JournalEntry", "billing", on_delete=RESTRICT, null=True)
    written_at = instant(null=True)

    of_day = Index(["booked_on", "id"])


class JournalLine(Row):
    """Debit or credit of one account. A deferred trigger refuses an entry that is not zero."""

    entry = refers("JournalEntry", "billing", on_delete=RESTRICT)
    account = word(Account)
    debit_cents = cents(default=0)
    credit_cents = cents(default=0)

    one_side = Check(
        "(debit_cents > 0 AND credit_cents = 0) OR (credit_cents > 0 AND debit_cents = 0)"
    )
    # What is added up over a year: costs, and what is sold to partners.
    of_year = Index(
        ["account", "entry", "debit_cents", "credit_cents"],
        where="left(account, 1) = '6' OR account = '706'",
    )


class DailyMoney(Row):
    """What moved for orders of a kind, by day of Paris and way, summed as it is written (sums.py).

    A trigger adds a row for each payment, so that nobody waits for another; a night folds a day's rows
    into one. `net_cents`: what came less what went back. `fee_cents`: also what Stripe told later.
    """

    moved_on = day()
    order_kind = text()
    way = text()
    payments = integer()
    paid_cents = cents()
    net_cents = cents()
    fee_cents = cents()

    of_day = Index(["moved_on", "order_kind"])


class DailyBook(Row):
    """The journal by day, account and what wrote it, debits less credits: as DailyMoney is of payments.

    `source` is the first word of the entries' keys, of payments with their way.
    """

    booked_on = day()
    account = text()
    source = text()
    net_cents = cents()

    of_account = Index(["account", "booked_on"])


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


class Invoice(Row):
    """A numbered invoice of an order, issued before it is paid or with it; its own series. Append-only.

    `cancels`: a credit note, for an invoice that nobody paid or whose money went back. `payment`: the
    refund that it is of; without one it takes back all that is left. `follows`: the invoice of the
    same order that was taken back before; so an order has one that stands.
    """

    public_id = text(unique=True)
    series = text()
    year = integer()
    number = integer()
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT)
    cancels = refers("Invoice", "billing", on_delete=RESTRICT, null=True)
    follows = refers("Invoice", "billing", on_delete=RESTRICT, null=True, index=False)
    payment = refers("Payment", "billing", on_delete=RESTRICT, null=True, index=False)
    amount_cents = cents()
    printed = document()
    issued_at = instant()

    positive = Check("amount_cents > 0")
    once = Unique(["series", "year", "number"])
    one_first = PartialUnique(["pay_order"], where="cancels IS NULL AND follows IS NULL")
    followed_once = PartialUnique(["follows"], where="follows IS NOT NULL")
    follows_as_invoice = Check("follows IS NULL OR cancels IS NULL")
    cancelled_once = PartialUnique(["cancels"], where="payment IS NULL")
    refunded_once = PartialUnique(["payment"], where="payment IS NOT NULL")
    refund_credited = Check("payment IS NULL OR cancels IS NOT NULL")


class WaySwitch(Row):
    """A way of paying was opened or closed; the newest row of a way holds. Append-only (B1)."""

    way = word(Way)
    open = flag()
    since = instant()
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)


class Refund(Row):
    """Money that the club asked Stripe to give back; what Stripe then did is a payment row."""

    public_id = text(unique=True)
    payment = refers("Payment", "billing", on_delete=RESTRICT)
    amount_cents = cents()
    reason = text()
    asked_at = instant()
    asked_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    external_id = text(null=True, unique=True)
    refused_at = instant(null=True)

    positive = Check("amount_cents > 0")


class PortalVisit(Row):
    """A way to Stripe's portal, asked for by its payer; its address is good for some minutes."""

    public_id = text(unique=True)
    payer = refers("Payer", "billing", on_delete=RESTRICT)
    asked_at = instant()
    url = text(null=True)


class Reconciliation(Row):
    """One reading of Stripe by night (B5). An interrupted one is gone on with from the same `since`."""

    one = integer(default=1)
    started_at = instant()
    since = instant()
    ended_at = instant(null=True)
    seen = integer(default=0)
    repaired = integer(default=0)

    single = Check("one = 1")
    one_open = PartialUnique(["one"], where="ended_at IS NULL")


class Difference(Row):
    """What Stripe and the books do not say alike, until a named person has closed it.

    `due_at`: by when Stripe wants an answer; after it a dispute is lost.

    Told once: the same difference of the same thing does not come back after it was closed.
    """

    public_id = text(unique=True)
    kind = word(DifferenceKind)
    about = text()
    difference_cents = cents(default=0)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, null=True)
    due_at = instant(null=True)
    noticed_at = instant()
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    note = text(null=True)

    once = Unique(["kind", "about", "difference_cents"])
    closed_by_name = Check("(closed_at IS NULL) = (closed_by IS NULL)")
    waiting = Index(["noticed_at"], where="closed_at IS NULL")
