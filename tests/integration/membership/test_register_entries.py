"""Who never paid and whom nothing reaches: found by an index, and always as their rows say."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backend.insight import jobs
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import entries, register
from backend.membership.register import Filter, Line, Reached
from backend.membership.rules import Status
from tests.bench import town
from tests.bench.stage import analyze
from tests.bench.town import settle
from tests.conftest import Database, empty_tables
from tests.factories import add_household, add_member
from tests.plans import pages_read

HOMES, TOWN, IMPORTED = 2, 3_000, 1_000
MOST_PAGES = 400  # of some thousand: of an index, also what a snapshot elsewhere keeps dead


class Club:
    """Some households to which things happen; `number` says when and for how long."""

    def __init__(self, homes: list[int]) -> None:
        self.homes = homes

    async def come(self, home: int, number: int) -> None:
        await fetch(
            "WITH new AS (INSERT INTO person (public_id, given_name, family_name, language, search,"
            " created_at) VALUES (gen_random_uuid()::text, 'Bob', 'Petit', 'fr', 'bob petit', $2)"
            " RETURNING id) INSERT INTO household_member (household, person, adult, joined_on)"
            " SELECT $1, id, $3, $2::timestamptz::date FROM new",
            home,
            clock.now(),
            number % 3 > 0,
        )

    async def leave(self, home: int, number: int) -> None:
        await fetch(
            "UPDATE household_member SET left_on = $2 WHERE id = (SELECT id FROM household_member"
            " WHERE household = $1 AND left_on IS NULL ORDER BY id OFFSET $3 LIMIT 1)",
            home,
            clock.today(),
            number % 2,
        )

    async def move(self, home: int, number: int) -> None:
        await fetch(
            "UPDATE household_member SET household = $2 WHERE household = $1 AND left_on IS NULL",
            home,
            self.homes[number % HOMES],
        )

    async def give_address(self, home: int, number: int) -> None:
        await fetch(
            "INSERT INTO contact_point (public_id, person, channel, value, created_at)"
            " SELECT gen_random_uuid()::text, person, $2, gen_random_uuid()::text, $3"
            " FROM household_member WHERE household = $1 ORDER BY id DESC LIMIT 1",
            home,
            ("email", "sms")[number % 2],
            clock.now(),
        )

    async def lose_address(self, home: int, number: int) -> None:
        await fetch(
            "UPDATE contact_point SET ended_at = $2 WHERE id = (SELECT c.id FROM contact_point c"
            " JOIN household_member m ON m.person = c.person WHERE m.household = $1"
            " AND c.ended_at IS NULL ORDER BY c.id OFFSET $3 LIMIT 1)",
            home,
            clock.now(),
            number % 2,
        )

    async def pay(self, home: int, number: int) -> None:
        """Some days around today; every third a debit that is under way, or was."""
        first = clock.today() + timedelta(days=number - 30)
        await fetch(
            "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at,"
            " provisional_until) SELECT $1, daterange($2, $3), 'neighbour', 0, o.id, $4, $5"
            " FROM pay_order o ORDER BY o.id LIMIT 1 ON CONFLICT ON CONSTRAINT period_no_overlap DO NOTHING",
            home,
            first,
            first + timedelta(days=1 + number % 20),
            clock.now(),
            None if number % 3 else first + timedelta(days=number % 7),
        )

    async def arrive(self, home: int, _: int) -> None:
        await fetch("UPDATE period SET provisional_until = NULL WHERE household = $1", home)

    async def cancel(self, home: int, _: int) -> None:
        await fetch(
            "UPDATE period SET cancelled_at = $2 WHERE id = (SELECT id FROM period"
            " WHERE household = $1 AND cancelled_at IS NULL ORDER BY lower(during) LIMIT 1)",
            home,
            clock.now(),
        )

    async def end(self, home: int, _: int) -> None:
        await fetch("UPDATE household SET ended_at = $2 WHERE id = $1", home, clock.now())


ACTS: list[Callable[[Club, int, int], Awaitable[None]]] = [
    Club.come, Club.leave, Club.move, Club.give_address, Club.give_address, Club.lose_address,
    Club.lose_address, Club.pay, Club.pay, Club.arrive, Club.cancel, Club.end,
]  # fmt: skip
LIFE = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, HOMES - 1), st.integers(0, 60)),
    min_size=4,
    max_size=20,
)


async def found(**wanted: object) -> list[Line]:
    return await register.everybody(Filter(**wanted))  # type: ignore[arg-type]


def unreached(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.email is None and line.phone is None]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(life=LIFE)
@example(life=[(Club.pay, 0, 10), (Club.cancel, 0, 0)])
@example(life=[(Club.pay, 0, 12), (Club.arrive, 0, 0)])
@example(life=[(Club.leave, 0, 0), (Club.move, 1, 0)])
@example(life=[(Club.lose_address, 0, 0), (Club.give_address, 0, 0)])
async def test_filters_find_what_the_whole_list_says_when_anything_happened(
    db: Database, life: list[tuple[Callable[[Club, int, int], Awaitable[None]], int, int]]
) -> None:
    """M1, PERF6: an index narrows what is read, and never changes what is found."""
    try:
        await add_member()  # the order that periods name
        homes = [await add_household(address=f"bob{at}@example.org") for at in range(HOMES)]
        club = Club([home.household_id for home in homes])
        for act, home, number in life:
            await act(club, club.homes[home], number)
            assert await entries.check() == []
        everybody = [*await found(), *await found(status=Status.ENDED)]
        for status in Status:
            assert await found(status=status) == [one for one in everybody if one.status is status]
        assert await found(reached=Reached.NOBODY) == unreached(await found())
        assert await found(status=Status.ENDED, reached=Reached.NOBODY) == unreached(
            await found(status=Status.ENDED)
        )
    finally:
        await empty_tables(db.owner_url)


@pytest.mark.parametrize(
    "wanted", [Filter(status=Status.PROSPECT), Filter(reached=Reached.NOBODY)], ids=str
)
async def test_few_are_found_without_reading_the_town(db: Database, wanted: Filter) -> None:
    """PERF6: one household among thousands is found by some pages of indexes, not by reading all."""
    await settle(TOWN, (await add_member(address="alice@example.org")).household_id)
    few = await add_household("Zoé", "Petit")
    await analyze(db.owner_url)
    assert [line.id for line in (await register.find(wanted)).lines] == [few.household_id]
    asked = (clock.today(), *register._conditions(wanted, []), None)
    assert await pages_read(register._statement(wanted, register.PAGE, 0), *asked) < MOST_PAGES


READ = (
    "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE relname"
    " IN ('household_member', 'contact_point', 'period', 'register_entry')"
)


async def test_who_comes_in_with_thousands_costs_what_one_costs(db: Database) -> None:
    """L44, PERF6: the plan of a first row, made on empty tables, reads no whole table for the others."""
    like = (await add_member()).household_id
    await fetch(town.PEOPLE, IMPORTED)
    await fetch(town.HOMES, IMPORTED, like)
    await analyze(db.owner_url)
    async with transaction():
        before = await fetch_value(READ)
        await fetch(town.LIVES)
        await fetch(town.CONTACTS)
        await fetch(town.PAID, like)
        await fetch("UPDATE contact_point SET ended_at = $1", clock.now())
        assert await fetch_value(READ) - before < 50 * IMPORTED
    assert await entries.check() == []


async def test_night_mends_and_names_an_entry_that_differs(db: Database) -> None:
    """V5, PERF6: what is kept is held against its rows; the household that differed is on record."""
    member = await add_member()
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("UPDATE register_entry SET paid_from = NULL, reached = NOT reached")
    await owner.close()
    await jobs.check()
    assert (await found(status=Status.PROSPECT), await entries.check()) == ([], [])
    told = await fetch_value("SELECT object_id FROM audit_entry WHERE verb = 'entries.differ'")
    assert told == member.household_public_id
