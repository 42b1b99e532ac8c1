"""The club's figures in any club: each equals the list that it links to."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import costs, journal, sums
from backend.billing.costs import CostWish
from backend.billing.rules import PayWay
from backend.insight import budget, dashboard, document, dues, figures, yearly
from backend.insight import queries as insight
from backend.insight.yearly import Month, Share, Totals
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import DomainError
from backend.membership import office as membership
from backend.membership import register, steps
from backend.membership import service as households
from backend.membership.register import Filter
from backend.membership.rules import Category
from backend.vouchers import office as vouchers
from backend.vouchers import savings
from tests.conftest import Database, empty_tables
from tests.factories import add_dwelling, add_household, add_market, add_person, open_drawer
from tests.midnight import one_day_for

USE = (
    "INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop, channel,"
    " mode, at, saving_cents) SELECT gen_random_uuid()::text, o.id, 1, m.household, m.person, o.partner,"
    " s.id, 'scan', 'online', $2, $3 FROM household_member m, offer o JOIN shop s ON s.partner = o.partner"
    " WHERE m.household = $1 AND m.left_on IS NULL ORDER BY m.id LIMIT 1 RETURNING id"
)


class Club:
    """A club to which things happen; `number` chooses whom and how much."""

    def __init__(self, by: By) -> None:
        self.by, self.homes = by, list[int]()

    async def join(self, number: int) -> None:
        """Some pay long ago, some for a month only, some never; every third proves its dwelling."""
        with clock.travel(timedelta(days=-number * 7)):
            home = await self._settle_down(number)
            for other in range(number % 4):
                await households.add_adult(SYSTEM, home.household_id, f"Bob{other}", "Petit")
            self.homes.append(home.household_id)
            if number % 5:
                await self._pay(home.household_id, (1, 3, 12, 24)[number % 4])

    async def _settle_down(self, number: int) -> Any:
        if number % 3:
            return await add_household("Zoé", f"Petit{number}")
        contract = f"L/01 {len(self.homes):05}"
        await add_dwelling(contract, "80000", 3, landlord=("orme", "autre")[number % 2])
        return await add_household(
            "Zoé",
            f"Petit{number}",
            category=Category.TENANT,
            contract=contract,
            postcode="80000",
            rooms=3,
        )

    async def move(self, number: int) -> None:
        """Somebody proves to be no tenant any more."""
        if self.homes:
            await fetch(
                "UPDATE household SET dwelling = NULL, proof = 'neighbour' WHERE id = $1",
                self._home(number),
            )

    async def pay(self, number: int) -> None:
        if self.homes:
            await self._pay(self._home(number), 1 + number % 12)

    async def _pay(self, home: int, months: int) -> None:
        await households.take_dues(
            self.by, home, months, PayWay.CHEQUE, None, key=codes.random_id()
        )

    async def debit(self, number: int) -> None:
        """A payment under way, which may have had its time."""
        if self.homes:
            until = clock.today() + timedelta(days=number % 5 - 2)
            await fetch(
                "UPDATE period SET provisional_until = $2 WHERE id = (SELECT id FROM period"
                " WHERE household = $1 AND cancelled_at IS NULL ORDER BY id DESC LIMIT 1)",
                self._home(number),
                until,
            )

    async def end(self, number: int) -> None:
        if len(self.homes) > 1:
            await households.end_household(SYSTEM, self.homes.pop(number % len(self.homes)))

    async def use(self, number: int) -> None:
        if self.homes:
            at = clock.now() - timedelta(days=number * 5)
            made = await fetch_value(USE, self._home(number), at, 100 + number)
            if number % 6 == 0:
                await fetch(
                    "INSERT INTO reversal (public_id, redemption, at, reason)"
                    " VALUES (gen_random_uuid()::text, $1, $2, 'mistake')",
                    made,
                    at,
                )

    async def spend(self, number: int) -> None:
        account = list(costs.TYPED)[number % len(costs.TYPED)]
        wish = CostWish(
            on=clock.today() - timedelta(days=number),
            label="Achat",
            account=account,
            amount_cents=1 + number,
            key=codes.random_id(),
        )
        await costs.enter(SYSTEM, wish)

    async def take_back(self, number: int) -> None:
        year = await budget.year(clock.today().year)
        found = [one for one in await costs.costs(year.first, year.last) if one.may_reverse]
        if found:
            await journal.reverse(SYSTEM, found[number % len(found)].entry, "Erreur")

    def _home(self, number: int) -> int:
        return self.homes[number % len(self.homes)]


ACTS: list[Callable[[Club, int], Awaitable[Any]]] = [
    Club.join, Club.join, Club.join, Club.pay, Club.debit, Club.end, Club.use, Club.use, Club.spend,
    Club.take_back, Club.move,
]  # fmt: skip


async def check(club: Club) -> None:
    """Each figure against the list or table behind its link."""
    today = clock.today()
    now = await dashboard.now(today)
    listed = await register.everybody(Filter(member=True))
    assert (now.households, now.people) == (len(listed), sum(line.people for line in listed))
    members = await dashboard.members(today)
    assert (members.households, members.people, members.adults) == (
        now.households,
        now.people,
        now.adults,
    )
    assert (await membership.members_by_month(today))[-1].households == now.households
    received = await dues.received(today)
    assert now.dues_cents == sum(month.total_cents for month in received)
    year = await vouchers.savings_by_month(today)
    assert year.uses == sum(month.uses for month in year.months)
    spent = await costs.spent(now.year.first, now.year.last)
    typed = await costs.costs(now.year.first, now.year.last)
    assert now.year.spent_cents == sum(one.cents for one in spent)
    assert now.year.spent_cents == sum(one.amount_cents for one in typed)
    assert now.year == await budget.year(today.year)
    await check_report(now)


async def check_report(now: dashboard.Now) -> None:
    """Members and people of the year's report are those of the dashboard on the same day."""
    today = clock.today()
    totals = await yearly.totals(None, now.year.first, today)
    assert (totals.households, totals.people) == (now.households, now.people)
    months = await yearly.months(None, now.year.first, today)
    assert months[-1].households in (now.households, None)
    uses = await fetch_value(
        "SELECT count(*) FROM redemption x WHERE x.at >= $1"
        " AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = x.id)",
        clock.start_of_day(now.year.first),
    )
    if all(month.uses is not None for month in months):
        assert sum(month.uses or 0 for month in months) == uses
    shares = await yearly.by_landlord(today)
    assert sum(share.households for share in shares) == now.households
    told = await document.of_club(today.year)
    assert len(told.tables[0].rows) == today.month
    await check_kept(totals, months, shares)


