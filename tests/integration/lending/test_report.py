"""Figures of lending are those of the lists they come from, also when names are gone (L43)."""

from datetime import date, timedelta

import asyncpg
import pytest

from backend.insight import loans
from backend.insight.loans import Asked, Model, Report
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.lending import errors, limit_errors
from backend.lending import service as lend
from backend.lending.bulk import BulkWish
from backend.lending.queries import plan as plans
from backend.lending.queries.plan import Sought
from backend.lending.rules import BulkKind, Outcome, Period, TicketKind
from backend.lending.service import bulk, counting
from backend.lending.service import hours as site_hours
from backend.lending.values import Back
from backend.membership.queries import Member
from backend.places import queries as places
from backend.places.service import ClosureWish
from tests import factories, lending
from tests.conftest import Database
from tests.integration.lending.conftest import NOW
from tests.integration.statements import statements
from tests.lending import Lent, Shelf, day, mine, staff, want, whom
from tests.plans import count_pages

TUESDAY, WEDNESDAY, FRIDAY = day("2026-11-24"), day("2026-11-25"), day("2026-11-27")
ASKED = Asked(date(2026, 11, 20), date(2026, 11, 28))
HOUR = timedelta(hours=1)


def of(report: Report, lent: Lent) -> Model:
    return next(model for model in report.models if model.resource == lent.id)


async def open_minutes(shelf: Shelf, period: Period) -> int:
    """Counted minute by minute, without the arithmetic of the report."""
    calendar = await places.get_calendar(shelf.site_id)
    at, count = period.start, 0
    while at < period.end:
        count += calendar.is_open(at)
        at += timedelta(minutes=1)
    return count


async def test_usage_is_booked_of_bookable_open_hours(shelf: Shelf, alice: Member):
    """L43: by copy and model; what is out of use could not be booked, nor what the club had not yet."""
    drill = await shelf.resource(copies=2)
    first, second = drill.units
    await lend.book(staff(), whom(alice), [want(drill, TUESDAY, WEDNESDAY, unit=first.code)])
    gone = await lend.book(staff(), whom(alice), [want(drill, FRIDAY, unit=second.code)])
    await lend.cancel(staff(), gone.booking, reason="Changé d'avis")
    blocked = Period(WEDNESDAY, day("2026-11-26"))
    kind = TicketKind.REPAIR
    await lend.take_out_of_use(staff(), second.code, kind, "Fil usé", blocked)
    model = of(await loans.report(ASKED), drill)
    all_open = await open_minutes(shelf, Period(NOW, ASKED.period.end))
    took = await open_minutes(shelf, Period(TUESDAY, day("2026-11-25", 18)))
    out = await open_minutes(shelf, blocked)
    minutes = [(copy.use.booked, copy.use.bookable) for copy in model.copies]
    assert minutes == [
        (timedelta(minutes=took), timedelta(minutes=all_open)),
        (timedelta(0), timedelta(minutes=all_open - out)),
    ]
    assert model.use.booked == timedelta(minutes=took)
    assert model.use.percent == round(100 * took / (2 * all_open - out))
    elsewhere = await loans.report(Asked(ASKED.first, ASKED.last, shelf.site_id + 1))
    assert elsewhere.models == ()


async def test_closed_day_stays_closed_when_it_is_over(shelf: Shelf):
    """L15, L43: nothing could be booked on a day that was closed, whenever the report is asked for."""
    drill = await shelf.resource()
    tuesday = TUESDAY.date()
    wish = ClosureWish(first_on=tuesday, last_on=tuesday, reason="Inventaire")
    await factories.close_days(wish)
    asked = Asked(tuesday, tuesday)
    for later in (NOW, day("2026-12-20", 10)):
        with clock.frozen(later):
            assert of(await loans.report(asked), drill).use.bookable == timedelta(0)


async def test_nothing_could_be_booked_when_its_site_is_closed_for_good(shelf: Shelf):
    """L43, L16: what stands there is lent no more, whatever the week of the site was."""
    drill = await shelf.resource()
    with clock.frozen(WEDNESDAY):
        await site_hours.close_site(staff(), "tilleuls")
        report = await loans.report(ASKED)
    expected = await open_minutes(shelf, Period(NOW, WEDNESDAY))
    assert of(report, drill).use.bookable == timedelta(minutes=expected)


