"""Acts on many things as their pages show them, and the days on which loans are due (L44)."""

from datetime import date, datetime

import msgspec

from backend.kit.database import fetch, fetch_as
from backend.lending.bulk import BulkDone
from backend.lending.stock_errors import ActUnknown

RECENT = 10


class BulkPage(msgspec.Struct, frozen=True, kw_only=True):
    done: BulkDone
    done_at: datetime
    done_by: str
    undone_at: datetime | None


class DueDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day in Paris, with how many loans are due on it."""

    on: date
    loans: int


async def get_act(public_id: str) -> BulkPage:
    """Raises ActUnknown."""
    found = await _acts("a.public_id = $1", public_id)
    if not found:
        raise ActUnknown
    return await _with_names(found[0])


async def _with_names(act: BulkPage) -> BulkPage:
    """Of whoever still has a name beside the loan."""
    lines = [each.line for each in act.done.changes if each.line is not None]
    if not lines:
        return act
    rows = await fetch(
        "SELECT l.id, concat_ws(' ', n.given_name, n.family_name) AS who FROM booking_line l"
        " JOIN booking b ON b.id = l.booking JOIN person n ON n.id = b.person WHERE l.id = ANY($1)",
        lines,
    )
    who = {row["id"]: row["who"] for row in rows}
    changes = tuple(
        msgspec.structs.replace(each, who=who.get(each.line, "")) for each in act.done.changes
    )
    return msgspec.structs.replace(act, done=msgspec.structs.replace(act.done, changes=changes))


async def recent() -> list[BulkPage]:
    return await _acts("true")


async def _acts(where: str, *args: str) -> list[BulkPage]:
    rows = await fetch(
        "SELECT a.facts::text AS said, a.done_at, a.undone_at,"  # noqa: S608 - our own words
        " concat_ws(' ', n.given_name, n.family_name) AS done_by FROM bulk_act a"
        f" LEFT JOIN person n ON n.id = a.done_by WHERE {where} ORDER BY a.done_at DESC, a.id DESC"
        f" LIMIT {RECENT}",
        *args,
    )
    return [
        BulkPage(
            done=msgspec.json.decode(row["said"], type=BulkDone),
            done_at=row["done_at"],
            done_by=row["done_by"],
            undone_at=row["undone_at"],
        )
        for row in rows
    ]


async def due_days(site_id: int | None = None) -> list[DueDay]:
    """Of the loans that run, also those that are late. Midnight is still the day before."""
    return await fetch_as(
        DueDay,
        "SELECT ((upper(l.during) - interval '1 microsecond') AT TIME ZONE 'Europe/Paris')::date AS \"on\","
        " count(*) AS loans FROM booking_line l JOIN resource r ON r.id = l.resource"
        " WHERE l.state = 'checked_out' AND ($1::bigint IS NULL OR r.site = $1)"
        " GROUP BY 1 ORDER BY 1",
        site_id,
    )
