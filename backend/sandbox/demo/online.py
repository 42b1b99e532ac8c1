"""Stripe's side of the demo's year: what it sent to the bank each Monday, and what its double still knows.

The double begins some weeks ago, with every payment that may still be given back and every
subscription that runs: so a first night reads it and finds nothing to say. What is older was paid
out, and lives in the club's books alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from backend.billing import rules
from backend.billing.rules import Account, PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch
from backend.sandbox.demo.bulk import copy
from backend.sandbox.demo.counting import Booked
from backend.sandbox.demo.model import Family, Paid, instant
from backend.sandbox.stripe import balance, invoices, payments, subscriptions
from backend.sandbox.stripe.catalogue import create_price
from backend.sandbox.stripe.objects import balance as balance_objects
from backend.sandbox.stripe.objects import catalogue, instruments
from backend.sandbox.stripe.objects import payments as payment_objects
from backend.sandbox.stripe.objects import subscriptions as subscription_objects
from backend.sandbox.stripe.params import PriceCreate, Recurring
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.store import Store
from backend.sandbox.stripe.world import World

WEEK, KNOWN = timedelta(days=7), timedelta(days=15)  # a payment may be taken back for 14 days
ON_ITS_WAY = timedelta(days=2)
READ_AGAIN = timedelta(days=120)  # a night asks for disputes as old as that
CARD = "4242424242424242"
ONLINE = {PayWay.ONLINE, PayWay.MONTHLY}


class Moved(NamedTuple):
    """A movement at Stripe; `net_cents` is what it adds to the balance there."""

    at: datetime
    family: Family
    paid: Paid
    kind: PaymentKind

    @property
    def net_cents(self) -> int:
        if self.kind is PaymentKind.PAYMENT:
            return self.paid.amount_cents - self.paid.fee_cents
        return -self.paid.amount_cents


class Sent(NamedTuple):
    """A payout."""

    at: datetime
    cents: int

    @property
    def stripe_id(self) -> str:
        return f"po_demo{self.at:%Y%m%d}"


def moved(families: Sequence[Family]) -> list[Moved]:
    """What Stripe saw, in the order of time."""
    return sorted(_moved(families), key=lambda one: one.at)


def _moved(families: Sequence[Family]) -> Iterator[Moved]:
    for family in families:
        for paid in family.paid if family.way in ONLINE else ():
            yield Moved(paid.at, family, paid, PaymentKind.PAYMENT)
            if paid.undone is not None and paid.undone_at is not None:
                yield Moved(paid.undone_at, family, paid, paid.undone)


def payouts(movements: Sequence[Moved]) -> list[Sent]:
    """Each Monday all that was there; a week that brought less than nothing waits for the next."""
    sent: list[Sent] = []
    if not movements:
        return sent
    waiting, rest = 0, list(movements)
    for at in _mondays(clock.paris(movements[0].at).date()):
        while rest and rest[0].at < at:
            waiting += rest.pop(0).net_cents
        if waiting > 0:
            sent.append(Sent(at, waiting))
            waiting = 0
    return sent


def _mondays(first: date) -> Iterator[datetime]:
    day = first + timedelta(days=7 - first.weekday())
    while (at := instant(day, 6)) < clock.now():
        yield at
        day += WEEK


async def pay_out(sent: Sequence[Sent]) -> list[Booked]:
    """The payouts' rows, and what they wrote in the books."""
    await copy(
        "payout",
        [
            {
                "stripe_id": one.stripe_id,
                "amount_cents": one.cents,
                "arrives_on": (one.at + ON_ITS_WAY).date(),
                "status": "paid",
                "made_at": one.at,
                "seen_at": one.at,
            }
            for one in sent
        ],
    )
    return [
        Booked(
            one.at,
            f"payout:{one.stripe_id}",
            "Virement de Stripe",
            rules.transfer_lines(Account.BANK, Account.STRIPE, one.cents),
        )
        for one in sent
    ]


async def remember(families: Sequence[Family], orders: Mapping[int, Any], state: Path) -> None:
    """The double's own memory, written where it will look for it when it starts."""
    movements = moved(families)
    sent = payouts(movements)
    begins = max((one.at for one in sent if one.at < clock.now() - KNOWN), default=clock.now())
    told = Telling(World(store=Store(file=state), base_url=""), orders)
    for family in families:
        if family.subscription is not None and _lives(family, begins):
            told.subscribe(family)
    known = [one for one in movements if one.at >= begins]
    later = [one for one in sent if one.at > begins]
    for taken in (one for one in movements if one.kind is PaymentKind.DISPUTE):
        if clock.now() - READ_AGAIN < taken.at < begins:
            told.take_back(taken, on_balance=False)
    happenings: list[Moved | Sent] = [*known, *later]
    for happening in sorted(happenings, key=lambda one: one.at):
        told.happen(happening)
    for family in families:
        told.end(family)
    told.world.store.parcels = []  # all of it was told, and acted on, long ago
    told.world.store.objects.pop("event", None)
    told.world.store.save()
    await _note_customers(told.customers)


def _lives(family: Family, since: datetime) -> bool:
    return ended_at(family) is None or any(paid.at >= since for paid in family.paid)


def ended_at(family: Family) -> datetime | None:
    """When a plan was over: with the last day that was paid."""
    last = family.paid[-1].span.end
    return clock.end_of_day(last) if last < clock.today() else None


async def _note_customers(customers: Mapping[int, str]) -> None:
    await fetch(
        "UPDATE payer SET stripe_customer = one.customer"
        " FROM unnest($1::bigint[], $2::text[]) AS one(payer, customer) WHERE payer.id = one.payer",
        list(customers),
        list(customers.values()),
    )


