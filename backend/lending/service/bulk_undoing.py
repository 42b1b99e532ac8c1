"""An act on many things, taken back as far as things still are as it left them (L44)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from backend.audit.service import note
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, once_more, transaction
from backend.lending.bulk import BulkDone, BulkWish, Change
from backend.lending.rules import BulkKind, LineState
from backend.lending.service import bulk, charging, due_times, shelf, telling
from backend.lending.service.acts import check_staff, once
from backend.lending.service.promoting import promote
from backend.lending.service.rows import find_lines
from backend.lending.stock_errors import ActUnknown, UndoneAlready
from backend.lending.values import Ask


@once_more
async def undo(ask: Ask, act: str) -> BulkDone:
    """Takes back what still is as the act left it; bookings that ended stay ended, and are named.

    Raises ActUnknown, and UndoneAlready also for a message, which nobody can take back.
    """
    check_staff(ask)
    async with transaction():
        body = {"verb": "undo_bulk", "act": act}
        return await once(ask, body, BulkDone, lambda: _undo(ask, act))


async def _undo(ask: Ask, act: str) -> BulkDone:
    row = await fetch_one(
        "SELECT kind, facts::text AS said, done_at, undone_at FROM bulk_act WHERE public_id = $1"
        " FOR UPDATE",
        act,
    )
    if row is None:
        raise ActUnknown
    done = msgspec.json.decode(row["said"], type=BulkDone)
    if row["undone_at"] is not None or done.kind not in _UNDOES:
        raise UndoneAlready
    changes = [one for one in done.changes if not one.left]
    back = await _UNDOES[done.kind](ask, changes, row["done_at"])
    await fetch("UPDATE bulk_act SET undone_at = $2 WHERE public_id = $1", act, clock.now())
    await note("lending.bulk.undo", ask.by, object_kind="bulk_act", object_id=act, count=len(back))
    return msgspec.structs.replace(done, changes=tuple(back))


async def _unshelve(_ask: Ask, changes: Sequence[Change], _at: datetime) -> list[Change]:
    rows = await fetch(
        "UPDATE unit u SET shelf = v.before, version = u.version + 1"
        " FROM unnest($1::text[], $2::text[], $3::text[]) v (code, before, after)"
        " WHERE u.code = v.code AND u.shelf = v.after RETURNING u.code",
        [one.unit for one in changes],
        [one.before for one in changes],
        [one.after for one in changes],
    )
    return _of(changes, {row["code"] for row in rows})


async def _unlabel(_ask: Ask, changes: Sequence[Change], _at: datetime) -> list[Change]:
    rows = await fetch(
        "UPDATE unit u SET code = v.before, version = u.version + 1"
        " FROM unnest($1::text[], $2::text[]) v (before, after) WHERE u.code = v.after"
        " RETURNING v.after AS code",
        [one.before for one in changes],
        [one.after for one in changes],
    )
    return _of(changes, {row["code"] for row in rows})


async def _unretire(_ask: Ask, changes: Sequence[Change], at: datetime) -> list[Change]:
    """Not one that came back and was retired once more since, for another reason."""
    named = [one.unit for one in changes]
    rows = await fetch("SELECT DISTINCT resource FROM unit WHERE code = ANY($1)", named)
    models = await shelf.lock_all({row["resource"] for row in rows})
    back = await fetch(
        "UPDATE unit SET retired_at = NULL, version = version + 1 WHERE code = ANY($1)"
        " AND retired_at <= $2 RETURNING code",
        named,
        at,
    )
    for model in models.values():
        await promote(model)
    return _of(changes, {row["code"] for row in back})


async def _unsend(ask: Ask, changes: Sequence[Change], _at: datetime) -> list[Change]:
    """Copies that still are where the act sent them, to the very resource they came from."""
    rows = await fetch(
        "SELECT u.code, home.id AS home FROM unnest($1::text[], $2::text[], $3::text[])"
        "  v (code, home, there) JOIN unit u ON u.code = v.code JOIN resource r ON r.id = u.resource"
        " JOIN resource home ON home.public_id = v.home AND home.retired_at IS NULL"
        " WHERE r.public_id = v.there",
        [one.unit for one in changes],
        [one.home for one in changes],
        [one.there for one in changes],
    )
    goals = {row["code"]: row["home"] for row in rows}
    wish = BulkWish(kind=BulkKind.SITE, units=tuple(goals))
    units = await bulk.units_of(wish.units)
    return list((await bulk.send(ask, wish, "", units, goals)).changes)


async def _shorten(_ask: Ask, changes: Sequence[Change], _at: datetime) -> list[Change]:
    """Loans that still end when the act said they do; a shorter one is always free.

    What the act cost is owed no more, whatever a loan costs by now.

    One whose former day has passed keeps the new one: nobody is late on a day they were given.
    """
    named = [one.line for one in changes]
    found, models = await due_times.lock_found(lambda: find_lines("l.id = ANY($1)", named))
    lines = {line.id: line for line in found}
    back, now = [], clock.now()
    for one in changes:
        line = lines[one.line or 0]
        before, after = (datetime.fromisoformat(text) for text in (one.before, one.after))
        stands = line.state is LineState.CHECKED_OUT and line.period.end == after and before > now
        wanted = msgspec.structs.replace(line.period, end=before)
        model = models[line.resource_id]
        if stands and await due_times.move(model, line, wanted):
            await charging.take_back(line.id, one.cost_cents)
            await telling.tell_moved([line], telling.Cause.CLUB)
            back.append(one)
    for model in models.values():
        await promote(model)
    return back


def _of(changes: Sequence[Change], named: set[str]) -> list[Change]:
    return [one for one in changes if one.unit in named]


_UNDOES: dict[BulkKind, Callable[[Ask, Sequence[Change], datetime], Awaitable[list[Change]]]] = {
    BulkKind.SHELF: _unshelve,
    BulkKind.SITE: _unsend,
    BulkKind.RETIRE: _unretire,
    BulkKind.RELABEL: _unlabel,
    BulkKind.EXTEND: _shorten,
}
