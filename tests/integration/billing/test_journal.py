"""The journal and the numbered receipts, by raw SQL and under races."""

import asyncio

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit.service import SYSTEM, person
from backend.billing import drawers, journal
from backend.billing import queries as billing_queries
from backend.billing import receipts as numbered
from backend.billing import service as billing
from backend.billing.errors import EntryHasDocument, EntryUnbalanced, ReceiptUnknown
from backend.billing.gateway import Movement
from backend.billing.rules import Account, Line, PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.membership import service as membership
from backend.membership.errors import HouseholdUnknown
from backend.membership.rules import Category
from tests.conftest import Database
from tests.factories import add_household, add_person, open_drawer, pay_dues

ENTRY = (
    "INSERT INTO journal_entry (key, booked_on, booked_at, label)"
    " VALUES ($1, current_date, now(), '') RETURNING id"
)
LINE = (
    "INSERT INTO journal_line (entry, account, debit_cents, credit_cents) VALUES ($1, $2, $3, $4)"
)


@pytest.mark.parametrize(
    "lines",
    [
        [("530", 100, 0)],
        [("530", 100, 0), ("756", 0, 99)],
        [("530", 100, 0), ("756", 100, 0)],
        [],
    ],
)
async def test_the_database_refuses_an_entry_that_is_not_zero(db: Database, lines):
    """B8: raw SQL, looked at when the transaction commits."""
    connection = await asyncpg.connect(db.app_url)
    with pytest.raises(asyncpg.CheckViolationError):
        async with connection.transaction():
            entry = await connection.fetchval(ENTRY, "k")
            for line in lines:
                await connection.execute(LINE, entry, *line)
    assert await connection.fetchval("SELECT count(*) FROM journal_entry") == 0
    await connection.close()


async def test_a_line_added_later_is_refused(db: Database):
    """B8: an entry in balance stays so."""
    connection = await asyncpg.connect(db.app_url)
    async with connection.transaction():
        entry = await connection.fetchval(ENTRY, "k")
        await connection.execute(LINE, entry, "530", 100, 0)
        await connection.execute(LINE, entry, "756", 0, 100)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(LINE, entry, "530", 5, 0)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(LINE, entry, "530", 0, 0)
    await connection.close()


async def test_an_entry_out_of_balance_is_refused_before_the_database(db: Database):
    """B8: a bug in a caller has a name."""
    with pytest.raises(EntryUnbalanced):
        async with transaction():
            lines = [Line(Account.CASH, debit_cents=5), Line(Account.DUES, credit_cents=4)]
            await journal.post("k", "", lines, at=clock.now())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(PayWay),
        st.sampled_from(PaymentKind),
        st.integers(1, 90_000),
        st.integers(0, 300),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
async def test_whatever_moves_the_journal_is_zero(db: Database, steps):
    """B8: any payments, refunds and disputes, any way: each entry and the whole are zero."""
    await open_drawer(float_cents=30_000_000)  # more than 25 times twelve steps take out
    before: int = await fetch_value("SELECT count(*) FROM journal_entry")
    async with transaction():
        payer_id = await billing.open_payer("Alice", "", "", "")
        for way, kind, amount, fee in steps:
            order = await billing.open_order(payer_id, "dues", way, "", amount, {})
            moved = Movement(kind=kind, amount_cents=amount, at=clock.now(), fee_cents=fee)
            await billing.record_payment(order, moved)
    assert await fetch_value("SELECT count(*) FROM journal_entry") == before + len(steps)
    wrong = await fetch(
        "SELECT entry FROM journal_line GROUP BY entry HAVING sum(debit_cents - credit_cents) <> 0"
    )
    assert wrong == []


