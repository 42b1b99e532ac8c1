"""The treasurer's sums and files: of the period that is asked for, with every fee, and on record."""

import asyncio
import csv
import io
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, journal, lines, payouts, reconciliations
from backend.billing.errors import BankLineSettled
from backend.billing.gateway import BalanceLine, PayoutFacts
from backend.billing.rules import PayoutStatus, PayWay
from backend.billing.statements import Entry
from backend.jobs.reconciliation import reconcile
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.membership import service as membership
from backend.sandbox.stripe.remote import Remote
from tests.conftest import Database
from tests.factories import add_household, pay_dues
from tests.integration.billing.test_misfortunes import paying, send_all
from tests.integration.office.test_treasury import HOME, Treasurer, a_month, tom
from tests.paying import events

__all__ = ["tom"]  # a fixture


def fec_rows(text: str) -> list[dict[str, str]]:
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


async def test_income_is_of_the_period_when_it_has_an_end(tom: Treasurer) -> None:
    """B10: what came after its last day is not in it."""
    await pay_dues((await add_household()).household_id, 1)
    before = clock.today() - timedelta(days=3)
    assert "5,00" in await tom.open("")
    page = await tom.open(f"?du={before - timedelta(days=9)}&au={before}")
    assert "Cotisations reçues" in page
    assert "5,00" not in page.split("Ce qui attend")[0]


async def test_fees_told_later_are_in_the_sales_and_the_costs(
    tom: Treasurer,
    stripe: Remote,
) -> None:
    """B1, B10: the column of the file is what account 627 says; a dispute's fee is a cost of its way."""
    await stripe.mishaps(late_balance=True)
    _, _, session = await paying(stripe, PayWay.ONLINE)
    await stripe.settle_late()
    await events(stripe)
    await stripe.mishaps()
    await stripe.open_dispute(session)
    await events(stripe)
    await send_all()
    today = clock.today()
    booked = await fetch_value(
        "SELECT sum(debit_cents - credit_cents)::bigint FROM journal_line WHERE account = '627'"
    )
    assert booked > 2000
    sold = await books.sales(today, today)
    assert [one.kind for one in sold] == ["payment", "dispute"]
    assert all(one.fee_cents for one in sold)
    assert sum(one.fee_cents for one in sold) == booked
    [cost] = (await books.summary(today, today)).costs
    assert (cost.payments, cost.amount_cents, cost.fee_cents) == (1, 1200, booked)
    await stripe.charge_fee(47)
    await reconcile()
    assert (await books.summary(today, today)).other_fees_cents == 47
    assert "Stripe a pris 0,47" in await tom.open("")


async def test_a_line_of_stripes_is_not_taken_back_by_hand(tom: Treasurer, db: Database) -> None:
    """B8: account 5125 would say what Stripe does not hold, for ever."""
    await reconciliations.book_line(
        BalanceLine(line_id="txn_1", kind="fee", about=None, net_cents=-47, at=clock.now()),
        known=False,
    )
    [entry] = await journal.entries(clock.today(), clock.today())
    assert not entry.may_reverse
    answer = await tom.send(f"/comptes/ecritures/{entry.id}", {"reason": "x"})
    assert answer.status_code == 409


async def test_every_taking_of_the_fec_is_on_record(tom: Treasurer) -> None:
    """D3, B10: who, when, which period, how many lines; as every other list that leaves."""
    await a_month()
    answer = await tom.browser.get(f"{HOME}/comptes/fec?du=2026-01-01&au=2026-12-31")
    noted = await fetch_one(
        "SELECT actor_id, facts::text FROM audit_entry WHERE verb = 'list.export'"
    )
    assert noted is not None
    assert noted["actor_id"] is not None
    assert '"list": "fec"' in noted["facts"]
    assert "2026-01-01 2026-12-31" in noted["facts"]
    assert f'"rows": {len(fec_rows(answer.text))}' in noted["facts"]


