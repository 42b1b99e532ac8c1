"""A year of loans that are over, written in bulk, and what stands on the plan of the next days.

Figures need a past: what was used how much, what came back late, what was wished in vain, what broke.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from asyncpg import Range

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.clock import start_of_day
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import DomainError
from backend.kit.openings import Calendar
from backend.kit.zone import at_wall_time
from backend.lending import service as lending
from backend.lending.rules import Period, SlotMode, TicketKind
from backend.lending.service import counting
from backend.lending.values import Ask, For, Want
from backend.places import queries as places
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.dice import Dice

DAY = timedelta(days=1)
YEAR, RECENT = 365, 14  # days ago: the first loan, and the last of those that are told here
WISHES = 140
LOVED = (
    "Perceuse à percussion",
    "Nettoyeur haute pression",
    "Shampouineuse",
    "Appareil à raclette",
    "Table et deux bancs",
    "Salle commune des Tilleuls",
    "Voiture électrique du palier",
)


class Loan(NamedTuple):
    """`back_at` None: nobody came for it."""

    unit: Any
    whom: Any
    period: Period
    back_at: datetime | None


async def tell_the_year() -> None:
    """Does nothing where loans are over already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM booking_line WHERE state = 'closed')"):
        return
    people = await _people()
    calendars = await places.calendars()
    loans = [loan for unit in await _units() for loan in _of_unit(unit, people, calendars)]
    async with transaction():
        await _write(loans)
        await _wish_in_vain()
        await _repair()
    await counting.keep_months()
    await lending.forget_loans()
    await _plan_ahead(people)


async def _plan_ahead(people: Sequence[Any]) -> None:
    """The room and the car of the next days, and a copy that is being mended."""
    spots = (
        ("Salle", 1, 14, 4, 3),
        ("Salle", 2, 10, 2, 8),
        ("Salle", 4, 18, 4, 13),
        ("Salle", 6, 9, 8, 21),
        ("Voiture", 0, 17, 2, 5),
        ("Voiture", 1, 9, 3, 11),
        ("Voiture", 3, 8, 10, 17),
    )
    for start, days, hour, length, number in spots:
        resource = await fetch_value(
            "SELECT public_id FROM resource WHERE name LIKE $1 || '%' AND retired_at IS NULL", start
        )
        first = at_wall_time(clock.today() + days * DAY, time(hour))
        wanted = Want(resource=resource, period=Period(first, first + timedelta(hours=length)))
        who = people[number % len(people)]
        await _book(For(who["household"], who["person"]), wanted)
    sander = await fetch_value(
        "SELECT min(u.code) FROM unit u JOIN resource r ON r.id = u.resource WHERE r.name = 'Ponceuse'"
    )
    until = Period(clock.now(), start_of_day(clock.today() + 9 * DAY))
    kind, note = TicketKind.REPAIR, "Interrupteur à changer"
    await lending.take_out_of_use(Ask(by=SYSTEM, key="demo:sander"), sander, kind, note, until)


async def _book(whom: For, wanted: Want) -> None:
    """What has passed this morning, or is another's, is left: a club has such days too."""
    try:
        await lending.book(Ask(by=SYSTEM, key=codes.random_id()), whom, [wanted])
    except DomainError:
        return


async def _people() -> list[Any]:
    return await fetch(
        "SELECT m.household, min(m.person) AS person FROM household_member m JOIN household h"
        " ON h.id = m.household WHERE m.left_on IS NULL AND m.adult AND EXISTS (SELECT 1 FROM period p"
        "  WHERE p.household = m.household AND p.cancelled_at IS NULL AND p.during @> $1::date)"
        " GROUP BY m.household ORDER BY m.household LIMIT 260",
        clock.today(),
    )


async def _units() -> list[Any]:
    return await fetch(
        "SELECT u.id, u.resource, r.name, r.site, p.slot_mode, p.usual_length, p.longest_length,"
        " p.buffer_after FROM unit u JOIN resource r ON r.id = u.resource"
        " JOIN lending_policy p ON p.id = r.policy WHERE u.retired_at IS NULL ORDER BY u.id"
    )


def _of_unit(unit: Any, people: Sequence[Any], calendars: dict[int, Calendar]) -> Iterator[Loan]:
    """One after the other, with more or less time between: some things are loved, some are not."""
    dice = Dice("year", unit["id"], unit["name"])
    calendar, by_hour = calendars[unit["site"]], unit["slot_mode"] == SlotMode.HOURS
    between = 2 if by_hour else 20 + Dice("loved", unit["name"]).below(160)
    day, last = clock.today() - YEAR * DAY, clock.today() - RECENT * DAY
    while True:
        day = calendar.next_open_day(day + dice.between(1, between) * DAY) or last
        period = _hours(dice, day) if by_hour else _days(dice, unit, calendar, day)
        if period is None:
            return
        back_at = None if dice.chance(4) else _back(dice, calendar, period, by_hour=by_hour)
        over_at = max(period.end, back_at or period.end)
        if over_at >= start_of_day(last):
            return
        yield Loan(unit, dice.pick(people), period, back_at)
        day = clock.paris(over_at).date()


def _hours(dice: Dice, day: date) -> Period:
    start = at_wall_time(day, time(dice.between(9, 17)))
    return Period(start, start + dice.between(2, 4) * timedelta(hours=1))


def _days(dice: Dice, unit: Any, calendar: Calendar, day: date) -> Period | None:
    openings = calendar.openings_on(day)
    due = calendar.next_open_day(day + dice.between(2, unit["longest_length"]) * DAY)
    end = None if due is None else calendar.end_of(due)
    return None if end is None or not openings else Period(openings[0].starts_at, end)


