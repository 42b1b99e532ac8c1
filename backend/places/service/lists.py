"""A landlord's list: looked at, applied in one transaction, undone as one batch (M8)."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes, files, locks
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.errors import Missing
from backend.kit.text import normalise_name, slug
from backend.places import dwellings, imports, rules
from backend.places.dwellings import Progress
from backend.places.errors import (
    BatchAlreadyUndone,
    BatchNotNewest,
    LandlordToName,
    ListApplied,
    ListNeedsConfirmation,
    ListTooLargeHere,
)
from backend.places.rules import DwellingLine, Outcome, Reading

DRAFT_LIVES_FOR = timedelta(days=1)
# A second import of the same landlord waits for the first one; under what a connection waits for.
WAIT_FOR_LANDLORD = "12s"
UNNAMED_LANDLORD = "Bailleur"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A file and whose list it is: a landlord's slug, or the name of a new one.

    Without both it is the only landlord there is, or the first one, named later. `by_name` is how
    the list of imports says who did it.
    """

    content: bytes
    file_name: str
    landlord_slug: str = ""
    landlord_name: str = ""
    by_name: str


class _Landlord(msgspec.Struct, frozen=True):
    id: int | None
    slug: str
    name: str


def nothing(_done: int, _all: int) -> None:
    """Progress nobody watches."""


async def import_dwellings(
    wish: Wish,
    by: By,
    *,
    dry_run: bool = False,
    confirmed: bool = False,
    progress: Progress = nothing,
) -> Outcome:
    """Reads the list and applies it; `dry_run` says what it would do and writes nothing.

    Raises an Invalid of `errors` for what is no list, and ListNeedsConfirmation.
    """
    reading = await _read(wish.content)
    async with transaction():
        landlord = await _find_landlord(wish)
        if dry_run:
            return await _compare(landlord, reading)
        batch = codes.random_id()
        return await _apply(batch, landlord, reading, wish, by, confirmed, progress)


