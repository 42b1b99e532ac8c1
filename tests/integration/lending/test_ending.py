"""A household does not end over what it has of the club's, and who left pays no more (M5, L34, L35)."""

from collections.abc import Awaitable, Callable

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.lending import queries as loans
from backend.lending import service as lend
from backend.lending.owing_errors import (
    BookingsOpen,
    CardMissing,
    DepositsOpen,
    LoansOpen,
    LossOpen,
    MoneyOpen,
)
from backend.lending.queries import deposits as found
from backend.lending.rules import DepositMode, DepositWay, Outcome
from backend.lending.service import damages, deposits, paying
from backend.lending.values import Back
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.errors import SomethingOpen
from backend.privacy.rules import ErasureWay
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_member, add_person, open_drawer
from tests.integration.lending.test_deposits import (
    BROKEN,
    booked,
    damage,
    held_online,
    send,
    thing,
    with_card,
)
from tests.integration.lending.test_desk import out
from tests.integration.lending.test_owing import owed
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom
from tests.paying import events

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")
Ending = Callable[[Member, Member], Awaitable[None]]


async def merge(member: Member, other: Member) -> None:
    await membership.merge(SYSTEM, member.household_id, other.household_id)


async def move(member: Member, other: Member) -> None:
    homes = (member.household_id, other.household_id)
    await membership.move(SYSTEM, member.person_id, *homes)


async def leave(member: Member, _other: Member) -> None:
    await membership.leave(SYSTEM, member.household_id, member.person_id)


async def end(member: Member, _other: Member) -> None:
    await membership.end_household(SYSTEM, member.household_id)


ENDINGS = [merge, move, leave, end]


@pytest.fixture
async def nadia(alice: Member) -> By:
    await open_drawer()
    return By(Actor.PERSON, await add_person("Nadia", "Comptoir"))


