"""What a household owes for loans: price, days late, payment, giving back; sums that agree (L35)."""

from datetime import timedelta

import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing import books
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import queries
from backend.lending import service as lend
from backend.lending.errors import TooLateToMove
from backend.lending.owing_errors import AmountChanged, NothingOwed, NothingToGiveBack
from backend.lending.policy import Model
from backend.lending.queries import debts
from backend.lending.queries.debts import Owed
from backend.lending.rules import DebtKind, DueRule, PriceUnit, SlotMode
from backend.lending.service import damages, paying
from backend.lending.values import Back
from backend.membership.queries import Member
from tests.factories import add_person, open_drawer
from tests.integration.lending.test_desk import out
from tests.lending import Lent, Shelf, day, hours, mine, staff, want, whom

TUESDAY, THURSDAY = day("2026-11-24"), day("2026-11-26")
ROOM = {
    "slot_mode": SlotMode.HOURS,
    "due_rule": DueRule.KEEP,
    "usual_length": 60,
    "longest_length": 480,
    "price_cents": 300,
    "price_unit": PriceUnit.HOUR,
}


async def owed(member: Member) -> Owed:
    return await debts.owed_by(member.household_id)


async def late(shelf: Shelf, member: Member, on: str, **said: object) -> int:
    """A drill that is due on a Tuesday comes back on another day; gives the line."""
    rules = {"fee_day_cents": 50, "grace_days": 1, "replacement_cents": 4000, **said}
    given = await out(await shelf.resource(**rules), member)
    assert given.due_at.date().isoformat() == "2026-11-24"
    with clock.frozen(day(on, 17)):
        await lend.take_back(staff(), given.line, Back())
    return given.line


async def agree(*members: Member) -> None:
    """Balances are sums, and the club's books say the same: 411 is what all households owe."""
    sums = [(await owed(member)).debts for member in members]
    books_cents = await fetch_value(
        "SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint FROM journal_line"
        " WHERE account = '411'"
    )
    assert books_cents == sum(debt.left_cents for some in sums for debt in some)
    wrong = await fetch(
        "SELECT entry FROM journal_line GROUP BY entry HAVING sum(debit_cents - credit_cents) <> 0"
    )
    assert wrong == []
    today = clock.today()
    found = await books.reconciliation(today, today)
    assert found.whole
    assert [one for one in found.balances if one.difference_cents] == []


async def test_a_late_return_is_fined_by_open_days_after_the_grace(shelf: Shelf, alice: Member):
    """L35: due on Tuesday; Wednesday is the grace, then Thursday, Friday, Saturday and Tuesday;
    Sunday and Monday are closed.
    """
    await late(shelf, alice, "2026-12-01")
    [debt] = (await owed(alice)).debts
    assert (debt.kind, debt.amount_cents, debt.due_cents) == (DebtKind.FINE, 200, 200)
    await agree(alice)


@pytest.mark.parametrize(
    "rules", [{"fee_day_cents": 0}, {"grace_days": 30}, {"replacement_cents": None}]
)
async def test_nothing_is_fined_when_the_policy_asks_for_nothing(
    shelf: Shelf, alice: Member, rules: dict[str, object]
):
    """L35: fees are off by default, have grace, and end somewhere."""
    await late(shelf, alice, "2026-12-11", **rules)
    assert (await owed(alice)).debts == ()


async def test_fines_never_cost_more_than_a_new_one(shelf: Shelf, alice: Member):
    """L35: the cap is the replacement value."""
    await late(shelf, alice, "2027-03-02", replacement_cents=1200)
    assert (await owed(alice)).due_cents == 1200


async def test_an_undone_return_takes_its_fine_back(shelf: Shelf, alice: Member):
    """L31, L35: by its opposite, and the right one is written when it really comes back."""
    line = await late(shelf, alice, "2026-11-27")
    with clock.frozen(day("2026-11-27", 17, 5)):
        assert (await owed(alice)).due_cents == 100
        await lend.undo(staff(), line)
        assert (await owed(alice)).due_cents == 0
    with clock.frozen(day("2026-11-28", 10)):
        await lend.take_back(staff(), line, Back())
        assert (await owed(alice)).due_cents == 150
        await agree(alice)
    kinds = await fetch("SELECT kind, amount_cents FROM lending_entry ORDER BY id")
    assert [tuple(row) for row in kinds] == [("fine", 100), ("waiver", 100), ("fine", 150)]