class Telling:
    """The story told to a double, each thing at its own time."""

    def __init__(self, world: World, orders: Mapping[int, Any]) -> None:
        self.world, self.orders = world, orders
        self.customers: dict[int, str] = {}
        self.subscriptions: dict[str, Obj] = {}
        self.prices: dict[int, Obj] = {}

    def happen(self, happening: Moved | Sent) -> None:
        with clock.frozen(happening.at):
            if isinstance(happening, Sent):
                self._send(happening)
            elif happening.kind is PaymentKind.PAYMENT:
                self._pay(happening.family, happening.paid)
            else:
                self.take_back(happening, on_balance=True)

    def subscribe(self, family: Family) -> None:
        """As it stands after its last payment; its first one was long ago."""
        last, store = family.paid[-1], self.world.store
        with clock.frozen(family.paid[0].at):
            customer = store.add(catalogue.customer(name=family.head.given_name))
            method = payments.keep_method(
                self.world, instruments.card(CARD), _billing(family), customer["id"]
            )
            price = self._price(last.amount_cents)
            begin = int(last.at.timestamp())
            made = subscription_objects.subscription(
                customer=customer["id"],
                sold=[(price, 1)],
                period=(begin, subscriptions.next_instant(begin, price["recurring"])),
                payment_method=method["id"],
                description="Cotisation d'un mois",
                metadata=self._metadata(last),
            )
        made["id"] = family.subscription
        for item in made["items"]["data"]:
            item["subscription"] = family.subscription
        self.customers[family.payer_id] = customer["id"]
        self.subscriptions[family.public_id] = store.add(made)

    def end(self, family: Family) -> None:
        """What was over is over there too, from the same moment."""
        known = self.subscriptions.get(family.public_id)
        over = ended_at(family) if known else None
        if known and over is not None:
            at = int(over.timestamp())
            known.update(status="canceled", cancel_at=at, canceled_at=at, ended_at=at)

    def _pay(self, family: Family, paid: Paid) -> None:
        subscription = self.subscriptions.get(family.public_id)
        if subscription is None:
            method = payments.keep_method(
                self.world, instruments.card(CARD), _billing(family), None
            )
            payments.attempt(self.world, self._intent(paid, None, self._metadata(paid)), method)
            return
        method = self.world.store.get("payment_method", subscription["default_payment_method"])
        invoice = invoices.issue(self.world, subscription, "subscription_cycle")
        intent = self._intent(paid, subscription["customer"], {})
        self.world.store.add(subscription_objects.invoice_payment(invoice=invoice, intent=intent))
        payments.attempt(self.world, intent, method)
        invoice.update(attempted=True, attempt_count=1)
        invoices.mark_paid(self.world, invoice)

    def _intent(self, paid: Paid, customer: str | None, metadata: dict[str, str]) -> Obj:
        made = payment_objects.payment_intent(
            amount=paid.amount_cents,
            currency="eur",
            customer=customer,
            payment_method_types=["card"],
            metadata=metadata,
        )
        return self.world.store.add(made | {"id": paid.external_id})

    def take_back(self, happening: Moved, *, on_balance: bool) -> None:
        """By a bank, for good. Off the balance: before the double begins."""
        paid, store = happening.paid, self.world.store
        assert paid.external_id is not None
        if paid.external_id not in store.objects.get("payment_intent", {}):
            self._pay_quietly(happening.family, paid)
        charge = payments.latest_charge(self.world, store.get("payment_intent", paid.external_id))
        made = payment_objects.dispute(of=charge, amount=paid.amount_cents, reason="general")
        made["id"] = paid.external_id.replace("pi_", "du_")
        made["status"] = "lost"
        charge["disputed"] = True
        movement = balance_objects.balance_transaction(
            source=made, kind="adjustment", category="dispute", amount=-paid.amount_cents
        )
        made["balance_transactions"].append(store.add(movement) if on_balance else movement)
        store.add(made)

    def _pay_quietly(self, family: Family, paid: Paid) -> None:
        """It came and was paid out before the double begins: no movement of its balance is left."""
        with clock.frozen(paid.at):
            self._pay(family, paid)
        charge = next(self.world.store.newest("charge"))
        del self.world.store.objects["balance_transaction"][charge["balance_transaction"]]
        charge["balance_transaction"] = None

    def _send(self, sent: Sent) -> None:
        made = balance.pay_out(self.world)
        assert made["amount"] == sent.cents, "the books and the double add up differently"
        old = made["id"]
        del self.world.store.objects["payout"][old]
        made["id"] = sent.stripe_id
        self.world.store.add(made)
        for behind in self.world.store.behind.values():
            if behind.get("payout") == old:
                behind["payout"] = sent.stripe_id
        self.world.store.get("balance_transaction", made["balance_transaction"])["source"] = (
            sent.stripe_id
        )
        balance.end_payout(self.world, made, "paid")

    def _price(self, cents: int) -> Obj:
        if cents not in self.prices:
            product = self.world.store.add(catalogue.product(name="Cotisation d'un mois"))
            wanted = PriceCreate(
                currency="eur",
                product=product["id"],
                unit_amount=cents,
                recurring=Recurring(interval="month"),
            )
            self.prices[cents] = create_price(self.world, wanted)
        return self.prices[cents]

    def _metadata(self, paid: Paid) -> dict[str, str]:
        return {"order": self.orders[id(paid)][1]}


def _billing(family: Family) -> Obj:
    return payment_objects.billing_details(email=None, name=family.head.given_name)
