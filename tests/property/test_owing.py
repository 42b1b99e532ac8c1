"""Late fees, holds and the ledger of loans, whatever the days and the acts (L34, L35)."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.kit.errors import DomainError
from backend.kit.openings import Calendar, Closure
from backend.kit.zone import paris
from backend.lending import owing, rules
from backend.lending import service as lend
from backend.lending.queries import debts
from backend.lending.queries import deposits as held
from backend.lending.rules import DepositMode, DepositWay, EntryKind, Outcome
from backend.lending.service import damages, deposits, paying
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import factories, lending
from tests.conftest import Database, empty_tables
from tests.factories import add_person, open_drawer
from tests.integration.lending.conftest import NOW
from tests.lending import CALENDAR, Lent, day, policy, staff, want, whom
from tests.property.year.wrong import wrong

DUE = day("2026-11-24", 18)
DAYS = st.integers(0, 400)


def closed(calendar: Calendar, first: int, length: int) -> Calendar:
    """The same with some days closed, counted from the day that it was due on."""
    start = DUE.date() + timedelta(days=first)
    closure = Closure(first_on=start, last_on=start + timedelta(days=length))
    return Calendar(hours=calendar.hours, closures=(closure,))


@given(
    after=DAYS,
    fee=st.integers(1, 500),
    grace=st.integers(0, 20),
    worth=st.integers(1, 9000),
    before=st.integers(0, 9000),
    shut=st.tuples(st.integers(1, 60), st.integers(0, 60)),
)
def test_a_late_fee_counts_open_days_after_the_grace_up_to_what_a_new_one_costs(
    after: int, fee: int, grace: int, worth: int, before: int, shut: tuple[int, int]
):
    """L35: closed days are free, the grace is, and all fines together never cost more than a new one."""
    assume(before <= worth)
    until = DUE + timedelta(days=after)
    calendar = closed(CALENDAR, *shut)
    mine = policy(fee_day_cents=fee, grace_days=grace)
    said = owing.late_fee(mine, calendar, DUE, until, worth, before)
    open_days = sum(calendar.is_open_on(each) for each in _days(DUE, until))
    assert said == max(0, min(max(0, open_days - grace) * fee, worth - before))
    assert said + before <= worth
    assert said <= owing.late_fee(mine, CALENDAR, DUE, until, worth, before)
    assert owing.late_fee(policy(grace_days=grace), calendar, DUE, until, worth) == 0


def _days(due: datetime, until: datetime) -> list[date]:
    """Days after the one it was due on, the last included."""
    count = (paris(until).date() - paris(due).date()).days
    return [paris(due).date() + timedelta(days=n) for n in range(1, count + 1)]


@given(
    mode=st.sampled_from(DepositMode),
    loan=st.timedeltas(timedelta(minutes=1), timedelta(days=60)),
)
def test_no_hold_is_scheduled_past_its_capture_limit(mode: DepositMode, loan: timedelta):
    """L34: 7 days, 5 where the club asks by itself; a loan of six days or more has a card."""
    due_at = NOW + loan
    ways = owing.deposit_ways(mode, due_at, NOW)
    if DepositWay.HOLD in ways:
        assert mode is DepositMode.AUTHORISATION
        assert loan < timedelta(days=6)
        rules.check_capture(NOW, due_at, ours=False)
    if owing.may_hold_by_ourselves(mode, due_at, NOW):
        rules.check_capture(NOW, due_at, ours=True)


@given(entries=st.lists(st.tuples(st.sampled_from(EntryKind), st.integers(1, 9000)), max_size=20))
def test_balances_are_sums(entries: list[tuple[EntryKind, int]]):
    """L35: in any order, and what is held is counted apart from what is owed."""
    owed, held_cents = owing.balance(entries, owing.OWED), owing.balance(entries, owing.HELD)
    assert owed == owing.balance(reversed(entries), owing.OWED)
    kept = sum(cents for kind, cents in entries if kind is EntryKind.DEPOSIT_KEPT)
    without = [one for one in entries if one[0] is not EntryKind.DEPOSIT_KEPT]
    assert owing.balance(without, owing.OWED) - kept == owed
    assert owing.balance(without, owing.HELD) - kept == held_cents


@given(
    cents=st.integers(1, 9000),
    left=st.lists(st.integers(0, 3000), max_size=6).map(
        lambda some: [(str(n), cents) for n, cents in enumerate(some)]
    ),
)
def test_money_is_allocated_to_the_cent(cents: int, left: list[tuple[str, int]]):
    """L35, B8: nothing is lost, and no debt is paid more than it has left."""
    shares, over = owing.allocate(cents, left)
    assert sum(share.amount_cents for share in shares) + over == cents
    assert all(0 < share.amount_cents <= dict(left)[share.debt] for share in shares)
    assert over == 0 or sum(one for _, one in left) == sum(share.amount_cents for share in shares)


Act = Callable[["Story", int], Awaitable[Any]]


class Story:
    """A household, what it has, and two of the staff."""

    def __init__(self, alice: Member, thing: Lent, clerk: By, other: By) -> None:
        self.alice, self.thing, self.clerk, self.other = alice, thing, clerk, other
        self.home = alice.household_id

    async def book(self, number: int) -> None:
        on = day("2026-11-24") + timedelta(days=number % 20)
        await lend.book(staff(), whom(self.alice), [want(self.thing, on)])

    async def cancel(self, number: int) -> None:
        booking = await self._some("booking", number)
        await lend.cancel(staff(), booking, reason="Fermé")

    async def pledge(self, number: int) -> None:
        way = DepositWay.CASH if number % 2 else DepositWay.CHEQUE
        await deposits.take(self.clerk, await self._line(number), way, None, key=codes.random_id())

    async def give(self, number: int) -> None:
        await lend.hand_over(staff(), await self._line(number))

    async def back(self, number: int) -> None:
        seen = Back(outcome=Outcome.DAMAGED, note="Cassé") if number % 2 else Back()
        with clock.frozen(NOW + timedelta(days=number)):
            await lend.take_back(staff(), await self._line(number), seen)

    async def damage(self, number: int) -> None:
        cents, line = 100 + number * 120, await self._line(number)
        await damages.charge_damage(self.clerk, line, cents, "Cassé", key=codes.random_id())

    async def agree(self, number: int) -> None:
        await damages.agree(self.other, await self._some("loan_debt", number))

    async def contest(self, number: int) -> None:
        debt = await self._some("loan_debt", number)
        await damages.contest(self.clerk, self.home, debt, "Déjà cassé")

    async def answer(self, number: int) -> None:
        debt = await self._some("loan_debt", number)
        await damages.answer(self.other, debt, "Réponse", accepted=number % 2 == 0)

    async def waive(self, number: int) -> None:
        debt = await self._some("loan_debt", number)
        await damages.waive(self.clerk, debt, 1 + number * 7, "Geste", key=codes.random_id())

    async def pay(self, number: int) -> None:
        way = PayWay.CASH if number % 2 else PayWay.CHEQUE
        cents = (await debts.owed_by(self.home)).due_cents
        await paying.take_payment(self.clerk, self.home, cents, way, None, key=codes.random_id())

    async def give_back(self, number: int) -> None:
        way = PayWay.CASH if number % 2 else PayWay.TRANSFER
        cents = (await debts.owed_by(self.home)).credit_cents
        await paying.give_back(self.clerk, self.home, cents, way, None, key=codes.random_id())

    async def release(self, number: int) -> None:
        deposit = await self._some("loan_deposit", number)
        await deposits.release(self.clerk, deposit, None, key=codes.random_id())

    async def keep(self, number: int) -> None:
        deposit = await self._some("loan_deposit", number)
        await deposits.keep(self.clerk, deposit, key=codes.random_id())

    async def _some(self, table: str, number: int) -> str:
        rows = await fetch(f"SELECT public_id FROM {table} ORDER BY id")
        return rows[number % len(rows)]["public_id"] if rows else ""

    async def _line(self, number: int) -> int:
        rows = await fetch("SELECT id FROM booking_line ORDER BY id")
        return rows[number % len(rows)]["id"] if rows else 0


ACTS = {name: getattr(Story, name) for name in vars(Story) if not name.startswith("_")}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 60)), min_size=8, max_size=24
)


@pytest.mark.races
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_the_ledger_says_what_the_journal_says_whatever_is_done(db: Database, steps):
    """L34, L35, B8, B10: prices, fines, damages, contests, payments and deposits in any order.

    What all owe is account 411, what is held is account 165, drawers and cheques agree.
    """
    await empty_tables(db.owner_url)
    with clock.frozen(NOW):
        story = await begin()
        for name, number in [("book", 0), ("pledge", 1), ("give", 0), *steps]:
            try:
                await ACTS[name](story, number)
            except DomainError:
                continue  # refused: nothing of it may be left
        assert await wrong() == []
        for one in await held.deposits("true"):
            assert 0 <= one.held_cents <= one.amount_cents


async def begin() -> Story:
    await open_drawer(float_cents=100_000)
    shelf = await lending.add_shelf()
    said = {"price_cents": 250, "fee_day_cents": 40, "replacement_cents": 3000}
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 2000}
    thing = await shelf.resource(copies=3, late_refund_percent=50, **said, **pledge)
    alice = await factories.add_member("Alice")
    people = [By(Actor.PERSON, await add_person(name, "Comptoir")) for name in ("Nadia", "Omar")]
    return Story(alice, thing, *people)
