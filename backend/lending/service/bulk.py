"""One act on many copies or loans (L44): looked at first, done whole, and taken back where that can be.

What it would do is looked at by doing it and taking it back: a preview has no arithmetic of its own.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.audit.service import note
from backend.kit import clock, codes
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.kit.zone import start_of_day
from backend.lending import times
from backend.lending.bulk import BulkDone, BulkWish, Change
from backend.lending.errors import PeriodPast, PeriodWrong, ReasonNeeded
from backend.lending.rules import FAR, LONGEST_REASON, BulkKind, Period, check_reason
from backend.lending.service import borrowers, due_times, moving_units, telling, upkeep
from backend.lending.service.acts import check_staff, once
from backend.lending.service.custodies import UnitRow
from backend.lending.service.rows import find_lines
from backend.lending.stock_errors import NothingChosen, TooManyLoans
from backend.lending.values import Ask, LineRow
from backend.notifications import service as notifications
from backend.places import queries as places

MOST = 500  # copies of one act
MOST_LOANS = 2_000  # all that are due on a day, or none: nobody is left out unsaid
DAY = timedelta(days=1)


class _Seen(Exception):
    """Takes back what was only to be looked at."""

    def __init__(self, done: BulkDone) -> None:
        self.done = done


@once_more
async def look_at(ask: Ask, wish: BulkWish) -> BulkDone:
    """What it would do; nothing stays of it, and nobody is told."""
    check_staff(ask)
    _check(wish)
    try:
        async with transaction():
            _take_back(await _ACTS[wish.kind](ask, wish, ""))
    except _Seen as seen:
        return seen.done
    raise AssertionError


def _take_back(done: BulkDone) -> None:
    raise _Seen(done)


@once_more
async def act_on(ask: Ask, wish: BulkWish) -> BulkDone:
    """All of it at once, under one key; what cannot be changed is left, and says why.

    Raises NothingChosen, TooManyLoans, ReasonNeeded, PeriodWrong and PeriodPast.
    """
    check_staff(ask)
    _check(wish)
    async with transaction():
        body = {"verb": "bulk", "wish": wish}
        return await once(ask, body, BulkDone, lambda: _act_on(ask, wish))


async def _act_on(ask: Ask, wish: BulkWish) -> BulkDone:
    public_id = codes.random_id()
    done = _without_names(await _ACTS[wish.kind](ask, wish, public_id))
    await fetch(
        "INSERT INTO bulk_act (public_id, kind, facts, done_at, done_by)"
        " VALUES ($1, $2, $3, $4, $5)",
        public_id,
        wish.kind.value,
        msgspec.json.encode(done).decode(),
        clock.now(),
        ask.by.id,
    )
    count = sum(not each.left for each in done.changes)
    await note(
        f"lending.bulk.{wish.kind}",
        ask.by,
        object_kind="bulk_act",
        object_id=public_id,
        count=count,
    )
    return done


def _without_names(done: BulkDone) -> BulkDone:
    """What is kept of an act names nobody: who had what is unlinked in its time (L45)."""
    changes = [msgspec.structs.replace(each, who="") for each in done.changes]
    return msgspec.structs.replace(done, changes=tuple(changes))


def _check(wish: BulkWish) -> None:
    """Raises what the page says at its field."""
    by_units = wish.kind not in {BulkKind.EXTEND, BulkKind.MESSAGE}
    if by_units and not 1 <= len(wish.units) <= MOST:
        raise NothingChosen
    if wish.kind is BulkKind.SITE and not wish.site:
        raise NothingChosen
    if wish.kind is BulkKind.RETIRE:
        check_reason(wish.text)
    if wish.kind is BulkKind.MESSAGE and not 3 <= len(wish.text.strip()) <= 3 * LONGEST_REASON:
        raise ReasonNeeded().at("text")
    if wish.kind is BulkKind.EXTEND:
        if wish.due_on is None or wish.until is None or wish.until <= wish.due_on:
            raise PeriodWrong().at("until")
        if wish.until < clock.today():
            raise PeriodPast().at("until")


async def _shelve(_ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    return await _set(
        wish,
        act,
        "UPDATE unit u SET shelf = $2, version = u.version + 1 FROM unit o"
        " JOIN resource r ON r.id = o.resource WHERE o.id = u.id AND u.code = ANY($1)"
        " RETURNING u.code AS unit, r.name, o.shelf AS before, u.shelf AS after",
        [wish.shelf.strip()],
    )


async def _relabel(_ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    """Each has a new code; the old label is no more anybody's (L33)."""
    drawn = [codes.draw_code() for _ in wish.units]
    return await _set(
        wish,
        act,
        "UPDATE unit u SET code = v.code, version = u.version + 1"
        " FROM unnest($1::text[], $2::text[]) v (old, code), resource r"
        " WHERE u.code = v.old AND r.id = u.resource"
        " RETURNING v.code AS unit, r.name, v.old AS before, v.code AS after",
        [drawn],
    )


