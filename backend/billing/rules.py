"""Words of money, and the pure arithmetic of entries, states and receipt numbers."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class PayWay(StrEnum):
    """How an order is paid."""

    ONLINE = "online"
    MONTHLY = "monthly"
    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


class PaymentKind(StrEnum):
    """What moved. The last two come back: a dispute was won, a refund could not be paid out."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    REINSTATED = "reinstated"
    RETURNED = "returned"


class PayoutStatus(StrEnum):
    """Stripe's own words for money on its way to the bank."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class DifferenceKind(StrEnum):
    """Why Stripe and the books do not say the same, for the treasurer.

    AMOUNT: less or more came than was asked, or more went back than came. OBJECT: money of nothing
    we asked for. ORDER: of an order we do not know. BALANCE: account 5125 is not what Stripe holds.
    RETURNED: a refund came back. REFUSED: Stripe would not give money back. DISPUTED: the bank took
    money back.
    UNSENT: what we ask of Stripe never reached it. ENDED: money for a household that has ended.
    """

    AMOUNT = "amount"
    OBJECT = "object"
    ORDER = "order"
    BALANCE = "balance"
    RETURNED = "returned"
    REFUSED = "refused"
    DISPUTED = "disputed"
    UNSENT = "unsent"
    ENDED = "ended"


class Account(StrEnum):
    """Chart of accounts, French plan comptable associatif (ANC 2018-06), one word each."""

    BANK = "512"
    STRIPE = "5125"
    CASH = "530"
    CHEQUES = "5112"
    PAYER = "411"
    HELD = "467"
    WAITING = "471"
    DUES = "756"
    PARTNER_DUES = "706"
    FEES = "627"
    SHORT = "658"
    OVER = "758"
    PURCHASES = "606"
    RENT = "613"
    UPKEEP = "615"
    INSURANCE = "616"
    SUNDRY = "618"
    PUBLICITY = "623"
    TRAVEL = "625"
    POST = "626"
    BANK_CHARGES = "6278"
    WAGES = "641"
    DEPOSITS = "165"
    LOANS = "7083"
    LOAN_DAMAGES = "7588"
    SERVICES = "7088"
    ACTIVITIES = "7062"


class LineState(StrEnum):
    """What became of a line of the bank's statement."""

    WAITING = "waiting"
    MATCHED = "matched"
    ASIDE = "aside"
    GIVEN_BACK = "given_back"


class OrderState(StrEnum):
    """Follows from an order's facts and a moment; never stored."""

    OPEN = "open"
    PAID = "paid"
    REFUNDED = "refunded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Series(NamedTuple):
    """What a kind of order means to the books: where it is earned, what its receipts and credit notes begin with."""

    income: Account
    receipts: str
    credits: str


# A loan was earned when it was charged: its money settles what the household owes (411). A deposit is
# nobody's income (165); held on a card it pays what is owed once it is taken. A card brings no money.
KINDS = {
    "dues": Series(Account.DUES, "C", "AC"),
    "partner_dues": Series(Account.PARTNER_DUES, "P", "AP"),
    "lending": Series(Account.PAYER, "L", "AL"),
    "deposit": Series(Account.DEPOSITS, "D", "AD"),
    "hold": Series(Account.PAYER, "L", "AL"),
    "card": Series(Account.PAYER, "L", "AL"),
    "service": Series(Account.SERVICES, "S", "AS"),
    "activity": Series(Account.ACTIVITIES, "E", "AE"),
}
MONEY = {
    PayWay.ONLINE: Account.STRIPE,
    PayWay.MONTHLY: Account.STRIPE,
    PayWay.CASH: Account.CASH,
    PayWay.CHEQUE: Account.CHEQUES,
    PayWay.TRANSFER: Account.BANK,
}
GAINS = {PaymentKind.PAYMENT, PaymentKind.REINSTATED, PaymentKind.RETURNED}


class Line(NamedTuple):
    account: Account
    debit_cents: int = 0
    credit_cents: int = 0


def signed(kind: PaymentKind, amount_cents: int) -> int:
    """What a movement adds to what the club has of an order."""
    return amount_cents if kind in GAINS else -amount_cents


def entry_lines(
    order_kind: str, kind: PaymentKind, money: Account, amount_cents: int, fee_cents: int
) -> list[Line]:
    """The lines of a movement of money on its account, in balance (B8)."""
    income = KINDS[order_kind].income
    gained, given = (money, income) if kind in GAINS else (income, money)
    lines = [Line(gained, debit_cents=amount_cents), Line(given, credit_cents=amount_cents)]
    return lines + fee_lines(money, fee_cents)


def fee_lines(money: Account, fee_cents: int) -> list[Line]:
    """Stripe keeps its fee on the way; below zero it gives one back."""
    if fee_cents == 0:
        return []
    cost, payer = Line(Account.FEES, debit_cents=fee_cents), Line(money, credit_cents=fee_cents)
    if fee_cents < 0:
        cost, payer = (
            Line(money, debit_cents=-fee_cents),
            Line(Account.FEES, credit_cents=-fee_cents),
        )
    return [cost, payer]


def order_state(
    *,
    paid_cents: int,
    left_cents: int,
    failed_at: datetime | None,
    cancelled_at: datetime | None,
    expires_at: datetime | None,
    at: datetime,
) -> OrderState:
    """Money first: what was paid is paid, also when the order was given up meanwhile."""
    if paid_cents > 0:
        return OrderState.PAID if left_cents > 0 else OrderState.REFUNDED
    if cancelled_at is not None:
        return OrderState.CANCELLED
    if failed_at is not None:
        return OrderState.FAILED
    if expires_at is not None and expires_at <= at:
        return OrderState.EXPIRED
    return OrderState.OPEN


def receipt_number(series: str, year: int, number: int) -> str:
    """As in "C-2026-00042": without gaps in a series and a year (M9)."""
    return f"{series}-{year}-{number:05d}"


def attempt_key(order: str, attempts: int) -> str:
    """The idempotency key of a call for an order (B4), from how often its outbox row was taken.

    The same call repeats its key, so that an answer lost on the way is found again. Stripe also
    keeps a 500 under its key: after four takes a new one begins. No address of an earlier session
    ever reached anybody then, so there is still one charge at most.
    """
    return f"{order}-{(attempts - 1) // 4 + 1}"


def transfer_lines(to: Account, source: Account, amount_cents: int) -> list[Line]:
    """Money that goes from one account of the club to another."""
    return [Line(to, debit_cents=amount_cents), Line(source, credit_cents=amount_cents)]


def difference_lines(difference_cents: int) -> list[Line]:
    """What a count found too much (758) or too little (658) in the cash drawer; none when it is right."""
    if difference_cents > 0:
        return transfer_lines(Account.CASH, Account.OVER, difference_cents)
    if difference_cents < 0:
        return transfer_lines(Account.SHORT, Account.CASH, -difference_cents)
    return []


# Coins and notes of the euro, in cents, as a drawer is counted.
DENOMINATIONS = (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


def counted_cents(counts: Mapping[int, int]) -> int:
    """The sum of so many pieces of each denomination."""
    assert set(counts) <= set(DENOMINATIONS), counts
    return sum(cents * pieces for cents, pieces in counts.items())
