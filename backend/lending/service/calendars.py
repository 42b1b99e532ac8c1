"""The secret addresses of calendars (L42): drawn, changed and ended; only their hash is kept."""

from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, once_more, transaction
from backend.kit.errors import N_
from backend.lending.errors import CalendarUnknown
from backend.lending.feeds import About
from backend.notifications import service as notifications

# A figure first: what is written down of an address takes long words with figures for secrets.
FIRST = "1"
CLOSED = N_("L’adresse de votre calendrier est fermée.")
_WHO = {
    About.PERSON: "SELECT id FROM person WHERE public_id = $1",
    About.RESOURCE: "SELECT id FROM resource WHERE public_id = $1",
    About.SITE: "SELECT id FROM site WHERE public_id = $1",
}


@once_more
async def open_feed(by: By, about: About, public_id: str) -> str:
    """A new secret, which ends the one before; it is told this once. Raises CalendarUnknown."""
    secret = FIRST + codes.random_token()
    async with transaction():
        target = await _end(about, public_id)
        await fetch(
            f"INSERT INTO calendar_feed (secret_hash, {about}, made_at) VALUES ($1, $2, $3)",  # noqa: S608
            codes.hash_token(secret),
            target,
            clock.now(),
        )
        await _note("lending.feed.open", by, about, public_id, target)
    return secret


@once_more
async def end_feed(by: By, about: About, public_id: str) -> None:
    """Its address leads nowhere from now on; a member hears of it where staff did it.

    Raises CalendarUnknown.
    """
    async with transaction():
        target = await _end(about, public_id)
        await _note("lending.feed.end", by, about, public_id, target)
        if about is About.PERSON:
            await notifications.tell_act(by, target, CLOSED)


async def _note(verb: str, by: By, about: About, public_id: str, target: int) -> None:
    whom = target if about is About.PERSON else None
    await note(verb, by, subject_id=whom, object_kind=about.value, object_id=public_id)


async def _end(about: About, public_id: str) -> int:
    """The one it is about, locked, so that two who press at once leave one secret."""
    target: int | None = await fetch_value(f"{_WHO[about]} FOR NO KEY UPDATE", public_id)
    if target is None:
        raise CalendarUnknown
    await fetch(
        f"UPDATE calendar_feed SET ended_at = $2 WHERE {about} = $1 AND ended_at IS NULL",  # noqa: S608
        target,
        clock.now(),
    )
    return target