async def test_a_fine_that_somebody_waived_is_not_asked_again(shelf: Shelf, alice: Member):
    """L31, L35: scanned by mistake and undone, only the days after it are new."""
    nadia = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    line = await late(shelf, alice, "2026-11-27")
    with clock.frozen(day("2026-11-27", 17, 5)):
        [debt] = (await owed(alice)).debts
        await damages.waive(nadia, debt.public_id, 100, "Geste du club", key="w")
        await lend.undo(staff(), line)
    with clock.frozen(day("2026-11-28", 10)):
        await lend.take_back(staff(), line, Back())
        assert (await owed(alice)).due_cents == 50
        await agree(alice)


async def test_a_fine_that_was_waived_frees_no_other_due_day(shelf: Shelf, alice: Member):
    """L35, L40: what was given up of the days before a renewal is not taken off those after it."""
    nadia = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    rules = {"fee_day_cents": 50, "grace_days": 1, "replacement_cents": 4000}
    given = await out(await shelf.resource(**rules), alice)
    with clock.frozen(day("2026-11-27", 17)):
        await lend.renew(mine(alice), given.line)
        [debt] = (await owed(alice)).debts
        await damages.waive(nadia, debt.public_id, 100, "Geste du club", key="w")
        due_at = (await queries.get_line(given.line)).period.end
    with clock.frozen(due_at + timedelta(days=7)):
        await lend.take_back(staff(), given.line, Back())
        assert (await owed(alice)).due_cents == 200


async def test_what_is_found_late_is_fined_as_any_late(shelf: Shelf, alice: Member):
    """L4, L35: lost in between or not; what was charged for the loss counts in the most there is."""
    rules = {"fee_day_cents": 50, "replacement_cents": 4000}
    given = await out(await shelf.resource(**rules), alice)
    with clock.frozen(day("2026-11-27", 17)):
        await lend.lose(staff(), given.line, "Oubliée dans le bus")
        await lend.find(staff(), given.line)
        assert (await owed(alice)).due_cents == 150
        await lend.undo(staff(), given.line)
        assert (await owed(alice)).due_cents == 0
        await lend.lose(staff(), given.line, "Oubliée dans le bus")
        await damages.charge_damage(staff().by, given.line, 3900, "Perdue", key="d")
        await lend.find(staff(), given.line)
        assert (await owed(alice)).due_cents == 4000
        await agree(alice)


async def test_a_late_loan_that_is_renewed_owes_its_late_days(shelf: Shelf, alice: Member):
    """L35, L40: due on Tuesday; Wednesday is the grace, Thursday and Friday cost, a renewal or not;
    undoing the return after it takes nothing of that back.
    """
    rules = {"fee_day_cents": 50, "grace_days": 1, "replacement_cents": 4000}
    given = await out(await shelf.resource(**rules), alice)
    with clock.frozen(day("2026-11-27", 17)):
        await lend.renew(mine(alice), given.line)
        assert (await owed(alice)).due_cents == 100
    with clock.frozen(day("2026-11-28", 10)):
        await lend.take_back(staff(), given.line, Back())
        await lend.undo(staff(), given.line)
        assert (await owed(alice)).due_cents == 100
        await agree(alice)


async def test_what_a_return_costs_is_said_before(shelf: Shelf, alice: Member):
    """L35: the same sum as the return then writes."""
    drill = await shelf.resource(fee_day_cents=50, replacement_cents=4000)
    given = await out(drill, alice)
    with clock.frozen(day("2026-11-27", 17)):
        model = await lend_model(drill)
        said = await debts.late_fee(given.line, model, given.due_at, clock.now())
        await lend.take_back(staff(), given.line, Back())
        assert (await owed(alice)).due_cents == said == 150


async def lend_model(lent: Lent) -> Model:
    return (await queries.get_resource(lent.id)).model


async def test_it_is_paid_at_the_desk_in_the_drawer_of_dues(shelf: Shelf, alice: Member):
    """L35, B9, B10: one receipt, one drawer, books that agree; the same key again is no more."""
    await open_drawer()
    await late(shelf, alice, "2026-12-01")
    by = staff().by
    with pytest.raises(AmountChanged):
        await paying.take_payment(by, alice.household_id, 1, PayWay.CASH, None, key="a")
    for _ in range(2):
        taken = await paying.take_payment(by, alice.household_id, 200, PayWay.CASH, None, key="b")
    assert (taken.amount_cents, taken.receipt[:2]) == (200, "L-")
    assert (await owed(alice)).due_cents == 0
    with pytest.raises(NothingOwed):
        await paying.take_payment(by, alice.household_id, 200, PayWay.CASH, None, key="c")
    await agree(alice)