async def _set(wish: BulkWish, act: str, sql: str, values: list[Any]) -> BulkDone:
    rows = await fetch(sql, list(wish.units), *values)
    changes = sorted((Change(**row) for row in rows), key=lambda one: (one.name, one.unit))
    return BulkDone(act=act, kind=wish.kind, changes=tuple(changes))


async def _retire(ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    """Their bookings go to other copies, or end (L32)."""
    units = await units_of(wish.units)
    ends = Period(clock.now(), FAR)
    models = await borrowers.lock_all({unit.resource_id for unit in units}, ends)
    return await _one_by_one(
        wish,
        act,
        units,
        lambda unit: upkeep.retire(ask, models[unit.resource_id], unit, check_reason(wish.text)),
        (N_("Au prêt"), N_("Retiré")),
    )


async def send_away(ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    """To another site: their bookings stay where they are, on other copies, or end."""
    within()
    site = await places.get_site(wish.site)
    units = await units_of(wish.units)
    by_resource = {
        resource_id: await moving_units.goal(resource_id, site.id)
        for resource_id in sorted({unit.resource_id for unit in units})
    }
    goals = {unit.code: by_resource[unit.resource_id] for unit in units}
    return await send(ask, wish, act, units, goals)


async def send(
    ask: Ask, wish: BulkWish, act: str, units: Sequence[UnitRow], goals: Mapping[str, int]
) -> BulkDone:
    """Each copy, by its code, to the resource that is its goal."""
    within()
    ends = Period(clock.now(), FAR)
    models = await borrowers.lock_all(
        {unit.resource_id for unit in units} | set(goals.values()), ends
    )
    sites = {each.id: each.name for each in await places.sites()}
    homes = {unit.code: models[unit.resource_id] for unit in units}
    there = {code: models[goal] for code, goal in goals.items()}

    async def send_one(unit: UnitRow) -> Any:
        return await moving_units.move(ask, homes[unit.code], there[unit.code], unit)

    moving = [unit for unit in units if goals[unit.code] != unit.resource_id]
    done = await _one_by_one(wish, act, moving, send_one, ("", ""))
    changes = [
        msgspec.structs.replace(
            one,
            before=sites.get(homes[one.unit].site_id, ""),
            after=sites.get(there[one.unit].site_id, ""),
            home=homes[one.unit].public_id,
            there=there[one.unit].public_id,
        )
        for one in done.changes
    ]
    return msgspec.structs.replace(done, changes=tuple(changes))


async def _one_by_one(
    wish: BulkWish,
    act: str,
    units: Sequence[UnitRow],
    change: Callable[[UnitRow], Awaitable[Any]],
    words: tuple[str, str],
) -> BulkDone:
    """A copy in somebody's hands is left, and says so; nothing of it was written."""
    changes: list[Change] = []
    swapped: list[str] = []
    cancelled: list[str] = []
    away = await _away([unit.id for unit in units])
    for unit in units:
        left = away.get(unit.id, "")
        if not left:
            done = await change(unit)
            swapped += done.swapped
            cancelled += done.cancelled
        changes.append(
            Change(
                unit=unit.code,
                name=unit.resource_name,
                before=_(words[0]),
                after=_(words[1]),
                left=left,
            )
        )
    return BulkDone(
        act=act,
        kind=wish.kind,
        changes=tuple(changes),
        swapped=tuple(dict.fromkeys(swapped)),
        cancelled=tuple(dict.fromkeys(cancelled)),
    )


async def units_of(named: Sequence[str]) -> list[UnitRow]:
    """Those that are lent, by name."""
    within()
    rows = await fetch(
        "SELECT u.id, u.code, u.resource AS resource_id, r.name AS resource_name FROM unit u"
        " JOIN resource r ON r.id = u.resource WHERE u.code = ANY($1) AND u.retired_at IS NULL"
        " ORDER BY r.search, u.id",
        list(named),
    )
    return [UnitRow(**row) for row in rows]


async def _away(unit_ids: Sequence[int]) -> dict[int, str]:
    rows = await fetch(
        "SELECT unit, state FROM booking_line l WHERE unit = ANY($1)"
        " AND (state IN ('checked_out', 'returned') OR (state = 'lost' AND EXISTS (SELECT 1"
        "  FROM custody c WHERE c.line = l.id AND c.in_at IS NULL AND c.undone_at IS NULL)))"
        " ORDER BY state DESC",
        list(unit_ids),
    )
    words = {
        "checked_out": N_("Il est prêté en ce moment."),
        "returned": N_("Son retour est à contrôler."),
        "lost": N_("Il est perdu. Retirez-le depuis sa page."),
    }
    return {row["unit"]: words[row["state"]] for row in rows}


async def _extend(_ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    """All that is due on a day is due later, where nobody else has booked it, at its price (L44)."""
    assert wish.until is not None
    lines, models = await due_times.lock_found(lambda: _loans(wish))
    calendars = await places.calendars(list({model.site_id for model in models.values()}))
    facts = await _facts([line.id for line in lines])
    changes = []
    for line in lines:
        model = models[line.resource_id]
        end = start_of_day(wish.until + DAY)
        wanted = times.lasting(model.policy, calendars[model.site_id], line.period.start, end)
        cents = await due_times.set_due(model, line, wanted)
        changes.append(_changed(line, facts[line.id], wanted.end, cents))
        if cents is not None:
            await telling.tell_moved([line], telling.Cause.CLUB, wish.text.strip())
    return BulkDone(act=act, kind=wish.kind, changes=tuple(changes))


async def _loans(wish: BulkWish) -> list[LineRow]:
    """What is out, at a site or anywhere, due on a day or ever. Raises TooManyLoans."""
    due = wish.due_on
    # A loan that is due at midnight is due on the day before.
    found = await find_lines(
        "l.state = 'checked_out'"
        " AND ($1::timestamptz IS NULL OR (upper(l.during) > $1 AND upper(l.during) <= $2))"
        " AND l.resource IN (SELECT r.id FROM resource r JOIN site s ON s.id = r.site"
        "  WHERE $3 = '' OR s.slug = $3)",
        None if due is None else start_of_day(due),
        None if due is None else start_of_day(due + DAY),
        wish.site,
        order=f"upper(l.during), l.id LIMIT {MOST_LOANS + 1}",
    )
    if len(found) > MOST_LOANS:
        raise TooManyLoans(most=MOST_LOANS)
    return found


async def _facts(line_ids: Sequence[int]) -> Mapping[int, Any]:
    rows = await fetch(
        "SELECT l.id, coalesce(u.code, '') AS unit, r.name, l.booking,"
        " concat_ws(' ', n.given_name, n.family_name) AS who, b.person FROM booking_line l"
        " JOIN resource r ON r.id = l.resource JOIN booking b ON b.id = l.booking"
        " LEFT JOIN unit u ON u.id = l.unit LEFT JOIN person n ON n.id = b.person"
        " WHERE l.id = ANY($1)",
        list(line_ids),
    )
    return {row["id"]: row for row in rows}


def _changed(line: LineRow, fact: Any, end: datetime, cents: int | None) -> Change:
    return Change(
        unit=fact["unit"],
        name=fact["name"],
        who=fact["who"],
        line=line.id,
        before=line.period.end.isoformat(),
        after=end.isoformat(),
        left=N_("Quelqu'un d'autre l'a réservé.") if cents is None else "",
        cost_cents=cents or 0,
    )


async def _write_to(_ask: Ask, wish: BulkWish, act: str) -> BulkDone:
    """One message for each person who has something, however many things they have."""
    lines = [line for line in await _loans(wish) if line.person_id is not None]
    facts = await _facts([line.id for line in lines])
    people: dict[int, list[str]] = {}
    for line in lines:
        people.setdefault(facts[line.id]["person"], []).append(facts[line.id]["name"])
    for person_id, names in people.items():
        await notifications.tell(
            "lending.word",
            f"lending.word:{act}:{person_id}",
            person_id=person_id,
            values={"text": wish.text.strip(), "names": ", ".join(names)},
        )
    changes = [
        Change(
            unit=facts[line.id]["unit"],
            name=facts[line.id]["name"],
            who=facts[line.id]["who"],
            line=line.id,
            before=line.period.end.isoformat(),
            after="",
        )
        for line in lines
    ]
    return BulkDone(act=act, kind=wish.kind, changes=tuple(changes))


_ACTS: dict[BulkKind, Callable[[Ask, BulkWish, str], Awaitable[BulkDone]]] = {
    BulkKind.SHELF: _shelve,
    BulkKind.SITE: send_away,
    BulkKind.RETIRE: _retire,
    BulkKind.RELABEL: _relabel,
    BulkKind.EXTEND: _extend,
    BulkKind.MESSAGE: _write_to,
}