def _back(dice: Dice, calendar: Calendar, period: Period, *, by_hour: bool) -> datetime:
    """Most come back in time; one in eight some days late."""
    early = period.end - timedelta(minutes=dice.between(5, 90))
    if by_hour or not dice.chance(12):
        return early
    late = calendar.next_open_day(clock.paris(period.end).date() + dice.between(1, 5) * DAY)
    closing = None if late is None else calendar.end_of(late)
    return early if closing is None else closing - timedelta(minutes=dice.between(5, 90))


async def _write(loans: Sequence[Loan]) -> None:
    """As they were booked; then, step by step as rules move them, to what became of them."""
    bookings = await copy_named("booking", [_booking(loan) for loan in loans], "public_id")
    await copy(
        "booking_line",
        [_line(loan, booking) for loan, booking in zip(loans, bookings, strict=True)],
    )
    rows = await fetch("SELECT id, booking FROM booking_line WHERE booking = ANY($1)", bookings)
    lines = {row["booking"]: row["id"] for row in rows}
    told = [(loan, lines[booking]) for loan, booking in zip(loans, bookings, strict=True)]
    out = [(loan, line) for loan, line in told if loan.back_at is not None]
    missed = [(loan, line) for loan, line in told if loan.back_at is None]
    for state in ("checked_out", "returned"):
        await _move([line for _, line in out], state, [loan.back_at for loan, _ in out])
    await _move([line for _, line in out], "closed", [_shelved(loan, line) for loan, line in out])
    await _move([line for _, line in missed], "no_show", [each.period.start for each, _ in missed])
    await copy("custody", [_custody(loan, line) for loan, line in out])
    await copy("strike", [_strike(loan, line) for loan, line in missed])


def _shelved(loan: Loan, line: int) -> datetime:
    """Most things are looked at at once, some the day after."""
    assert loan.back_at is not None
    return loan.back_at + timedelta(hours=20 if line % 6 == 0 else 0, minutes=5 + line % 90)


async def _move(lines: Sequence[int], state: str, at: Sequence[Any]) -> None:
    await fetch(
        "UPDATE booking_line l SET state = $3, changed_at = v.at"
        " FROM unnest($1::bigint[], $2::timestamptz[]) v (id, at) WHERE l.id = v.id",
        list(lines),
        list(at),
        state,
    )


def _booking(loan: Loan) -> dict[str, Any]:
    asked = loan.period.start - timedelta(days=1 + loan.unit["id"] % 9)
    return {
        "public_id": codes.random_id(),
        "household": loan.whom["household"],
        "person": loan.whom["person"],
        "channel": "online" if loan.unit["id"] % 3 else "desk",
        "version": 1,
        "created_at": asked,
    }


def _line(loan: Loan, booking: int) -> dict[str, Any]:
    period = loan.period
    return {
        "booking": booking,
        "resource": loan.unit["resource"],
        "unit": loan.unit["id"],
        "during": Range(period.start, period.end),
        "occupied": Range(period.start, period.end + timedelta(minutes=loan.unit["buffer_after"])),
        "state": "confirmed",
        "extended": False,
        "renewed": 0,
        "changed_at": period.start,
    }


def _custody(loan: Loan, line: int) -> dict[str, Any]:
    start, back = loan.period.start + timedelta(minutes=10), loan.back_at
    return {
        "unit": loan.unit["id"],
        "line": line,
        "household": loan.whom["household"],
        "person": loan.whom["person"],
        "out_at": start,
        "out_noted_at": start,
        "in_at": back,
        "in_noted_at": back,
        "outcome": "dirty" if line % 19 == 0 else "fine",
        "given": "{}",
        "taken": "{}",
    }


def _strike(loan: Loan, line: int) -> dict[str, Any]:
    at = loan.period.start + DAY
    return {"household": loan.whom["household"], "line": line, "kind": "no_show", "at": at}


async def _wish_in_vain() -> None:
    """What was refused, most of it for the things everybody loves."""
    rows = await fetch(
        "SELECT id FROM resource WHERE name = ANY($1) ORDER BY id",
        list(LOVED),
    )
    wishes = []
    for number in range(WISHES):
        dice = Dice("wish", number)
        at = clock.now() - timedelta(days=dice.between(1, YEAR - 1), minutes=dice.below(600))
        first = start_of_day(clock.paris(at).date() + dice.between(1, 6) * DAY)
        why = dice.weighted(
            ("just_taken", 70), ("limit_household_loans", 20), ("limit_advance", 10)
        )
        resource = dice.pick(rows)["id"]
        during = Range(first, first + dice.between(1, 3) * DAY)
        wishes.append({"resource": resource, "during": during, "why": why, "at": at})
    await copy("unmet_wish", wishes)


async def _repair() -> None:
    """What broke in the year, and what it cost."""
    units = await fetch("SELECT id FROM unit WHERE id % 17 = 3 ORDER BY id LIMIT 14")
    tickets = []
    for row in units:
        dice = Dice("repair", row["id"])
        opened = clock.now() - timedelta(days=dice.between(20, YEAR - 20))
        tickets.append(
            {
                "public_id": codes.random_id(),
                "unit": row["id"],
                "kind": dice.weighted(("repair", 60), ("cleaning", 25), ("parts", 15)),
                "note": "Contrôle au retour",
                "opened_at": opened,
                "cost_cents": dice.between(5, 60) * 100,
                "closed_at": opened + timedelta(days=dice.between(1, 9)),
            }
        )
    await copy("ticket", tickets)
