"""Photos of how a thing went out or came back: kept with the gesture, or not at all (L30, L35)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backend.kit import files
from backend.kit.database import fetch, transaction, within
from backend.kit.errors import DomainError, Missing
from backend.kit.files import File
from backend.lending.queries.checks import checks_of

MOST = 3


@asynccontextmanager
async def kept(pictures: Sequence[bytes]) -> AsyncIterator[tuple[int, ...]]:
    """Their ids, for one gesture; where it is refused they are let go. Raises FileRefused."""
    ids = await _keep(pictures[:MOST])
    try:
        yield ids
    except DomainError:
        await _let_go(ids)
        raise


async def get_photo(line_id: int, photo: int) -> File:
    """One of those of this line's gestures. Raises Missing."""
    seen = await checks_of(line_id)
    found = await files.get(photo) if photo in {*seen.given_photos, *seen.taken_photos} else None
    if found is None:
        raise Missing
    return found


async def _keep(pictures: Sequence[bytes]) -> tuple[int, ...]:
    if not pictures:
        return ()
    async with transaction():
        return tuple([await files.keep_picture(each) for each in pictures])


async def _let_go(ids: Sequence[int]) -> None:
    async with transaction():
        await release(ids)


async def release(ids: Sequence[int]) -> None:
    """Their bytes go, unless another gesture shows the same picture, or a row points to it."""
    within()
    if not ids:
        return
    rows = await fetch(
        "SELECT DISTINCT id FROM unnest($1::bigint[]) p (id) WHERE id NOT IN ("
        " SELECT photo::bigint FROM custody c CROSS JOIN LATERAL jsonb_array_elements_text("
        "  coalesce(c.given -> 'photos', '[]') || coalesce(c.taken -> 'photos', '[]')) s (photo)"
        " WHERE c.given ? 'photos' OR c.taken ? 'photos') ORDER BY id",
        ids,
    )
    for row in rows:
        await files.release(row["id"])
