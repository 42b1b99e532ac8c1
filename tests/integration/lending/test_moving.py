"""Times and units change: every path goes through the same door (L7)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors
from backend.lending import service as lend
from backend.lending.errors import JustTaken
from backend.lending.rules import LineState, Period
from backend.lending.values import Booked
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")


async def booked(lent: Lent, member: Member, *times: object) -> Booked:
    first, *last = times or (TUESDAY,)
    return await lend.book(staff(), whom(member), [want(lent, first, *last)])  # type: ignore[arg-type]


async def during(line: int) -> tuple[object, object]:
    row = await fetch("SELECT lower(during), upper(during) FROM booking_line WHERE id = $1", line)
    return tuple(row[0])


async def test_booking_is_moved_when_the_new_time_is_free(shelf: Shelf, alice: Member):
    """L7: edited dates."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    await lend.change(mine(alice), made.lines[0], Period(WEDNESDAY, FRIDAY))
    assert await during(made.lines[0]) == (WEDNESDAY, day("2026-11-27", 18))


async def test_loan_is_extended_and_shortened_by_staff(shelf: Shelf, alice: Member, bob: Member):
    """L7: what the earlier end leaves is free for others at once."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.extend(staff(), given.line, day("2026-11-26", 12))
    assert (await during(given.line))[1] == day("2026-11-26", 18)
    await lend.extend(staff(), given.line, day("2026-11-21", 12))
    await booked(drill, bob)


async def test_loan_is_renewed_as_often_as_allowed(shelf: Shelf, alice: Member):
    """L40: renew, unless somebody waits; L22: then no more."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    renewed = await lend.renew(mine(alice), given.line)
    assert renewed.state is LineState.CHECKED_OUT
    assert (await during(given.line))[1] == day("2026-11-27", 18)
    with pytest.raises(errors.RenewedEnough):
        await lend.renew(mine(alice), given.line)


async def test_loan_is_not_renewed_when_somebody_waits(shelf: Shelf, alice: Member, bob: Member):
    """L40."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    line = (await lend.wait(mine(bob), whom(bob), want(drill, TUESDAY, FRIDAY))).lines[0]
    with pytest.raises(errors.Awaited):
        await lend.renew(mine(alice), given.line)
    await lend.pause(mine(bob), line)
    await lend.renew(mine(alice), given.line)


async def test_line_gets_the_copy_that_staff_choose(shelf: Shelf, alice: Member, bob: Member):
    """L8: the other line moves on where it can."""
    drill = await shelf.resource(copies=2)
    saw = await shelf.resource("Scie")
    made, other = await booked(drill, alice), await booked(drill, bob)
    await lend.swap(staff(), made.lines[0], drill.units[1].code)
    units = await fetch("SELECT unit FROM booking_line WHERE booking IS NOT NULL ORDER BY id")
    assert [row["unit"] for row in units] == [drill.units[1].id, drill.units[0].id]
    with pytest.raises(errors.WrongModel):
        await lend.swap(staff(), made.lines[0], saw.code)
    await lend.prepare(staff(), other.lines[0])
    with pytest.raises(errors.UnitTaken):
        await lend.swap(staff(), made.lines[0], drill.units[0].code)


async def test_cancelled_booking_stands_again(shelf: Shelf, alice: Member):
    """L7: restored; a late cancellation that staff take back is no strike any more (L25)."""
    drill = await shelf.resource()
    made = await booked(drill, alice, NOW, TUESDAY)
    await lend.cancel(mine(alice), made.booking)
    assert await fetch_value("SELECT kind FROM strike") == "late_cancel"
    restored = await lend.restore(staff(), made.lines[0])
    assert restored.state is LineState.CONFIRMED
    assert await fetch_value("SELECT forgiven_at FROM strike") == clock.now()


async def test_some_lines_are_cancelled(shelf: Shelf, alice: Member):
    """L4: staff say why, and the household is told; a line that is over cannot be cancelled again."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    made = await lend.book(staff(), whom(alice), [want(drill, TUESDAY), want(saw, TUESDAY)])
    with pytest.raises(errors.ReasonNeeded):
        await lend.cancel(staff(), made.booking)
    await lend.cancel(staff(), made.booking, [made.lines[1]], reason="Scie cassée")
    assert await states(made.booking) == ["confirmed", "cancelled_by_staff"]
    assert await lending.told("cancelled") == [alice.person_id]
    await lend.cancel(mine(alice), made.booking)
    with pytest.raises(errors.MoveRefused):
        await lend.cancel(mine(alice), made.booking)
    assert await fetch_value("SELECT count(*) FROM strike") == 0


async def test_request_is_answered(shelf: Shelf, alice: Member):
    """L4: approved or rejected, with a reason that the tenant reads."""
    room = await shelf.resource("Salle", needs_approval=True, copies=2)
    yes = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    no = await lend.book(mine(alice), whom(alice), [want(room, TUESDAY)])
    assert (await lend.approve(staff(), yes.booking)).state is LineState.CONFIRMED
    await lend.reject(staff(), no.booking, "Salle en travaux")
    assert await states(no.booking) == ["rejected"]
    with pytest.raises(errors.MoveRefused):
        await lend.approve(staff(), no.booking)


