"""REL9, B8: a year of misfortunes, where books, days, papers and Stripe always agree.

People join, pay each way, unite, part, move and come back; they order services and take seats, and
give them up; the counter takes coins and cheques, gives them back and miscounts; banks fail, dispute and send back; events are lost, doubled, shuffled; clocks go on and
nights read everything again. Whatever happened, the journal is zero, each account is what its papers
say, numbers have no gap, no day is counted that nobody paid, nobody pays for what they left, and once
everything has been told the club knows what Stripe's double knows, cent for cent.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from backend import settings as configuration
from backend.billing.rules import DifferenceKind, PayWay
from backend.jobs.reconciliation import reconcile
from backend.kit import clock, database
from backend.membership.service.renewals import charge_renewals, give_notices
from backend.sandbox.stripe import checkout
from tests.cleaning import Cleaner
from tests.conftest import Database
from tests.property.year.homes import Homes
from tests.property.year.seats import Seats
from tests.property.year.services import Services
from tests.property.year.sides import Sides, ours
from tests.property.year.stage import HOW, STAGES, How, Stage
from tests.property.year.wrong import WAITING, wrong

# Long runs: beginning and ending one costs as much as a dozen of its steps.
STEPS, ROUNDS, MORE, ACTS = 80, 36, 4, 2_000
EXPECTED = {
    DifferenceKind.DISPUTED,
    DifferenceKind.RETURNED,
    DifferenceKind.REFUSED,
    DifferenceKind.ENDED,
}


class Year(Homes, Services, Seats):
    lost = False  # something was told to nobody

    @initialize(month=st.booleans(), order=HOW, seat=HOW)
    def begin(self, month: bool, order: How, seat: How) -> None:
        """A household, a drawer, an order and a seat: something for each misfortune to befall."""
        self.move_in()
        self.begin_the_day()
        if month:
            self.pay_here(1, PayWay.CASH, 12, confirmed=True)
        self.order_service(1, 0, True, isinstance(order, int), order)
        self.take_seat(1, 1, seat)

    def teardown(self) -> None:
        """Whatever was lost, a night repairs: then both sides say the same."""
        try:
            self.night()
            self.night()  # what the first one gave back is told
            self.agree(self.stage.run(ours()))
        finally:
            self.closing.close()
            self.stage.run(self.stage.cleaner.clean())

    # Time, events, work

    @rule(days=st.sampled_from([1, 5, 14, 31, 45, 200]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.closing.enter_context(clock.frozen(self.now))
        checkout.expire_overdue(self.world)

    @rule(seed=st.integers(0, 7), copies=st.integers(1, 3))
    def tell(self, seed: int, copies: int) -> None:
        """Events come: all or some, doubled, shuffled; what is not told now is lost."""
        waiting = [parcel["event"] for parcel in self.world.store.parcels] * copies
        self.world.store.parcels = []
        turns = sorted(range(len(waiting)), key=lambda at: (at * 7 + 1) * (seed + 3) % 11)
        told = [waiting[at] for at in turns]
        if seed == 0:
            self.lost = self.lost or len(set(told[1::2])) < len(set(told))
            told = told[1::2]
        for event in told:
            self.stage.run(self.receive(event))
        self.send()

    @rule()
    def night(self) -> None:
        """B5: what was lost is read again."""
        self.stage.run(reconcile())
        self.lost, self.world.store.parcels = False, []
        self.send()

    @rule(posted=st.booleans())
    def morning(self, posted: bool) -> None:
        """Now and then the letters to Stripe wait, and anything may come before they leave (B11)."""
        self.hear(give_notices())
        self.deliver()
        self.hear(charge_renewals())
        if posted:
            self.send()

    @rule()
    def post(self) -> None:
        self.send()

    # What always holds

    @invariant()
    def books_are_right(self) -> None:
        self.stage.acts += 1
        found = self.stage.run(wrong())
        assert found == [], found
        assert self.fetch(WAITING, clock.today()) == []

    @precondition(lambda self: not self.lost and not self.world.store.parcels)
    @invariant()
    def both_sides_agree(self) -> None:
        """When everything was told: the same money on both sides, and no day that nobody paid."""
        fees = list(self.world.store.where("balance_transaction", type="stripe_fee"))
        club = self.stage.run(ours())
        if len(fees) == club.fees:
            self.agree(club)

    def agree(self, club: Sides) -> None:
        assert club.held == sum(
            one["net"] for one in self.world.store.newest("balance_transaction")
        )
        assert club.threads == self.threads()
        assert club.kinds <= EXPECTED, club.kinds
        assert club.living - self.paid_threads() == set()
        assert club.nobodys & self.running() == set()

    def threads(self) -> dict[str, int]:
        """What is left of each payment at Stripe, refunds and disputes taken off."""
        left: dict[str, int] = {}
        for charge in self.world.store.where("charge", status="succeeded"):
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
            one["id"] for one in self.world.store.where("payment_intent", status="processing")
        }
        return {thread for thread, left in self.threads().items() if left > 0} | pending

    def running(self) -> set[str]:
        """Subscriptions that Stripe will charge again."""
        return {
            one["id"]
            for one in self.world.store.where("subscription", cancel_at_period_end=False)
            if one["status"] != "canceled"
        }


@pytest.fixture
def _stage(worker_database: Database, tmp_path: Path) -> Iterator[None]:
    """Its own loop and pool: the session's are put back afterwards."""
    kept = database.DB.pool
    loaded = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(tmp_path)})
    with asyncio.Runner() as runner:
        runner.run(database.open_pool(worker_database.app_url, max_size=2))
        owner = runner.run(asyncpg.connect(worker_database.owner_url))
        STAGES.append(Stage(runner, loaded, runner.run(Cleaner.of(owner))))
        yield
        STAGES.clear()
        runner.run(owner.close())
        runner.run(database.close_pool())
    database.DB.pool = kept


@pytest.mark.usefixtures("_stage")
def test_books_days_papers_and_stripe_agree_through_a_year_of_misfortunes() -> None:
    """REL9, B2, B5, B8, B9, M5, M9, S6, A2: at least two thousand steps."""
    play(ROUNDS)
    while STAGES[0].acts < ACTS:  # some rounds end early
        play(MORE)


def play(rounds: int) -> None:
    Year.TestCase.settings = settings(
        max_examples=rounds,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate],  # to shorten eighty steps takes longer than to read them
        suppress_health_check=list(HealthCheck),
    )
    Year.TestCase.runTest(Year.TestCase())