async def test_fec_has_the_columns_of_the_law_in_its_order(tom: Treasurer) -> None:
    """B10: LPF art. A47 A-1, VII, 1°: 18 columns, none of the first eleven empty but the auxiliaries."""
    await a_month()
    answer = await tom.browser.get(f"{HOME}/comptes/fec")
    heading = answer.text.splitlines()[0].split("\t")
    assert heading == [
        "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
        "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
        "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
    ]  # fmt: skip
    for row in fec_rows(answer.text):
        wanted = {*heading[:6], "PieceRef", "PieceDate", "EcritureLib", "ValidDate"}
        assert all(row[name] for name in wanted), row
        assert row["CompteNum"][:3].isdigit()


async def test_an_entry_was_validated_on_the_day_it_was_written(
    tom: Treasurer,
    stripe: Remote,
) -> None:
    """B5, B10: what a night repairs days later keeps its day, and does not claim to be older than it is."""
    first = clock.today() - timedelta(days=4)
    with clock.travel(-timedelta(days=4)):
        await stripe.mishaps(drop=["*"])
        await paying(stripe, PayWay.ONLINE)
    await reconcile()
    answer = await tom.browser.get(f"{HOME}/comptes/fec?du={first}&au={clock.today()}")
    [row] = [each for each in fec_rows(answer.text) if each["CompteNum"] == "756"]
    assert row["EcritureDate"] == f"{first:%Y%m%d}"
    assert row["ValidDate"] == f"{clock.today():%Y%m%d}"


async def test_a_reference_is_found_among_very_many_orders(db: Database) -> None:
    """B10: orders that nobody pays wait for ever; the one whose reference is on the line comes first."""
    joined = await add_household("Alice", "Martin")
    order = await membership.order_transfer(SYSTEM, joined.household_id, 6)
    reference = await fetch_value("SELECT reference FROM pay_order")
    await fetch(
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at,"
        " reference) SELECT 'many' || n, payer, kind, way, label, 6000, terms, created_at,"
        " 'V-ZZ' || n FROM pay_order, generate_series(1000, 1800) n"
    )
    await lines.add_lines(
        SYSTEM, [Entry(clock.today(), 6000, f"VIR {reference.lower().replace('-', ' ')}")], "x"
    )
    [line] = await lines.waiting()
    found = await lines.candidates(line)
    assert (found[0].order, found[0].why) == (order.public_id, "reference")


@pytest.mark.races
async def test_two_lines_do_not_stand_for_one_entry(db: Database) -> None:
    """B10: matched at the same moment, one is told that it is settled."""
    await pay_by_transfer()
    await lines.add_lines(
        SYSTEM, [Entry(clock.today(), 500, "VIR 1"), Entry(clock.today(), 500, "VIR 2")], "x"
    )
    one, other = await lines.waiting()
    [entry] = [each.entry for each in await lines.candidates(one) if each.entry]
    both: list[Any] = await asyncio.gather(
        lines.match_entry(SYSTEM, one.public_id, entry),
        lines.match_entry(SYSTEM, other.public_id, entry),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in both) == [
        BankLineSettled.__name__,
        type(None).__name__,
    ]


async def pay_by_transfer() -> None:
    joined = await add_household("Bob", "Petit")
    await membership.take_dues(SYSTEM, joined.household_id, 1, PayWay.TRANSFER, None, key="k")


async def test_a_payout_that_comes_back_a_month_later_is_even_in_both_months(db: Database) -> None:
    """B10: sent in May, refused by the bank in June: each month has what happened in it."""
    sent = PayoutFacts(
        payout_id="po_1",
        status=PayoutStatus.PAID,
        amount_cents=1000,
        arrives_on=date(2026, 5, 31),
        made_at=clock.parse_instant("2026-05-28T10:00:00+02:00"),
    )
    back = clock.parse_instant("2026-06-02T10:00:00+02:00")
    refused = msgspec.structs.replace(sent, status=PayoutStatus.FAILED, returned_at=back)
    may, june = (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))
    for facts, of_june in ((sent, 0), (refused, -1000)):
        await payouts.settle_payout(facts)
        for month, cents in ((may, 1000), (june, of_june), ((may[0], june[1]), 1000 + of_june)):
            [told] = [
                each for each in (await books.reconciliation(*month)).balances
                if each.what == "payouts"
            ]  # fmt: skip
            assert (told.books_cents, told.difference_cents) == (cents, 0)
