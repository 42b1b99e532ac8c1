"""Lists that leave the house, each with a number, its mark and a line in the record (D3).

The one way to hand out a list. Surfaces call it through `backend.http.exports.send`; commands and
jobs call `export` themselves.
"""

import asyncio
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import transaction
from backend.kit.sheets import MEDIA, Format, Sheet, render
from backend.kit.text import slug

VERB = "list.export"


class Exported(msgspec.Struct, frozen=True):
    """A file to hand out. `number` is printed in each of its rows and found again in the record."""

    number: str
    file_name: str
    media_type: str
    content: bytes


async def export(
    by: By, who: str, sheet: Sheet, chosen: Format = Format.CSV, **facts: Any
) -> Exported:
    """The list as a file, on record before it exists; the rows are read by the caller.

    `who` is the name that the mark says; `facts` tell what was chosen (a filter, a period), and
    name nobody. A use case of its own: call it outside a transaction.
    """
    list_ = slug(sheet.name)  # fit for a header, a disk and the record, whatever it is made of
    number = await record(by, list_, chosen.value, len(sheet.rows), **facts)
    mark = f"{number}, {who}, {clock.paris(clock.now()):%d/%m/%Y %H:%M}"
    content = await asyncio.to_thread(render, sheet, chosen, mark)
    name = f"{list_}-{clock.today():%Y-%m-%d}.{chosen.value}"
    return Exported(number, name, MEDIA[chosen], content)


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
