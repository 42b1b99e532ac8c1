"""At the desk: prepare, hand over, lend on the spot, take back, look at, undo."""

from datetime import timedelta

import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors
from backend.lending import service as lend
from backend.lending.rules import DueRule, LineState, Outcome, SlotMode
from backend.lending.values import Back, Booked, Given, Handed
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY, FRIDAY = day("2026-11-24"), day("2026-11-27")
TODAY, LATER = NOW, day("2026-11-24", 12)


async def booked(lent: Lent, member: Member, **said: object) -> Booked:
    """Confirmed for today, due on Tuesday."""
    return await lend.book(staff(), whom(member), [want(lent, TODAY, LATER, **said)])


async def out(lent: Lent, member: Member) -> Given:
    made = await booked(lent, member)
    return await lend.hand_over(staff(), made.lines[0], lent.code)


async def test_thing_goes_the_whole_way(shelf: Shelf, alice: Member):
    """L4: confirmed, ready, out, returned, closed; L9: custody is a record of its own."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    await lend.prepare(staff(), made.lines[0])
    assert await states(made.booking) == ["ready"]
    given = await lend.hand_over(staff(), made.lines[0], drill.code)
    assert (given.state, given.due_at) == (LineState.CHECKED_OUT, day("2026-11-24", 18))
    back = await lend.take_back(staff(), made.lines[0], Back(later=True))
    assert back.state is LineState.RETURNED
    with pytest.raises(errors.ToInspect):
        await lend.lend_now(staff(), whom(alice), drill.code)
    closed = await lend.inspect(staff(), made.lines[0])
    assert closed.state is LineState.CLOSED
    row = (await fetch("SELECT person, out_at, in_at, outcome FROM custody"))[0]
    assert tuple(row) == (alice.person_id, NOW, NOW, "fine")


async def test_prepared_thing_is_put_back(shelf: Shelf, alice: Member):
    """L4: and stays booked."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    await lend.prepare(staff(), made.lines[0])
    assert (await lend.put_back(staff(), made.lines[0])).state is LineState.CONFIRMED


async def test_members_do_nothing_at_the_desk(shelf: Shelf, alice: Member):
    """L3: a page of the member's space never moves a line behind the desk."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    ask, line = mine(alice), made.lines[0]
    for act in (
        lend.prepare(ask, line),
        lend.hand_over(ask, line, drill.code),
        lend.take_back(ask, line),
        lend.lose(ask, line, "perdu"),
        lend.undo(ask, line),
        lend.approve(ask, made.booking),
        lend.extend(ask, line, FRIDAY),
        lend.restore(ask, line),
    ):
        with pytest.raises(errors.StaffOnly):
            await act


async def test_hand_over_is_refused_while_the_unit_is_out(shelf: Shelf, alice: Member, bob: Member):
    """L9: with who has it and since when; one custody is open for a unit."""
    drill = await shelf.resource()
    await out(drill, alice)
    made = await lend.book(staff(), whom(bob), [want(drill, day("2026-11-25"))])
    with pytest.raises(errors.StillOut) as heard:
        await lend.hand_over(staff(), made.lines[0], drill.code)
    assert (heard.value.facts["who"], heard.value.facts["since"]) == ("Alice M.", NOW)
    assert await fetch_value("SELECT count(*) FROM custody") == 1


async def test_other_model_is_refused(shelf: Shelf, alice: Member):
    """L28: an unknown or wrong item is never dropped silently."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    made = await booked(drill, alice)
    with pytest.raises(errors.WrongModel) as heard:
        await lend.hand_over(staff(), made.lines[0], saw.code)
    assert heard.value.facts == {"name": "Perceuse", "scanned": "Scie"}
    with pytest.raises(errors.UnitUnknown):
        await lend.hand_over(staff(), made.lines[0], "UNKNOWN")


async def test_scanned_copy_is_taken_when_it_is_another_one(
    shelf: Shelf, alice: Member, bob: Member
):
    """L8: the two lines change copies; L28: one that lies ready is given only on purpose."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    mine_, theirs = await booked(drill, alice), await booked(drill, bob)
    await lend.prepare(staff(), theirs.lines[0])
    with pytest.raises(errors.ReservedByOther) as heard:
        await lend.hand_over(staff(), mine_.lines[0], second.code)
    assert heard.value.facts["booking"] == theirs.booking
    await lend.hand_over(staff(), mine_.lines[0], second.code, Handed(anyway=True))
    rows = await fetch("SELECT unit, state FROM booking_line ORDER BY id")
    assert [tuple(row) for row in rows] == [
        (second.id, "checked_out"),
        (first.id, "confirmed"),
    ]


async def test_early_pick_up_takes_the_time_in_between(shelf: Shelf, alice: Member, bob: Member):
    """L7: a desk scan goes through the same door: it is refused where somebody else has that time."""
    drill = await shelf.resource()
    made = await lend.book(staff(), whom(alice), [want(drill, FRIDAY)])
    between = await lend.book(staff(), whom(bob), [want(drill, TUESDAY)])
    with pytest.raises(errors.UnitTaken):
        await lend.hand_over(staff(), made.lines[0], drill.code)
    await lend.cancel(mine(bob), between.booking)
    await lend.hand_over(staff(), made.lines[0], drill.code)
    assert await fetch_value("SELECT lower(during) FROM booking_line ORDER BY id LIMIT 1") == NOW


async def test_lines_return_one_by_one(shelf: Shelf, alice: Member):
    """L11."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    made = await lend.book(
        staff(), whom(alice), [want(drill, TODAY, LATER), want(saw, TODAY, LATER)]
    )
    for line, lent in zip(made.lines, (drill, saw), strict=True):
        await lend.hand_over(staff(), line, lent.code)
    await lend.take_back(staff(), made.lines[0])
    assert await states(made.booking) == ["closed", "checked_out"]


