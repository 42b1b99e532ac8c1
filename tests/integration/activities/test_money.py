"""A seat with a price is paid once, at the counter or by Stripe, and given back the same way (A1, A2, S6)."""

from datetime import timedelta

import asyncpg
import pytest

from backend.activities import money, privacy, queries
from backend.activities import service as activities
from backend.activities.errors import (
    NoSeatMoneyBack,
    NoSeatToPay,
    PaidSeatsToCome,
    SeatAmountChanged,
    SeatMoneyWaits,
)
from backend.activities.queries import Session
from backend.activities.rules import Scope
from backend.activities.service import paying
from backend.audit.service import SYSTEM
from backend.billing import books, cheques, jobs
from backend.billing import queries as billing
from backend.billing.counter import Taken, Till
from backend.billing.errors import OrderUnknown, PaymentUndone
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.service import sold
from backend.sandbox.stripe.remote import Remote
from tests import factories
from tests import paying as at_stripe
from tests.activities import add_child, by, details, hours, seat_of, session, take
from tests.property.test_desk_money import agree

PAGES = {"done_path": "/agenda/{order}", "back_path": "/agenda"}


async def priced(**said: object) -> Session:
    """An evening at five euros, and an open drawer."""
    await factories.open_drawer()
    return await session(price_cents=500, **said)


def till(cents: int, way: PayWay = PayWay.CASH) -> Till:
    return Till(cents=cents, way=way, site_id=None)


async def pay(member: Member, found: Session, cents: int, way: PayWay = PayWay.CASH) -> Taken:
    return await paying.take_payment(
        SYSTEM, member.household_id, found.public_id, till(cents, way), key=codes.random_id()
    )


async def pay_online(stripe: Remote, member: Member, found: Session) -> str:
    ordered = await paying.order_payment(member.household_id, found.public_id, by(member), **PAGES)
    await jobs.hurry(ordered.row)
    await at_stripe.pay(stripe, ordered.public_id)
    await at_stripe.events(stripe)
    return ordered.public_id


async def settled(stripe: Remote) -> None:
    """What was asked of Stripe is done there, and told."""
    rows = await fetch(
        "SELECT id FROM outbox WHERE kind = 'refund' AND done_at IS NULL ORDER BY id"
    )
    for row in rows:
        await jobs.hurry(row["id"])
    await at_stripe.events(stripe)


async def leave(member: Member, found: Session) -> bool:
    return (await activities.leave(by(member), member, await seat_of(member, found))).late


async def due(member: Member, found: Session) -> int:
    return await money.owed_in(member.household_id, found.public_id)


async def earned() -> int:
    """On the account of activities, credits less debits."""
    cents: int = await fetch_value(
        "SELECT coalesce(sum(credit_cents - debit_cents), 0)::bigint FROM journal_line"
        " WHERE account = '7062'"
    )
    return cents


async def refunds_asked() -> list[int]:
    return [
        row["cents"] for row in await fetch("SELECT amount_cents AS cents FROM refund ORDER BY id")
    ]


async def test_cash_for_a_seat_goes_into_the_drawer_of_dues_once(alice: Member) -> None:
    """A1, S6: one receipt in a series of its own; what is paid is not paid again, the books agree."""
    found = await priced()
    await take(alice, found)
    assert await due(alice, found) == 500
    with pytest.raises(SeatAmountChanged):
        await pay(alice, found, 400)
    key = codes.random_id()
    done = [
        await paying.take_payment(SYSTEM, alice.household_id, found.public_id, till(500), key=key)
        for _ in range(2)
    ]
    assert done[0] == done[1]
    assert done[0].receipt == "E-2026-00001"
    assert await due(alice, found) == 0
    with pytest.raises(NoSeatToPay):
        await pay(alice, found, 500)
    assert await earned() == 500
    await agree()


async def test_price_of_a_seat_stays_that_of_its_day(alice: Member, bob: Member) -> None:
    """A1: whoever has a seat owes what was said then; the next one the new price."""
    found = await priced()
    await take(alice, found)
    plain = await queries.plain(found.public_id)
    change = activities.Change(
        details=details(price_cents=800), hours=hours(), scope=Scope.THIS, version=plain.version
    )
    await activities.change(SYSTEM, found.public_id, change)
    await take(bob, found)
    assert (await due(alice, found), await due(bob, found)) == (500, 800)


