"""Who borrowed what is nobody's business for long (L45)."""

from datetime import date, datetime, timedelta

import asyncpg
import pytest

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import jobs, queries
from backend.lending import service as lend
from backend.lending.rules import Outcome
from backend.lending.service import damages, paying, reminding
from backend.lending.service.forgetting import months_before
from backend.lending.values import Back
from backend.membership.queries import Member
from tests.conftest import Database
from tests.factories import add_person, open_drawer
from tests.lending import Shelf, day, mine, staff, want, whom

APRIL = day("2027-04-01")  # the fourth month after a loan of November is over


async def broken(shelf: Shelf, member: Member) -> int:
    """A loan of today that came back damaged."""
    drill = await shelf.resource(replacement_cents=9000)
    given = await lend.lend_now(staff(), whom(member), drill.code)
    await lend.take_back(staff(), given.line, Back(outcome=Outcome.DAMAGED, note="Mandrin cassé"))
    return given.line


async def knows(line: int, at: datetime = APRIL) -> bool:
    """Whether the loan still has its names, once the night of that day has passed."""
    with clock.frozen(at):
        await jobs.forget_loans()
    return (await queries.get_line(line)).person_id is not None


async def test_unpaid_or_contested_loan_keeps_its_names_until_it_is_settled(
    shelf: Shelf, alice: Member
):
    """L45: unless unpaid or disputed; settled, it goes, and the sum stays without the thing."""
    nadia = By(Actor.PERSON, await add_person("Nadia"))
    line = await broken(shelf, alice)
    debt = await damages.charge_damage(nadia, line, 5000, "Mandrin cassé", key="a")
    assert await knows(line)
    await damages.contest(By(Actor.PERSON, alice.person_id), alice.household_id, debt, "Non")
    assert await knows(line)
    await damages.answer(nadia, debt, "C’est vrai, pardon.", accepted=True)
    assert not await knows(line)
    row = (await fetch("SELECT line, household FROM loan_debt"))[0]
    assert (row["line"], row["household"]) == (None, alice.household_id)


async def test_charge_that_waits_for_a_second_keeps_its_names(shelf: Shelf, alice: Member):
    """L45: it is not decided yet; dropped, nothing is open."""
    nadia = By(Actor.PERSON, await add_person("Nadia"))
    line = await broken(shelf, alice)
    debt = await damages.charge_damage(nadia, line, 8000, "Mandrin cassé", key="a")
    assert await knows(line)
    await damages.drop(By(Actor.PERSON, await add_person("Omar")), debt, "Usure")
    assert not await knows(line)


async def test_lost_thing_loses_its_names_when_it_is_paid(shelf: Shelf, alice: Member):
    """L45: nobody gives it back any more; while nobody said what it costs, or it is owed, it is open."""
    await open_drawer()
    nadia = By(Actor.PERSON, await add_person("Nadia"))
    drill = await shelf.resource(replacement_cents=3000)
    line = (await lend.lend_now(staff(), whom(alice), drill.code)).line
    await lend.lose(staff(), line, "Perdue au parc")
    assert await knows(line)
    await damages.charge_damage(nadia, line, 3000, "Perdue au parc", key="a")
    assert await knows(line)
    await paying.take_payment(nadia, alice.household_id, 3000, PayWay.CASH, None, key="p")
    assert await knows(line, day("2027-03-31"))
    assert not await knows(line)


async def test_what_was_said_and_noted_goes_too(shelf: Shelf, alice: Member, db: Database):
    """L45: messages, calls and the record say no more what it was; that something was lent stays."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    with clock.travel(timedelta(days=18)):
        await reminding.remind()
        await lend.take_back(staff(), given.line)
    assert await fetch_value("SELECT count(*) FROM loan_notice")
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("UPDATE audit_entry SET at = at - interval '200 days'")
    await owner.close()
    assert not await knows(given.line, day("2027-05-01"))
    assert await fetch_value("SELECT count(*) FROM loan_notice") == 0
    rows = await fetch(
        "SELECT subject_id, object_id, facts FROM audit_entry WHERE verb LIKE 'lending.%' AND subject_id IS NOT NULL"
    )
    assert {row["subject_id"] for row in rows} == {alice.person_id}
    assert {row["object_id"] for row in rows} == {None}
    assert all(drill.code not in row["facts"] and '"line"' not in row["facts"] for row in rows)


async def test_young_record_cannot_be_unlinked(shelf: Shelf, alice: Member):
    """L45, SEC13: the application alone makes nothing younger than three months go."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    assert await fetch_value("SELECT unlink_loans($1)", [given.booking]) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch("UPDATE audit_entry SET object_id = NULL")


async def test_figures_stay_when_names_go(shelf: Shelf, alice: Member):
    """L45: statistics survive: what was out, for how long, how it came back."""
    count = (
        "SELECT count(*), count(DISTINCT l.resource), sum(c.in_at - c.out_at), min(c.outcome)"
        " FROM booking_line l JOIN custody c ON c.line = l.id WHERE l.state = 'closed'"
    )
    line = await broken(shelf, alice)
    before = tuple((await fetch(count))[0])
    assert not await knows(line)
    assert tuple((await fetch(count))[0]) == before
    assert before[0] == 1


async def test_file_of_who_borrows_no_more_ends_after_a_year(
    shelf: Shelf, alice: Member, bob: Member
):
    """L45: the licence that was seen goes; whoever came once more keeps it."""
    drill = await shelf.resource()
    for each in (alice, bob):
        await lend.note_licence(staff(), each.person_id, date(2030, 1, 1))
    with clock.travel(timedelta(days=200)):
        made = await lend.book(staff(), whom(bob), [want(drill, clock.now() + timedelta(days=1))])
        await lend.cancel(mine(bob), made.booking)
    for at, left in ((363, 2), (370, 1), (700, 0)):
        with clock.travel(timedelta(days=at)):
            await jobs.forget_loans()
        assert await fetch_value("SELECT count(*) FROM licence") == left
    assert await fetch_value("SELECT count(*) FROM booking WHERE person IS NOT NULL") == 0


@pytest.mark.parametrize(
    ("today", "count", "before"),
    [
        (date(2027, 4, 1), 4, date(2026, 12, 1)),
        (date(2027, 3, 31), 12, date(2026, 3, 28)),
        (date(2026, 12, 15), 12, date(2025, 12, 15)),
    ],
)
def test_months_are_counted_back(today: date, count: int, before: date):
    assert months_before(today, count) == before
