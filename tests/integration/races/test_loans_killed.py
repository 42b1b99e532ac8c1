"""SIGKILL before every other statement of what moves the money of loans: all of it or nothing."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from backend.billing import cheques, jobs
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import service as lend
from backend.lending.queries import deposits as found
from backend.lending.rules import (
    DepositMode,
    DepositWay,
    DueRule,
    Outcome,
    Period,
    SlotMode,
    TicketKind,
)
from backend.lending.service import damages, deposits, paying, plans
from backend.lending.service.plans import PlanWish
from backend.lending.values import Back, Want
from backend.membership.queries import Member
from backend.sandbox.stripe.remote import Remote
from tests import factories, lending
from tests.factories import add_person, open_drawer
from tests.integration.races import loan_acts
from tests.integration.races.mortal import Mortal
from tests.lending import Lent, mine, staff, whom
from tests.paying import pay
from tests.property.test_desk_money import agree

pytestmark = pytest.mark.races
Prepared = list[Any]


class Scene(msgspec.Struct, frozen=True):
    """A thing with a price and a fine for being late, and who borrows it."""

    clerk: int
    alice: Member
    bob: Member
    thing: Lent
    asked: Lent
    pledged: Lent

    def period(self, days: int = 0) -> Period:
        """The next Tuesday that is not today, from nine to the evening of that day or a later one."""
        ahead = (1 - clock.today().weekday()) % 7 or 7
        start = clock.start_of_day(clock.today() + timedelta(days=ahead)) + timedelta(hours=9)
        return Period(start, start + timedelta(days=days, hours=9))

    async def book(self, thing: Lent | None = None) -> Any:
        want = Want(resource=(thing or self.thing).id, period=self.period())
        return await lend.book(mine(self.alice), whom(self.alice), [want])

    async def out(self) -> Any:
        return await lend.lend_now(staff(), whom(self.alice), self.thing.code)


@pytest.fixture
async def scene(counter: Mortal) -> Scene:
    shelf = await lending.add_shelf()
    said = {"price_cents": 300, "fee_day_cents": 50, "replacement_cents": 9000, "renewals": 2}
    alice, bob = [await factories.add_member(name) for name in ("Alice", "Bob")]
    thing = await shelf.resource(**said)
    asked = await shelf.resource("Salle", needs_approval=True, **said)
    pledge = {"deposit_mode": DepositMode.CASH_NOTE, "deposit_cents": 3000}
    pledged = await shelf.resource("Remorque", **pledge)
    return Scene(await add_person("Nadia", "Comptoir"), alice, bob, thing, asked, pledged)


def said(period: Period) -> list[str]:
    return [period.start.isoformat(), period.end.isoformat()]


async def book(scene: Scene) -> Prepared:
    alice = scene.alice
    return [alice.household_id, alice.person_id, scene.thing.id, *said(scene.period())]


async def confirm(scene: Scene) -> Prepared:
    want = Want(resource=scene.thing.id, period=scene.period())
    return [(await lend.hold(mine(scene.alice), whom(scene.alice), [want])).booking]


async def approve(scene: Scene) -> Prepared:
    return [(await scene.book(scene.asked)).booking]


async def cancel(scene: Scene) -> Prepared:
    return [(await scene.book()).booking]


async def accept(scene: Scene) -> Prepared:
    """Bob waits for what Alice gives up."""
    first = await scene.book()
    want = Want(resource=scene.thing.id, period=scene.period())
    waits = await lend.wait(mine(scene.bob), whom(scene.bob), want)
    await lend.cancel(mine(scene.alice), first.booking)
    return [waits.lines[0]]


async def restore(scene: Scene) -> Prepared:
    done = await scene.book()
    await lend.cancel(staff(), done.booking, reason="Fermé")
    return [done.lines[0]]


async def change(scene: Scene) -> Prepared:
    return [(await scene.book()).lines[0], *said(scene.period(days=2))]


async def extend(scene: Scene) -> Prepared:
    given = await scene.out()
    return [given.line, (given.due_at + timedelta(days=1)).isoformat()]


async def renew(scene: Scene) -> Prepared:
    return [(await scene.out()).line]


async def now(scene: Scene) -> Prepared:
    return [scene.alice.household_id, scene.alice.person_id, scene.thing.code]


async def back(scene: Scene) -> Prepared:
    """Two weeks late."""
    given = await scene.out()
    await in_the_past(given.line, timedelta(days=21))
    return [given.line]


async def undo(scene: Scene) -> Prepared:
    [line] = await back(scene)
    await lend.take_back(staff(), line)
    return [line]


async def miss(scene: Scene) -> Prepared:
    done = await scene.book()
    await in_the_past(done.lines[0], timedelta(days=21))
    return [done.lines[0]]


async def lapse(scene: Scene) -> Prepared:
    [line] = (await scene.book(scene.asked)).lines
    await in_the_past(line, timedelta(days=30))
    return [line]


async def lose(scene: Scene) -> Prepared:
    """Bob has booked what Alice loses, and nothing else of its kind is there."""
    given = await scene.out()
    await booked_later(scene)
    return [given.line]


async def find(scene: Scene) -> Prepared:
    """Two weeks late, and lost in between."""
    [line] = await back(scene)
    await lend.lose(staff(), line, "Perdu")
    return [line]


async def booked_later(scene: Scene) -> None:
    period, later = scene.period(), timedelta(days=28)
    want = Want(resource=scene.thing.id, period=Period(period.start + later, period.end + later))
    await lend.book(mine(scene.bob), whom(scene.bob), [want])


async def take_out(scene: Scene) -> Prepared:
    await scene.book()
    return [scene.thing.code, *said(scene.period())]


async def block(scene: Scene) -> Prepared:
    await scene.book()
    made = await lend.take_out_of_use(staff(), scene.thing.code, TicketKind.REPAIR, "Bruit", None)
    return [made.ticket]


async def retire(scene: Scene) -> Prepared:
    await scene.book()
    return [scene.thing.code]


async def black_out(scene: Scene) -> Prepared:
    await scene.book()
    return [scene.thing.id, *said(scene.period())]


async def look_after(scene: Scene) -> Prepared:
    """A plan that has waited too long, and blocks what is booked."""
    await scene.book()
    wish = PlanWish(name="Contrôle", every_months=1, grace_days=0)
    await plans.make_plan(staff().by, scene.thing.id, wish)
    await fetch("UPDATE upkeep_mark SET since = since - interval '100 days'")
    return [await fetch_value("SELECT resource FROM unit WHERE code = $1", scene.thing.code)]


async def scan(scene: Scene) -> Prepared:
    await back(scene)
    return [scene.thing.code]


async def pay_(scene: Scene) -> Prepared:
    await scene.book()
    return [scene.alice.household_id, 300]


async def give_back(scene: Scene) -> Prepared:
    done = await scene.book()
    by = staff().by
    await paying.take_payment(by, scene.alice.household_id, 300, PayWay.CASH, None, key="before")
    await lend.cancel(staff(), done.booking, reason="Fermé")
    return [scene.alice.household_id, 300]


async def unpay(scene: Scene) -> Prepared:
    [home, cents] = await pay_(scene)
    await paying.take_payment(staff().by, home, cents, PayWay.CASH, None, key="before")
    return [home, await order_of("lending")]


async def bounce(scene: Scene) -> Prepared:
    [home, cents] = await pay_(scene)
    await paying.take_payment(staff().by, home, cents, PayWay.CHEQUE, None, key="before")
    [cheque] = await cheques.waiting()
    await cheques.deposit(staff().by, [cheque.payment])
    return [cheque.order]


async def order(scene: Scene) -> Prepared:
    await scene.book()
    return [scene.alice.household_id]


async def deposited(scene: Scene) -> int:
    """A line of a thing that asks for a deposit in notes."""
    return (await scene.book(scene.pledged)).lines[0]


async def give(scene: Scene) -> Prepared:
    line = await deposited(scene)
    await deposits.take(staff().by, line, DepositWay.CASH, None, key="before")
    return [line]


async def inspect(scene: Scene) -> Prepared:
    given = await scene.out()
    await lend.take_back(staff(), given.line, Back(later=True))
    return [given.line]


async def take(scene: Scene) -> Prepared:
    return [await deposited(scene), "cash"]


async def release(scene: Scene) -> Prepared:
    line = await deposited(scene)
    held = await deposits.take(staff().by, line, DepositWay.CASH, None, key="before")
    await lend.hand_over(staff(), line)
    await lend.take_back(staff(), line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
    return [held.deposit]


async def keep(scene: Scene) -> Prepared:
    """A cheque, which is cashed for it."""
    line = await deposited(scene)
    held = await deposits.take(staff().by, line, DepositWay.CHEQUE, None, key="before")
    await lend.hand_over(staff(), line)
    await lend.take_back(staff(), line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
    await damages.charge_damage(staff().by, line, 900, "Cassé", key="before")
    return [held.deposit]


async def kept_and_banked(scene: Scene) -> Prepared:
    [held] = await keep(scene)
    await deposits.keep(staff().by, held, key="before")
    [cheque] = await cheques.waiting()
    await cheques.deposit(staff().by, [cheque.payment])
    return [cheque.order]


async def damage(scene: Scene) -> Prepared:
    given = await scene.out()
    await lend.take_back(staff(), given.line)
    return [given.line]


async def agree_(scene: Scene) -> Prepared:
    [line] = await damage(scene)
    return [await damages.charge_damage(staff().by, line, 5001, "Cassé", key="before")]


async def waive(scene: Scene) -> Prepared:
    [line] = await damage(scene)
    return [await damages.charge_damage(staff().by, line, 900, "Cassé", key="before")]


async def answer(scene: Scene) -> Prepared:
    [debt] = await waive(scene)
    by = mine(scene.alice).by
    await damages.contest(by, scene.alice.household_id, debt, "Déjà cassé")
    return [debt]


async def in_the_past(line: int, by: timedelta) -> None:
    await fetch(
        "UPDATE booking_line SET during = tstzrange(lower(during) - $2::interval,"
        " upper(during) - $2::interval), occupied = tstzrange(lower(occupied) - $2::interval,"
        " upper(occupied) - $2::interval) WHERE id = $1",
        line,
        by,
    )
    await fetch(
        "UPDATE custody SET out_at = out_at - $2::interval, out_noted_at = out_noted_at"
        " - $2::interval WHERE line = $1",
        line,
        by,
    )


# What each act needs, and how many statements it has at least.
ACTS: dict[str, tuple[Callable[[Scene], Awaitable[Prepared]], int]] = {
    "lend_book": (book, 14),
    "lend_confirm": (confirm, 14),
    "lend_approve": (approve, 10),
    "lend_reject": (approve, 8),
    "lend_cancel": (cancel, 10),
    "lend_accept": (accept, 10),
    "lend_restore": (restore, 10),
    "lend_change": (change, 10),
    "lend_extend": (extend, 8),
    "lend_renew": (renew, 10),
    "lend_now": (now, 14),
    "lend_back": (back, 14),
    "lend_undo": (undo, 14),
    "lend_miss": (miss, 8),
    "lend_lapse": (lapse, 8),
    "lend_lose": (lose, 10),
    "lend_find": (find, 10),
    "lend_write_off": (find, 10),
    "lend_take_out": (take_out, 10),
    "lend_block": (block, 8),
    "lend_retire": (retire, 8),
    "lend_retire_many": (retire, 8),
    "lend_black_out": (black_out, 10),
    "lend_look_after": (look_after, 6),
    "lend_scan": (scan, 14),
    "loan_pay": (pay_, 14),
    "loan_give_back": (give_back, 10),
    "loan_unpay": (unpay, 10),
    "loan_bounce": (bounce, 6),
    "loan_order": (order, 8),
    "lend_give": (give, 10),
    "lend_inspect": (inspect, 8),
    "deposit_take": (take, 10),
    "deposit_release": (release, 10),
    "deposit_keep": (keep, 14),
    "deposit_bounce": (kept_and_banked, 10),
    "loan_damage": (damage, 8),
    "loan_agree": (agree_, 8),
    "loan_waive": (waive, 8),
    "loan_answer": (answer, 8),
}

# What ends a booking, and gives its price back.
ENDING = {
    "lend_cancel",
    "lend_lose",
    "lend_take_out",
    "lend_block",
    "lend_retire",
    "lend_retire_many",
    "lend_black_out",
    "lend_look_after",
}


@pytest.mark.parametrize("act", ACTS)
async def test_it_is_done_once_wherever_the_process_was_killed(
    counter: Mortal, scene: Scene, act: str
) -> None:
    """REL3, B8, L12, L35: the loan and its money together or not at all; again is no more."""
    await open_drawer()
    prepare, least = ACTS[act]
    who = scene.alice.person_id if act == "loan_order" else scene.clerk
    assert await counter.at_once(act, who, *await prepare(scene), step=5) >= least
    waived = await fetch_value("SELECT count(*) FROM lending_entry WHERE kind = 'waiver'")
    assert waived == 1 or act not in ENDING
    await agree()


async def test_a_preview_leaves_nothing_wherever_it_was_killed(counter: Mortal, scene: Scene):
    """REL3, L32: what a blackout would end is looked at, and its price stays owed."""
    await open_drawer()
    booking = (await scene.book()).booking
    wish = [scene.thing.id, *said(scene.period())]
    assert await counter.in_vain("lend_look_at", scene.clerk, *wish, step=5) >= 10
    assert (await loan_acts.lend_look_at(scene.clerk, *wish)).cancelled == (booking,)
    await agree()


async def test_a_payment_for_loans_is_written_once_when_its_fulfilment_is_killed(
    stripe: Remote, mortal: Mortal
):
    """REL3, B4, L35: the payment, its part in the ledger, its receipt and the message."""
    shelf = await lending.add_shelf()
    alice = await factories.add_member("Alice", address="alice@example.org")
    thing = await shelf.resource(price_cents=300)
    await lend.lend_now(staff(), whom(alice), thing.code)
    by = mine(alice).by
    ordered = await paying.order_payment(alice.household_id, by, done_path="/", back_path="/")
    await jobs.hurry(ordered.row)
    await stripe.mishaps(drop=["*"])
    session = await pay(stripe, ordered.public_id)
    assert await mortal.outlive("loan_settle", session, step=3) > 8
    for what in ("payment", "receipt WHERE series = 'L'", "lending_entry WHERE kind = 'payment'"):
        assert await fetch_value(f"SELECT count(*) FROM {what}") == 1 + (what == "payment")
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.paid'") == 1


async def test_a_card_and_a_hold_are_written_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, B4, L34: one page, one card, one hold; taken once for the damage."""
    await open_drawer()
    shelf = await lending.add_shelf()
    alice = await factories.add_member("Alice", address="alice@example.org")
    pledge = {"deposit_mode": DepositMode.AUTHORISATION, "deposit_cents": 3000}
    thing = await shelf.resource(**pledge)
    home, me = alice.household_id, alice.person_id
    assert await mortal.outlive("card_order", me, home, step=3) > 5
    with clock.travel(timedelta(hours=1)):  # the last life was minutes ahead
        await jobs.hurry(await letter("checkout"))
    await stripe.mishaps(drop=["*"])
    session = await pay(stripe, await order_of("card"))
    assert await mortal.outlive("card_settle", session, step=2) > 5
    assert await fetch_value("SELECT count(*) FROM card_imprint") == 1
    given = await lend.lend_now(staff(), whom(alice), thing.code)
    await jobs.hurry(await letter("charge"))
    intent = await fetch_value("SELECT stripe_intent FROM pay_order WHERE kind = 'hold'")
    assert await mortal.outlive("hold_settle", intent, step=2) > 5
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
    await damages.charge_damage(staff().by, given.line, 900, "Cassé", key="before")
    held = (await found.of_line(given.line))[0]
    await deposits.keep(staff().by, held.public_id, key="keep")
    assert await mortal.outlive("send", await letter("capture")) > 2
    assert await mortal.outlive("hold_settle", intent, step=3) > 5
    rows = await fetch("SELECT kind FROM lending_entry ORDER BY id")
    kinds = ["deposit_held", "damage", "deposit_kept", "deposit_released"]
    assert [row["kind"] for row in rows] == kinds
    assert await fetch_value("SELECT count(*) FROM payment WHERE amount_cents = 900") == 1