@pytest.mark.races
async def test_receipts_have_no_gap_when_many_desks_work_at_once(db: Database):
    """M9: 24 payments at once, a third of which are refused after the number was drawn."""
    await open_drawer()
    homes = [await add_household(f"P{at}", "Martin") for at in range(24)]

    async def take(at: int) -> bool:
        try:
            if at % 3 == 0:
                await take_and_fail(homes[at].household_id)
            await membership.take_dues(
                SYSTEM, homes[at].household_id, 1, PayWay.CASH, None, key=f"k{at}"
            )
        except HouseholdUnknown:
            return False
        return True

    done = await asyncio.gather(*(take(at) for at in range(24)))
    assert done.count(False) == 8
    numbers = [row["number"] for row in await fetch("SELECT number FROM receipt ORDER BY number")]
    assert numbers == list(range(1, 17))


async def take_and_fail(household_id: int) -> None:
    """A number is drawn, then the use case is refused."""
    async with transaction():
        await fetch(
            "INSERT INTO receipt_counter (series, year, last) VALUES ('C', $1, 1)"
            " ON CONFLICT ON CONSTRAINT receipt_counter_once"
            " DO UPDATE SET last = receipt_counter.last + 1",
            clock.paris(clock.now()).year,
        )
        await membership.lock_household(-household_id)


async def test_numbers_begin_anew_each_year(db: Database):
    """M9: per year and series."""
    joined = await add_household()
    with clock.frozen(clock.parse_instant("2026-12-31T23:59:00+01:00")):
        assert (await pay_dues(joined.household_id, 1)).receipt == "C-2026-00001"
    with clock.frozen(clock.parse_instant("2027-01-01T00:00:00+01:00")):
        assert (await pay_dues(joined.household_id, 1)).receipt == "C-2027-00001"


async def test_a_receipt_prints_identically_for_ever(db: Database):
    """M9: it says there is no tax reduction; after a price change it is the same bytes."""
    joined = await add_household(category=Category.TENANT)
    taken = await pay_dues(joined.household_id, 12)
    receipt = await billing_queries.get_receipt(taken.receipt_public_id)
    first = await numbered.render(receipt)
    assert first.startswith(b"%PDF")
    assert "aucune réduction d'impôt" in " ".join(receipt.printed["sentences"])
    assert receipt.printed["amount"] == "12,00\xa0€"
    await membership.set_price(SYSTEM, Category.TENANT, 300, clock.today())
    await fetch("UPDATE payer SET name = 'Somebody Else'")
    again = await billing_queries.get_receipt(taken.receipt_public_id)
    assert await numbered.render(again) == first
    assert await fetch_value("SELECT count(*) FROM issued_paper") == 1


async def test_two_first_prints_at_once_give_one_paper(db: Database):
    """M9: stored as issued, once."""
    joined = await add_household()
    taken = await pay_dues(joined.household_id)
    receipt = await billing_queries.get_receipt(taken.receipt_public_id)
    one, other = await asyncio.gather(numbered.render(receipt), numbered.render(receipt))
    assert one == other
    assert await fetch_value("SELECT count(*) FROM issued_paper") == 1


async def test_a_receipt_is_unknown_to_other_payers(db: Database):
    alice, bob = await add_household(), await add_household("Bob", "Petit")
    taken = await pay_dues(alice.household_id)
    payer = await fetch_one("SELECT payer FROM household WHERE id = $1", bob.household_id)
    assert payer is not None
    with pytest.raises(ReceiptUnknown):
        await billing_queries.get_receipt(taken.receipt_public_id, payer["payer"])


async def test_what_a_drawer_says_is_taken_back_by_a_count_alone(db: Database):
    """B8, B9: reversed by hand, the books would differ for ever from the coins that lie there."""
    await open_drawer(float_cents=5000)
    drawer = await drawers.find_open(None)
    assert drawer is not None
    await drawers.close_drawer(person(await add_person()), drawer.public_id, 4000)
    entries = await fetch("SELECT id, key FROM journal_entry ORDER BY id")
    assert [row["key"].split(":")[2] for row in entries] == ["float", "closed"]
    for row in entries:
        with pytest.raises(EntryHasDocument):
            await journal.reverse(SYSTEM, row["id"], "Erreur")
    assert await fetch_value("SELECT count(*) FROM journal_entry") == 2
