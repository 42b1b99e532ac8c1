"""Lists that leave the house, each with a number, its mark and a line in the record (D3).

The one way to hand out a list. Surfaces call it through `backend.http.exports.send`; commands and
jobs call `export` themselves.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from backend.audit.errors import ListUnknown
from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_one_as, transaction
from backend.kit.sheets import MEDIA, Format, Sheet, pack, render, unpacked
from backend.kit.text import slug

log = structlog.get_logger("lists")
VERB = "list.export"
KEPT = timedelta(hours=1)
SILENT = timedelta(seconds=20)  # after it the process that made the list is gone
GIVEN_UP = timedelta(minutes=5)  # after it no worker runs
SHEET = "sheet"
BEAT = 0.4  # seconds between two words about how far it is


class Exported(msgspec.Struct, frozen=True):
    """A file to hand out. `number` is printed in each of its rows and found again in the record."""

    number: str
    file_name: str
    media_type: str
    content: bytes


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A long list under way or ready; `back` is the page it was asked on."""

    public_id: str
    file_name: str
    back: str
    rows: int
    done: int
    ready: bool
    seen_at: datetime

    @property
    def silent(self) -> bool:
        """Who made it is gone; a worker begins again."""
        return not self.ready and clock.now() - self.seen_at > SILENT

    @property
    def stopped(self) -> bool:
        """Nobody began again."""
        return not self.ready and clock.now() - self.seen_at > GIVEN_UP


Tell = Callable[[int], None]
# What a list is made by: of its source the pieces of the file, told meanwhile how many rows are done.
Maker = Callable[[bytes, Tell], AsyncIterator[bytes]]


async def export(
    by: By, who: str, sheet: Sheet, chosen: Format = Format.CSV, **facts: Any
) -> Exported:
    """The list as a file, on record before it exists; the rows are read by the caller.

    `who` is the name that the mark says; `facts` tell what was chosen (a filter, a period), and
    name nobody. A use case of its own: call it outside a transaction.
    """
    number = await record(by, slug(sheet.name), chosen.value, len(sheet.rows), **facts)
    content = await asyncio.to_thread(render, sheet, chosen, _mark(number, who))
    return Exported(number, _file_name(sheet, chosen), MEDIA[chosen], content)


async def record(by: By, name: str, form: str, rows: int, **facts: Any) -> str:
    """The line in the record of a list that leaves; gives its number. A use case of its own."""
    number = codes.grouped(codes.draw_code())
    async with transaction():
        await note(
            VERB,
            by,
            object_kind="list",
            object_id=number,
            list=name,
            format=form,
            rows=rows,
            **facts,
        )
    return number


async def prepare(by: By, who: str, sheet: Sheet, chosen: Format, back: str, **facts: Any) -> str:
    """As `export`, for a list that takes a while: on record at once, made by `make` afterwards.

    Gives its public id.
    """
    number = await record(by, slug(sheet.name), chosen.value, len(sheet.rows), **facts)
    source = pack(sheet, chosen, _mark(number, who))
    return await _put(
        by, SHEET, source, _file_name(sheet, chosen), MEDIA[chosen], back, len(sheet.rows)
    )


async def prepare_plain(
    by: By, what: str, wish: Any, file_name: str, back: str, rows: int, **facts: Any
) -> str:
    """A file whose form the law sets, so that no mark can stand in it; `what` names who makes it."""
    await record(by, what, "txt", rows, **facts)
    source = msgspec.json.encode(wish)
    return await _put(by, what, source, file_name, "text/plain; charset=utf-8", back, rows)


async def _put(
    by: By, what: str, source: bytes, file_name: str, media_type: str, back: str, rows: int
) -> str:
    public_id = codes.random_id()
    async with transaction():
        await fetch(
            "INSERT INTO prepared_list (public_id, person, what, source, file_name, media_type, back,"
            " rows, asked_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
            public_id,
            by.id,
            what,
            source,
            file_name,
            media_type,
            back,
            rows,
            clock.now(),
        )
    return public_id