@pytest.mark.parametrize(("on", "hours"), [("2027-03-28", 22), ("2027-10-31", 24)])
async def test_hours_are_those_that_pass_when_clocks_change(shelf: Shelf, on: str, hours: int):
    """L15, L43: a Sunday of 23 or 25 hours, opened all night long by way of exception."""
    drill = await shelf.resource()
    await fetch(
        "INSERT INTO extra_opening (public_id, site, opens_on, opens, closes, reason, made_at)"
        " VALUES ('x', $1, $2, '00:00', '23:00', '', $3)",
        shelf.site_id,
        date.fromisoformat(on),
        NOW,
    )
    sunday = Asked(date.fromisoformat(on), date.fromisoformat(on))
    use = of(await loans.report(sunday), drill).use
    assert use.bookable == hours * HOUR


async def test_late_loans_missed_bookings_and_the_way_to_the_shelf(
    shelf: Shelf, alice: Member, bob: Member
):
    """L43: late of those that were due; half of the returns were faster; what a repair cost."""
    drill, saw = await shelf.resource(copies=3), await shelf.resource("Scie")
    first, second, third = drill.units
    soon = NOW + HOUR
    late = await lend.lend_now(staff(), whom(alice), first.code, soon)
    good = await lend.lend_now(staff(), whom(bob), second.code, day("2026-11-24", 10))
    await lend.lend_now(staff(), whom(bob), third.code, day("2026-11-25", 10))
    missed = await lend.book(staff(), whom(alice), [want(saw, NOW)])
    with clock.travel(timedelta(hours=3)):
        assert await lend.miss(missed.lines[0])
        await lend.take_back(staff(), good.line)
    with clock.travel(day("2026-11-21", 10) - NOW):
        back = await lend.take_back(
            staff(), late.line, Back(outcome=Outcome.DAMAGED, note="Fil coupé")
        )
        assert back.ticket is not None
    with clock.travel(day("2026-11-24", 10) - NOW):
        await lend.mend(staff(), back.ticket, 1800)
        report = await loans.report(ASKED)
    use = of(report, drill).use
    assert (use.loans, use.due, use.late, use.late_percent) == (3, 2, 1, 50)
    assert (use.repairs, use.cost_cents) == (1, 1800)
    assert report.to_shelf == timedelta(days=1, hours=12)
    assert of(report, saw).use.missed == 1
    assert report.total.loans == await fetch_value("SELECT count(*) FROM custody")
    found = await plans.read(shelf.site_id, ASKED.period, Sought(every=True))
    assert report.total.loans == sum(
        line.out_at is not None for row in found.rows for line in row.lines
    ) + await fetch_value("SELECT count(*) FROM booking_line WHERE state = 'closed'")


async def test_what_is_written_off_is_lost_and_no_repair(shelf: Shelf, alice: Member, bob: Member):
    """L43, L31: it was late, and is no return; what was lost and found is neither."""
    drill = await shelf.resource(copies=2)
    gone, found = [
        await lend.lend_now(staff(), whom(each), unit.code, NOW + HOUR)
        for each, unit in zip((alice, bob), drill.units, strict=True)
    ]
    with clock.frozen(TUESDAY):
        for each in (gone, found):
            await lend.lose(staff(), each.line, "Perdue au parc")
        await lend.write_off(staff(), gone.line, "Cherchée partout")
        await lend.find(staff(), found.line)
    with clock.frozen(WEDNESDAY):
        await lend.inspect(staff(), found.line)
        report = await loans.report(ASKED)
    use = of(report, drill).use
    assert (use.lost, use.repairs, use.loans, use.late) == (1, 0, 2, 2)
    assert report.to_shelf == timedelta(days=1)


