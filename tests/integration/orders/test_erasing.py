"""What stays of orders when a person is erased: sums for the books, no word of theirs (D1, S5)."""

import pytest

from backend.audit.service import SYSTEM
from backend.kit import codes
from backend.kit.database import fetch
from backend.membership.queries import Member
from backend.orders.service import handing, paying
from backend.privacy import erasing
from backend.privacy.errors import SomethingOpen
from backend.privacy.rules import ErasureWay
from tests.integration.orders.test_money import cash, take
from tests.orders import Counter


async def test_no_note_sender_or_paper_is_left_when_somebody_is_erased(
    counter: Counter, alice: Member
) -> None:
    """D1, S5: at once, not only after the parcel's thirty days."""
    parcel = await counter.parcel(await counter.parcels(), alice)
    await handing.hand_over(SYSTEM, parcel.ticket, proof="card")
    pressing = await counter.pressing()
    shirt = await counter.order(pressing, alice, note="Appelez-moi", words={"Chemise": "bleue"})
    await handing.cancel(SYSTEM, shirt.ticket)
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    rows = await fetch(
        "SELECT DISTINCT t.person, t.note, t.sender, t.proof, coalesce(l.words, '')"
        " FROM order_ticket t LEFT JOIN ticket_line l ON l.ticket = t.id"
    )
    assert [tuple(row) for row in rows] == [(None, "", "", "", "")]


async def test_nobody_is_erased_while_the_club_owes_them_the_money_of_an_order(
    counter: Counter, alice: Member
) -> None:
    """D1, S6: it is given back first; where it went by card, Stripe does that alone."""
    placed = await counter.order(await counter.baskets(), alice)
    await take(counter, alice, 800, placed)
    await handing.cancel(SYSTEM, placed.ticket)
    assert [hold.slug for hold in (await erasing.look(alice.person_id)).holds] == ["order_money"]
    with pytest.raises(SomethingOpen):
        await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    await paying.give_back(SYSTEM, placed.ticket, cash(counter, 800), key=codes.random_id())
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
