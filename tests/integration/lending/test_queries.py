"""What pages read: the same truth as the door that books, and a number of statements that stays."""

from datetime import date, timedelta

import pytest

from backend.kit import clock
from backend.lending import errors, queries
from backend.lending import service as lend
from backend.lending.queries import Wish
from backend.lending.rules import DueRule, Period, SlotMode, TicketKind
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import lending
from tests.integration.lending.conftest import NOW
from tests.integration.statements import statements
from tests.lending import Shelf, day, mine, staff, want, whom

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
WEEK = Period(day("2026-11-23", 0), day("2026-11-30", 0))


async def test_page_and_write_agree_when_buffers_count(shelf: Shelf, alice: Member, bob: Member):
    """L6, L20: what is shown as free can be booked, what is not cannot; buffers take time."""
    hours = {"slot_mode": SlotMode.HOURS, "longest_length": 240, "usual_length": 60}
    room = await shelf.resource(
        "Salle", slot_minutes=30, buffer_after=30, due_rule=DueRule.KEEP, **hours
    )
    await lend.book(mine(alice), whom(alice), [want(room, day("2026-11-24", 14))])
    on = date(2026, 11, 24)
    starts = (await queries.look(room.id, on, Wish(first=on))).starts
    free = {start for start, is_free in starts if is_free}
    for start in (day("2026-11-24", 13), day("2026-11-24", 13, 30), day("2026-11-24", 15, 30)):
        asked = lend.hold(staff(), whom(bob), [want(room, start, start + timedelta(minutes=30))])
        if start in free:
            held = await asked
            await lend.cancel(mine(bob), held.booking)
        else:
            with pytest.raises(errors.JustTaken):
                await asked
    assert day("2026-11-24", 14, 30) not in free
    assert len(starts) == 30  # by the half hour, from seven to ten in the evening


async def test_many_resources_are_read_in_as_many_statements_as_one(shelf: Shelf, alice: Member):
    """L6: one range query for the page, then memory; never a query for each resource."""
    lent = [await shelf.resource(f"Outil {n}", copies=2) for n in range(6)]
    await lend.book(mine(alice), whom(alice), [want(lent[0], TUESDAY, FRIDAY)])
    counts = []
    for some in (lent[:1], lent):
        async with statements() as said:
            found = await queries.availability([one.id for one in some], WEEK)
        counts.append(len(said))
    assert counts == [3, 3]
    gaps = found[lent[0].id].gaps
    assert [(gap.period.start, gap.units) for gap in gaps] == [
        (WEEK.start, 2),
        (TUESDAY, 1),
        (day("2026-11-27", 18), 2),
    ]
    assert "unknown" not in await queries.availability(["unknown"], WEEK)


async def test_calendar_shows_days_that_are_free_taken_and_closed(shelf: Shelf, alice: Member):
    """L16: a closed day is closed, not free."""
    drill = await shelf.resource()
    await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    sunday, tuesday = date(2026, 11, 22), date(2026, 11, 24)
    wish = Wish(first=date(2026, 11, 25), last=date(2026, 11, 27))
    seen = await queries.look(drill.id, sunday, wish)
    assert [one.free for one in seen.days[:4]] == [None, None, 0, 1]
    assert seen.choice is not None
    assert seen.choice.period == Period(WEDNESDAY, day("2026-11-27", 18))
    bags = await shelf.resource("Sacs", copies=0, counted=False)
    assert (await queries.look(bags.id, tuesday, Wish())).days[0].free == 1
    with pytest.raises(errors.ResourceUnknown):
        await queries.look("unknown", tuesday, Wish())