async def test_what_was_wished_in_vain_is_counted_by_its_reason(
    shelf: Shelf, alice: Member, bob: Member
):
    """L43: taken, a limit, refused by the club, waited for nothing; nobody is named."""
    drill = await shelf.resource(household_bookings=1, needs_approval=True)
    await lend.book(staff(), whom(bob), [want(drill, TUESDAY)])
    with pytest.raises(errors.JustTaken):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.wait(mine(alice), whom(alice), want(drill, TUESDAY))
    asked = await lend.book(mine(alice), whom(alice), [want(drill, FRIDAY)])
    with pytest.raises(limit_errors.LimitReached):
        await lend.book(mine(alice), whom(alice), [want(drill, WEDNESDAY)])
    await lend.reject(staff(), asked.booking, "Réservé au service")
    resource = await fetch_value("SELECT id FROM resource")
    with clock.travel(day("2026-11-24", 10) - NOW):
        await lend.expire(resource)
        use = of(await loans.report(ASKED), drill).use
    assert (use.refused, use.limited, use.declined, use.waited) == (1, 1, 1, 1)
    assert use.unmet == 4
    assert use.refused + use.limited == await fetch_value("SELECT count(*) FROM unmet_wish")


async def test_other_dates_that_a_tenant_wished_in_vain_count_too(
    shelf: Shelf, alice: Member, bob: Member
):
    """L43: what was refused to who has booked already; what staff try is no demand."""
    drill = await shelf.resource()
    mine_ = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await lend.book(mine(bob), whom(bob), [want(drill, FRIDAY)])
    friday = want(drill, FRIDAY).period
    for ask in (mine(alice), staff()):
        with pytest.raises(errors.JustTaken):
            await lend.change(ask, mine_.lines[0], friday)
    assert of(await loans.report(ASKED), drill).use.refused == 1


async def test_report_costs_the_same_for_many_things(shelf: Shelf, alice: Member):
    """L43: a constant count of statements."""
    counts = []
    for many in range(3):
        drill = await shelf.resource(f"Perceuse {many}", copies=3)
        await lend.lend_now(staff(), whom(alice), drill.code)
        async with statements() as said:
            report = await loans.report(ASKED)
        counts.append(len(said))
    assert len(set(counts)) == 1
    assert report.total.loans == 3
    alone = await loans.report(ASKED, drill.id)
    assert [model.use.loans for model in alone.models] == [1]


async def test_report_of_some_days_reads_no_more_when_years_lie_behind(
    db: Database, shelf: Shelf, alice: Member, monkeypatch: pytest.MonkeyPatch
):
    """L43, PERF6: what was lent and back long ago is passed over by indexes."""
    drill = await shelf.resource()
    await lend.lend_now(staff(), whom(alice), drill.code)
    told = count_pages(monkeypatch, loans)
    read = []
    for first, last in ((1, 1), (2, 4_000)):
        owner = await asyncpg.connect(db.owner_url)
        async with owner.transaction():
            await owner.execute("ALTER TABLE booking_line DISABLE TRIGGER USER")
            await owner.execute(PAST, first, last, NOW)
            await owner.execute("ALTER TABLE booking_line ENABLE TRIGGER USER")
        await owner.execute("ANALYZE")
        await owner.close()
        told.clear()
        report = await loans.report(ASKED)
        await loans.months(ASKED)
        read.append(sum(told))
    assert report.total.loans == 1
    assert read[1] < read[0] + 40, "4,000 lines and their custody lie on more than a hundred pages"


# As if they had been handed over and taken back, each a day long, months ago. $1 and $2 which of them, $3 now.
PAST = """
WITH line AS (
  INSERT INTO booking_line (booking, resource, unit, during, occupied, state, changed_at)
  SELECT l.booking, l.resource, l.unit, r, r, 'closed', $3
  FROM (SELECT * FROM booking_line ORDER BY id LIMIT 1) l, generate_series($1::int, $2::int) n
  CROSS JOIN LATERAL (SELECT tstzrange($3::timestamptz - make_interval(days => 200 + n),
    $3::timestamptz - make_interval(days => 199 + n))) t (r) RETURNING id, unit, during
)
INSERT INTO custody (unit, line, out_at, out_noted_at, in_at, in_noted_at, outcome, given, taken)
SELECT unit, id, lower(during), lower(during), upper(during), upper(during), 'fine', '{}', '{}'
FROM line
"""


