"""V4: ten thousand random acts on real vouchers, against a model that knows what they should be.

Its own loop and pool, because a state machine of Hypothesis is not asynchronous; a frozen clock,
because holds and expiry follow from it.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backend.audit.service import SYSTEM
from backend.kit import clock, codes, database
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership.queries import Member
from backend.offers.rules import LimitPeriod
from backend.vouchers import queries, savings, service
from backend.vouchers.rules import BACK_FOR, CANCEL_AFTER, HOLD_FOR, UNDO_WITHIN, Life
from backend.vouchers.scans import Scan
from backend.vouchers.values import Undo
from tests import factories
from tests.conftest import Database, empty_tables
from tests.factories import Enrolled, Market

T = TypeVar("T")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACTS = 10_000
STEPS, ROUNDS, MORE = 100, 120, 8
STOCK, VOUCHER_DAYS = 4, 2
PLACES = 3


@dataclass
class Stage:
    """One loop, one pool, one market for the whole run."""

    runner: asyncio.Runner
    market: Market
    tills: list[Enrolled]
    members: list[Member]
    acts: int = 0

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(act)


@dataclass
class Model:
    """What a voucher should be, told without looking at the database."""

    owner: int
    code: str
    until: datetime
    stored: str = "issued"
    held_until: datetime | None = None
    held_by: int | None = None
    extended: bool = False
    shown_at: datetime | None = None
    uses: list[tuple[str, datetime, int]] = field(default_factory=list)

    def life(self, now: datetime) -> Life:
        if self.stored != "issued":
            return Life(self.stored)
        if self.held_until is not None and now < self.held_until:
            return Life.HELD
        return Life.EXPIRED if now >= self.until else Life.ISSUED


STAGES: list[Stage] = []


class VoucherLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.closing = ExitStack()
        self.closing.enter_context(clock.frozen(START))
        self.now = START
        self.offer = self.stage.run(
            factories.add_offer(
                self.stage.market.partner.id,
                stock=STOCK,
                voucher_days=VOUCHER_DAYS,
                limit_period=LimitPeriod.ONCE,
                limit_count=PLACES,
            )
        )
        self.vouchers: list[Model] = []

    def teardown(self) -> None:
        """V5: after uses, undone ones and waits, the sums by day are those of the lists."""
        gaps = self.stage.run(_settled())
        self.closing.close()
        assert gaps == []

    @rule(owner=st.integers(0, 1))
    def claim(self, owner: int) -> None:
        """V11: as many as the limit and the stock let, then the open one again, or a refusal."""
        mine = [v for v in self.vouchers if v.owner == owner and v.stored in {"issued", "redeemed"}]
        taken = [v for v in self.vouchers if v.stored in {"issued", "redeemed"}]
        answer = self.hear(service.claim(self.stage.members[owner], self.offer.public_id, SYSTEM))
        if len(mine) >= PLACES:
            usable = [v for v in mine if v.stored == "issued" and v.until > self.now]
            assert answer == (usable[-1].code if usable else "frequency_cap")
        elif len(taken) >= STOCK:
            assert answer == "quota_reached"
        else:
            until = clock.end_of_day(clock.today() + timedelta(days=VOUCHER_DAYS))
            self.vouchers.append(Model(owner, str(answer), until))

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99), till=st.integers(0, 1))
    def look(self, pick: int, till: int) -> None:
        """V13: held two minutes by one till, extended once; refused for the reason it has."""
        voucher = self.vouchers[pick % len(self.vouchers)]
        answer = self.hear(service.look(self.scan(voucher, till)))
        reason = self.reason(voucher, till)
        if reason is not None:
            assert answer == reason
            return
        running = voucher.held_until is not None and self.now < voucher.held_until
        if not running:
            voucher.held_until, voucher.extended = self.now + HOLD_FOR, False
        elif not voucher.extended and voucher.held_until is not None:
            voucher.held_until, voucher.extended = voucher.held_until + HOLD_FOR, True
        voucher.held_by, voucher.shown_at = till, self.now

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99), till=st.integers(0, 1))
    def redeem(self, pick: int, till: int) -> None:
        voucher = self.vouchers[pick % len(self.vouchers)]
        reason = self.reason(voucher, till)
        answer = self.hear(service.redeem(self.scan(voucher, till)))
        if reason is not None:
            assert answer == reason
            return
        voucher.stored, voucher.held_until, voucher.shown_at = "redeemed", None, self.now
        voucher.uses.append((answer.redemption, self.now, till))

    @precondition(lambda self: any(v.uses for v in self.vouchers))
    @rule(pick=st.integers(0, 99), till=st.integers(0, 1), manager=st.booleans())
    def undo(self, pick: int, till: int, manager: bool) -> None:
        """V32: by its shop within 15 minutes, by a manager later; once; 48 hours after expiry."""
        used = [v for v in self.vouchers if v.uses]
        voucher = used[pick % len(used)]
        use, at, _ = voucher.uses[-1]
        if manager:
            answer = self.hear(service.reverse_late(SYSTEM, use, "erreur"))
        else:
            undo = Undo(
                redemption=use, reason="erreur", key=codes.random_id(), till=self.till(till)
            )
            answer = self.hear(service.reverse(undo))
        if voucher.stored != "redeemed":
            assert answer == "already_reversed"
        elif not manager and self.now >= at + UNDO_WITHIN:
            assert answer == "undo_too_late"
        else:
            voucher.stored = "issued"
            voucher.until = voucher.until if self.now < voucher.until else self.now + BACK_FOR
            assert answer.voucher_until == voucher.until

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        voucher = self.vouchers[pick % len(self.vouchers)]
        member = self.stage.members[voucher.owner]
        answer = self.hear(service.cancel(member, voucher.code, SYSTEM))
        if voucher.life(self.now) not in {Life.ISSUED, Life.HELD}:
            assert answer == "voucher_spent"
        elif voucher.shown_at is not None and self.now < voucher.shown_at + CANCEL_AFTER:
            assert answer == "shown_in_shop"
        else:
            voucher.stored = "cancelled"

    @precondition(lambda self: self.vouchers)
    @rule(pick=st.integers(0, 99))
    def revoke(self, pick: int) -> None:
        voucher = self.vouchers[pick % len(self.vouchers)]
        answer = self.hear(service.revoke(SYSTEM, voucher.code, "signalé"))
        if voucher.life(self.now) not in {Life.ISSUED, Life.HELD}:
            assert answer == "voucher_spent"
        else:
            voucher.stored = "revoked"

    @rule(
        wait=st.sampled_from(
            [
                timedelta(seconds=30),
                timedelta(minutes=3),
                timedelta(minutes=16),
                timedelta(hours=20),
            ]
        )
    )
    def wait(self, wait: timedelta) -> None:
        """Holds lapse and vouchers expire; nothing runs."""
        self.stage.acts += 1
        self.now += wait
        self.closing.enter_context(clock.travel(wait))

    @invariant()
    def every_voucher_is_what_the_model_says(self) -> None:
        """V1, V4, V5: state by state, adding up to those created; the counter is right."""
        wanted = Counter(voucher.life(self.now) for voucher in self.vouchers)
        balance = self.stage.run(self.balance())
        if balance is None:
            assert not self.vouchers
            return
        assert balance.created == len(self.vouchers)
        assert balance.difference == 0
        for life in Life:
            assert getattr(balance, life.value) == wanted[life], life
        claimed = self.stage.run(
            fetch_value("SELECT claimed FROM offer WHERE id = $1", self.offer.id)
        )
        assert claimed == sum(v.stored in {"issued", "redeemed"} for v in self.vouchers)

    async def balance(self) -> queries.Balance | None:
        every = await queries.balances()
        assert all(balance.difference == 0 for balance in every)
        return next((each for each in every if each.offer_id == self.offer.id), None)

    def reason(self, voucher: Model, till: int) -> str | None:
        """Why this till is refused now, or None."""
        life = voucher.life(self.now)
        if life in {Life.CANCELLED, Life.REVOKED, Life.EXPIRED}:
            return life.value
        if life is Life.REDEEMED:
            return "already_redeemed"
        return "held_elsewhere" if life is Life.HELD and voucher.held_by != till else None

    def scan(self, voucher: Model, till: int) -> Scan:
        return Scan(code=voucher.code, key=codes.random_id(), till=self.till(till))

    def till(self, index: int) -> Any:
        return self.stage.tills[index].caller

    def hear(self, act: Coroutine[Any, Any, Any]) -> Any:
        """The answer, or the slug of the refusal; guessing is not what is tried here."""
        self.stage.acts += 1
        try:
            return self.stage.run(_forgiven(act))
        except DomainError as refusal:
            return refusal.slug


async def _settled() -> list[savings.Gap]:
    async with database.transaction():
        return await savings.settle()


async def _forgiven(act: Coroutine[Any, Any, T]) -> T:
    await fetch("DELETE FROM tries")
    return await act


@pytest.fixture
def _stage(worker_database: Database) -> Iterator[None]:
    """Its own loop and pool: the session's are put back afterwards."""
    kept = database.DB.pool
    with asyncio.Runner() as runner, clock.frozen(START):
        runner.run(database.open_pool(_quick(worker_database.app_url), max_size=2))
        STAGES.append(runner.run(_build(runner)))
        yield
        STAGES.clear()
        runner.run(database.close_pool())
    database.DB.pool = kept


def _quick(url: str) -> str:
    """Nothing here is about surviving a power cut."""
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}options=-csynchronous_commit%3Doff"


async def _build(runner: asyncio.Runner) -> Stage:
    market = await factories.add_market()
    other = await factories.add_till(market.shop.id, "Caisse 2")
    members = [await factories.add_member("Alice"), await factories.add_member("Bob")]
    return Stage(runner, market, [market.till, other], members)


@pytest.mark.usefixtures("_stage")
def test_vouchers_add_up_after_ten_thousand_acts(worker_database: Database) -> None:
    """V4: created = issued + held + redeemed + expired + cancelled + revoked, at any instant."""
    try:
        play(ROUNDS)
        while STAGES[0].acts < ACTS:  # some rounds end early
            play(MORE)
    finally:
        asyncio.run(empty_tables(worker_database.owner_url))


def play(rounds: int) -> None:
    VoucherLife.TestCase.settings = settings(
        max_examples=rounds,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    VoucherLife.TestCase.runTest(VoucherLife.TestCase())
