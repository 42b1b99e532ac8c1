"""Money of orders that the counter took by mistake, or that a bank took away: due again, also when handed over (B8, S6)."""

import pytest

from backend.audit.service import SYSTEM
from backend.billing import cheques
from backend.billing import queries as billing
from backend.billing.errors import OrderUnknown, PaidOnline, PaymentSpent, PaymentUndone
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.kit import codes
from backend.kit.database import fetch
from backend.membership.queries import Member
from backend.membership.service import sold
from backend.orders import queries
from backend.orders.rules import PayAt
from backend.orders.service import handing, paying
from backend.orders.service.ordering import Placed
from backend.sandbox.stripe.remote import Remote
from tests import orders
from tests.integration.orders.test_money import cash, drawn, pay_online, take
from tests.orders import Counter
from tests.property.test_desk_money import agree


async def paid(counter: Counter, alice: Member) -> tuple[Placed, Placed]:
    """Two orders of one receipt; the first is handed over."""
    baskets = await counter.service("Copies", {"Cent pages": 800})
    first, second = [await counter.order(baskets, alice) for _ in range(2)]
    await take(counter, alice, 1600, first, second)
    await hand_over(first)
    return first, second


async def hand_over(placed: Placed) -> None:
    await handing.make_ready(SYSTEM, [placed.ticket], "A1")
    await handing.hand_over(SYSTEM, placed.ticket)


async def undo(counter: Counter, member: Member) -> int:
    [order] = await billing.orders_of(member.payer_id, "service")
    return await _undo(counter, member, order.public_id)


async def _undo(counter: Counter, member: Member, order: str) -> int:
    return await sold.undo_payment(
        SYSTEM, member.household_id, order, counter.site_id, "Mauvaise somme", sold=paying.SOLD
    )


async def due(*placed: Placed) -> list[int]:
    return [(await orders.ticket(each)).due_cents for each in placed]


async def test_a_payment_by_mistake_goes_back_and_is_due_again(
    counter: Counter, alice: Member, bob: Member
) -> None:
    """B8, B9, S6: by its opposite, once, out of the drawer; what was handed over is paid again too."""
    first, second = await paid(counter, alice)
    [order] = await billing.orders_of(alice.payer_id, "service")
    with pytest.raises(OrderUnknown):
        await _undo(counter, bob, order.public_id)
    assert await undo(counter, alice) == 1600
    assert (await due(first, second), await drawn(counter)) == ([800, 800], 0)
    assert await orders.state(first) == "collected"
    series = await fetch("SELECT series FROM receipt WHERE series <> 'C' ORDER BY id")
    assert [row["series"] for row in series] == ["S", "AS"]
    with pytest.raises(PaymentUndone):
        await undo(counter, alice)
    await take(counter, alice, 1600, first, second)
    assert (await due(first, second), await drawn(counter)) == ([0, 0], 1600)
    await agree()


async def test_what_was_cancelled_meanwhile_is_not_due_again(
    counter: Counter, alice: Member
) -> None:
    """S6: all its money is with the household; it has ended."""
    first, second = await paid(counter, alice)
    await handing.cancel(SYSTEM, second.ticket, reason="Plus de papier")
    await undo(counter, alice)
    assert await due(first, second) == [800, 0]
    assert await orders.state(second) == "refunded"
    await agree()


async def test_what_was_given_back_in_part_is_not_given_twice(
    counter: Counter, alice: Member
) -> None:
    """B8: one of two orders was given back beside it."""
    _, second = await paid(counter, alice)
    await handing.cancel(SYSTEM, second.ticket, reason="Plus de papier")
    key = codes.random_id()
    await paying.give_back(SYSTEM, second.ticket, cash(counter, 800), key=key)
    with pytest.raises(PaymentSpent):
        await undo(counter, alice)
    assert await drawn(counter) == 800


async def test_only_what_a_bank_took_away_is_due_again_of_what_was_paid_online(
    stripe: Remote, counter: Counter, alice: Member
) -> None:
    """B7, B8, S6: what the club gave back of it on purpose is not; and the counter undoes none of it."""
    copies = await counter.service("Copies", {"Cent pages": 800}, pay_at=PayAt.ORDER)
    placed = await counter.order(copies, alice)
    order = await pay_online(stripe, alice, placed)
    await hand_over(placed)
    with pytest.raises(PaidOnline):
        await undo(counter, alice)
    gift = Repayment(order, 300, "Une page tachée", PayWay.TRANSFER)
    await sold.repay(SYSTEM, gift, key="gift", sold=paying.SOLD)
    assert await due(placed) == [0]
    assert await queries.open_at(counter.site_id) == [await orders.ticket(placed)]


async def test_an_order_is_due_again_at_the_counter_when_its_cheque_comes_back(
    counter: Counter, alice: Member
) -> None:
    """B8, S6: it has been handed over; staff see it, and take its money."""
    copies = await counter.service("Copies", {"Cent pages": 800})
    placed = await counter.order(copies, alice)
    till = cash(counter, 800, PayWay.CHEQUE)
    await paying.take_payment(SYSTEM, alice.household_id, [placed.ticket], till, key="cheque")
    await hand_over(placed)
    assert await queries.open_at(counter.site_id) == []
    [cheque] = await cheques.waiting()
    await cheques.deposit(SYSTEM, [cheque.payment])
    await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    [seen] = await queries.open_at(counter.site_id)
    assert (seen.public_id, seen.due_cents) == (placed.ticket, 800)
    await take(counter, alice, 800, placed)
    assert await queries.open_at(counter.site_id) == []
    await agree()
