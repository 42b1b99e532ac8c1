"""What vehicles ask for, and what is forgotten of every loan."""

from datetime import date, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, queries
from backend.lending import jobs as lending_jobs
from backend.lending import service as lend
from backend.lending.rules import DueRule, SlotMode
from backend.lending.values import Back, Handed
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.errors import SomethingOpen
from backend.privacy.rules import ErasureWay
from tests.integration.lending.conftest import NOW
from tests.lending import Lent, Shelf, day, mine, staff, states, want, whom

TUESDAY = day("2026-11-24")
FULL = Handed(kilometres=1200, charge=80)


async def car(shelf: Shelf) -> Lent:
    return await shelf.resource(
        "Voiture",
        slot_mode=SlotMode.HOURS,
        due_rule=DueRule.KEEP,
        longest_length=600,
        usual_length=60,
        needs_licence=True,
        asks_charge=True,
    )


async def test_vehicle_is_given_when_the_licence_is_good_until_it_is_due(
    shelf: Shelf, alice: Member
):
    """L39: verified and in date."""
    lent = await car(shelf)
    made = await lend.book(staff(), whom(alice), [want(lent, TUESDAY)])
    with clock.travel(TUESDAY - NOW):
        for until in (None, date(2026, 11, 23)):
            if until is not None:
                await lend.note_licence(staff(), alice.person_id, until)
            with pytest.raises(errors.LicenceNeeded):
                await lend.hand_over(staff(), made.lines[0], lent.code, FULL)
        await lend.note_licence(staff(), alice.person_id, date(2026, 11, 24))
        await lend.hand_over(staff(), made.lines[0], lent.code, FULL)
    with pytest.raises(errors.StaffOnly):
        await lend.note_licence(mine(alice), alice.person_id, date(2030, 1, 1))


async def test_kilometres_and_charge_are_written_at_both_ends(shelf: Shelf, alice: Member):
    """L39: and a vehicle never drives backwards."""
    lent = await car(shelf)
    await lend.note_licence(staff(), alice.person_id, date(2030, 1, 1))
    for seen, refusal in (
        (Handed(), errors.ChargeNeeded),
        (Handed(kilometres=1200, charge=101), errors.ChargeWrong),
    ):
        with pytest.raises(refusal):
            await lend.lend_now(staff(), whom(alice), lent.code, None, seen)
    given = await lend.lend_now(staff(), whom(alice), lent.code, None, FULL)
    for back, refusal in (
        (Back(kilometres=1210), errors.ChargeNeeded),
        (Back(kilometres=1199, charge=40), errors.ChargeWrong),
    ):
        with pytest.raises(refusal):
            await lend.take_back(staff(), given.line, back)
    await lend.take_back(staff(), given.line, Back(kilometres=1230, charge=40))
    assert (await queries.get_unit(lent.code)).kilometres == 1230


async def test_kilometres_that_were_typed_wrong_are_undone(shelf: Shelf, alice: Member):
    """L31, L39: at both ends, the right ones can be written after it."""
    lent = await car(shelf)
    await lend.note_licence(staff(), alice.person_id, date(2030, 1, 1))
    given = await lend.lend_now(staff(), whom(alice), lent.code, None, FULL)
    await lend.take_back(staff(), given.line, Back(kilometres=12300, charge=40))
    await lend.undo(staff(), given.line)
    assert (await queries.get_unit(lent.code)).kilometres == 1200
    await lend.take_back(staff(), given.line, Back(kilometres=1230, charge=40))
    wrong = Handed(kilometres=12300, charge=80)
    given = await lend.lend_now(staff(), whom(alice), lent.code, None, wrong)
    await lend.undo(staff(), given.line)
    assert (await queries.get_unit(lent.code)).kilometres == 1230


@pytest.mark.parametrize(("today", "known"), [("2027-03-31", True), ("2027-04-01", False)])
async def test_loan_is_nobodys_at_the_end_of_the_fourth_month(
    shelf: Shelf, alice: Member, today: str, known: bool
):
    """L45: of November, at the end of March; its time stays for the figures, its people do not."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    await lend.take_back(staff(), given.line)
    await lend.lend_now(staff(), whom(alice), saw.code)
    missed = await lend.book(staff(), whom(alice), [want(await shelf.resource("Rabot"), NOW)])
    with clock.travel(timedelta(hours=2)):
        await lend.miss(missed.lines[0])
    with clock.frozen(day(today)):
        await lending_jobs.forget_loans()
    gone = not known
    line = await queries.get_line(given.line)
    assert (line.person_id is None) == gone
    rows = await fetch("SELECT person, in_at IS NULL AS out FROM custody ORDER BY id")
    assert [row["person"] is None for row in rows] == [gone, False]
    assert [row["out"] for row in rows] == [False, True]
    assert (await fetch_value("SELECT household FROM strike") is None) == gone
    assert line.period.end > line.period.start


async def test_member_who_leaves_is_forgotten(shelf: Shelf, alice: Member):
    """D1, L45: what they had booked is free, what they borrowed stays without them; never amid a loan."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    made = await lend.book(mine(alice), whom(alice), [want(saw, TUESDAY)])
    await lend.note_licence(staff(), alice.person_id, date(2030, 1, 1))
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    with pytest.raises(SomethingOpen):
        await erasing.erase(SYSTEM, alice.person_id, ErasureWay.SELF)
    await lend.take_back(staff(), given.line)
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.SELF)
    assert await states(made.booking) == ["cancelled_by_tenant"]
    assert await fetch_value("SELECT count(*) FROM licence") == 0
    assert await fetch_value("SELECT count(*) FROM custody WHERE person IS NOT NULL") == 0