async def test_thing_is_lent_on_the_spot(shelf: Shelf, alice: Member):
    """L29: free until the usual due time."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    assert (given.due_at, given.cut_short) == (day("2026-11-24", 18), False)
    assert await fetch_value("SELECT channel FROM booking") == "walk_in"


async def test_loan_on_the_spot_leaves_the_time_to_clean_before_the_next_booking(
    shelf: Shelf, alice: Member, bob: Member
):
    """L29, L20: by the hour, due half an hour before somebody else's time."""
    said = {"slot_mode": SlotMode.HOURS, "due_rule": DueRule.KEEP, "buffer_after": 30}
    room = await shelf.resource("Salle", usual_length=240, longest_length=480, **said)
    noon = want(room, day("2026-11-20", 12), day("2026-11-20", 13))
    await lend.book(mine(bob), whom(bob), [noon])
    given = await lend.lend_now(staff(), whom(alice), room.code)
    assert (given.due_at, given.cut_short) == (day("2026-11-20", 11, 30), True)


async def test_loan_on_the_spot_is_cut_before_the_next_booking(
    shelf: Shelf, alice: Member, bob: Member
):
    """L29: and the tenant is told; none where nothing worth having is left."""
    drill = await shelf.resource(longest_length=9)
    await lend.book(mine(bob), whom(bob), [want(drill, TUESDAY)])
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    assert (given.due_at, given.cut_short) == (day("2026-11-21", 18), True)
    assert await lending.told("due") == [alice.person_id]
    saw = await shelf.resource("Scie")
    await lend.book(staff(), whom(bob), [want(saw, NOW, LATER)])
    with pytest.raises(errors.UnitTaken):
        await lend.lend_now(staff(), whom(alice), saw.code)
    with pytest.raises(errors.StillOut):
        await lend.lend_now(staff(), whom(bob), drill.code)


async def test_loan_on_the_spot_lasts_as_asked(shelf: Shelf, alice: Member):
    """L29: until a day that was said."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-21", 11))
    assert given.due_at == day("2026-11-21", 18)


@pytest.mark.parametrize("outcome", sorted({*Outcome} - {Outcome.FINE, Outcome.LOST}))
async def test_ticket_is_opened_when_it_is_not_fine(shelf: Shelf, alice: Member, outcome: Outcome):
    """L31: it sets what can be booked: dirty, damaged or not working blocks, a missing part does not."""
    drill = await shelf.resource(pieces=("mèche",))
    given = await out(drill, alice)
    with pytest.raises(errors.OutcomeNeedsNote):
        await lend.take_back(staff(), given.line, Back(outcome=outcome))
    back = await lend.take_back(
        staff(), given.line, Back(outcome=outcome, note="La mèche", missing=("mèche",))
    )
    assert back.ticket is not None
    blocked = await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'blocked'")
    assert blocked == (0 if outcome is Outcome.PART_MISSING else 1)


async def test_piece_is_known_to_the_checklist(shelf: Shelf, alice: Member):
    """L30: and what the desk saw at both ends is kept."""
    drill = await shelf.resource(pieces=("mèche",), checklist=("Notice lue",))
    made = await booked(drill, alice)
    with pytest.raises(errors.PiecesUnknown):
        await lend.hand_over(staff(), made.lines[0], drill.code, Handed(ticked=("roue",)))
    seen = Handed(ticked=("mèche", "Notice lue"), kilometres=1200)
    await lend.hand_over(staff(), made.lines[0], drill.code, seen)
    assert await fetch_value("SELECT given -> 'ticked' ->> 0 FROM custody") == "mèche"
    await lend.take_back(staff(), made.lines[0], Back(kilometres=1250))
    assert await fetch_value("SELECT kilometres FROM unit") == 1250


async def test_acts_are_back_dated_with_a_reason(shelf: Shelf, alice: Member):
    """L31: never into the future, nor before the hand-over."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    early = NOW - timedelta(minutes=50)
    await lend.hand_over(staff(), made.lines[0], drill.code, Handed(at=early, reason="Oubli"))
    with pytest.raises(errors.ReasonNeeded):
        await lend.take_back(staff(), made.lines[0], Back(at=NOW))
    for wrong in (early - timedelta(minutes=1), NOW + timedelta(minutes=1)):
        with pytest.raises(errors.BackDatedWrong):
            await lend.take_back(staff(), made.lines[0], Back(at=wrong, reason="Oubli"))
    half = NOW - timedelta(minutes=20)
    await lend.take_back(staff(), made.lines[0], Back(at=half, reason="Oubli"))
    assert tuple((await fetch("SELECT out_at, in_at FROM custody"))[0]) == (early, half)