async def check_kept(totals: Totals, months: list[Month], shares: list[Share]) -> None:
    """What is added up from what is kept is what is counted from every row."""
    today = clock.today()
    first = date(today.year, 1, 1)
    kept = await yearly.so_far(today)
    assert replace(kept.totals, users=0) == replace(totals, users=0, payers=0)
    assert kept.money == await budget.year(today.year)
    assert kept.contracts == await yearly.contracts(None, first, today)
    assert await yearly.months_so_far(today) == months
    assert await yearly.shares_now(today) == shares
    for landlord in (None, *(each.id for each in await insight.landlords())):
        assert await insight.residences_now(landlord, today) == await insight.residences(
            landlord, today, first
        )


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@given(told=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 60)), min_size=5, max_size=18))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_every_figure_is_that_of_its_list_in_any_club(db: Database, told: Any):
    """V5, PERF6: figures are those of the lists they link to, kept or counted, whatever happened."""
    await one_day_for(60)
    try:
        clerk = await add_person("Nadia", "Comptoir")
        await add_market()
        await open_drawer()
        club = Club(By(Actor.PERSON, clerk))
        for at, (act, number) in enumerate(told):
            if at == len(told) // 2:
                await figures.settle()  # what comes after stands beside what is kept
            with suppress(DomainError):  # refused: nothing of it may be left
                await act(club, number)
        async with transaction():
            await savings.settle()
        await check(club)
        await figures.settle()
        await check(club)
        with clock.travel(timedelta(days=33)):
            await check_report(await dashboard.now(clock.today()))
        async with transaction():
            assert await sums.settle() == []
            assert await steps.settle() == []
        assert await figures.check() == []
    finally:
        await empty_tables(db.owner_url)
