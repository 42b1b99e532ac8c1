"""Any sequence of what a counter and a treasurer do with money: the books stay the sum of their papers."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import books, cheques, costs, drawers, journal, lines
from backend.billing import queries as billing
from backend.billing.costs import CostWish
from backend.billing.rules import Account, PayWay
from backend.billing.statements import Entry
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership import service as membership
from tests.conftest import Database, empty_tables
from tests.factories import add_household, add_person
from tests.midnight import one_day_for

Act = Callable[["Counter", int], Awaitable[Any]]


class Counter:
    """A clerk, a household, and what they have done so far."""

    def __init__(self, by: By, household: int) -> None:
        self.by, self.household = by, household

    async def pay(self, way: PayWay, number: int) -> None:
        await membership.take_dues(
            self.by, self.household, 1 + number % 3, way, None, key=codes.random_id()
        )

    async def open(self, number: int) -> None:
        await drawers.open_drawer(self.by, None, number * 7, from_bank=number % 2 == 0)

    async def bank(self, number: int) -> None:
        drawer = await drawers.find_open(None)
        if drawer is not None:
            await drawers.deposit(self.by, drawer.public_id, 1 + number)

    async def close(self, number: int) -> None:
        drawer = await drawers.find_open(None)
        if drawer is not None:
            counted = max(drawer.expected_cents + number - 50, 0)
            await drawers.close_drawer(
                self.by, drawer.public_id, counted, banked_cents=counted * (number % 3) // 2 % 90
            )

    async def undo(self, number: int) -> None:
        if order := await self._some_order(number):
            await membership.undo_dues(self.by, self.household, order, None, "Erreur")

    async def bounce(self, number: int) -> None:
        if order := await self._some_order(number):
            await membership.bounce_cheque(self.by, order, "Sans provision")

    async def remit(self, number: int) -> None:
        some = await cheques.waiting()
        await cheques.deposit(self.by, [each.payment for each in some[: 1 + number % 2]])

    async def transfer(self, number: int) -> None:
        order = await membership.order_transfer(self.by, self.household, 1 + number % 3)
        said = f"VIR {await billing.reference_of(order)}"
        await lines.add_lines(self.by, [Entry(clock.today(), order.amount_cents, said)], "x")
        line = (await lines.waiting())[-1]
        await membership.match_transfer(self.by, line.public_id, order.public_id)

    async def give_back(self, number: int) -> None:
        await lines.add_lines(self.by, [Entry(clock.today(), 1 + number, codes.random_id())], "x")
        await lines.give_back(self.by, (await lines.waiting())[-1].public_id)

    async def reverse(self, number: int) -> None:
        wish = CostWish(
            on=clock.today(),
            label="Papier",
            account=Account.PURCHASES,
            amount_cents=1 + number,
            key=codes.random_id(),
        )
        await costs.enter(self.by, wish)
        found = [e for e in await journal.entries(clock.today(), clock.today()) if e.may_reverse]
        await journal.reverse(self.by, found[number % len(found)].id, "Erreur")

    async def _some_order(self, number: int) -> str | None:
        rows = await fetch("SELECT public_id FROM pay_order ORDER BY id")
        return rows[number % len(rows)]["public_id"] if rows else None


ACTS = {
    "cash": lambda c, n: c.pay(PayWay.CASH, n),
    "cheque": lambda c, n: c.pay(PayWay.CHEQUE, n),
    "paid": lambda c, n: c.pay(PayWay.TRANSFER, n),
    **{
        name: getattr(Counter, name)
        for name in (
            "open",
            "bank",
            "close",
            "undo",
            "bounce",
            "remit",
            "transfer",
            "give_back",
            "reverse",
        )
    },
}
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 99)), min_size=4, max_size=14
)


@pytest.mark.races
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_books_are_the_sum_of_their_papers_whatever_is_done(db: Database, steps):
    """B8: sales, undoing, counts, deposits, bounces, transfers, reversals, in any order.

    The journal is zero, each account is what its papers say, and sales are where their money is.
    """
    await empty_tables(db.owner_url)
    await one_day_for(20)
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    counter = Counter(clerk, (await add_household()).household_id)
    done = 0
    for name, number in [("open", 50), *steps]:
        try:
            await ACTS[name](counter, number)
        except DomainError:
            continue  # refused: nothing of it may be left
        done += 1
    await agree()
    assert done


async def agree() -> None:
    wrong = await fetch(
        "SELECT entry FROM journal_line GROUP BY entry HAVING sum(debit_cents - credit_cents) <> 0"
    )
    assert wrong == []
    today = clock.today()
    found = await books.reconciliation(today, today)
    assert found.whole
    for each in found.balances:
        # A transfer taken at the desk waits for its line.
        expected = {"transfer": await desk_transfers()}.get(each.what, 0)
        assert each.difference_cents == expected, each
    assert all(gap.whole for gap in await books.gaps())
    held = await fetch_value(
        "SELECT coalesce(sum(debit_cents - credit_cents), 0) FROM journal_line WHERE account = '467'"
    )
    assert held == 0


async def desk_transfers() -> int:
    cents: int = await fetch_value(
        "SELECT coalesce(sum(CASE WHEN p.kind = 'payment' THEN p.amount_cents ELSE -p.amount_cents"
        " END), 0)::bigint FROM payment p WHERE p.way = 'transfer' AND NOT EXISTS (SELECT 1"
        " FROM bank_line l JOIN journal_entry e ON e.id = l.entry WHERE e.payment = p.id)"
    )
    return cents
