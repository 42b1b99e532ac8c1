"""SIGKILL before every other statement of what moves the money of services: all of it or nothing."""

from datetime import timedelta

import msgspec
import pytest

from backend.audit.service import SYSTEM
from backend.billing import cheques, jobs
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.orders.catalogue import Service
from backend.orders.rules import PayAt
from backend.orders.service import handing, paying
from backend.orders.service.ordering import Placed
from backend.orders.service.paying import Till
from backend.sandbox.stripe.remote import Remote
from tests import factories, lending, orders
from tests.factories import add_person, open_drawer
from tests.integration.races.mortal import Mortal
from tests.orders import Counter, mine
from tests.paying import events, pay
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races


class Scene(msgspec.Struct, frozen=True):
    """Copies at a counter, paid as the test wants, and who orders them."""

    clerk: int
    alice: Member
    counter: Counter
    copies: Service

    async def ready(self) -> Placed:
        placed = await self.counter.order(self.copies, self.alice)
        await handing.make_ready(SYSTEM, [placed.ticket], "A1")
        return placed


async def set_up(pay_at: PayAt = PayAt.COLLECTION) -> Scene:
    await open_drawer()
    counter = await orders.counter_of(await lending.add_shelf())
    alice = await factories.add_member("Alice", address="alice@example.org")
    copies = await counter.service("Copies", {"Cent pages": 1000}, pay_at=pay_at)
    return Scene(await add_person("Nadia", "Comptoir"), alice, counter, copies)


async def count(what: str) -> int:
    found: int = await fetch_value(f"SELECT count(*) FROM {what}")
    return found


async def test_an_order_is_placed_once_wherever_the_process_was_killed(mortal: Mortal) -> None:
    """REL3, S2: the ticket, its lines, its moves and its message together or not at all."""
    scene = await set_up()
    me, home = scene.alice.person_id, scene.alice.household_id
    item = scene.copies.items[0].public_id
    wish = [scene.copies.slug, scene.counter.site_id, home, me, item]
    assert await mortal.outlive("order_place", me, *wish, step=4) > 8
    assert [await count(what) for what in ("order_ticket", "ticket_line", "ticket_move")] == [
        1,
        1,
        2,
    ]
    assert await count("message WHERE kind = 'order.confirmed'") == 1


async def test_money_at_the_counter_moves_once_wherever_the_process_was_killed(
    counter: Mortal,
) -> None:
    """REL3, B8, S6: payment, journal, receipt, the order's part and its hand-over; then all of it back."""
    scene = await set_up()
    placed = await scene.ready()
    home = scene.alice.household_id
    assert await counter.at_once("order_pay", scene.clerk, home, placed.ticket, 1000, step=4) > 10
    assert await orders.state(placed) == "collected"
    back = [placed.ticket, 1000]
    assert await counter.at_once("order_give_back", scene.clerk, *back, step=4) > 8
    assert await orders.state(placed) == "refunded"
    assert await count("ticket_payment") == 2
    await agree()


async def test_a_payment_online_is_written_once_when_it_is_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, B4, S6: one page, one payment, one receipt; then it is cancelled, and goes back once."""
    scene = await set_up(PayAt.ORDER)
    placed = await scene.counter.order(scene.copies, scene.alice)
    me, home = scene.alice.person_id, scene.alice.household_id
    assert await mortal.outlive("order_checkout", me, home, placed.ticket, step=3) > 6
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'checkout'")
    with clock.travel(timedelta(hours=1)):  # the last life was minutes ahead
        await jobs.hurry(row)
    await stripe.mishaps(drop=["*"])
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'service'")
    session = await pay(stripe, order)
    assert await mortal.outlive("order_settle", session, step=3) > 8
    assert await orders.state(placed) == "confirmed"
    assert await count("receipt WHERE series = 'S'") == 1
    assert await mortal.outlive("order_cancel", me, home, placed.ticket, step=3) > 6
    assert await count("refund") == 1
    assert await count("ticket_payment") == 1


async def test_a_cheque_comes_back_once_wherever_the_process_was_killed(counter: Mortal) -> None:
    """REL3, B8, S6: the movement, its entry and the orders that are due again."""
    scene = await set_up()
    placed, site = await scene.ready(), scene.counter.site_id
    till = Till(cents=1000, way=PayWay.CHEQUE, site_id=site)
    home = scene.alice.household_id
    await paying.take_payment(SYSTEM, home, [placed.ticket], till, key="cheque")
    [cheque] = await cheques.waiting()
    await cheques.deposit(SYSTEM, [cheque.payment])
    assert await counter.at_once("order_bounce", scene.clerk, cheque.order, step=4) > 4
    assert (await orders.ticket(placed)).due_cents == 1000
    await agree()


async def test_a_payment_is_undone_once_wherever_the_process_was_killed(counter: Mortal) -> None:
    """REL3, B8, S6: the movement, its entry, its credit note and the order that is due again."""
    scene = await set_up()
    placed, home = await scene.ready(), scene.alice.household_id
    till = Till(cents=1000, way=PayWay.CASH, site_id=None, hand_over=True)
    await paying.take_payment(SYSTEM, home, [placed.ticket], till, key="pay")
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'service'")
    assert await counter.at_once("order_undo", scene.clerk, home, order, step=4) > 6
    assert (await orders.ticket(placed)).due_cents == 1000
    assert await count("receipt WHERE series = 'AS'") == 1
    await agree()


async def test_money_is_given_beside_stripe_once_wherever_the_process_was_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, B8, S6: payment, journal, credit note and the order's part."""
    scene = await set_up(PayAt.ORDER)
    placed = await scene.counter.order(scene.copies, scene.alice)
    ordered = await paying.order_payment(
        scene.alice.household_id, placed.ticket, mine(scene.alice), done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)
    act = [scene.clerk, ordered.public_id, 1000]
    assert await mortal.outlive("order_repay", *act, step=3) > 4
    assert await count("receipt WHERE series = 'AS'") == 1
    assert await count("ticket_payment") == 2


async def test_an_order_nobody_paid_is_given_up_once_when_it_is_killed(mortal: Mortal) -> None:
    """REL3, S6: the order, the page at Stripe and the message together."""
    scene = await set_up(PayAt.ORDER)
    placed = await scene.counter.order(scene.copies, scene.alice)
    await paying.order_payment(
        scene.alice.household_id, placed.ticket, mine(scene.alice), done_path="/", back_path="/"
    )
    ahead = timedelta(days=4)
    act = [scene.clerk, placed.ticket]
    assert await mortal.outlive("order_give_up", *act, ahead=ahead, step=3) > 6
    assert await orders.state(placed) == "cancelled"
    assert await count("message WHERE kind = 'order.cancelled'") == 1