@pytest.mark.parametrize("ending", ENDINGS)
async def test_household_does_not_end_while_something_of_its_loans_is_open(
    ending: Ending, shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """M5, L35: a booking, a thing, a deposit, then money, each said; settled, it ends."""
    lent = await thing(shelf, DepositMode.CASH_NOTE)
    line = await booked(alice, lent)
    with pytest.raises(BookingsOpen):
        await ending(alice, bob)
    taken = await deposits.take(nadia, line, DepositWay.CASH, None, key="a")
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        with pytest.raises(LoansOpen):
            await ending(alice, bob)
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        with pytest.raises(MoneyOpen):
            await ending(alice, bob)
        await paying.take_payment(nadia, alice.household_id, 1200, PayWay.CASH, None, key="p")
        with pytest.raises(DepositsOpen):
            await ending(alice, bob)
        await deposits.release(nadia, taken.deposit, None, key="d")
        await ending(alice, bob)
        household = await queries.household_by_id(alice.household_id)
        assert household.ended_on is not None


async def test_damage_that_waits_for_a_second_is_open_money(
    shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """L35, L45: it is not owed yet, and may be tomorrow: neither household nor person go before."""
    given = await out(await shelf.resource(replacement_cents=9000), alice)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Mandrin cassé"))
    debt = await damages.charge_damage(nadia, given.line, 8000, "Mandrin cassé", key="a")
    with pytest.raises(MoneyOpen):
        await merge(alice, bob)
    me = By(Actor.PERSON, alice.person_id)
    with pytest.raises(SomethingOpen):
        await erasing.erase(me, alice.person_id, ErasureWay.SELF)
    await damages.drop(By(Actor.PERSON, await add_person("Omar")), debt, "Usure")
    assert (await erasing.look(alice.person_id)).holds == []
    await merge(alice, bob)


@pytest.mark.parametrize("ending", [merge, end])
async def test_place_in_line_goes_with_the_household(
    ending: Ending, shelf: Shelf, alice: Member, bob: Member
):
    """M5, L24: nobody loses anything by it; what was offered is offered to who waits behind."""
    carol = await add_member("Carol")
    lent = await shelf.resource()
    first = await lend.book(mine(carol), whom(carol), [want(lent, TUESDAY)])
    waits = [await lend.wait(mine(one), whom(one), want(lent, TUESDAY)) for one in (alice, bob)]
    await lend.cancel(mine(carol), first.booking)
    await ending(alice, bob)
    assert [await states(one.booking) for one in waits] == [["cancelled_by_tenant"], ["offered"]]


async def test_lost_thing_keeps_its_household_and_its_person_until_somebody_says_what_it_costs(
    shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """M5, D1, L35: charged later, it would be owed by nobody; paid, or waived, it holds nobody back."""
    given = await out(await shelf.resource(replacement_cents=4000), alice)
    await lend.lose(staff(), given.line, "Oubliée dans le bus")
    with pytest.raises(LossOpen):
        await merge(alice, bob)
    assert await in_the_way(alice) == ["loan_lost"]
    debt = await damages.charge_damage(nadia, given.line, 4000, "Perdue", key="a")
    assert await in_the_way(alice) == ["loan_money"]
    await damages.waive(nadia, debt, 4000, "Le club ne demande rien", key="w")
    assert await in_the_way(alice) == []
    await merge(alice, bob)


async def test_who_stays_may_have_loans_when_another_leaves(
    shelf: Shelf, alice: Member, bob: Member
):
    """M5: loans are the household's; it goes on, and so do they."""
    await move(bob, alice)
    given = await out(await shelf.resource(), alice)
    await membership.leave(SYSTEM, alice.household_id, bob.person_id)
    assert (await lend.take_back(staff(), given.line)).line == given.line


async def test_debt_of_a_household_that_ended_is_still_its_last_peoples(
    shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """L45, D1: a damage found later stands in the way of who was there last, and of nobody else."""
    carol = await membership.add_adult(SYSTEM, alice.household_id, "Carol", "Martin")
    given = await out(await shelf.resource(replacement_cents=9000), alice)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Mandrin cassé"))
    await membership.leave(SYSTEM, alice.household_id, carol)
    with clock.frozen(TUESDAY):
        await merge(alice, bob)
        await damages.charge_damage(nadia, given.line, 4000, "Mandrin cassé", key="a")
        assert (await owed(alice)).due_cents == 4000
        assert [hold.slug for hold in (await erasing.look(alice.person_id)).holds] == ["loan_money"]
        assert (await erasing.look(carol)).holds == []
        assert (await erasing.look(bob.person_id)).holds == []


async def test_card_of_who_left_is_charged_no_more(
    stripe: Remote, shelf: Shelf, alice: Member, bob: Member, nadia: By
):
    """L34: whoever left it with Stripe pays only for a household they are in."""
    await move(bob, alice)
    lent = await thing(shelf, DepositMode.CARD_IMPRINT)
    line = await booked(alice, lent, TUESDAY, FRIDAY)
    await with_card(stripe, alice)
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
        await membership.leave(SYSTEM, alice.household_id, alice.person_id)
        assert not await found.has_card(alice.household_id)
        assert not (await found.pledges_of(alice.household_id)).card
        await lend.take_back(staff(), line, BROKEN)
        await damage(nadia, line, 1200)
        [held] = await found.of_line(line)
        with pytest.raises(CardMissing):
            await deposits.keep(nadia, held.public_id, key="k")
    assert (await owed(alice)).due_cents == 1200


async def test_card_is_free_when_the_loan_does_not_take_place(
    stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: handed over by mistake and undone, it was never lent."""
    lent = await thing(shelf, DepositMode.CARD_IMPRINT)
    await with_card(stripe, alice)
    given = await lend.lend_now(staff(), whom(alice), lent.code)
    assert len(await found.of_household(alice.household_id)) == 1
    await lend.undo(staff(), given.line)
    assert await found.of_household(alice.household_id) == []


@pytest.mark.parametrize("ended", ["cancelled", "retired", "missed"])
async def test_hold_is_let_go_when_the_loan_does_not_take_place(
    ended: str, stripe: Remote, shelf: Shelf, alice: Member, nadia: By
):
    """L34: money that was held before nobody fetched the thing is its owner's again."""
    lent = await thing(shelf, DepositMode.AUTHORISATION)
    line = await booked(alice, lent)
    with clock.frozen(TUESDAY):
        await held_online(stripe, alice, line)
        assert [one.held_cents for one in await found.of_household(alice.household_id)] == [3000]
    with clock.frozen(day("2026-11-24", 18) if ended == "missed" else TUESDAY):
        if ended == "cancelled":
            await lend.cancel(mine(alice), (await loans.get_line(line)).booking)
        elif ended == "retired":
            await lend.retire_unit(staff(), lent.code, "Trop vieille")
        else:
            assert await lend.miss(line)
        await send()
        await events(stripe)
        assert await found.of_household(alice.household_id) == []


async def test_paid_booking_is_given_up_before_its_person_goes(
    shelf: Shelf, alice: Member, nadia: By
):
    """D1, L35: what was paid for it would be nobody's; given up, it is owed back first."""
    made = await lend.book(mine(alice), whom(alice), [want(await priced(shelf), TUESDAY)])
    await paying.take_payment(nadia, alice.household_id, 300, PayWay.CASH, None, key="p")
    assert await in_the_way(alice) == ["loan_paid"]
    await lend.cancel(mine(alice), made.booking)
    assert await in_the_way(alice) == ["loan_money"]
    await paying.give_back(nadia, alice.household_id, 300, PayWay.CASH, None, key="g")
    assert await in_the_way(alice) == []


async def test_who_waits_is_served_when_somebody_is_erased(
    shelf: Shelf, alice: Member, bob: Member
):
    """D1, L24: what they had booked is offered in the same moment."""
    lent = await shelf.resource()
    made = await lend.book(mine(alice), whom(alice), [want(lent, TUESDAY)])
    waits = await lend.wait(mine(bob), whom(bob), want(lent, TUESDAY))
    await erasing.erase(By(Actor.PERSON, alice.person_id), alice.person_id, ErasureWay.SELF)
    assert await states(made.booking) == ["cancelled_by_tenant"]
    assert await states(waits.booking) == ["offered"]


async def in_the_way(member: Member) -> list[str]:
    return [hold.slug for hold in (await erasing.look(member.person_id)).holds]


async def priced(shelf: Shelf) -> Lent:
    return await shelf.resource("Nettoyeur", price_cents=300)