async def test_time_that_no_copy_has_whole_is_not_free(shelf: Shelf, alice: Member):
    """L6, L8: one is away for the first half, the other for the second, and neither can move."""
    drill = await shelf.resource(copies=2)
    for unit, during in zip(
        drill.units, (Period(TUESDAY, WEDNESDAY), Period(WEDNESDAY, FRIDAY)), strict=True
    ):
        await lend.take_out_of_use(staff(), unit.code, TicketKind.REPAIR, "Panne", during)
    first, last = date(2026, 11, 24), date(2026, 11, 26)
    seen = await queries.look(drill.id, first, Wish(first=first, last=last))
    assert seen.choice is not None
    assert not seen.choice.is_free
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, day("2026-11-26"))])


async def test_household_sees_its_lines(shelf: Shelf, alice: Member, bob: Member):
    """L11: a booking whose lines come back one by one; L2: this is computed."""
    drill, saw = await shelf.resource(), await shelf.resource("Scie")
    made = await lend.book(
        staff(), whom(alice), [want(drill, NOW, TUESDAY), want(saw, NOW, TUESDAY)]
    )
    for line, lent in zip(made.lines, (drill, saw), strict=True):
        await lend.hand_over(staff(), line, lent.code)
    await lend.take_back(staff(), made.lines[1])
    page = await queries.get_booking(made.booking, alice.household_id)
    assert page.is_partially_returned
    assert page.lapses_at is None
    assert [line.name for line in await queries.of_household(alice.household_id)] == ["Perceuse"]
    past = await queries.past_of_household(alice.household_id)
    assert [(line.name, line.outcome) for line in past] == [("Scie", "fine")]
    with pytest.raises(errors.BookingUnknown):
        await queries.get_booking(made.booking, bob.household_id)
    with pytest.raises(errors.BookingUnknown):
        await queries.get_line(10**9)


async def test_held_booking_says_until_when(shelf: Shelf, alice: Member):
    """L13: for the countdown."""
    drill = await shelf.resource()
    held = await lend.hold(mine(alice), whom(alice), [want(drill, TUESDAY)])
    page = await queries.get_booking(held.booking, alice.household_id)
    assert (page.lapses_at, page.version) == (held.lapses_at, held.version)


async def test_today_sorts_the_desks_work(shelf: Shelf, alice: Member, bob: Member):
    """L26: to prepare, pick-ups, returns, late, at risk, to inspect, unfinished; of this site alone."""
    other = await lending.add_shelf("lilas")
    elsewhere = await other.resource("Échelle")
    await lend.book(staff(), whom(bob), [want(elsewhere, NOW, TUESDAY)])
    names = ["prepare", "ready", "due", "late", "back", "old", "later"]
    made = {}
    for name in names:
        lent = await shelf.resource(name)
        first = WEDNESDAY if name == "later" else NOW
        last = NOW + timedelta(hours=1) if name == "late" else None
        made[name] = await lend.book(staff(), whom(alice), [want(lent, first, last)])
        if name in {"due", "late", "back"}:
            await lend.hand_over(staff(), made[name].lines[0], lent.code)
    await lend.prepare(staff(), made["ready"].lines[0])
    await lend.take_back(staff(), made["back"].lines[0], Back(later=True))
    found = await queries.today(shelf.site_id)
    assert [line.name for line in found.to_prepare] == ["prepare", "old"]
    assert [line.name for line in found.pick_ups] == ["ready"]
    assert [line.name for line in found.returns] == ["due", "late"]
    assert [line.name for line in found.to_inspect] == ["back"]
    assert found.late == found.unfinished == found.at_risk == found.to_answer == []
    with clock.travel(timedelta(days=1)):
        tomorrow = await queries.today(shelf.site_id)
        assert [line.name for line in tomorrow.late] == ["due", "late"]
        assert [line.name for line in tomorrow.unfinished] == ["prepare", "ready", "old"]
        assert tomorrow.to_prepare == tomorrow.returns == []


