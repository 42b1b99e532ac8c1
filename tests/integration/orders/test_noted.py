"""What the counter orders for somebody: both names stay, and a trace reaches them (D6)."""

from backend.audit.service import person
from backend.kit.database import fetch
from backend.membership.queries import Member
from tests import factories, orders
from tests.orders import Counter


async def test_who_the_counter_orders_for_hears_of_it(counter: Counter, alice: Member) -> None:
    """D6: once, from the order that was noted for them and not from their own."""
    clerk = person(await factories.add_person("Nadia", "Comptoir"))
    await counter.order(await counter.pressing(), alice, by=clerk)
    await counter.order(await counter.baskets(), alice)
    assert await orders.told("desk.act") == [alice.person_id]
    rows = await fetch(
        "SELECT actor_id, subject_id FROM audit_entry WHERE verb = 'orders.order' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (clerk.id, alice.person_id),
        (alice.person_id, alice.person_id),
    ]
