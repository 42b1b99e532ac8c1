"""Money of loans in the club's books: Stripe, drawers, cheques and exports say the same (B9, B10)."""

from datetime import timedelta

from backend.audit.service import SYSTEM
from backend.billing import books, drawers, fec, jobs
from backend.billing.rules import PayWay
from backend.jobs.reconciliation import reconcile
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.rules import DepositMode, DepositWay
from backend.lending.service import damages, deposits, paying
from backend.lending.values import Back
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from tests import factories, lending
from tests.factories import open_drawer, pay_dues
from tests.lending import Shelf, mine, staff, whom
from tests.paying import events, pay


async def owing(shelf: Shelf, member: Member, name: str, cents: int) -> int:
    """A loan that came back broken; gives its line."""
    given = await lend.lend_now(staff(), whom(member), (await shelf.resource(name)).code)
    await lend.take_back(staff(), given.line, Back())
    await damages.charge_damage(SYSTEM, given.line, cents, "Cassé", key=name)
    return given.line


async def paid_online(stripe: Remote, member: Member) -> str:
    by = mine(member).by
    ordered = await paying.order_payment(member.household_id, by, done_path="/", back_path="/")
    await jobs.hurry(ordered.row)
    session = await pay(stripe, ordered.public_id)
    await events(stripe)
    return session


async def test_exports_and_totals_hold_the_money_of_loans(stripe: Remote):
    """B9, B10, L35: dues and loans by Stripe, in notes and by cheque, a deposit that is held, one
    refund: sales are payouts, fees, drawers, cheques; the count of the drawer finds them.
    """
    shelf = await lending.add_shelf()
    alice, bob = [await factories.add_member(name, address=f"{name}@example.org") for name in "AB"]
    await open_drawer()
    await pay_dues(alice.household_id, 3)
    before = await drawers.find_open(None)
    assert before is not None
    await owing(shelf, alice, "Scie", 1200)
    await paid_online(stripe, alice)
    await owing(shelf, bob, "Perceuse", 700)
    await paying.take_payment(SYSTEM, bob.household_id, 700, PayWay.CASH, None, key="cash")
    await owing(shelf, bob, "Ponceuse", 900)
    await paying.take_payment(SYSTEM, bob.household_id, 900, PayWay.CHEQUE, None, key="cheque")
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 3000}
    trailer = await shelf.resource("Remorque", **pledge)
    start = clock.start_of_day(
        clock.today() + timedelta(days=(1 - clock.today().weekday()) % 7 or 7)
    )
    wish = lending.want(trailer, start + timedelta(hours=10))
    line = (await lend.book(staff(), whom(bob), [wish])).lines[0]
    await deposits.take(SYSTEM, line, DepositWay.CASH, None, key="deposit")
    await stripe.pay_out()
    await reconcile()
    today = clock.today()
    found = await books.reconciliation(today, today)
    assert found.whole
    assert [one for one in found.balances if one.difference_cents] == []
    drawer = await drawers.find_open(None)
    assert drawer is not None
    assert drawer.expected_cents == before.expected_cents + 700 + 3000
    sold = await books.sales(today, today)
    loans = [one.amount_cents for one in sold if one.receipt[:1] in {"L", "D"}]
    assert sorted(loans) == [700, 900, 1200, 3000]
    lines = b"".join([piece async for piece in fec.lines(today, today)]).decode()
    for account, name in (("411", "Adhérents"), ("165", "Dépôts et cautionnements reçus")):
        assert f"\t{account}\t{name}\t" in lines
    assert all(gap.whole for gap in await books.gaps())


async def test_a_waived_damage_that_was_paid_online_goes_back_by_stripe(stripe: Remote):
    """L35, B4, B8: asked once, booked once, with its credit note; the ledger ends at zero."""
    shelf = await lending.add_shelf()
    alice = await factories.add_member("Alice", address="alice@example.org")
    await owing(shelf, alice, "Scie", 1200)
    await paid_online(stripe, alice)
    debt = await fetch_value("SELECT public_id FROM loan_debt")
    await damages.waive(SYSTEM, debt, 500, "Geste", key="w")
    for row in await fetch("SELECT id FROM outbox WHERE kind = 'refund'"):
        await jobs.hurry(row["id"])
    await events(stripe)
    rows = await fetch("SELECT kind, amount_cents FROM lending_entry ORDER BY id")
    expected = [("damage", 1200), ("payment", 1200), ("waiver", 500), ("refund", 500)]
    assert [tuple(row) for row in rows] == expected
    assert await fetch_value("SELECT count(*) FROM receipt WHERE series = 'AL'") == 1


async def test_a_dispute_makes_the_debt_owed_again(stripe: Remote):
    """L35, B7: the bank took it back; won, it is paid again, and no new debit is made."""
    shelf = await lending.add_shelf()
    alice = await factories.add_member("Alice", address="alice@example.org")
    await owing(shelf, alice, "Scie", 1200)
    session = await paid_online(stripe, alice)
    disputed = await stripe.open_dispute(session)
    await events(stripe)
    rows = await fetch("SELECT kind, amount_cents FROM lending_entry ORDER BY id")
    assert [tuple(row) for row in rows][2:] == [("refund", 1200)]
    await stripe.close_dispute(disputed["id"], "won")
    await events(stripe)
    rows = await fetch("SELECT kind, amount_cents FROM lending_entry ORDER BY id")
    assert [tuple(row) for row in rows][3:] == [("payment", 1200)]
    assert await fetch_value("SELECT count(*) FROM difference WHERE kind = 'disputed'") == 1
