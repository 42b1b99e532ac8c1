"""Days without the usual hours, and hours on days that have none: made and withdrawn by the office.

Whoever lends things moves what a closure concerns: the use cases that do so call `close_days`,
`open_days_again` and `take_back_extra` as contributions.
"""

from datetime import date, time
from typing import Any

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import Missing
from backend.places import queries, rules
from backend.places.errors import AlreadyWithdrawn


class ClosureWish(msgspec.Struct, frozen=True, kw_only=True):
    """Both days included. `site` "" is every site; without `starts` and `ends` the whole day.

    `external_code` is what another system calls it; the same one again changes the first.
    """

    site: str = ""
    first_on: date
    last_on: date
    starts: time | None = None
    ends: time | None = None
    reason: str
    external_code: str | None = None


class ExtraWish(msgspec.Struct, frozen=True, kw_only=True):
    site: str
    opens_on: date
    opens: time
    closes: time
    reason: str = ""


async def add_extra(wish: ExtraWish, by: By) -> str:
    """Gives its public id."""
    rules.check_extra(wish.opens_on, wish.opens, wish.closes, clock.today())
    async with transaction():
        public_id = codes.random_id()
        await fetch(
            "INSERT INTO extra_opening (public_id, site, opens_on, opens, closes, reason, made_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            public_id,
            await _site_id(wish.site),
            wish.opens_on,
            wish.opens,
            wish.closes,
            wish.reason.strip(),
            clock.now(),
        )
        await _note("site.extra", by, wish.site, "extra", ["", _told_extra(wish)])
    return public_id


async def close_days(wish: ClosureWish, by: By) -> str:
    """A contribution: gives the public id. Raises SiteNeverOpens where nothing opens for 60 days."""
    within()
    rules.check_closure(wish.first_on, wish.last_on, wish.starts, wish.ends)
    site_id = await _site_id(wish.site) if wish.site else None
    public_id: str = await fetch_value(
        "INSERT INTO site_closure (public_id, site, first_on, last_on, starts, ends, reason,"
        " external_code, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING public_id",
        codes.random_id(),
        site_id,
        wish.first_on,
        wish.last_on,
        wish.starts,
        wish.ends,
        wish.reason.strip(),
        wish.external_code,
        clock.now(),
    )
    await _check_sites(None if site_id is None else [site_id])
    await _note("site.closure", by, wish.site, "closure", ["", _told(wish)])
    return public_id


async def open_days_again(public_id: str, by: By) -> None:
    """A contribution: the closure counts no more. Raises AlreadyWithdrawn."""
    within()
    row = await _withdraw("site_closure", public_id)
    slug = await _slug(row["site"]) if row["site"] is not None else ""
    wish = ClosureWish(first_on=row["first_on"], last_on=row["last_on"], reason=row["reason"])
    await _note("site.closure_withdrawn", by, slug, "closure", [_told(wish), ""])


async def take_back_extra(public_id: str, by: By) -> ExtraWish:
    """A contribution: the exceptional opening is no more; what it was. Raises AlreadyWithdrawn."""
    within()
    row = await _withdraw("extra_opening", public_id)
    slug = await _slug(row["site"])
    was = ExtraWish(site=slug, opens_on=row["opens_on"], opens=row["opens"], closes=row["closes"])
    await _check_sites([row["site"]])
    await _note("site.extra_withdrawn", by, slug, "extra", [_told_extra(was), ""])
    return was


async def _site_id(slug: str) -> int:
    found: int | None = await fetch_value("SELECT id FROM site WHERE slug = $1", slug)
    if found is None:
        raise Missing
    return found


async def _slug(site_id: int) -> str:
    slug: str = await fetch_value("SELECT slug FROM site WHERE id = $1", site_id)
    return slug


async def _check_sites(site_ids: list[int] | None) -> None:
    """Each site that people are sent to still opens within 60 days (L16)."""
    active = {row["id"] for row in await fetch("SELECT id FROM site WHERE closed_at IS NULL")}
    for site_id, calendar in (await queries.calendars(site_ids, clock.today())).items():
        if site_id in active:
            rules.check_opens(calendar, clock.now())


async def _withdraw(table: str, public_id: str) -> Any:
    row = await fetch_one(
        f"UPDATE {table} SET withdrawn_at = $2 WHERE public_id = $1 AND withdrawn_at IS NULL"  # noqa: S608
        " RETURNING *",
        public_id,
        clock.now(),
    )
    if row is not None:
        return row
    if await fetch_value(f"SELECT 1 FROM {table} WHERE public_id = $1", public_id):  # noqa: S608
        raise AlreadyWithdrawn
    raise Missing


async def _note(verb: str, by: By, slug: str, what: str, change: list[str]) -> None:
    """As the history of settings tells it; no slug is every site."""
    await audit.note(verb, by, object_kind="site", object_id=slug or None, changes={what: change})


def _told(wish: ClosureWish) -> str:
    days = f"{wish.first_on:%d/%m/%Y} – {wish.last_on:%d/%m/%Y}"
    return f"{days}, {wish.reason.strip()}"


def _told_extra(wish: ExtraWish) -> str:
    return f"{wish.opens_on:%d/%m/%Y}, {wish.opens:%H:%M}-{wish.closes:%H:%M}"
