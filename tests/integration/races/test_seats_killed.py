"""SIGKILL before every other statement of what moves the money of seats: all of it or nothing."""

from datetime import timedelta

import msgspec
import pytest

from backend.activities import money
from backend.activities.queries import Session
from backend.activities.service import paying
from backend.audit.service import SYSTEM
from backend.billing import cheques, jobs
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from tests import activities, factories
from tests.activities import seat_of, soon
from tests.integration.races.mortal import Mortal
from tests.paying import events, pay
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races


class Scene(msgspec.Struct, frozen=True):
    """An evening at ten euros, and who has a seat in it."""

    clerk: int
    alice: Member
    session: Session

    @property
    def home(self) -> int:
        return self.alice.household_id

    async def rest(self) -> int:
        return sum(one.cents for one in await money.rests(self.home))


async def set_up() -> Scene:
    await factories.open_drawer()
    alice = await factories.add_member("Alice", address="alice@example.org")
    found = await activities.session(soon(), price_cents=1000)
    await activities.take(alice, found)
    return Scene((await activities.staff()).id or 0, alice, found)


async def count(what: str) -> int:
    found: int = await fetch_value(f"SELECT count(*) FROM {what}")
    return found


async def paid_online(stripe: Remote, scene: Scene) -> str:
    ordered = await paying.order_payment(
        scene.home,
        scene.session.public_id,
        activities.by(scene.alice),
        done_path="/",
        back_path="/",
    )
    await jobs.hurry(ordered.row)
    return await pay(stripe, ordered.public_id)


async def test_money_at_the_counter_moves_once_wherever_the_process_was_killed(
    counter: Mortal,
) -> None:
    """REL3, B8, A1: payment, journal, receipt and the seat's part; then given back by staff, all of it."""
    scene = await set_up()
    name = scene.session.public_id
    assert await counter.at_once("seat_pay", scene.clerk, scene.home, name, 1000, step=4) > 10
    assert await money.owed(scene.home) == []
    seat = await seat_of(scene.alice, scene.session)
    assert await counter.at_once("seat_leave_for", scene.clerk, seat, step=4) > 4
    [rest] = await money.rests(scene.home)
    act = [scene.clerk, rest.order, rest.cents]
    assert await counter.at_once("seat_give_back", *act, step=4) > 8
    assert await scene.rest() == 0
    assert await count("seat_payment") == 2
    await agree()


async def test_a_payment_is_undone_once_wherever_the_process_was_killed(counter: Mortal) -> None:
    """REL3, B8, A1: the movement, its entry, its credit note and the seat that is due again."""
    scene = await set_up()
    till = Till(cents=1000, way=PayWay.CASH, site_id=None)
    await paying.take_payment(SYSTEM, scene.home, scene.session.public_id, till, key="pay")
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'activity'")
    assert await counter.at_once("seat_undo", scene.clerk, scene.home, order, step=4) > 6
    assert [one.due_cents for one in await money.owed(scene.home)] == [1000]
    assert await count("receipt WHERE series = 'AE'") == 1
    await agree()


async def test_a_payment_online_is_written_once_when_it_is_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, B4, A2: one page, one payment, one receipt; then the seat is left, and it goes back once."""
    scene = await set_up()
    me, name = scene.alice.person_id, scene.session.public_id
    assert await mortal.outlive("seat_checkout", me, scene.home, name, step=3) > 6
    row = await fetch_value("SELECT id FROM outbox WHERE kind = 'checkout'")
    with clock.travel(timedelta(hours=1)):  # the last life was minutes ahead
        await jobs.hurry(row)
    await stripe.mishaps(drop=["*"])
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'activity'")
    at_stripe = await pay(stripe, order)
    assert await mortal.outlive("seat_settle", at_stripe, step=3) > 8
    assert await money.owed(scene.home) == []
    assert await count("receipt WHERE series = 'E'") == 1
    seat = await seat_of(scene.alice, scene.session)
    assert await mortal.outlive("seat_leave", me, seat, step=3) > 6
    assert await count("refund") == 1
    assert await scene.rest() == 0


async def test_a_cancelled_evening_gives_back_once_wherever_the_process_was_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, A1: the session, its refunds and its messages together."""
    scene = await set_up()
    await stripe.mishaps(drop=["*"])
    settled = await paid_online(stripe, scene)
    assert await mortal.outlive("seat_settle", settled, step=9) > 2
    act = [scene.clerk, scene.session.public_id]
    assert await mortal.outlive("session_cancel", *act, step=3) > 6
    assert await count("refund") == 1
    assert await count("message WHERE kind = 'activity.cancelled'") == 1


async def test_the_seat_of_who_has_left_goes_once_when_the_night_is_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, A2: the seat and its refund together."""
    scene = await set_up()
    await stripe.mishaps(drop=["*"])
    settled = await paid_online(stripe, scene)
    assert await mortal.outlive("seat_settle", settled, step=9) > 2
    await fetch("UPDATE household_member SET left_on = $1", clock.today())
    assert await mortal.outlive("seat_sweep", scene.session.public_id, step=3) > 4
    assert await count("refund") == 1
    assert await count("seat WHERE state = 'cancelled'") == 1


async def test_a_cheque_comes_back_once_wherever_the_process_was_killed(counter: Mortal) -> None:
    """REL3, B8, A1: the movement, its entry and the seats that are due again."""
    scene = await set_up()
    till = Till(cents=1000, way=PayWay.CHEQUE, site_id=None)
    await paying.take_payment(SYSTEM, scene.home, scene.session.public_id, till, key="cheque")
    [cheque] = await cheques.waiting()
    await cheques.deposit(SYSTEM, [cheque.payment])
    assert await counter.at_once("seat_bounce", scene.clerk, cheque.order, step=4) > 4
    assert await money.owed_in(scene.home, scene.session.public_id) == 1000
    await agree()


async def test_money_is_given_beside_stripe_once_wherever_the_process_was_killed(
    stripe: Remote, mortal: Mortal
) -> None:
    """REL3, B8, A1: payment, journal, credit note and the seat's part."""
    scene = await set_up()
    await paid_online(stripe, scene)
    await events(stripe)
    order = await fetch_value("SELECT public_id FROM pay_order WHERE kind = 'activity'")
    assert await mortal.outlive("seat_repay", scene.clerk, order, 1000, step=3) > 4
    assert await count("receipt WHERE series = 'AE'") == 1
    assert await count("seat_payment") == 2