async def test_today_takes_one_statement_however_much_is_lent(shelf: Shelf, alice: Member):
    """L26: a constant count of statements."""
    counts = []
    for round_ in range(3):
        drill = await shelf.resource(f"Perceuse {round_}", copies=3)
        await lend.book(staff(), whom(alice), [want(drill, NOW, TUESDAY, count=3)])
        async with statements() as said:
            found = await queries.today(shelf.site_id)
        counts.append(len(said))
    assert len(found.to_prepare) == 9
    assert counts == [1, 1, 1]


async def test_scanned_label_tells_who_has_the_unit(shelf: Shelf, alice: Member):
    """L28: what a scan of an item answers from."""
    drill = await shelf.resource()
    assert (await queries.get_unit(drill.code)).line is None
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    unit = await queries.get_unit(drill.code)
    assert (unit.line, unit.with_, unit.due_at) == (given.line, "Alice M.", given.due_at)
    assert [one.code for one in await queries.units(drill.id)] == [drill.code]
    with pytest.raises(errors.UnitUnknown):
        await queries.get_unit("UNKNOWN")


async def test_catalogue_is_searched_without_accents(shelf: Shelf):
    """L40: title, category and ISBN."""
    book = await shelf.resource(
        "L'Étranger", category="Livres", isbn="9782070360024", copies=2, pieces=("Livret",)
    )
    await shelf.resource("Scie")
    for typed in ("etranger", "ÉTRAN livres", "97820703"):
        found = (await queries.browse(typed, "", None, 1)).things
        assert [thing.card.model.public_id for thing in found] == [book.id]
    assert (await queries.browse("etranger", "Outils", None, 1)).things == ()
    for site in (None, shelf.site_id):
        assert [card.name for card in await queries.catalogue(9, site)] == ["L'Étranger", "Scie"]
    assert await queries.categories() == ["Livres", "Outils"]
    page = await queries.get_resource(book.id)
    assert (page.units, page.isbn, page.model.pieces) == (2, "9782070360024", ("Livret",))
    with pytest.raises(errors.ResourceUnknown):
        await queries.get_resource("unknown")


async def test_inventory_is_kept_by_the_office(shelf: Shelf):
    """L1: differences are rows of a policy; codes that stand in another list are used once."""
    drill = await shelf.resource()
    kept = (await queries.policies())[0]
    assert await queries.get_policy(kept.public_id) == kept
    longer = lending.policy(name="Outils", longest_length=14)
    await lend.change_policy(lending.SYSTEM, kept.public_id, longer)
    assert (await queries.get_model(drill.id)).policy.longest_length == 14
    for wrong in ({"name": " "}, {"usual_length": 9}, {"hold_minutes": 0}, {"grace_days": -1}):
        with pytest.raises(errors.PolicyWrong):
            await lend.make_policy(lending.SYSTEM, lending.policy(**wrong))
    with pytest.raises(errors.PolicyWrong):
        hours = {"slot_mode": SlotMode.HOURS, "slot_minutes": 1}
        await lend.make_policy(lending.SYSTEM, lending.policy(name="Salles", **hours))
    with pytest.raises(errors.PolicyWrong):
        await lend.make_policy(lending.SYSTEM, longer)
    for act in (queries.get_policy("x"), lend.change_policy(lending.SYSTEM, "x", longer)):
        with pytest.raises(errors.PolicyUnknown):
            await act
    wish = lend.ResourceWish(
        site_id=shelf.site_id, policy=kept.public_id, name="Ponceuse", category="Outils"
    )
    await lend.change_resource(lending.SYSTEM, drill.id, wish)
    assert (await queries.get_model(drill.id)).name == "Ponceuse"
    coded = lend.UnitWish(external_code="P-1", shelf="A3", facts={"note": "rayée"})
    await lend.change_unit(lending.SYSTEM, drill.code, coded)
    assert (await queries.get_unit(drill.code)).facts == {"note": "rayée"}
    with pytest.raises(errors.CodeTaken):
        await lend.add_unit(lending.SYSTEM, drill.id, coded)