async def test_a_paid_loan_costs_its_hours_once_it_is_a_promise(shelf: Shelf, alice: Member):
    """L35: nothing while it is held, the price at the confirmation, another at another length."""
    room = await shelf.resource("Salle", **ROOM)
    held = await lend.hold(mine(alice), whom(alice), [want(room, TUESDAY, day("2026-11-24", 11))])
    assert (await owed(alice)).due_cents == 0
    done = await lend.confirm(mine(alice), held.booking)
    assert (await owed(alice)).due_cents == 600
    longer = want(room, TUESDAY, day("2026-11-24", 12)).period
    await lend.change(mine(alice), done.lines[0], longer)
    assert (await owed(alice)).due_cents == 900
    await lend.change(mine(alice), done.lines[0], want(room, TUESDAY).period)
    assert (await owed(alice)).due_cents == 300
    await agree(alice)


async def test_a_price_that_was_waived_is_not_asked_again(shelf: Shelf, alice: Member):
    """L35: whoever moves it; a longer time costs what it costs more, a shorter one nothing less."""
    room = await shelf.resource("Salle", **ROOM)
    done = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY, day("2026-11-24", 11))])
    [debt] = (await owed(alice)).debts
    await damages.waive(staff().by, debt.public_id, 600, "Geste du club", key="w")
    for end, due in ((11, 0), (12, 300), (11, 0), (10, 0), (12, 300)):
        on = want(room, THURSDAY, day("2026-11-26", end)).period
        await lend.change(staff(), done.lines[0], on)
        assert (await owed(alice)).due_cents == due
        await agree(alice)
    await lend.cancel(staff(), done.booking, reason="Fuite d'eau")
    await lend.restore(staff(), done.lines[0])
    assert (await owed(alice)).due_cents == 300
    await agree(alice)


async def test_a_booking_given_up_in_time_costs_nothing(shelf: Shelf, alice: Member):
    """L35: what was paid for it goes back."""
    await open_drawer()
    room = await shelf.resource("Salle", **ROOM)
    done = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    by = staff().by
    await paying.take_payment(by, alice.household_id, 300, PayWay.CASH, None, key="a")
    await lend.cancel(mine(alice), done.booking)
    assert (await owed(alice)).credit_cents == 300
    given = await paying.give_back(by, alice.household_id, 300, PayWay.CASH, None, key="b")
    assert given.receipt.startswith("AL-")
    assert [(await owed(alice)).credit_cents, (await owed(alice)).due_cents] == [0, 0]
    with pytest.raises(NothingToGiveBack):
        await paying.give_back(by, alice.household_id, 300, PayWay.CASH, None, key="c")
    await agree(alice)


@pytest.mark.parametrize(("percent", "left"), [(0, 300), (50, 150), (100, 0)])
async def test_a_late_cancel_costs_what_the_policy_says(
    shelf: Shelf, alice: Member, percent: int, left: int
):
    """L35: refunds by the policy; when the club cancels, nothing stays."""
    room = await shelf.resource("Salle", late_refund_percent=percent, **ROOM)
    today = want(room, day("2026-11-20", 11))
    done = await lend.book(mine(alice), whom(alice), [today])
    await lend.cancel(mine(alice), done.booking)
    assert (await owed(alice)).due_cents == left
    again = await lend.book(mine(alice), whom(alice), [today])
    await lend.cancel(staff(), again.booking, reason="Fuite d'eau")
    assert (await owed(alice)).due_cents == left
    await agree(alice)


async def test_late_dates_are_not_changed_away(shelf: Shelf, alice: Member):
    """L25, L35: moved first and given up then, it would cost nothing; it may still grow longer."""
    room = await shelf.resource("Salle", late_refund_percent=50, **ROOM)
    done = await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-20", 11))])
    [line] = done.lines
    with pytest.raises(TooLateToMove):
        await lend.change(mine(alice), line, want(room, THURSDAY).period)
    await lend.change(mine(alice), line, hours(day("2026-11-20", 11), 2))
    await lend.cancel(mine(alice), done.booking)
    assert (await owed(alice)).due_cents == 300
    again = await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-20", 11))])
    await lend.change(staff(), again.lines[0], want(room, THURSDAY).period)


async def test_who_does_not_come_owes_as_for_a_late_cancel(shelf: Shelf, alice: Member):
    """L35."""
    room = await shelf.resource("Salle", late_refund_percent=50, **ROOM)
    done = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    with clock.frozen(day("2026-11-24", 18)):
        assert await lend.miss(done.lines[0])
        assert (await owed(alice)).due_cents == 150
        await agree(alice)