async def make(public_id: str, makers: Mapping[str, Maker]) -> None:
    """Makes the file and says meanwhile how far it is. Where somebody else does, nothing."""
    row = await fetch_one(_BEGIN, public_id, clock.now(), clock.now() - SILENT)
    if row is None:
        return
    done = [0]

    def tell(rows: int) -> None:
        done[0] = rows

    maker = _render if row["what"] == SHEET else makers[row["what"]]
    making = asyncio.ensure_future(_whole(maker(bytes(row["source"]), tell)))
    while not (await asyncio.wait({making}, timeout=BEAT))[0]:
        await fetch(
            "UPDATE prepared_list SET done = $2, seen_at = $3 WHERE public_id = $1",
            public_id,
            done[0],
            clock.now(),
        )
    await fetch(
        "UPDATE prepared_list SET done = rows, content = $2, source = NULL, seen_at = $3"
        " WHERE public_id = $1",
        public_id,
        making.result(),
        clock.now(),
    )


async def resume(makers: Mapping[str, Maker]) -> None:
    """What somebody began who is gone: begun again. One that cannot be made stops, and the others go on."""
    rows = await fetch(
        "SELECT public_id FROM prepared_list WHERE content IS NULL AND source IS NOT NULL"
        " AND seen_at < $1 AND asked_at >= $2 ORDER BY id",
        clock.now() - SILENT,
        clock.now() - KEPT,
    )
    for row in rows:
        try:
            await make(row["public_id"], makers)
        except Exception as error:
            if getattr(error, "retryable", False):
                raise  # the database is away: all of it comes again
            log.exception("this list cannot be made", list=row["public_id"])
            stop = "UPDATE prepared_list SET source = NULL WHERE public_id = $1 AND content IS NULL"
            await fetch(stop, row["public_id"])


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def _render(source: bytes, tell: Tell) -> AsyncIterator[bytes]:
    """In a thread: the others go on meanwhile."""
    sheet, chosen, mark = await asyncio.to_thread(unpacked, source)
    yield await asyncio.to_thread(render, sheet, chosen, mark, tell)


# Nobody has begun yet, or whoever did is silent.
_BEGIN = (
    "UPDATE prepared_list SET seen_at = $2, done = 0 WHERE public_id = $1 AND content IS NULL"
    " AND source IS NOT NULL AND (seen_at = asked_at OR seen_at < $3) RETURNING what, source"
)


async def get(public_id: str, person_id: int) -> Prepared:
    """Only who asked for it sees it, for an hour. Raises ListUnknown."""
    found = await fetch_one_as(
        Prepared,
        "SELECT public_id, file_name, back, rows, done, content IS NOT NULL AS ready, seen_at"  # noqa: S608 - our own words
        f" FROM prepared_list WHERE {_MINE}",
        public_id,
        person_id,
        clock.now() - KEPT,
    )
    if found is None:
        raise ListUnknown
    return found


async def file(public_id: str, person_id: int) -> Exported:
    """Raises ListUnknown, also while it is not ready."""
    row = await fetch_one(
        f"SELECT file_name, media_type, content FROM prepared_list WHERE {_MINE}"  # noqa: S608 - our own words
        " AND content IS NOT NULL",
        public_id,
        person_id,
        clock.now() - KEPT,
    )
    if row is None:
        raise ListUnknown
    return Exported("", row["file_name"], row["media_type"], bytes(row["content"]))


async def purge() -> None:
    """What is older than an hour: it holds names."""
    await fetch("DELETE FROM prepared_list WHERE asked_at < $1", clock.now() - KEPT)


_MINE = "public_id = $1 AND person = $2 AND asked_at >= $3"


def _mark(number: str, who: str) -> str:
    return f"{number}, {who}, {clock.paris(clock.now()):%d/%m/%Y %H:%M}"


def _file_name(sheet: Sheet, chosen: Format) -> str:
    """Fit for a header, a disk and the record, whatever its name is made of."""
    return f"{slug(sheet.name)}-{clock.today():%Y-%m-%d}.{chosen.value}"
