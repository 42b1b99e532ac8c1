"""Acts on many copies or loans are looked at first, done whole, and taken back (L44)."""

from datetime import timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, stock_errors
from backend.lending import service as lend
from backend.lending.bulk import BulkDone, BulkWish, Change
from backend.lending.queries import bulk as looks
from backend.lending.queries import debts, stock
from backend.lending.rules import BulkKind, PriceUnit, TicketKind
from backend.lending.service import bulk, bulk_undoing, damages
from backend.lending.values import Back
from backend.membership.queries import Member
from tests import lending
from tests.lending import Lent, Shelf, day, staff, states, want, whom

HOUR = timedelta(hours=1)
TUESDAY, WEDNESDAY = day("2026-11-24"), day("2026-11-25")


def codes_of(*things: Lent) -> tuple[str, ...]:
    return tuple(unit.code for thing in things for unit in thing.units)


async def shelves() -> list[str]:
    return [row["shelf"] for row in await fetch("SELECT shelf FROM unit ORDER BY id")]


def told(done: BulkDone) -> list[tuple[str, str, str]]:
    return [told_one(one) for one in done.changes]


def told_one(one: Change) -> tuple[str, str, str]:
    return (one.before, one.after, one.left)


async def test_copies_change_shelf_and_go_back(shelf: Shelf) -> None:
    """L44: a look writes nothing, two presses do it once, undo leaves what others moved since."""
    drill, saw = await shelf.resource(copies=2), await shelf.resource("Scie")
    wish = BulkWish(kind=BulkKind.SHELF, units=codes_of(drill, saw), shelf="B2")
    look = await bulk.look_at(staff(), wish)
    assert (look.act, told(look)) == ("", [("", "B2", "")] * 3)
    assert await shelves() == ["", "", ""]
    ask = staff()
    done = [await bulk.act_on(ask, wish) for _ in range(2)]
    assert done[0] == done[1]
    assert await shelves() == ["B2"] * 3
    await lend.change_unit(lending.SYSTEM, saw.code, lend.UnitWish(shelf="C3"))
    back = await bulk_undoing.undo(staff(), done[0].act)
    assert len(back.changes) == 2
    assert await shelves() == ["", "", "C3"]
    with pytest.raises(stock_errors.UndoneAlready):
        await bulk_undoing.undo(staff(), done[0].act)
    with pytest.raises(stock_errors.ActUnknown):
        await bulk_undoing.undo(staff(), "nobody")
    assert [act.undone_at is None for act in await looks.recent()] == [False]


async def test_copies_get_new_codes(shelf: Shelf) -> None:
    """L44, L33: the old label is nobody's until the act is taken back."""
    drill = await shelf.resource(copies=2)
    before = codes_of(drill)
    done = await bulk.act_on(staff(), BulkWish(kind=BulkKind.RELABEL, units=before))
    now = {unit.code for unit in await stock.copies_of(drill.id)}
    assert now == {one.after for one in done.changes}
    assert not now & set(before)
    with pytest.raises(errors.UnitUnknown):
        await stock.get_copy(before[0])
    await bulk_undoing.undo(staff(), done.act)
    assert {unit.code for unit in await stock.copies_of(drill.id)} == set(before)


async def test_copies_are_retired_and_come_back(shelf: Shelf, alice: Member, bob: Member) -> None:
    """L44, L32: what is out is left and says so; bookings move or end, in the look as in the act."""
    drill, saw = await shelf.resource(copies=2), await shelf.resource("Scie")
    given = await lend.lend_now(staff(), whom(bob), saw.code)
    ends = await lend.book(staff(), whom(alice), [want(drill, TUESDAY, unit=drill.code)])
    wish = BulkWish(kind=BulkKind.RETIRE, units=codes_of(drill, saw), text="Trop vieux")
    look = await bulk.look_at(staff(), wish)
    assert look.cancelled == (ends.booking,)
    assert await states(ends.booking) == ["confirmed"]
    assert await fetch_value("SELECT count(*) FROM loan_notice WHERE kind = 'cancelled'") == 0
    done = await bulk.act_on(staff(), wish)
    assert [one.left for one in done.changes] == ["", "", "Il est prêté en ce moment."]
    assert await states(ends.booking) == ["cancelled_by_staff"]
    assert (await stock.get_copy(saw.code)).retired_at is None
    assert len(await stock.copies("", limit=9)) == 1
    await bulk_undoing.undo(staff(), done.act)
    assert len(await stock.copies("", limit=9)) == 3
    assert await states(ends.booking) == ["cancelled_by_staff"]
    await lend.take_back(staff(), given.line, Back(later=True))
    look = await bulk.look_at(staff(), wish)
    assert [one.left for one in look.changes][2] == "Son retour est à contrôler."


