"""An order is paid at the counter or by Stripe, once, in the books of dues; money goes back as a reversal (S6)."""

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, jobs
from backend.billing import queries as billing
from backend.billing.rules import PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership.queries import Member
from backend.orders import paid
from backend.orders.errors import (
    AlreadyCollected,
    NothingToPay,
    NothingToReturn,
    NotReady,
    OfAnotherHousehold,
    OrderAmountChanged,
    OrderEnded,
    TicketMoved,
    TicketUnknown,
    ToPayFirst,
)
from backend.orders.rules import PayAt
from backend.orders.service import handing, looking_after, paying
from backend.orders.service.ordering import Placed
from backend.orders.service.paying import Taken, Till
from backend.sandbox.stripe.remote import Remote
from tests import orders
from tests import paying as at_stripe
from tests.lending import day
from tests.orders import Counter, mine
from tests.property.test_desk_money import agree

PAID = {"done_path": "/services/{order}", "back_path": "/services"}
STAFF = SYSTEM


def cash(counter: Counter, cents: int, way: PayWay = PayWay.CASH, *, hand: bool = False) -> Till:
    return Till(cents=cents, way=way, site_id=counter.site_id, hand_over=hand)


async def take(counter: Counter, member: Member, cents: int, *placed: Placed) -> Taken:
    tickets = [each.ticket for each in placed]
    till = cash(counter, cents)
    return await paying.take_payment(
        STAFF, member.household_id, tickets, till, key=codes.random_id()
    )


async def sums() -> dict[str, int]:
    """What payments of orders wrote in the journal, by account; Stripe's fees left out."""
    rows = await fetch(
        "SELECT l.account, sum(l.debit_cents - l.credit_cents)::bigint"
        "  + coalesce(sum(f.debit_cents) FILTER (WHERE l.account = '5125'), 0)::bigint AS cents"
        " FROM journal_entry e JOIN journal_line l ON l.entry = e.id JOIN payment p ON p.id = e.payment"
        " JOIN pay_order o ON o.id = p.pay_order AND o.kind = 'service'"
        " LEFT JOIN journal_line f ON f.entry = e.id AND f.account = '627' AND l.credit_cents = 0"
        " WHERE l.account IN ('530', '5112', '5125', '7088') GROUP BY l.account ORDER BY l.account"
    )
    return {row["account"]: row["cents"] for row in rows}


async def drawn(counter: Counter) -> int:
    cents: int = await fetch_value(
        "SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount_cents ELSE -amount_cents END), 0)"
        "::bigint FROM payment p JOIN drawer_session d ON d.id = p.drawer WHERE d.site = $1",
        counter.site_id,
    )
    return cents


async def pay_online(stripe: Remote, member: Member, placed: Placed) -> str:
    ordered = await paying.order_payment(member.household_id, placed.ticket, mine(member), **PAID)
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


async def test_cash_at_collection_goes_into_the_drawer_of_dues(
    counter: Counter, alice: Member
) -> None:
    """S6: same drawer session, same journal, a numbered receipt; then it is handed over."""
    placed = await counter.order(await counter.baskets(), alice)
    with clock.frozen(day("2026-11-26", 10)):
        await handing.make_ready(STAFF, [placed.ticket], "B3")
        with pytest.raises(ToPayFirst):
            await handing.hand_over(STAFF, placed.ticket)
        taken = await take(counter, alice, 800, placed)
        assert await orders.state(placed) == "ready"
        await handing.hand_over(STAFF, placed.ticket, alice.household_id)
    assert taken.receipt == "S-2026-00001"
    assert await drawn(counter) == 800
    assert await sums() == {"530": 800, "7088": -800}
    await agree()


async def test_several_orders_are_paid_at_once_and_what_is_ready_is_handed_over(
    counter: Counter, alice: Member
) -> None:
    """S6: one payment, one receipt, each order its part; the other one waits for its day."""
    baskets = await counter.baskets()
    first = await counter.order(baskets, alice)
    second = await counter.order(baskets, alice, {"Grand panier": 1})
    await handing.make_ready(STAFF, [first.ticket], "A1")
    till = cash(counter, 2200, PayWay.CHEQUE, hand=True)
    both = [first.ticket, second.ticket]
    key = codes.random_id()
    done = [
        await paying.take_payment(STAFF, alice.household_id, both, till, key=key) for _ in range(2)
    ]
    assert done[0] == done[1], "the button pressed twice takes money once"
    assert [await orders.state(each) for each in (first, second)] == ["collected", "confirmed"]
    assert await sums() == {"5112": 2200, "7088": -2200}
    with pytest.raises(NothingToPay):
        await take(counter, alice, 2200, first, second)