async def test_figures_stay_when_names_go(shelf: Shelf, alice: Member, bob: Member):
    """L43, L45: what was lent and to how many households, months after nobody knows to whom."""
    drill = await shelf.resource(copies=8)
    for number, unit in enumerate(drill.units):
        neighbour = await factories.add_member(f"Voisin {number % 6}", "Petit")
        given = await lend.lend_now(staff(), whom(neighbour), unit.code)
        await lend.take_back(staff(), given.line)
    asked = Asked(date(2026, 11, 1), date(2026, 11, 30))
    before, told = await loans.report(asked), await loans.months(asked)
    assert [(month.loans, month.households) for month in told] == [(8, 8)]
    assert await counting.keep_months() == 0, "a month is settled after three others"
    with clock.travel(timedelta(days=140)):
        assert await counting.keep_months() == 2
        assert await counting.keep_months() == 0
        assert await lend.forget_loans() == 8
        assert await fetch_value("SELECT count(household) FROM custody") == 0
        assert await loans.months(asked) == told
        site = Asked(asked.first, asked.last, shelf.site_id)
        assert await loans.months(site) == told
        assert (await loans.report(asked)).total.loans == before.total.loans
        assert (await loans.report(asked)).total.booked == before.total.booked


async def test_few_households_are_not_told(shelf: Shelf, alice: Member):
    """L43: under five somebody could be known; loans of things are about nobody."""
    drill = await shelf.resource()
    await lend.lend_now(staff(), whom(alice), drill.code)
    months = await loans.months(Asked(date(2026, 10, 5), date(2026, 11, 28)))
    assert [(month.first, month.loans, month.households) for month in months] == [
        (date(2026, 10, 1), 0, 0),
        (date(2026, 11, 1), 1, None),
    ]
    assert [month.each for month in months] == [None, None]


async def test_copy_keeps_its_past_where_it_was(shelf: Shelf, alice: Member):
    """L43: sent to another site, it was booked, bookable and mended where it was by then."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    repair = await lend.take_out_of_use(staff(), drill.code, TicketKind.REPAIR, "Fil usé", None)
    with clock.travel(3 * HOUR):
        await lend.take_back(staff(), given.line)
        await lend.mend(staff(), repair.ticket, 500)
    other = await lending.add_shelf("lilas")
    with clock.frozen(TUESDAY):
        before = (await loans.report(ASKED)).total
        wish = BulkWish(kind=BulkKind.SITE, units=(drill.code,), site="lilas")
        await bulk.act_on(staff(), wish)
        here, there = [
            (await loans.report(Asked(ASKED.first, ASKED.last, site))).total
            for site in (shelf.site_id, other.site_id)
        ]
        assert (await loans.report(ASKED)).total == before
    assert (here.loans, here.repairs, here.cost_cents) == (1, 1, 500)
    assert (there.loans, there.repairs, there.booked) == (0, 0, timedelta(0))
    passed = await open_minutes(shelf, Period(NOW, TUESDAY))
    assert here.bookable == timedelta(minutes=passed)
    assert here.bookable + there.bookable == before.bookable


async def test_months_add_up_to_the_total(shelf: Shelf, alice: Member):
    """L43: a loan counts when the thing is handed over, here and there."""
    drill = await shelf.resource(longest_length=9)
    wish = [want(drill, day("2026-11-28", 10), day("2026-12-03"))]
    made = await lend.book(mine(alice), whom(alice), wish)
    with clock.frozen(day("2026-12-01", 10)):
        await lend.hand_over(staff(), made.lines[0])
    asked = Asked(date(2026, 12, 1), date(2026, 12, 20))
    with clock.frozen(day("2026-12-20", 10)):
        total = (await loans.report(asked)).total
        assert (total.loans, total.due, total.late) == (1, 1, 1)
        assert [month.loans for month in await loans.months(asked)] == [1]