async def test_hand_over_is_not_back_dated_into_an_earlier_loan(
    shelf: Shelf, alice: Member, bob: Member
):
    """L9, L31: nobody had it while another one did; from its return on they may have."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    made = await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-25"))])
    with clock.travel(timedelta(minutes=30)):
        await lend.take_back(staff(), given.line)
    early = Handed(at=NOW + timedelta(minutes=29), reason="Oubli")
    right = Handed(at=NOW + timedelta(minutes=30), reason="Oubli")
    with clock.travel(timedelta(minutes=50)):
        with pytest.raises(errors.StillOutThen):
            await lend.hand_over(staff(), made.lines[0], drill.code, early)
        with pytest.raises(errors.StillOutThen):
            await lend.lend_now(staff(), whom(bob), drill.code, handed=early)
        await lend.hand_over(staff(), made.lines[0], drill.code, right)


async def test_take_back_is_undone_within_a_quarter_of_an_hour(shelf: Shelf, alice: Member):
    """L31: with the ticket it opened."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Cassé"))
    undone = await lend.undo(staff(), given.line)
    assert undone.state is LineState.CHECKED_OUT
    assert await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'blocked'") == 0
    assert await fetch_value("SELECT closed_at FROM ticket") == clock.now()
    await lend.take_back(staff(), given.line)
    with clock.travel(timedelta(minutes=15)), pytest.raises(errors.UndoTooLateHere):
        await lend.undo(staff(), given.line)


async def test_hand_over_is_undone(shelf: Shelf, alice: Member):
    """L31: it lies ready again; what was lent on the spot is no booking any more."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    assert (await lend.undo(staff(), given.line)).state is LineState.READY
    with pytest.raises(errors.NothingToUndo):
        await lend.undo(staff(), given.line)
    assert (await lend.hand_over(staff(), given.line)).unit == drill.code
    saw = await shelf.resource("Scie")
    spot = await lend.lend_now(staff(), whom(alice), saw.code)
    assert (await lend.undo(staff(), spot.line)).state is LineState.CANCELLED_BY_STAFF
    assert (await lend.lend_now(staff(), whom(alice), saw.code)).state is LineState.CHECKED_OUT


async def test_undo_is_refused_when_the_time_was_given_away(
    shelf: Shelf, alice: Member, bob: Member
):
    """L7: undoing goes through the same door."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    await lend.take_back(staff(), given.line)
    await lend.lend_now(staff(), whom(bob), drill.code)
    with pytest.raises(errors.StillOut):
        await lend.undo(staff(), given.line)
    assert await lending.overlaps() == 0


async def test_lost_thing_is_found(shelf: Shelf, alice: Member, bob: Member):
    """L4: out, lost, returned when found. L32: what was booked on it is planned again."""
    drill = await shelf.resource()
    given = await out(drill, alice)
    later = await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-25"))])
    done = await lend.lose(staff(), given.line, "Perdue au parc")
    assert done.cancelled == (later.booking,)
    assert await states(later.booking) == ["cancelled_by_staff"]
    found = await lend.find(staff(), given.line)
    assert found.state is LineState.RETURNED
    assert (await lend.inspect(staff(), given.line)).state is LineState.CLOSED
    await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-25"))])


async def test_uncounted_thing_goes_out_and_comes_back_without_a_scan(shelf: Shelf, alice: Member):
    """L40: nobody counts it, and nobody holds it."""
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    made = await booked(bags, alice)
    await lend.hand_over(staff(), made.lines[0])
    assert (await lend.take_back(staff(), made.lines[0])).state is LineState.CLOSED
    assert await fetch_value("SELECT count(*) FROM custody") == 0


async def test_double_scan_is_one_act(shelf: Shelf, alice: Member):
    """L12: the same key gives the same answer, for the desk too."""
    drill = await shelf.resource()
    made = await booked(drill, alice)
    ask = staff()
    answers = [await lend.hand_over(ask, made.lines[0], drill.code) for _ in range(2)]
    assert answers[0] == answers[1]
    assert await fetch_value("SELECT count(*) FROM custody") == 1