async def test_copy_that_was_retired_once_more_since_stays_so(shelf: Shelf) -> None:
    """L44: undo takes back what still is as the act left it."""
    drill = await shelf.resource(copies=2)
    one, other = codes_of(drill)
    done = await bulk.act_on(
        staff(), BulkWish(kind=BulkKind.RETIRE, units=(one, other), text="Trop vieux")
    )
    with clock.travel(HOUR):
        await lend.bring_back_unit(lending.SYSTEM, one)
        await lend.retire_unit(staff(), one, "Volé")
        back = await bulk_undoing.undo(staff(), done.act)
    assert [change.unit for change in back.changes] == [other]
    assert (await stock.get_copy(one)).retired_at is not None


async def test_copy_comes_home_to_what_it_was_of(shelf: Shelf) -> None:
    """L44: whatever it is called by now; one that went on to another site stays there."""
    await lending.add_shelf("lanternes")
    await lending.add_shelf("lilas")
    drill = await shelf.resource(copies=2)
    one, other = codes_of(drill)
    wish = BulkWish(kind=BulkKind.SITE, units=(one, other), site="lanternes")
    done = await bulk.act_on(staff(), wish)
    await fetch("UPDATE resource SET name = 'Perceuse à percussion' WHERE public_id = $1", drill.id)
    await bulk.act_on(staff(), BulkWish(kind=BulkKind.SITE, units=(other,), site="lilas"))
    back = await bulk_undoing.undo(staff(), done.act)
    assert [(change.unit, *told_one(change)) for change in back.changes] == [
        (one, "lanternes", "tilleuls", "")
    ]
    assert (await stock.get_copy(one)).resource == drill.id
    assert (await stock.get_copy(other)).site == "lilas"
    assert await fetch_value("SELECT count(*) FROM resource") == 3


