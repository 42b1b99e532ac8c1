"""Money for loans that the counter took by mistake goes back, and is owed again (L35, B8, B9)."""

import pytest

from backend.audit.service import By
from backend.billing import cheques, drawers
from backend.billing import queries as billing
from backend.billing.errors import (
    ChequeCameBack,
    DrawerNotOpen,
    NoteMissing,
    OrderUnknown,
    PaidOnline,
    PaymentSpent,
    PaymentUndone,
)
from backend.billing.rules import PayWay
from backend.kit.database import fetch
from backend.lending import service as lend
from backend.lending.service import damages, paying, unpaying
from backend.membership.queries import Member
from backend.membership.service import sold
from backend.sandbox.stripe.remote import Remote
from tests.integration.lending.test_deposits import nadia
from tests.integration.lending.test_owing import ROOM, TUESDAY, agree, owed
from tests.lending import Shelf, mine, want, whom

__all__ = ["nadia"]


@pytest.fixture
async def paid(shelf: Shelf, alice: Member, nadia: By) -> str:
    """Two rooms, paid together in notes; gives the order."""
    for name in ("Salle", "Atelier"):
        room = await shelf.resource(name, **ROOM)
        await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    await paying.take_payment(nadia, alice.household_id, 600, PayWay.CASH, None, key="p")
    return await order_of(alice)


async def order_of(member: Member) -> str:
    [order] = await billing.orders_of(member.payer_id, "lending")
    return order.public_id


async def test_a_payment_by_mistake_goes_back_and_is_owed_again(
    paid: str, alice: Member, bob: Member, nadia: By
):
    """L35, B8, B9: by its opposite, once, out of the drawer; its receipt has a credit note."""
    with pytest.raises(OrderUnknown):
        await undo(nadia, bob, paid)
    with pytest.raises(NoteMissing):
        await undo(nadia, alice, paid, " ")
    assert await undo(nadia, alice, paid) == 600
    assert [debt.left_cents for debt in (await owed(alice)).debts] == [300, 300]
    receipts = await fetch("SELECT series FROM receipt WHERE series <> 'C' ORDER BY id")
    assert [row["series"] for row in receipts] == ["L", "AL"]
    drawer = await drawers.find_open(None)
    assert drawer is not None
    assert drawer.given_cents == 600
    with pytest.raises(PaymentUndone):
        await undo(nadia, alice, paid)
    await paying.take_payment(nadia, alice.household_id, 600, PayWay.CASH, None, key="again")
    await agree(alice)


async def test_what_was_given_back_beside_it_is_not_given_twice(
    paid: str, alice: Member, nadia: By
):
    """L35: a price that was waived, and its money handed over; nothing of it comes out again."""
    [debt, _] = (await owed(alice)).debts
    await damages.waive(nadia, debt.public_id, 300, "Salle froide", key="w")
    await paying.give_back(nadia, alice.household_id, 300, PayWay.CASH, None, key="g")
    with pytest.raises(PaymentSpent):
        await undo(nadia, alice, paid)
    await agree(alice)


async def test_what_was_waived_meanwhile_is_not_owed_again(paid: str, alice: Member, nadia: By):
    """L35: the money goes back once, and the club owes no more."""
    [debt, _] = (await owed(alice)).debts
    await damages.waive(nadia, debt.public_id, 300, "Salle froide", key="w")
    await undo(nadia, alice, paid)
    assert ((await owed(alice)).due_cents, (await owed(alice)).credit_cents) == (300, 0)
    await agree(alice)


async def test_nothing_comes_out_of_a_drawer_that_was_counted(paid: str, alice: Member, nadia: By):
    """B9."""
    drawer = await drawers.find_open(None)
    assert drawer is not None
    await drawers.close_drawer(nadia, drawer.public_id, 600)
    with pytest.raises(DrawerNotOpen):
        await undo(nadia, alice, paid)


async def test_what_stripe_took_goes_back_by_stripe(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L35, B4."""
    room = await shelf.resource("Salle", **ROOM)
    await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    by = mine(alice).by
    await paying.order_payment(alice.household_id, by, done_path="/", back_path="/")
    with pytest.raises(PaidOnline):
        await undo(nadia, alice, await order_of(alice))


async def test_loans_are_owed_again_when_their_cheque_comes_back(
    shelf: Shelf, alice: Member, nadia: By
):
    """L35, B8, B10: all of it, once; the books still say what their papers say."""
    for name in ("Salle", "Atelier"):
        room = await shelf.resource(name, **ROOM)
        await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    await paying.take_payment(nadia, alice.household_id, 600, PayWay.CHEQUE, None, key="p")
    [cheque] = await cheques.waiting()
    await cheques.deposit(nadia, [cheque.payment])
    await sold.bounce_cheque(nadia, cheque.order, "Sans provision", sold=unpaying.SOLD)
    with pytest.raises(ChequeCameBack):
        await sold.bounce_cheque(nadia, cheque.order, "Sans provision", sold=unpaying.SOLD)
    assert (await owed(alice)).due_cents == 600
    await agree(alice)


async def undo(by: By, member: Member, order: str, reason: str = "Mauvais foyer") -> int:
    return await sold.undo_payment(by, member.household_id, order, None, reason, sold=unpaying.SOLD)