async def draft_import(wish: Wish, person_id: int, by: By) -> str:
    """Keeps a list until this person has looked at it and said yes; gives the draft's public id.

    Only for lists that can be read; drafts nobody applied are thrown away after a day.
    """
    if len(wish.content) > files.MOST_STORED:
        raise ListTooLargeHere(megabytes=files.MOST_STORED // 2**20).at("list")
    await _read(wish.content)
    async with transaction():
        landlord = await _find_landlord(wish)
        await _throw_old_drafts()
        public_id = codes.random_id()
        await fetch(
            "INSERT INTO dwelling_draft (public_id, person_id, landlord_slug, landlord_name,"
            " file_name, stored_file, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            public_id,
            person_id,
            landlord.slug,
            landlord.name,
            wish.file_name[:200],
            await files.keep(wish.content, "text/csv"),
            clock.now(),
        )
        await audit.note("dwellings.drafted", by, object_kind="dwelling_draft", object_id=public_id)
    return public_id


async def apply_draft(
    public_id: str, person_id: int, by: By, by_name: str, *, confirmed: bool
) -> Outcome:
    """Applies what the same person looked at; once, however often the button is pressed.

    The batch takes the draft's public id. Raises ListApplied the second time, Missing where there
    is no such draft.
    """
    wish = await _drafted(public_id, person_id, by_name)
    reading = await _read(wish.content)
    async with transaction():
        await _take_draft(public_id)
        landlord = await _find_landlord(wish)
        return await _apply(public_id, landlord, reading, wish, by, confirmed, nothing)


async def look_at_draft(public_id: str, person_id: int) -> tuple[Wish, Outcome]:
    """What the drafted list would do now, for the person who brought it."""
    wish = await _drafted(public_id, person_id, "")
    reading = await _read(wish.content)
    async with transaction():
        return wish, await _compare(await _find_landlord(wish), reading)


async def undo_import(public_id: str, by: By, by_name: str) -> int:
    """Puts everything back as it stood before this batch; how many dwellings.

    Only the landlord's newest: what a later list changed would be lost.
    """
    async with transaction():
        batch = await _lock_batch(public_id)
        if batch["undone_at"] is not None:
            raise BatchAlreadyUndone(day=batch["undone_at"])
        await _check_newest(batch)
        count = await dwellings.put_back(batch["id"], batch["landlord"], clock.now())
        await fetch(
            "UPDATE dwelling_batch SET undone_at = $2, undone_by = $3 WHERE id = $1",
            batch["id"],
            clock.now(),
            by_name,
        )
        await audit.note(
            "dwellings.undone", by, object_kind="dwelling_batch", object_id=public_id, count=count
        )
    return count


async def _read(content: bytes) -> Reading:
    """In a thread: 18,000 lines take a second, and other pages go on meanwhile."""
    reading = await asyncio.to_thread(imports.read, content)
    return rules.with_one_name(reading)


async def _find_landlord(wish: Wish) -> _Landlord:
    """The landlord a list belongs to; without id when there is none yet."""
    name = normalise_name(wish.landlord_name) if wish.landlord_name else ""
    wanted = slug(wish.landlord_slug or name) if wish.landlord_slug or name else ""
    rows = await fetch("SELECT id, slug, name FROM landlord WHERE $1 IN ('', slug)", wanted)
    if len(rows) == 1:
        return _Landlord(**rows[0])
    if rows:
        raise LandlordToName(slugs=", ".join(sorted(row["slug"] for row in rows)))
    made = name or wanted.replace("-", " ").title() or UNNAMED_LANDLORD
    return _Landlord(None, slug(made), made)


async def _compare(landlord: _Landlord, reading: Reading) -> Outcome:
    known = [] if landlord.id is None else await dwellings.standing(landlord.id)
    plan = await asyncio.to_thread(rules.diff, known, reading)
    return Outcome(
        landlord=landlord.name,
        landlord_is_new=landlord.id is None,
        plan=plan,
        rejected=reading.rejected,
        needs_confirmation=rules.needs_confirmation(plan, reading),
    )


async def _apply(
    public_id: str,
    landlord: _Landlord,
    reading: Reading,
    wish: Wish,
    by: By,
    confirmed: bool,
    progress: Progress,
) -> Outcome:
    landlord_id, is_new = await _lock_landlord(landlord)
    outcome = await _compare(msgspec.structs.replace(landlord, id=landlord_id), reading)
    outcome = msgspec.structs.replace(outcome, landlord_is_new=is_new)
    if outcome.needs_confirmation and not confirmed:
        raise ListNeedsConfirmation(outcome)
    await _write(public_id, landlord_id, outcome, wish, progress)
    await audit.note(
        "dwellings.imported",
        by,
        object_kind="dwelling_batch",
        object_id=public_id,
        rejected=len(outcome.rejected),
        **outcome.counts,
    )
    return msgspec.structs.replace(outcome, batch=public_id)


async def _lock_landlord(landlord: _Landlord) -> tuple[int, bool]:
    """Imports of one landlord pass here one by one. Made where there is none: then True."""
    await fetch("SELECT set_config('lock_timeout', $1, true)", WAIT_FOR_LANDLORD)
    made = await fetch(
        "INSERT INTO landlord (public_id, slug, name, created_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT ON CONSTRAINT landlord_slug_key DO NOTHING RETURNING id",
        codes.random_id(),
        landlord.slug,
        landlord.name,
        clock.now(),
    )
    landlord_id: int = await fetch_value("SELECT id FROM landlord WHERE slug = $1", landlord.slug)
    await locks.lock("landlord", landlord_id)
    return landlord_id, bool(made)


async def _write(
    public_id: str, landlord_id: int, outcome: Outcome, wish: Wish, progress: Progress
) -> None:
    plan = outcome.plan
    batch_id: int = await fetch_value(
        "INSERT INTO dwelling_batch (public_id, landlord, file_name, file_sha256, applied_at,"
        " applied_by, counts, rejected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        public_id,
        landlord_id,
        wish.file_name[:200],
        hashlib.sha256(wish.content).hexdigest(),
        clock.now(),
        wish.by_name,
        msgspec.json.encode(outcome.counts).decode(),
        msgspec.json.encode(outcome.rejected).decode(),
    )
    came_back = await dwellings.back(landlord_id, plan.new)
    lines: Sequence[DwellingLine] = [*plan.new, *(moved.after for moved in plan.changed)]
    await dwellings.write(landlord_id, lines, progress)
    await dwellings.mark_gone(landlord_id, plan.gone, clock.now())
    await dwellings.keep_changes(batch_id, landlord_id, plan, came_back)


async def _drafted(public_id: str, person_id: int, by_name: str) -> Wish:
    row = await fetch_one(
        "SELECT d.landlord_slug, d.landlord_name, d.file_name, f.content FROM dwelling_draft d"
        " JOIN stored_file f ON f.id = d.stored_file WHERE d.public_id = $1 AND d.person_id = $2",
        public_id,
        person_id,
    )
    if row is not None:
        return Wish(**row, by_name=by_name)
    if await fetch("SELECT 1 FROM dwelling_batch WHERE public_id = $1", public_id):
        raise ListApplied
    raise Missing


async def _take_draft(public_id: str) -> None:
    file_id = await fetch_value(
        "DELETE FROM dwelling_draft WHERE public_id = $1 RETURNING stored_file", public_id
    )
    if file_id is None:
        raise ListApplied
    await _throw_file(file_id)


async def _throw_old_drafts() -> None:
    rows = await fetch(
        "DELETE FROM dwelling_draft WHERE created_at < $1 RETURNING stored_file",
        clock.now() - DRAFT_LIVES_FOR,
    )
    for row in rows:
        await _throw_file(row["stored_file"])


async def _throw_file(file_id: int) -> None:
    """Unless another draft brought the same bytes."""
    if not await fetch("SELECT 1 FROM dwelling_draft WHERE stored_file = $1", file_id):
        await files.throw(file_id)


async def _lock_batch(public_id: str) -> Any:
    """The batch, with its landlord locked as for an import."""
    found = await fetch_one("SELECT landlord FROM dwelling_batch WHERE public_id = $1", public_id)
    if found is None:
        raise Missing
    await fetch("SELECT set_config('lock_timeout', $1, true)", WAIT_FOR_LANDLORD)
    await locks.lock("landlord", found["landlord"])
    return await fetch_one("SELECT * FROM dwelling_batch WHERE public_id = $1", public_id)


async def _check_newest(batch: Any) -> None:
    """A later list that changed nothing is no reason to refuse."""
    later = await fetch_one(
        "SELECT 1 FROM dwelling_batch b WHERE b.landlord = $1 AND b.id > $2 AND b.undone_at IS NULL"
        " AND EXISTS (SELECT 1 FROM dwelling_change c WHERE c.batch = b.id)",
        batch["landlord"],
        batch["id"],
    )
    if later is not None:
        raise BatchNotNewest