async def test_who_waits_owes_nothing_until_a_seat_comes_free(alice: Member, bob: Member) -> None:
    """A2: a seat of the line is owed for from the moment it is had."""
    found = await priced(capacity=1)
    await take(alice, found)
    await take(bob, found)
    assert await due(bob, found) == 0
    with pytest.raises(NoSeatToPay):
        await pay(bob, found, 500)
    await leave(alice, found)
    assert (await due(alice, found), await due(bob, found)) == (0, 500)


async def test_cash_waits_at_the_counter_when_the_seat_is_given_up_in_time(alice: Member) -> None:
    """A2, S6: a reversal out of the drawer with its credit note, once; the seats that stay are paid."""
    found = await priced()
    await add_child(alice, "Lila")
    family = await queries.family(alice, found.public_id)
    await activities.take(
        by(alice), alice, found.public_id, [one.person for one in family], codes.random_id()
    )
    await pay(alice, found, 1000)
    assert await money.rests(alice.household_id) == []
    assert not await leave(alice, found)
    [rest] = await money.rests(alice.household_id)
    assert (rest.cents, rest.at_counter, rest.name) == (500, True, "Alice")
    assert await money.rests_in(found.public_id) == [rest]
    with pytest.raises(SeatAmountChanged):
        await paying.give_back(SYSTEM, rest.order, till(1000), key=codes.random_id())
    given = await paying.give_back(SYSTEM, rest.order, till(500), key=codes.random_id())
    assert given.receipt == "AE-2026-00001"
    with pytest.raises(NoSeatMoneyBack):
        await paying.give_back(SYSTEM, rest.order, till(500), key=codes.random_id())
    assert await money.rests(alice.household_id) == []
    assert (await due(alice, found), await earned()) == (0, 500)
    await agree()


