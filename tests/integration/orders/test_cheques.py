"""A cheque that paid services stays a cheque, whatever goes back in notes (B10, S6)."""

from datetime import date

import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, cheques
from backend.billing import differences as waiting_differences
from backend.billing.errors import ChequeCameBack, ChequeNotDeposited
from backend.billing.rules import PayWay
from backend.kit import codes
from backend.membership.queries import Member
from backend.membership.service import sold
from backend.orders import queries
from backend.orders.service import handing, paying
from backend.orders.service.paying import Till
from tests.orders import Counter

YEAR = date(2026, 1, 1), date(2026, 12, 31)


async def differences() -> dict[str, int]:
    found = await books.reconciliation(*YEAR)
    return {each.what: each.difference_cents for each in found.balances if each.difference_cents}


async def by_cheque(counter: Counter, alice: Member) -> tuple[str, str]:
    """Two orders, paid by one cheque; gives their tickets."""
    baskets = await counter.baskets()
    tickets = [(await counter.order(baskets, alice)).ticket for _ in range(2)]
    till = Till(cents=1600, way=PayWay.CHEQUE, site_id=counter.site_id)
    await paying.take_payment(SYSTEM, alice.household_id, tickets, till, key=codes.random_id())
    return tickets[0], tickets[1]


async def test_cheque_still_goes_to_the_bank_when_an_order_of_it_is_given_back_in_notes(
    counter: Counter, alice: Member
) -> None:
    """B10, S6: the cheque lies in the folder as before; its deposit empties it."""
    first, _ = await by_cheque(counter, alice)
    await handing.cancel(SYSTEM, first, reason="Plus de paniers")
    notes = Till(cents=800, way=PayWay.CASH, site_id=counter.site_id)
    await paying.give_back(SYSTEM, first, notes, key=codes.random_id())
    [cheque] = await cheques.waiting()
    assert (cheque.amount_cents, cheque.bounced) == (1600, False)
    assert await differences() == {}
    await cheques.deposit(SYSTEM, [cheque.payment])
    assert await cheques.waiting() == []
    assert await differences() == {}


async def bank(payment: str) -> None:
    await cheques.deposit(SYSTEM, [payment])


async def due(*tickets: str) -> list[int]:
    return [(await queries.get_ticket(each)).due_cents for each in tickets]


async def test_orders_are_due_again_when_their_cheque_comes_back(
    counter: Counter, alice: Member
) -> None:
    """B8, B10, S6: all of the cheque goes the other way, once; the household hears of it."""
    tickets = await by_cheque(counter, alice)
    [cheque] = await cheques.waiting()
    with pytest.raises(ChequeNotDeposited):
        await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    await bank(cheque.payment)
    await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    with pytest.raises(ChequeCameBack):
        await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    assert await due(*tickets) == [800, 800]
    assert await differences() == {}
    assert (await books.reconciliation(*YEAR)).whole


async def test_the_treasurer_is_told_when_a_cheque_comes_back_after_notes_were_given(
    counter: Counter, alice: Member
) -> None:
    """B8: the notes went out of the drawer, and nothing came for them."""
    first, second = await by_cheque(counter, alice)
    [cheque] = await cheques.waiting()
    await bank(cheque.payment)
    await handing.cancel(SYSTEM, first, reason="Plus de paniers")
    notes = Till(cents=800, way=PayWay.CASH, site_id=counter.site_id)
    await paying.give_back(SYSTEM, first, notes, key=codes.random_id())
    await sold.bounce_cheque(SYSTEM, cheque.order, "Sans provision", sold=paying.SOLD)
    [said] = await waiting_differences.waiting()
    assert said.difference_cents == -800
    assert await due(first, second) == [0, 800]
    assert (await books.reconciliation(*YEAR)).whole