async def test_a_hold_of_its_owner_is_asked_once_when_killed(stripe: Remote, mortal: Mortal):
    """REL3, L34: asked again, the page that nobody answered is given up for the new one."""
    shelf = await lending.add_shelf()
    alice = await factories.add_member("Alice", address="alice@example.org")
    pledge = {"deposit_mode": DepositMode.AUTHORISATION, "deposit_cents": 3000}
    hours = {"slot_mode": SlotMode.HOURS, "due_rule": DueRule.KEEP, "usual_length": 60}
    thing = await shelf.resource(longest_length=480, **pledge, **hours)
    start = clock.start_of_day(clock.today() + timedelta(days=2)) + timedelta(hours=10)
    want = Want(resource=thing.id, period=Period(start, start + timedelta(hours=1)))
    done = await lend.book(staff(), whom(alice), [want])
    home, me = alice.household_id, alice.person_id
    assert await mortal.outlive("hold_order", me, home, done.lines[0], step=3) > 8
    assert await fetch_value("SELECT count(*) FROM loan_deposit WHERE ended_at IS NULL") == 1


async def letter(kind: str) -> int:
    row: int = await fetch_value("SELECT max(id) FROM outbox WHERE kind = $1", kind)
    return row


async def order_of(kind: str) -> str:
    found_: str = await fetch_value(
        "SELECT public_id FROM pay_order WHERE kind = $1 ORDER BY id DESC LIMIT 1", kind
    )
    return found_
