"""Lists that leave the house, each with a number, its mark and a line in the record (D3).

The one way to hand out a list. Surfaces call it through `backend.http.exports.send`; commands and
jobs call `export` themselves.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.audit.errors import ListUnknown
from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_one_as, transaction
from backend.kit.sheets import MEDIA, Format, Sheet, render
from backend.kit.text import slug

VERB = "list.export"
KEPT = timedelta(hours=1)
SILENT = timedelta(seconds=60)  # after it the process that made the list is gone
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
    def stopped(self) -> bool:
        return not self.ready and clock.now() - self.seen_at > SILENT


class Work(msgspec.Struct, frozen=True):
    """What is still to be made of a list."""

    public_id: str
    sheet: Sheet
    format: Format
    mark: str


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


async def prepare(by: By, who: str, sheet: Sheet, chosen: Format, back: str, **facts: Any) -> Work:
    """As `export`, for a list that takes a while: on record at once, made by `make` afterwards."""
    number = await record(by, slug(sheet.name), chosen.value, len(sheet.rows), **facts)
    public_id = codes.random_id()
    async with transaction():
        await fetch(
            "INSERT INTO prepared_list (public_id, person, file_name, media_type, back, rows, asked_at,"
            " seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
            public_id,
            by.id,
            _file_name(sheet, chosen),
            MEDIA[chosen],
            back,
            len(sheet.rows),
            clock.now(),
        )
    return Work(public_id, sheet, chosen, _mark(number, who))


async def make(work: Work) -> None:
    """Makes the file in a thread and says meanwhile how far it is."""
    done = [0]

    def tell(rows: int) -> None:
        done[0] = rows

    making = asyncio.get_running_loop().run_in_executor(
        None, render, work.sheet, work.format, work.mark, tell
    )
    while not (await asyncio.wait({making}, timeout=BEAT))[0]:
        await fetch(
            "UPDATE prepared_list SET done = $2, seen_at = $3 WHERE public_id = $1",
            work.public_id,
            done[0],
            clock.now(),
        )
    await fetch(
        "UPDATE prepared_list SET done = rows, content = $2, seen_at = $3 WHERE public_id = $1",
        work.public_id,
        making.result(),
        clock.now(),
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
