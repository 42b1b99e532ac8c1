"""M8: a landlord's list of 18,000 lines, seconds for each step."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from backend import migrations
from backend.audit.service import SYSTEM
from backend.kit import database
from backend.kit.embedded import Embedded
from backend.places import service as places
from backend.places.service import Wish
from tests.bench.figures import timed, told
from tests.landlord_lists import Row, export, rows

LINES = 18_000
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "logements.csv"


async def run() -> None:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    embedded = Embedded(home)
    try:
        running = embedded.start()
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url)
        await _measure("generated", export(rows(LINES)), export(_moved(rows(LINES))))
        if REAL.is_file():
            await _measure("sample export", REAL.read_bytes(), b"")
        await database.close_pool()
    finally:
        embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


async def _measure(name: str, content: bytes, moved: bytes) -> None:
    slug = name.replace(" ", "-")
    await _told(f"{name}: dry run of a first list", slug, content, dry_run=True)
    await _told(f"{name}: first list applied", slug, content)
    await _told(f"{name}: the same again", slug, content)
    if moved:
        batch = await _told(f"{name}: a third changed, applied", slug, moved)

        async def undo() -> None:
            await places.undo_import(batch, SYSTEM, "bench")

        told(f"{name}: undone as one batch", await timed(undo) / 1000, "s")


async def _told(what: str, slug: str, content: bytes, *, dry_run: bool = False) -> str:
    wish = Wish(content=content, file_name="a.csv", landlord_slug=slug, by_name="bench")
    batch = ""

    async def act() -> None:
        nonlocal batch
        done = await places.import_dwellings(wish, SYSTEM, dry_run=dry_run, confirmed=True)
        batch = done.batch or ""

    told(f"{what}, {len(content) // 1_000} kB", await timed(act) / 1000, "s")
    return batch


def _moved(list_: list[Row]) -> list[Row]:
    return [
        row | {"NB_PIECES": "T4"} if number % 3 == 0 else row for number, row in enumerate(list_)
    ]