async def test_verbs_are_refused_in_other_states(shelf: Shelf, alice: Member):
    """L3."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    line = made.lines[0]
    for act in (lend.renew(mine(alice), line), lend.extend(staff(), line, FRIDAY)):
        with pytest.raises(errors.MoveRefused):
            await act
    await lend.hand_over(staff(), line, drill.code)
    for act in (
        lend.change(mine(alice), line, Period(TUESDAY, FRIDAY)),
        lend.swap(staff(), line, drill.code),
        lend.restore(staff(), line),
    ):
        with pytest.raises(errors.MoveRefused):
            await act


# Every path that takes time, each for a time that Bob has: what it needs before, and the act.
Path = Callable[[Lent, Member, Member], Awaitable[object]]


async def by_tenant(drill: Lent, alice: Member, bob: Member) -> object:
    await booked(drill, bob)
    return await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])


async def by_desk_scan(drill: Lent, alice: Member, bob: Member) -> object:
    made = await booked(drill, alice, FRIDAY)
    await booked(drill, bob)
    return await lend.hand_over(staff(), made.lines[0], drill.code)


async def on_the_spot(drill: Lent, alice: Member, bob: Member) -> object:
    await booked(drill, bob, NOW, TUESDAY)
    return await lend.lend_now(staff(), whom(alice), drill.code)


async def by_new_dates(drill: Lent, alice: Member, bob: Member) -> object:
    made = await booked(drill, alice, FRIDAY)
    await booked(drill, bob)
    return await lend.change(mine(alice), made.lines[0], Period(TUESDAY, WEDNESDAY))


async def by_approval(drill: Lent, alice: Member, bob: Member) -> object:
    """A request holds its time, so that nobody else can have it before the answer."""
    await fetch("UPDATE lending_policy SET needs_approval = true")
    asked = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    with pytest.raises(JustTaken):
        await booked(drill, bob)
    await lend.approve(staff(), asked.booking)
    return await booked(drill, bob)


async def by_extending(drill: Lent, alice: Member, bob: Member) -> object:
    given = await lend.lend_now(staff(), whom(alice), drill.code, NOW + timedelta(hours=1))
    await booked(drill, bob)
    return await lend.extend(staff(), given.line, WEDNESDAY)


async def by_renewing(drill: Lent, alice: Member, bob: Member) -> object:
    given = await lend.lend_now(staff(), whom(alice), drill.code, NOW + timedelta(hours=1))
    await booked(drill, bob)
    return await lend.renew(mine(alice), given.line)


async def by_restoring(drill: Lent, alice: Member, bob: Member) -> object:
    made = await booked(drill, alice)
    await lend.cancel(mine(alice), made.booking)
    await booked(drill, bob)
    return await lend.restore(staff(), made.lines[0])


async def by_swapping(drill: Lent, alice: Member, bob: Member) -> object:
    second = await lend.add_unit(lending.SYSTEM, drill.id, lend.UnitWish())
    made, other = await booked(drill, alice), await booked(drill, bob)
    await lend.prepare(staff(), other.lines[0])
    return await lend.swap(staff(), made.lines[0], second.code)


async def by_undoing(drill: Lent, alice: Member, bob: Member) -> object:
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.take_back(staff(), given.line)
    await booked(drill, bob, NOW, TUESDAY)
    return await lend.undo(staff(), given.line)


async def by_accepting(drill: Lent, alice: Member, bob: Member) -> object:
    """The offer holds the unit; once it is over, so is the right to it."""
    made = await booked(drill, bob)
    waits = await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY))
    await lend.cancel(mine(bob), made.booking)
    with pytest.raises(JustTaken):
        await booked(drill, bob)
    with clock.travel(timedelta(days=3)):
        await booked(drill, bob)
        return await lend.accept(mine(alice), waits.lines[0])


PATHS: dict[str, Path] = {
    "tenant booking": by_tenant,
    "desk scan": by_desk_scan,
    "walk-in": on_the_spot,
    "edit dates": by_new_dates,
    "approve": by_approval,
    "extend": by_extending,
    "renew": by_renewing,
    "restore": by_restoring,
    "swap unit": by_swapping,
    "undo": by_undoing,
    "waitlist accept": by_accepting,
}


@pytest.mark.parametrize("path", PATHS)
async def test_path_is_refused_when_somebody_has_the_time(
    shelf: Shelf, alice: Member, bob: Member, path: str
):
    """L7: the same clash on every path, the same clean refusal, and no overlap."""
    drill = await shelf.resource(late_cancel_minutes=0)
    with pytest.raises((JustTaken, errors.HoldOver)):
        await PATHS[path](drill, alice, bob)
    assert await lending.overlaps() == 0