async def test_nothing_is_given_back_when_the_seat_is_given_up_late(alice: Member) -> None:
    """A2: after the deadline what was paid stays; until the club cancels the evening itself."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500)
    with clock.frozen(found.starts_at - timedelta(hours=2)):
        assert await leave(alice, found)
        assert await money.rests(alice.household_id) == []
        await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Le four est cassé")
    assert [rest.cents for rest in await money.rests(alice.household_id)] == [500]


async def test_seat_paid_online_is_given_back_by_itself(
    stripe: Remote, alice: Member, bob: Member
) -> None:
    """A2, S6, B2: two seats in one payment, one given up in time: its part goes back, once."""
    found = await priced()
    await add_child(alice, "Lila")
    family = await queries.family(alice, found.public_id)
    await activities.take(
        by(alice), alice, found.public_id, [one.person for one in family], codes.random_id()
    )
    order = await pay_online(stripe, alice, found)
    assert (await due(alice, found), await earned()) == (0, 1000)
    await leave(alice, found)
    assert await refunds_asked() == [500]
    assert await money.rests(alice.household_id) == []
    await settled(stripe)
    await settled(stripe)
    assert (await earned(), await refunds_asked()) == (500, [500])
    assert await fetch_value("SELECT sum(paid_cents)::bigint FROM seat") == 500
    papers = await billing.receipts_of_order((await billing.get_order(order)).id)
    assert [paper.said for paper in papers] == ["AE-2026-00001", "E-2026-00001"]


async def test_cancelled_evening_gives_back_all_that_was_paid(
    stripe: Remote, alice: Member, bob: Member
) -> None:
    """A1, S6: by card where it came by card, at the counter where it came there; open pages close."""
    found = await priced()
    carl = await factories.add_member("Carl", "Roux", "carl@example.org")
    for one in (alice, bob, carl):
        await take(one, found)
    await pay_online(stripe, alice, found)
    await pay(bob, found, 500, PayWay.CHEQUE)
    page = await paying.order_payment(carl.household_id, found.public_id, by(carl), **PAGES)
    await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Le four est cassé")
    assert await refunds_asked() == [500]
    assert [rest.name for rest in await money.rests_in(found.public_id)] == ["Bob"]
    assert (await billing.get_order(page.public_id)).cancelled_at is not None
    assert [await due(one, found) for one in (alice, bob, carl)] == [0, 0, 0]
    await settled(stripe)
    assert await earned() == 500


async def test_same_page_is_given_when_it_is_asked_twice(stripe: Remote, alice: Member) -> None:
    """B4: one order for one debt; another sum closes the page before it."""
    found = await priced()
    await take(alice, found)
    asked = [
        await paying.order_payment(alice.household_id, found.public_id, by(alice), **PAGES)
        for _ in range(2)
    ]
    assert asked[0] == asked[1]
    lila = await add_child(alice, "Lila")
    await activities.take(by(alice), alice, found.public_id, [lila], codes.random_id())
    other = await paying.order_payment(alice.household_id, found.public_id, by(alice), **PAGES)
    assert other.public_id != asked[0].public_id
    assert (await billing.get_order(asked[0].public_id)).cancelled_at is not None


async def test_money_that_comes_twice_goes_back(stripe: Remote, alice: Member) -> None:
    """S6: paid at the counter while the page was open: the second money goes back the way it came."""
    found = await priced()
    await take(alice, found)
    ordered = await paying.order_payment(alice.household_id, found.public_id, by(alice), **PAGES)
    await jobs.hurry(ordered.row)
    await at_stripe.pay(stripe, ordered.public_id)
    await pay(alice, found, 500)
    await at_stripe.events(stripe)
    assert await refunds_asked() == [500]
    await settled(stripe)
    assert (await earned(), await due(alice, found)) == (500, 0)
    assert await money.rests(alice.household_id) == []


async def test_what_a_bank_takes_away_is_due_again(stripe: Remote, alice: Member) -> None:
    """S6, B6: a dispute, shown to the treasurer with its last day; the seat stays."""
    found = await priced()
    await take(alice, found)
    order = await pay_online(stripe, alice, found)
    payment = await fetch_value(
        "SELECT p.external_id FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " WHERE o.public_id = $1",
        order,
    )
    await stripe.open_dispute(payment)
    await at_stripe.events(stripe)
    assert await due(alice, found) == 500
    rows = await fetch("SELECT due_at FROM difference WHERE kind = 'disputed'")
    assert [row["due_at"] is not None for row in rows] == [True]


async def test_cheque_that_comes_back_is_due_again(alice: Member) -> None:
    """S6, B8: and an order of something else is none of a seat."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500, PayWay.CHEQUE)
    [cheque] = await cheques.waiting()
    await cheques.deposit(SYSTEM, [cheque.payment])
    await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    assert (await due(alice, found), await earned()) == (500, 0)
    dues = await factories.pay_dues(alice.household_id)
    other = (await billing.get_receipt(dues.receipt_public_id)).order_public_id
    with pytest.raises(OrderUnknown):
        await sold.bounce_cheque(SYSTEM, other, "Sans provision", sold=paying.SOLD)


async def test_a_payment_by_mistake_goes_back_and_is_due_again(alice: Member) -> None:
    """B8, A1: by its opposite, once; the seat stays, and is paid as it should have been."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500)
    [order] = await billing.orders_of(alice.payer_id, "activity")
    assert await undo(alice, order.public_id) == 500
    assert (await due(alice, found), await earned(), await money.rests(alice.household_id)) == (
        500,
        0,
        [],
    )
    with pytest.raises(PaymentUndone):
        await undo(alice, order.public_id)
    await pay(alice, found, 500, PayWay.CHEQUE)
    assert (await due(alice, found), await earned()) == (0, 500)
    await agree()


async def test_a_seat_given_up_owes_nothing_when_its_payment_is_undone(alice: Member) -> None:
    """A2, B8: its money goes back once, by one gesture or the other."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500)
    await leave(alice, found)
    [rest] = await money.rests(alice.household_id)
    await undo(alice, rest.order)
    assert (await due(alice, found), await money.rests(alice.household_id)) == (0, [])
    with pytest.raises(NoSeatMoneyBack):
        await paying.give_back(SYSTEM, rest.order, till(500), key=codes.random_id())
    await agree()


async def undo(member: Member, order: str) -> int:
    return await sold.undo_payment(
        SYSTEM, member.household_id, order, None, "Mauvaise personne", sold=paying.SOLD
    )


