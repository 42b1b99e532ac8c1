"""REL9, B8: a year of misfortunes at Stripe, where books, days, papers and Stripe always agree.

People join, pay each way, change their minds; banks fail, dispute and send back; events are lost,
doubled, shuffled; clocks go on and nights read everything again. Whatever happened, the journal is
zero, numbers have no gap, no day is counted that nobody paid, and once everything has been told the
club knows what Stripe's double knows, cent for cent.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from backend import settings as configuration
from backend.audit.service import SYSTEM
from backend.billing import differences, gateway, jobs, reconciliations
from backend.billing.rules import DifferenceKind, PayWay
from backend.jobs import inbox
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, database, outbox
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.notifications.gateway import Outgoing
from backend.notifications.post import senders
from backend.people.rules import Channel
from backend.sandbox.stripe import (
    balance,
    checkout,
    debits,
    events,
    hosted,
    invoices,
    refunds,
    subscriptions,
)
from backend.sandbox.stripe.errors import Refusal
from backend.sandbox.stripe.params import RefundCreate
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World
from tests import factories
from tests.conftest import Database, empty_tables
from tests.in_process import gateway_to, new_world

T = TypeVar("T")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
# Long runs: beginning and ending one costs as much as a dozen of its steps.
STEPS, ROUNDS, ACTS = 80, 32, 2_000
MOST_HOMES = 4
IBAN = "FR1420041010050500013M02606"
CARDS = ["4242424242424242", "4000000000000002", "4000000000009995"]
EXPECTED = {DifferenceKind.DISPUTED, DifferenceKind.RETURNED, DifferenceKind.REFUSED}


@dataclass
class Stage:
    runner: asyncio.Runner
    settings: configuration.Settings
    owner_url: str
    acts: int = 0

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(act)


class Delivered:
    async def send(self, message: Outgoing) -> None:
        """It arrived."""


STAGES: list[Stage] = []


class Year(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.world: World = new_world()
        self.closing = ExitStack()
        self.now = START
        self.closing.enter_context(clock.frozen(START))
        gateway.connect(gateway_to(self.world, self.stage.settings))
        self.homes: list[int] = []
        self.lost: list[str] = []

    def teardown(self) -> None:
        """Whatever was lost, a night repairs: then both sides say the same."""
        try:
            self.stage.run(reconcile())
            self.agree()
        finally:
            self.closing.close()
            self.stage.run(empty_tables(self.stage.owner_url))

    # Members

    @initialize()
    def first(self) -> None:
        self.join()

    @precondition(lambda self: len(self.homes) < MOST_HOMES)
    @rule()
    def join(self) -> None:
        joined = self.stage.run(
            factories.add_household(
                category=Category.TENANT, address=f"a{len(self.homes)}@example.org"
            )
        )
        self.homes.append(joined.household_id)

    @rule(
        home=st.integers(0, 9), monthly=st.booleans(), renew=st.booleans(), means=st.integers(0, 4)
    )
    def pay(self, home: int, monthly: bool, renew: bool, means: int) -> None:
        """Ordered and pressed; some pages are left, some cards refused, some debits begin."""
        way = PayWay.MONTHLY if monthly else PayWay.ONLINE
        wish = "Renouveler chaque année." if renew else None
        self.hear(
            membership.order_dues(
                self.home(home), way, SYSTEM, done_path="/", back_path="/", renew=wish
            )
        )
        self.send()
        session = next(self.world.store.newest("checkout.session"), None)
        if session is None or means == len(CARDS) + 1:
            return
        if means == len(CARDS):
            hosted.pay_by_debit(self.world, session, IBAN)
        else:
            hosted.pay_by_card(self.world, session, CARDS[means])

    @rule(home=st.integers(0, 9))
    def pay_cash(self, home: int) -> None:
        self.hear(factories.pay_dues(self.home(home), 2))

    @rule(home=st.integers(0, 9))
    def stop_monthly(self, home: int) -> None:
        self.hear(membership.stop_monthly(SYSTEM, self.home(home)))

    @rule(home=st.integers(0, 9))
    def stop_renewing(self, home: int) -> None:
        self.hear(membership.stop_renewing(SYSTEM, self.home(home)))

    @rule(pick=st.integers(0, 99))
    def withdraw(self, pick: int) -> None:
        if order := self.order(pick):
            self.hear(membership.withdraw(SYSTEM, order["household"], order["public_id"]))

    @rule(pick=st.integers(0, 99), cents=st.sampled_from([50, 100, 700, 1200]))
    def give_back(self, pick: int, cents: int) -> None:
        if order := self.order(pick):
            key = f"k{self.stage.acts}"
            self.hear(membership.refund_dues(SYSTEM, order["public_id"], cents, "geste", key=key))

    # Banks

    @rule(pick=st.integers(0, 99), settled=st.booleans())
    def end_debit(self, pick: int, settled: bool) -> None:
        if intent := self.pick("payment_intent", pick, status="processing"):
            (debits.settle if settled else debits.fail)(self.world, intent)

    @rule(pick=st.integers(0, 99), outcome=st.sampled_from(["paid", "failed", "pending"]))
    def renew(self, pick: int, outcome: str) -> None:
        if subscription := self.pick("subscription", pick):
            self.bank(lambda: subscriptions.advance(self.world, subscription, outcome))

    @rule(pick=st.integers(0, 99), outcome=st.sampled_from(["paid", "failed"]))
    def collect_again(self, pick: int, outcome: str) -> None:
        invoice = self.pick("invoice", pick, status="open")
        if invoice and not self.under_way(invoice):
            self.bank(lambda: invoices.collect(self.world, invoice, outcome))

    @rule(pick=st.integers(0, 99), part=st.booleans())
    def dispute(self, pick: int, part: bool) -> None:
        if charge := self.pick("charge", pick, status="succeeded"):
            amount = charge["amount"] // 2 if part else None
            self.bank(
                lambda: refunds.open_dispute(self.world, charge, amount=amount, reason="general")
            )

    @rule(pick=st.integers(0, 99), status=st.sampled_from(["won", "lost"]))
    def close_dispute(self, pick: int, status: str) -> None:
        if dispute := self.pick("dispute", pick, status="needs_response"):
            refunds.close_dispute(self.world, dispute, status)

    @rule(pick=st.integers(0, 99), part=st.booleans())
    def refund_at_stripe(self, pick: int, part: bool) -> None:
        if charge := self.pick("charge", pick, status="succeeded"):
            amount = max(1, charge["amount"] // 3) if part else None
            wanted = RefundCreate(charge=charge["id"], amount=amount)
            self.bank(lambda: refunds.create(self.world, wanted))

    @rule(pick=st.integers(0, 99))
    def fail_refund(self, pick: int) -> None:
        if refund := self.pick("refund", pick, status="succeeded"):
            refunds.fail(self.world, refund)

    @rule(arrives=st.booleans())
    def pay_out(self, arrives: bool) -> None:
        def out() -> None:
            balance.end_payout(
                self.world, balance.pay_out(self.world), "paid" if arrives else "failed"
            )

        self.bank(out)

    @precondition(lambda self: self.world.store.objects.get("checkout.session"))
    @rule(cents=st.integers(1, 40))
    def charge_fee(self, cents: int) -> None:
        """Once there is an order: before the first one the account is not the club's to explain."""
        balance.charge_fee(self.world, cents, "Billing - Usage Fee")

    @rule(bank=st.sampled_from(["paid", "declined", "authentication"]))
    def change_bank(self, bank: Any) -> None:
        self.world.mishaps.off_session = bank

    # Time, events, work

    @rule(days=st.sampled_from([1, 5, 14, 31, 45, 200]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.closing.enter_context(clock.frozen(self.now))
        checkout.expire_overdue(self.world)

    @rule(cents=st.sampled_from([100, 150]))
    def change_price(self, cents: int) -> None:
        self.hear(membership.set_price(SYSTEM, Category.TENANT, cents, clock.today()))

    @rule(seed=st.integers(0, 7), copies=st.integers(1, 3))
    def tell(self, seed: int, copies: int) -> None:
        """Events come: all or some, doubled, shuffled; what is not told now is lost."""
        waiting = [parcel["event"] for parcel in self.world.store.parcels] * copies
        self.world.store.parcels = []
        told = sorted(waiting, key=lambda one: (hash(one) ^ seed) % 11)
        if seed == 0:
            self.lost += told[::2]
            told = told[1::2]
        for event in told:
            self.stage.run(self.receive(event))
        self.send()

    @rule()
    def night(self) -> None:
        """B5: what was lost is read again."""
        self.stage.run(reconcile())
        self.lost, self.world.store.parcels = [], []
        self.send()

    @rule()
    def morning(self) -> None:
        self.hear(give_notices())
        self.stage.run(_deliver_mail())
        self.hear(charge_renewals())
        self.send()

    # What always holds

    @invariant()
    def books_are_right(self) -> None:
        self.stage.acts += 1
        wrong = self.stage.run(_wrong())
        assert wrong == [], wrong

    @precondition(lambda self: not self.lost and not self.world.store.parcels)
    @invariant()
    def both_sides_agree(self) -> None:
        """When everything was told: the same money on both sides, and no day that nobody paid."""
        fees = sum(
            1
            for one in self.world.store.newest("balance_transaction")
            if one["type"] == "stripe_fee"
        )
        if fees == self.stage.run(_fees_booked()):
            self.agree()

    def agree(self) -> None:
        held = sum(one["net"] for one in self.world.store.newest("balance_transaction"))
        assert self.stage.run(reconciliations.held()) == held
        assert self.stage.run(_threads()) == self.threads()
        kinds = {one.kind for one in self.stage.run(differences.waiting())}
        assert kinds <= EXPECTED, kinds
        unpaid = set(self.stage.run(_living_threads())) - self.paid_threads()
        assert unpaid == set()

    def threads(self) -> dict[str, int]:
        """What is left of each payment at Stripe, refunds and disputes taken off."""
        left: dict[str, int] = {}
        for charge in self.world.store.newest("charge"):
            if charge["status"] == "succeeded":
                taken = sum(
                    -one["amount"]
                    for dispute in self.world.store.where("dispute", charge=charge["id"])
                    for one in dispute["balance_transactions"]
                )
                left[charge["payment_intent"]] = (
                    charge["amount_captured"] - charge["amount_refunded"] - taken
                )
        return left

    def paid_threads(self) -> set[str]:
        pending = {
            one["id"]
            for one in self.world.store.newest("payment_intent")
            if one["status"] == "processing"
        }
        return {thread for thread, left in self.threads().items() if left > 0} | pending

    # How

    def home(self, pick: int) -> int:
        return self.homes[pick % len(self.homes)]

    def order(self, pick: int) -> Any:
        rows = self.stage.run(
            fetch(
                "SELECT o.public_id, h.id AS household FROM pay_order o"
                " JOIN household h ON h.payer = o.payer ORDER BY o.id"
            )
        )
        return rows[pick % len(rows)] if rows else None

    def pick(self, kind: str, pick: int, **values: object) -> Obj | None:
        found = list(self.world.store.where(kind, **values))
        return found[pick % len(found)] if found else None

    def under_way(self, invoice: Obj) -> bool:
        payment = next(self.world.store.where("invoice_payment", invoice=invoice["id"]))
        intent = self.world.store.get("payment_intent", payment["payment"]["payment_intent"])
        return bool(intent["status"] == "processing")

    def bank(self, act: Any) -> None:
        """What Stripe would refuse does not happen."""
        try:
            act()
        except Refusal:
            return

    def hear(self, act: Coroutine[Any, Any, Any]) -> None:
        """A refusal is an answer."""
        try:
            self.stage.run(act)
        except DomainError:
            return

    def send(self) -> None:
        """The outbox as a worker sends it."""
        self.stage.run(_send_all())

    async def receive(self, event: str) -> None:
        body = events.payload(self.world.store.get("event", event))
        secrets = list(self.stage.settings.stripe_webhook_secrets)
        await inbox.receive(body.encode(), events.signature(body, secrets))
        while await inbox.drain():
            pass
        failed = await fetch_value("SELECT last_error FROM inbox WHERE done_at IS NULL")
        assert failed is None, failed


async def _send_all() -> None:
    while await outbox.drain(jobs.SENDS):
        pass
    failed = await fetch_value(
        "SELECT kind || ' ' || last_error FROM outbox WHERE done_at IS NULL AND last_error IS NOT NULL"
    )
    assert failed is None, failed


async def _deliver_mail() -> None:
    while await outbox.drain(senders({Channel.EMAIL: Delivered()})):
        pass


WRONG = {
    "an entry that is not zero": (
        "SELECT entry FROM journal_line GROUP BY entry HAVING sum(debit_cents - credit_cents) <> 0"
    ),
    "a gap in the numbers": (
        "SELECT series FROM receipt GROUP BY series, year HAVING max(number) <> count(*)"
    ),
    "a payment or a refund without its paper": (
        "SELECT p.id FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " LEFT JOIN receipt r ON r.payment = p.id WHERE p.kind IN ('payment', 'refund')"
        " AND r.id IS NULL AND p.amount_cents >= CASE p.kind WHEN 'payment' THEN o.amount_cents ELSE 0 END"
    ),
    "days of money that is gone": (
        "SELECT q.id FROM period q WHERE q.cancelled_at IS NULL AND q.provisional_until IS NULL"
        " AND q.external_id IS NOT NULL AND coalesce((SELECT sum(CASE WHEN p.kind IN"
        "  ('payment', 'reinstated', 'returned') THEN p.amount_cents ELSE -p.amount_cents END)"
        "  FROM payment p LEFT JOIN payment f ON f.id = p.of_payment"
        "  WHERE coalesce(f.external_id, p.external_id) = q.external_id), 0) <= 0"
    ),
    "two charges for one renewal": (
        "SELECT pay_order FROM renewal WHERE pay_order IS NOT NULL GROUP BY pay_order"
        " HAVING count(*) > 1"
    ),
}


ALL_WRONG = " UNION ALL ".join(
    f"SELECT '{name}' AS what WHERE EXISTS ({statement})" for name, statement in WRONG.items()
)


async def _wrong() -> list[str]:
    return [row["what"] for row in await fetch(ALL_WRONG)]


async def _threads() -> dict[str, int]:
    rows = await fetch(
        "SELECT coalesce(f.external_id, p.external_id) AS thread, sum(CASE WHEN p.kind IN"
        " ('payment', 'reinstated', 'returned') THEN p.amount_cents ELSE -p.amount_cents END)::bigint"
        " AS cents FROM payment p LEFT JOIN payment f ON f.id = p.of_payment"
        " WHERE p.external_id IS NOT NULL GROUP BY 1"
    )
    return {row["thread"]: row["cents"] for row in rows}


async def _living_threads() -> list[str]:
    rows = await fetch(
        "SELECT external_id FROM period WHERE cancelled_at IS NULL AND external_id IS NOT NULL"
        " AND (provisional_until IS NULL OR provisional_until >= $1)",
        clock.today(),
    )
    return [row["external_id"] for row in rows]


async def _fees_booked() -> int:
    count: int = await fetch_value(
        "SELECT count(*) FROM journal_entry WHERE key LIKE 'stripe:%' AND label = 'Frais de Stripe'"
    )
    return count


@pytest.fixture
def _stage(worker_database: Database, tmp_path: Path) -> Iterator[None]:
    """Its own loop and pool: the session's are put back afterwards."""
    kept = database.DB.pool
    loaded = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(tmp_path)})
    with asyncio.Runner() as runner:
        url = worker_database.app_url
        quick = f"{url}{'&' if '?' in url else '?'}options=-csynchronous_commit%3Doff"
        runner.run(database.open_pool(quick, max_size=2))
        STAGES.append(Stage(runner, loaded, worker_database.owner_url))
        yield
        STAGES.clear()
        runner.run(database.close_pool())
    database.DB.pool = kept


@pytest.mark.usefixtures("_stage")
def test_books_days_papers_and_stripe_agree_through_a_year_of_misfortunes() -> None:
    """REL9, B2, B5, B8, M9: at least two thousand steps."""
    run = Year.TestCase.runTest
    Year.TestCase.settings = settings(
        max_examples=ROUNDS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run(Year.TestCase())
    assert STAGES[0].acts >= ACTS
