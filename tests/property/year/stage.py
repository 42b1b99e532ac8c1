"""What every part of the year stands on: a clock, a double of Stripe, and ways to pick and to act."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from backend import settings as configuration
from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import gateway, jobs
from backend.billing.rules import PayWay
from backend.jobs import inbox
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.notifications.gateway import Outgoing
from backend.notifications.post import senders
from backend.people.rules import Channel
from backend.sandbox.stripe import events
from backend.sandbox.stripe.errors import Refusal
from backend.sandbox.stripe.sources import Obj
from tests import factories
from tests.cleaning import Cleaner
from tests.in_process import gateway_to, new_world

T = TypeVar("T")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PICK = st.integers(0, 99)
PAGE = {"done_path": "/", "back_path": "/"}
# A page of Stripe's: a card, a debit after these, and after it nobody presses.
CARDS = ["4242424242424242", "4000000000000002", "4000000000009995"]
MEANS = st.integers(0, len(CARDS) + 1)
# Not yet, at the counter, or on a page.
How = PayWay | int | None
HOW = st.one_of(st.sampled_from([None, PayWay.CASH, PayWay.CHEQUE]), MEANS)


@dataclass
class Stage:
    runner: asyncio.Runner
    settings: configuration.Settings
    cleaner: Cleaner
    acts: int = 0

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(act)


STAGES: list[Stage] = []


class Play(RuleBasedStateMachine):
    """One run of it. Rules are in the classes that stand on this one."""

    said: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.world = new_world()
        self.closing = ExitStack()
        self.now = START
        self.closing.enter_context(clock.frozen(START))
        gateway.connect(gateway_to(self.world, self.stage.settings))
        clerk = self.stage.run(factories.add_person("Nadia", "Comptoir"))
        self.clerk = By(Actor.PERSON, clerk)

    # Whom and what

    def fetch(self, sql: str, *args: Any) -> list[Any]:
        return self.stage.run(fetch(sql, *args))

    def home(self, pick: int) -> int:
        """Mostly one that lives; now and then one that has ended, as on a page left open."""
        living = "ended_at IS NULL" if pick % 10 else "true"
        rows = self.fetch(f"SELECT id FROM household WHERE {living} ORDER BY id")
        rows = rows or self.fetch("SELECT id FROM household ORDER BY id")
        return int(rows[pick % len(rows)]["id"])

    def adult(self, home: int, pick: int) -> int:
        """Of those who live there; of an ended one, who was there last."""
        rows = self.fetch(
            "SELECT person FROM household_member WHERE household = $1 AND adult"
            " AND left_on IS NOT DISTINCT FROM (SELECT max(left_on) FROM household_member"
            "  WHERE household = $1 HAVING bool_and(left_on IS NOT NULL)) ORDER BY id",
            home,
        )
        return int(rows[pick % len(rows)]["person"])

    def order(self, pick: int, ways: str = "online monthly") -> Any:
        """An order of any kind, paid or not, and the household that has its days now."""
        rows = self.fetch(
            "SELECT o.public_id, o.kind, o.way, o.amount_cents, o.reference, coalesce((SELECT q.household"
            "  FROM period q WHERE q.pay_order = o.id ORDER BY q.id DESC LIMIT 1),"
            "  (o.terms ->> 'household_id')::bigint) AS household"
            " FROM pay_order o WHERE o.way = ANY($1) ORDER BY o.id",
            ways.split(),
        )
        return rows[pick % len(rows)] if rows else None

    def pick(self, kind: str, pick: int, **values: object) -> Obj | None:
        found = list(self.world.store.where(kind, **values))
        return found[pick % len(found)] if found else None

    # How

    def bank(self, act: Callable[[], Any]) -> None:
        """What Stripe would refuse does not happen."""
        try:
            act()
        except Refusal:
            return

    def hear(self, act: Coroutine[Any, Any, Any]) -> bool:
        """A refusal is an answer; whether there was none, and then `said` is what came instead."""
        try:
            self.said = self.stage.run(act)
        except DomainError as refusal:
            if refusal.retryable:
                raise
            return False
        return True

    def send(self) -> None:
        """The outbox as a worker sends it."""
        self.stage.run(_send_all())

    def deliver(self) -> None:
        """And the mail."""
        self.stage.run(_deliver_mail())

    async def receive(self, event: str) -> None:
        body = events.payload(self.world.store.get("event", event))
        secrets = list(self.stage.settings.stripe_webhook_secrets)
        await inbox.receive(body.encode(), events.signature(body, secrets))
        while await inbox.drain():
            pass
        failed = await fetch_value("SELECT last_error FROM inbox WHERE done_at IS NULL")
        assert failed is None, failed


class Delivered:
    async def send(self, message: Outgoing) -> None:
        """It arrived."""


async def _send_all() -> None:
    while await outbox.drain(jobs.SENDS):
        pass
    failed = await fetch_value(
        # What waited for somebody who was erased since goes nowhere, on purpose.
        "SELECT kind || ' ' || last_error FROM outbox WHERE done_at IS NULL"
        " AND last_error IS NOT NULL AND last_error <> 'forgotten'"
    )
    assert failed is None, failed


async def _deliver_mail() -> None:
    while await outbox.drain(senders({Channel.EMAIL: Delivered()})):
        pass