async def test_treasurer_gives_back_what_stripe_could_not(stripe: Remote, alice: Member) -> None:
    """B8, S6: its refund was refused; by transfer, with a credit note, and nothing waits any more."""
    found = await priced()
    await take(alice, found)
    order = await pay_online(stripe, alice, found)
    await leave(alice, found)
    await fetch("UPDATE refund SET refused_at = $1", clock.now())
    [rest] = await money.rests(alice.household_id)
    assert (rest.cents, rest.at_counter) == (500, False)
    with pytest.raises(NoSeatMoneyBack):
        await paying.give_back(SYSTEM, order, till(500), key=codes.random_id())
    wish = Repayment(order, 500, "Carte fermée", PayWay.TRANSFER)
    assert await sold.repay(SYSTEM, wish, key="k", sold=paying.SOLD) == "AE-2026-00001"
    assert await money.rests(alice.household_id) == []
    assert await earned() == 0


async def test_household_with_paid_seats_to_come_does_not_end(alice: Member) -> None:
    """M5: what is paid and not to come goes back first; then it ends."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500)
    with pytest.raises(PaidSeatsToCome):
        await membership.end_household(SYSTEM, alice.household_id)
    await leave(alice, found)
    with pytest.raises(SeatMoneyWaits):
        await membership.end_household(SYSTEM, alice.household_id)
    [rest] = await money.rests(alice.household_id)
    await paying.give_back(SYSTEM, rest.order, till(500), key=codes.random_id())
    await membership.end_household(SYSTEM, alice.household_id)


async def test_seat_of_who_has_left_is_given_back_with_its_money(
    stripe: Remote, alice: Member
) -> None:
    """A2, M5: somebody moves out; the night gives the seat to the line, and the money back."""
    found = await priced()
    lila = await add_child(alice, "Lila")
    await activities.take(by(alice), alice, found.public_id, [lila], codes.random_id())
    await pay_online(stripe, alice, found)
    await fetch(
        "UPDATE household_member SET left_on = $1 WHERE person = (SELECT id FROM person"
        " WHERE public_id = $2)",
        clock.today(),
        lila,
    )
    assert await activities.sweep() == 1
    assert await refunds_asked() == [500]


async def test_who_is_owed_money_for_a_seat_is_not_forgotten(alice: Member) -> None:
    """D2: names of old seats go, but for whom the club owes money; then theirs too."""
    found = await priced()
    await take(alice, found)
    await pay(alice, found, 500)
    await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Le four est cassé")
    later = found.ends_at + timedelta(days=400)
    assert await privacy.count_old(later) == 0
    [rest] = await money.rests(alice.household_id)
    await paying.give_back(SYSTEM, rest.order, till(500), key=codes.random_id())
    async with transaction():
        assert await privacy.purge_old(later) == 1


async def test_database_lets_no_seat_be_paid_twice(alice: Member, bob: Member) -> None:
    """A1: nor more than was paid, nor while it waits, nor at another price, whatever code forgets."""
    found = await priced(capacity=1)
    await take(alice, found)
    await take(bob, found)
    await pay(alice, found, 500)
    payment = await fetch_value("SELECT max(id) FROM payment")
    rows = await fetch("SELECT id FROM seat ORDER BY id")
    for seat, cents in ((rows[0]["id"], 1), (rows[0]["id"], -1), (rows[1]["id"], 1)):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction():
                await fetch(
                    "INSERT INTO seat_payment (seat, payment, part_cents) VALUES ($1, $2, $3)",
                    seat,
                    payment,
                    cents,
                )
    for column in ("price_cents", "paid_cents"):
        with pytest.raises(asyncpg.CheckViolationError, match="follows from"):
            await fetch(f"UPDATE seat SET {column} = 100 WHERE id = $1", rows[0]["id"])


async def test_books_agree_with_seats(alice: Member) -> None:
    """B10, S6: the treasurer's look at a day finds no difference."""
    found = await priced()
    await take(alice, found)
    before = await books.reconciliation(clock.today(), clock.today())
    await pay(alice, found, 500)
    after = await books.reconciliation(clock.today(), clock.today())
    assert (after.whole, after.sales_cents - before.sales_cents) == (True, 500)


async def test_household_owes_for_its_own_seats_alone(alice: Member, bob: Member) -> None:
    """A1: whoever pays, pays for nobody else."""
    found = await priced()
    await take(alice, found)
    assert await due(bob, found) == 0
    with pytest.raises(NoSeatToPay):
        await pay(bob, found, 500)