async def test_payment_is_refused_when_it_is_not_what_is_due(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S6: another sum, another household: nothing moves."""
    placed = await counter.order(await counter.baskets(), alice)
    with pytest.raises(OrderAmountChanged):
        await take(counter, alice, 700, placed)
    with pytest.raises(TicketUnknown):
        await take(counter, bob, 800, placed)
    assert await sums() == {}


async def test_nothing_is_handed_over_to_another_household(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """S2: nor twice, nor early, nor once it is cancelled."""
    copies = await counter.service("Copies", {"Une page": 0})
    placed = await counter.order(copies, alice)
    with pytest.raises(NotReady):
        await handing.hand_over(STAFF, placed.ticket)
    await handing.make_ready(STAFF, [placed.ticket], "")
    with pytest.raises(TicketMoved):
        await handing.make_ready(STAFF, [placed.ticket], "")
    with pytest.raises(OfAnotherHousehold):
        await handing.hand_over(STAFF, placed.ticket, bob.household_id)
    await handing.hand_over(STAFF, placed.ticket, alice.household_id)
    with pytest.raises(AlreadyCollected):
        await handing.hand_over(STAFF, placed.ticket)
    other = await counter.order(copies, alice)
    await handing.cancel(STAFF, other.ticket)
    with pytest.raises(OrderEnded):
        await handing.hand_over(STAFF, other.ticket)


async def test_database_lets_nothing_unpaid_be_collected(counter: Counter, alice: Member) -> None:
    """S6: whatever code forgets; and an order takes no more money than it costs."""
    placed = await counter.order(await counter.baskets(), alice)
    await handing.make_ready(STAFF, [placed.ticket], "")
    with pytest.raises(asyncpg.CheckViolationError, match="is not paid"):
        await fetch("UPDATE order_ticket SET state = 'collected'")
    await take(counter, alice, 800, placed)
    payment, ticket = await fetch_value("SELECT max(id) FROM payment"), await orders.ticket(placed)
    for part in (1, -1):
        with pytest.raises(asyncpg.PostgresError):
            async with transaction():
                await fetch(
                    "INSERT INTO ticket_payment (ticket, payment, part_cents) VALUES ($1, $2, $3)",
                    ticket.id,
                    payment,
                    part,
                )


async def test_cash_of_a_cancelled_order_goes_back_as_a_reversal(
    counter: Counter, alice: Member
) -> None:
    """S6: out of the drawer, with a credit note; the order ends refunded, and once."""
    placed = await counter.order(await counter.baskets(), alice)
    with pytest.raises(NothingToReturn):
        await paying.give_back(STAFF, placed.ticket, cash(counter, 800), key=codes.random_id())
    await take(counter, alice, 800, placed)
    await handing.cancel(STAFF, placed.ticket, reason="Pas de récolte")
    assert await paid.to_return(await orders.ticket(placed)) == 800
    key = codes.random_id()
    for _ in range(2):
        back = await paying.give_back(STAFF, placed.ticket, cash(counter, 800), key=key)
    assert back.receipt == "AS-2026-00001"
    assert await orders.state(placed) == "refunded"
    assert await drawn(counter) == 0
    assert await sums() == {"530": 0, "7088": 0}
    with pytest.raises(NothingToReturn):
        await paying.give_back(STAFF, placed.ticket, cash(counter, 800), key=codes.random_id())
    await agree()


async def test_order_stands_once_it_is_paid_online(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6: it waits for its money, and is on the grower's list only then; told twice, paid once."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    assert (placed.pays_first, await orders.state(placed)) == (True, "ordered")
    order = await pay_online(stripe, alice, placed)
    assert await orders.state(placed) == "confirmed"
    assert await sums() == {"5125": 800, "7088": -800}
    assert await orders.told("order.confirmed") == [alice.person_id]
    assert len(await billing.receipts_of_order((await billing.get_order(order)).id)) == 1
    with pytest.raises(NothingToPay):
        await pay_online(stripe, alice, placed)


async def test_same_page_is_given_when_it_is_asked_twice(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6, B4: one order to pay for one order."""
    placed = await counter.order(await counter.baskets(PayAt.EITHER), alice, pay_now=True)
    asked = [
        (
            await paying.order_payment(alice.household_id, placed.ticket, mine(alice), **PAID)
        ).public_id
        for _ in range(2)
    ]
    assert asked[0] == asked[1]


async def test_order_paid_after_its_cutoff_goes_to_the_next_round(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S3, S6: the money came late; nothing is lost, the basket comes a week later."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    assert placed.on is not None
    with clock.frozen(day("2026-11-24", 18)):
        await pay_online(stripe, alice, placed)
    found = await orders.ticket(placed)
    assert found.due_on is not None
    assert (found.due_on - placed.on).days == 7


async def test_late_money_is_kept_when_there_is_no_other_delivery(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6: the order stands in no round, and the counter sees it; nothing of Stripe's is refused."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    await fetch("DELETE FROM site_hours")
    with clock.frozen(day("2026-11-24", 18)):
        await pay_online(stripe, alice, placed)
    found = await orders.ticket(placed)
    assert (found.state, found.paid_cents, found.round) == ("confirmed", 800, "")


async def test_order_nobody_paid_is_given_up_and_late_money_goes_back(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6: at its cut-off it ends; who pays all the same gets their money back by itself."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    ordered = await paying.order_payment(alice.household_id, placed.ticket, mine(alice), **PAID)
    await jobs.hurry(ordered.row)
    await at_stripe.pay(stripe, ordered.public_id)
    await looking_after.give_up_unpaid()
    assert await orders.state(placed) == "ordered"
    with clock.frozen(day("2026-11-24", 18)):
        for _ in range(2):
            await looking_after.give_up_unpaid()
    assert await orders.state(placed) == "cancelled"
    await at_stripe.events(stripe)
    await settled(stripe)
    assert (await orders.ticket(placed)).paid_cents == 0
    assert (await sums())["7088"] == 0


async def test_cancelled_order_that_was_paid_online_is_refunded_by_itself(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6: before the cut-off by its member alone; the refund is a reversal, and ends it."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    order = await pay_online(stripe, alice, placed)
    await handing.cancel(mine(alice), placed.ticket, alice.household_id)
    assert await paid.to_return(await orders.ticket(placed)) == 0, "Stripe gives it back, not we"
    await settled(stripe)
    assert await orders.state(placed) == "refunded"
    assert (await sums())["7088"] == 0
    papers = await billing.receipts_of_order((await billing.get_order(order)).id)
    assert [paper.said for paper in papers] == ["AS-2026-00001", "S-2026-00001"]


async def test_order_paid_at_the_counter_meanwhile_is_not_paid_twice(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6: the page was open on the phone; the second money goes back the way it came."""
    placed = await counter.order(await counter.baskets(PayAt.EITHER), alice, pay_now=True)
    ordered = await paying.order_payment(alice.household_id, placed.ticket, mine(alice), **PAID)
    await jobs.hurry(ordered.row)
    await at_stripe.pay(stripe, ordered.public_id)
    await take(counter, alice, 800, placed)
    await at_stripe.events(stripe)
    await settled(stripe)
    found = await orders.ticket(placed)
    assert (found.paid_cents, found.state) == (800, "confirmed")
    assert await sums() == {"530": 800, "5125": 0, "7088": -800}


async def test_disputed_payment_is_due_again_and_shown(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """S6, B6: what a bank takes away is no longer paid; the treasurer is shown."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    order = await pay_online(stripe, alice, placed)
    payment = await fetch_value(
        "SELECT p.external_id FROM payment p JOIN pay_order o ON o.id = p.pay_order"
        " WHERE o.public_id = $1",
        order,
    )
    await stripe.open_dispute(payment)
    await at_stripe.events(stripe)
    assert (await orders.ticket(placed)).due_cents == 800
    assert await fetch_value("SELECT count(*) FROM difference WHERE kind = 'disputed'") == 1


async def test_books_agree_with_every_paper(counter: Counter, alice: Member) -> None:
    """S6, B10: the treasurer's look at a day finds no difference."""
    placed = await counter.order(await counter.baskets(), alice)
    await take(counter, alice, 800, placed)
    found = await books.reconciliation(clock.today(), clock.today())
    assert found.whole