async def test_all_of_a_day_are_all_or_none(
    shelf: Shelf, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L44: what is too much for one act is said, and nobody is left out unsaid."""
    monkeypatch.setattr(bulk, "MOST_LOANS", 1)
    for name in ("Perceuse", "Scie"):
        await lend.lend_now(staff(), whom(alice), (await shelf.resource(name)).code)
    late = BulkWish(kind=BulkKind.EXTEND, due_on=TUESDAY.date(), until=day("2026-12-04").date())
    for wish in (late, BulkWish(kind=BulkKind.MESSAGE, text="Le club ferme")):
        with pytest.raises(stock_errors.TooManyLoans):
            await bulk.act_on(staff(), wish)


async def test_copies_go_to_another_site(shelf: Shelf, alice: Member) -> None:
    """L44: under the same name there; bookings stay here, on what is left; open tickets go with it."""
    other = await lending.add_shelf("lanternes")
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    stays = await lend.book(staff(), whom(alice), [want(drill, TUESDAY, unit=first.code)])
    await lend.take_out_of_use(
        staff(), second.code, TicketKind.CLEANING, "Sale", lending.hours(day("2026-12-08"), 8)
    )
    wish = BulkWish(kind=BulkKind.SITE, units=codes_of(drill), site="lanternes")
    done = await bulk.act_on(staff(), wish)
    assert [one[:2] for one in told(done)] == [("tilleuls", "lanternes")] * 2
    rows = await fetch(
        "SELECT r.site, count(u.id) AS units FROM resource r LEFT JOIN unit u ON u.resource = r.id"
        " GROUP BY r.id ORDER BY r.id"
    )
    assert [tuple(row) for row in rows] == [(shelf.site_id, 0), (other.site_id, 2)]
    assert done.cancelled == (stays.booking,)
    assert await lending.overlaps() == 0
    moved = (await stock.get_copy(second.code)).resource
    with pytest.raises(errors.JustTaken):
        await lend.book(
            staff(),
            whom(alice),
            [want(Lent(moved, "", []), day("2026-12-08"), unit=second.code)],
        )
    again = await bulk.act_on(staff(), wish)
    assert again.changes == ()
    await bulk_undoing.undo(staff(), done.act)
    assert {unit.site for unit in await stock.copies("", limit=9)} == {"tilleuls"}
    assert await fetch_value("SELECT count(*) FROM resource") == 2


async def test_all_that_is_due_on_a_day_is_due_later(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L44, L45: except what somebody else has booked; told once; undone where it still ends then.

    What is kept of the act names nobody.
    """
    drill, saw = await shelf.resource(), await shelf.resource("Scie", copies=2)
    first = await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-24", 12))
    second = await lend.lend_now(staff(), whom(bob), saw.code, day("2026-11-24", 12))
    await lend.book(staff(), whom(bob), [want(drill, WEDNESDAY)])
    due_on, until = TUESDAY.date(), day("2026-11-26").date()
    assert [(each.on, each.loans) for each in await looks.due_days(shelf.site_id)] == [(due_on, 2)]
    wish = BulkWish(kind=BulkKind.EXTEND, due_on=due_on, until=until, text="Grève des bus")
    look = await bulk.look_at(staff(), wish)
    assert [one.left for one in look.changes] == ["Quelqu'un d'autre l'a réservé.", ""]
    done = await bulk.act_on(staff(), wish)
    ends = "SELECT upper(during) FROM booking_line WHERE id = $1"
    assert await fetch_value(ends, first.line) == day("2026-11-24", 18)
    assert await fetch_value(ends, second.line) == day("2026-11-26", 18)
    assert await fetch_value("SELECT count(*) FROM loan_notice WHERE kind = 'moved'") == 1
    assert "Martin" not in await fetch_value("SELECT facts::text FROM bulk_act")
    assert [one.who for one in (await looks.get_act(done.act)).done.changes] == [
        "Alice Martin",
        "Bob Petit",
    ]
    back = await bulk_undoing.undo(staff(), done.act)
    assert [one.line for one in back.changes] == [second.line]
    assert await fetch_value(ends, second.line) == day("2026-11-24", 18)
    assert await lending.overlaps() == 0


async def test_days_that_were_given_cost_nothing_when_the_act_is_undone_late(
    shelf: Shelf, alice: Member
) -> None:
    """L44, L35: the day before is over: the loan keeps the day its household was told."""
    drill = await shelf.resource(fee_day_cents=50, grace_days=0, replacement_cents=4000)
    given = await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-24", 12))
    until = day("2026-12-04").date()
    wish = BulkWish(kind=BulkKind.EXTEND, due_on=TUESDAY.date(), until=until)
    done = await bulk.act_on(staff(), wish)
    with clock.frozen(day("2026-12-03", 10)):
        assert (await bulk_undoing.undo(staff(), done.act)).changes == ()
        await lend.take_back(staff(), given.line, Back())
        assert (await debts.owed_by(alice.household_id)).debts == ()


async def test_a_later_day_costs_what_it_costs_one_alone(
    shelf: Shelf, alice: Member, bob: Member
) -> None:
    """L44, L35: each day more is owed as after an extension by hand; looked at, it costs nothing yet."""
    paid = {"price_cents": 300, "price_unit": PriceUnit.DAY}
    drill, saw = await shelf.resource(**paid), await shelf.resource("Scie", **paid)
    given = await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-24", 12))
    alone = await lend.lend_now(staff(), whom(bob), saw.code, day("2026-11-24", 12))
    await lend.extend(staff(), alone.line, day("2026-11-26", 18))
    before = (await debts.owed_by(alice.household_id)).due_cents
    until = day("2026-11-26").date()
    wish = BulkWish(kind=BulkKind.EXTEND, due_on=TUESDAY.date(), until=until)
    look = await bulk.look_at(staff(), wish)
    assert [(one.line, one.cost_cents) for one in look.changes] == [(given.line, 600)]
    assert (await debts.owed_by(alice.household_id)).due_cents == before
    done = await bulk.act_on(staff(), wish)
    assert (await debts.owed_by(alice.household_id)).due_cents == before + 600
    assert (await debts.owed_by(bob.household_id)).due_cents == before + 600
    await bulk_undoing.undo(staff(), done.act)
    assert (await debts.owed_by(alice.household_id)).due_cents == before


@pytest.mark.parametrize("between", ["given up", "dearer", "free", "longer again"])
async def test_what_was_owed_before_is_owed_when_the_act_is_undone(
    shelf: Shelf, alice: Member, between: str
) -> None:
    """L44, L35: no less where the club gave up the days more, no more where its price is another one."""
    paid = {"price_cents": 300, "price_unit": PriceUnit.DAY}
    drill = await shelf.resource(**paid)
    await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-24", 12))
    before = (await debts.owed_by(alice.household_id)).due_cents
    wish = BulkWish(kind=BulkKind.EXTEND, due_on=TUESDAY.date(), until=day("2026-11-26").date())
    done = await bulk.act_on(staff(), wish)
    if between == "given up":
        more = (await debts.owed_by(alice.household_id)).debts[0]
        await damages.waive(SYSTEM, more.public_id, more.amount_cents, "Grève", key="w")
    elif between == "longer again":
        until = wish.until
        assert until is not None
        later = BulkWish(kind=BulkKind.EXTEND, due_on=until, until=until + timedelta(days=1))
        await bulk_undoing.undo(staff(), (await bulk.act_on(staff(), later)).act)
    else:
        cents = {"dearer": 500, "free": 0}[between]
        await fetch_value("UPDATE lending_policy SET price_cents = $1", cents)
    await bulk_undoing.undo(staff(), done.act)
    assert (await debts.owed_by(alice.household_id)).due_cents == before


async def test_borrowers_are_written_to_once_each(shelf: Shelf, alice: Member, bob: Member) -> None:
    """L44: one message a person, with what they have; nobody takes a message back."""
    drill, saw = await shelf.resource(copies=2), await shelf.resource("Scie")
    for code in (drill.code, saw.code):
        await lend.lend_now(staff(), whom(alice), code)
    await lend.lend_now(staff(), whom(bob), drill.units[1].code)
    wish = BulkWish(kind=BulkKind.MESSAGE, text="Le comptoir ferme plus tôt ce soir.")
    assert len((await bulk.look_at(staff(), wish)).changes) == 3
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'lending.word'") == 0
    done = await bulk.act_on(staff(), wish)
    people = await fetch("SELECT person FROM message WHERE kind = 'lending.word' ORDER BY person")
    assert [row["person"] for row in people] == sorted([alice.person_id, bob.person_id])
    with pytest.raises(stock_errors.UndoneAlready):
        await bulk_undoing.undo(staff(), done.act)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (BulkWish(kind=BulkKind.SHELF, shelf="A"), stock_errors.NothingChosen),
        (BulkWish(kind=BulkKind.SITE, units=("A",)), stock_errors.NothingChosen),
        (BulkWish(kind=BulkKind.RETIRE, units=("A",)), errors.ReasonNeeded),
        (BulkWish(kind=BulkKind.MESSAGE, text=" "), errors.ReasonNeeded),
        (BulkWish(kind=BulkKind.EXTEND), errors.PeriodWrong),
        (
            BulkWish(
                kind=BulkKind.EXTEND,
                due_on=day("2026-11-10").date(),
                until=day("2026-11-11").date(),
            ),
            errors.PeriodPast,
        ),
    ],
)
async def test_act_is_refused_when_it_says_too_little(
    shelf: Shelf, wish: BulkWish, refusal: type[Exception]
) -> None:
    """L44: what is missing is said before anything is looked at."""
    for act in (bulk.look_at, bulk.act_on):
        with pytest.raises(refusal):
            await act(staff(), wish)
