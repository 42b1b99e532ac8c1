"""Where the club meets Stripe: what it asks for and what it is told, without Stripe's shapes.

`Facts` are always re-read from Stripe, never taken from an event: events come late, twice and in
any order, and only say where to look (B2).
"""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Protocol

import msgspec

from backend.billing.rules import PaymentKind, PayoutStatus


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked to be paid on Stripe's page. `monthly` repeats until it is stopped.

    `debit`: a SEPA debit may be chosen there beside the card. `setup`: nothing is paid, a card is left
    for later. `hold`: the money is held on the card, and taken only if the club asks for it.
    """

    order: str
    label: str
    amount_cents: int
    monthly: bool
    email: str | None
    done_path: str
    back_path: str
    keep: bool = False
    debit: bool = True
    setup: bool = False
    hold: bool = False


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """Money asked of a card or an account that its owner left with Stripe for that.

    `hold`: only held, until the club takes it or lets it go.
    """

    order: str
    label: str
    amount_cents: int
    customer: str
    method: str
    hold: bool = False


class GiveBack(msgspec.Struct, frozen=True, kw_only=True):
    """Money to give back of one payment; `refund` is our name of it, there for ever."""

    refund: str
    order: str
    payment: str
    amount_cents: int


class OpenedCheckout(msgspec.Struct, frozen=True):
    session_id: str
    url: str
    expires_at: datetime


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Money that moved. `external_id` is unique for its kind; None at the desk.

    `answer_by`: the last moment for an answer to a dispute; None where nobody asks for one.
    """

    kind: PaymentKind
    amount_cents: int
    at: datetime
    fee_cents: int = 0
    external_id: str | None = None
    answer_by: datetime | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that Stripe knows now of one payment of an order.

    `thread` is the payment; None when only the subscription is told of. `pending`: a debit is
    under way. `failed`: it came back unpaid, or the card was refused after all; `attempts`: how often
    an invoice was tried. `closed`: nothing was paid, and the page can no longer be. `held_cents` are
    held on a card since `held_at` and may be taken until `capture_before`; `released`: no longer.
    """

    order: str
    thread: str | None = None
    customer: str | None = None
    method: str | None = None
    pending: bool = False
    pending_amount_cents: int = 0
    pending_since: datetime | None = None
    failed: bool = False
    attempts: int = 0
    closed: bool = False
    held_cents: int = 0
    held_at: datetime | None = None
    capture_before: datetime | None = None
    released: bool = False
    movements: tuple[Movement, ...] = ()
    subscription: str | None = None
    subscription_ends_at: datetime | None = None
    subscription_ended_at: datetime | None = None


class PayoutFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Money that Stripe sends to the club's bank. `returned_at`: the bank sent it back."""

    payout_id: str
    status: PayoutStatus
    amount_cents: int
    arrives_on: date
    made_at: datetime
    fee_cents: int = 0
    returned_at: datetime | None = None


class BalanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of Stripe's balance. `about` is the object that moved it, `net_cents` is signed."""

    line_id: str
    kind: str
    about: str | None
    net_cents: int
    at: datetime


class Incoming(msgspec.Struct, frozen=True):
    """An event whose signature was right: where to look."""

    event_id: str
    kind: str
    object_id: str
    happened_at: datetime


class Gateway(Protocol):
    async def open_checkout(self, asked: Checkout, key: str) -> OpenedCheckout:
        """Same key, same session (B4). Raises StripeUnavailable."""

    async def close_checkout(self, session_id: str) -> None:
        """The page can no longer be paid; nothing happens where it was paid or closed before."""

    async def open_portal(self, customer: str, back_path: str) -> str:
        """The address of a page where the payer changes the card; good for some minutes."""

    async def stop_subscription(self, subscription: str) -> None:
        """No renewal after the month that is paid."""

    async def end_subscription(self, subscription: str) -> None:
        """Over now: nothing it still asks for is ever tried again."""

    async def charge(self, asked: Charge, key: str) -> str:
        """Stripe's id of the payment, paid or not, the first one where it was asked before."""

    async def capture(self, intent: str, amount_cents: int, key: str) -> None:
        """Takes so much of what is held, and lets the rest go; nothing where it is over."""

    async def release(self, intent: str) -> None:
        """What is held is the payer's again; nothing where it is over."""

    async def give_back(self, asked: GiveBack, key: str) -> str:
        """Stripe's id of the refund, the first one where it was asked before. Raises RefundRefused."""

    async def find_refund(self, payment: str, refund: str) -> str | None:
        """Stripe's id of the refund that bears our name of it, whether its answer came or not."""

    async def detach(self, method: str) -> None:
        """A card that was left is its owner's alone again; nothing happens where it was before."""

    async def forget_customer(self, customer: str) -> None:
        """Deleted with its cards and accounts; nothing happens where it was before."""

    async def read(self, object_id: str) -> Facts | None:
        """The facts behind any of Stripe's objects; None when it is not about an order of ours."""

    async def read_payout(self, payout_id: str) -> PayoutFacts: ...

    def happened(self, since: datetime) -> AsyncIterator[str]:
        """The objects that events since then were about; Stripe keeps events for 30 days."""

    def made(self, since: datetime) -> AsyncIterator[str]:
        """Payments, invoices, refunds, disputes and payouts made since then."""

    def lines(self, since: datetime) -> AsyncIterator[BalanceLine]:
        """What moved the balance since then."""

    async def balance(self) -> int:
        """Cents that Stripe holds for the club now."""

    async def invoices_of(self, subscription: str) -> list[str]:
        """Its newest invoice and those that still wait for money."""

    def check(self, body: bytes, signature: str, at: datetime) -> Incoming:
        """Raises SignatureWrong (B3)."""


class _Connection:
    gateway: Gateway | None = None


def connect(gateway: Gateway) -> None:
    """Once a process, as the pool of the database is."""
    _Connection.gateway = gateway


def connected() -> Gateway:
    if _Connection.gateway is None:
        raise RuntimeError("no gateway is connected: web.app and jobs do it when they start")
    return _Connection.gateway
