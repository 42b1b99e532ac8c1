"""Conciergerie sites, and where landlords' residences stand."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from backend.audit import service as audit
from backend.audit.rules import differences
from backend.audit.service import By
from backend.kit import clock, codes, text
from backend.kit.coordinates import Point
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import Missing
from backend.kit.holidays import Zone
from backend.kit.hours import Hours
from backend.places import points, queries, rules
from backend.places.points import Points

Check = Callable[[int], Awaitable[None]]
# Capabilities above this one know what a site still has of theirs; each check raises its refusal.
_CHECKS: list[Check] = []


class SiteWish(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    street: str
    postcode: str
    town: str
    phone: str = ""
    point: Point | None = None
    hours: tuple[Hours, ...] = ()
    holiday_zone: Zone = Zone.METROPOLITAN


class ResidenceWish(msgspec.Struct, frozen=True):
    point: Point | None
    priority_district: bool


async def open_site(wish: SiteWish, by: By) -> str:
    """Gives the site's slug, the first that is free. Raises SiteNeverOpens."""
    async with transaction():
        site_id, slug = await _insert(wish)
        await _set_hours(site_id, wish.hours)
        await _check_opens(site_id)
        await _note("site.opened", by, slug, {})
    return slug


async def change_site(slug: str, wish: SiteWish, by: By) -> None:
    """Raises SiteNeverOpens. Whoever lends things there does this through `set_site`."""
    async with transaction():
        await set_site(slug, wish, by)


async def set_site(slug: str, wish: SiteWish, by: By) -> int:
    """A contribution: gives the site's key. Raises SiteNeverOpens."""
    within()
    before = await _facts(slug)
    site_id: int | None = await fetch_value(
        "UPDATE site SET name = $2, street = $3, postcode = $4, town = $5, phone = $6,"
        " latitude = $7, longitude = $8, holiday_zone = $9 WHERE slug = $1 RETURNING id",
        slug,
        *_values(wish),
    )
    if site_id is None:
        raise Missing
    await fetch("DELETE FROM site_hours WHERE site = $1", site_id)
    await _set_hours(site_id, wish.hours)
    await _check_opens(site_id)
    await _note("site.changed", by, slug, before)
    return site_id


def before_close(check: Check) -> Check:
    """Asked inside the transaction, by the site's id, before nobody is at its desk any more."""
    _CHECKS.append(check)
    return check


async def close_site(slug: str, by: By) -> None:
    """It is shown no more; what happened there stays. Opened again, it has kept its hours.

    Whoever lends things there does this through `set_closed`.
    """
    async with transaction():
        await set_closed(slug, by)


async def set_closed(slug: str, by: By) -> None:
    """A contribution; see `close_site`. Raises what the checks do.

    Its row is held first, so that each check also sees what was on its way in; see `stays_open`.
    """
    within()
    site = await queries.get_site(slug)
    await fetch("SELECT id FROM site WHERE id = $1 FOR UPDATE", site.id)
    for check in _CHECKS:
        await check(site.id)
    await _date(slug, "site.closed", by, closed=True)


async def stays_open(site_id: int) -> bool:
    """Whether it is open, and then until the commit: what is begun there now, its closing sees.

    It waits for a closing alone, never for who changes the hours or the words of a site.
    """
    within()
    here = "SELECT id FROM site WHERE id = $1 AND closed_at IS NULL FOR KEY SHARE"
    return await fetch_value(here, site_id) is not None


async def reopen_site(slug: str, by: By) -> None:
    """Raises SiteNeverOpens."""
    async with transaction():
        await _date(slug, "site.reopened", by, closed=False)


async def rename_landlord(slug: str, name: str, by: By) -> None:
    """Its slug stays: imports and links use it."""
    async with transaction():
        before = await fetch_value("SELECT name FROM landlord WHERE slug = $1", slug)
        renamed = await fetch_value(
            "UPDATE landlord SET name = $2 WHERE slug = $1 RETURNING id",
            slug,
            text.normalise_name(name),
        )
        if renamed is None:
            raise Missing
        await audit.note(
            "landlord.renamed",
            by,
            object_kind="landlord",
            object_id=slug,
            changes={"name": [before, text.normalise_name(name)]},
        )


async def change_residence(public_id: str, wish: ResidenceWish, by: By) -> None:
    latitude, longitude = wish.point or (None, None)
    after: dict[str, object] = {
        "latitude": latitude,
        "longitude": longitude,
        "priority_district": wish.priority_district,
    }
    async with transaction():
        before = await fetch_one(
            "SELECT latitude, longitude, priority_district FROM residence WHERE public_id = $1"
            " FOR NO KEY UPDATE",
            public_id,
        )
        if before is None:
            raise Missing
        await fetch(
            "UPDATE residence SET latitude = $2, longitude = $3, priority_district = $4"
            " WHERE public_id = $1",
            public_id,
            *after.values(),
        )
        changes = differences(dict(before), after)
        if changes:
            await audit.note(
                "residence.changed",
                by,
                object_kind="residence",
                object_id=public_id,
                changes=changes,
            )


async def place_residences(landlord_slug: str, content: bytes, by: By) -> Points:
    """Coordinates of a landlord's residences from a CSV; wrong lines are left out and listed.

    Raises an Invalid of `errors` for what is no such list.
    """
    read = points.read(content)
    async with transaction():
        landlord_id = await fetch_value("SELECT id FROM landlord WHERE slug = $1", landlord_slug)
        if landlord_id is None:
            raise Missing
        rows = await fetch(
            "UPDATE residence SET latitude = p.latitude, longitude = p.longitude"
            " FROM unnest($2::text[], $3::text[], $4::float8[], $5::float8[])"
            "  AS p (code, postcode, latitude, longitude) WHERE landlord = $1"
            " AND residence.code = p.code AND p.postcode IN ('', residence.postcode)"
            " RETURNING residence.code",
            landlord_id,
            [line.code for line in read.lines],
            [line.postcode for line in read.lines],
            [line.point[0] for line in read.lines],
            [line.point[1] for line in read.lines],
        )
        found = points.without_unknown(read, {row["code"] for row in rows})
        await audit.note(
            "residences.placed",
            by,
            object_kind="landlord",
            object_id=landlord_slug,
            count=len(rows),
        )
    return found


async def _note(verb: str, by: By, slug: str, before: dict[str, object]) -> None:
    changes = differences(before, await _facts(slug))
    await audit.note(verb, by, object_kind="site", object_id=slug, changes=changes)


async def _facts(slug: str) -> dict[str, object]:
    """A site as its history tells it."""
    row = await fetch_one(
        "SELECT name, street, postcode, town, phone, latitude, longitude, holiday_zone, (SELECT string_agg("
        "  concat(h.weekday, ' ', to_char(h.opens, 'HH24:MI'), '-', to_char(h.closes, 'HH24:MI')),"
        "  ', ' ORDER BY h.weekday, h.opens) FROM site_hours h WHERE h.site = s.id) AS hours"
        " FROM site s WHERE slug = $1",
        slug,
    )
    return {} if row is None else dict(row)


async def _insert(wish: SiteWish) -> tuple[int, str]:
    base = slug = text.slug(wish.name)
    again = 1
    while True:
        row = await fetch_one(
            "INSERT INTO site (public_id, slug, name, street, postcode, town, phone, latitude,"
            " longitude, holiday_zone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT ON CONSTRAINT site_slug_key DO NOTHING RETURNING id",
            codes.random_id(),
            slug,
            *_values(wish),
        )
        if row is not None:
            return row["id"], slug
        again += 1
        slug = f"{base}-{again}"


def _values(wish: SiteWish) -> tuple[object, ...]:
    return (
        text.normalise_name(wish.name),
        wish.street.strip(),
        wish.postcode.strip(),
        wish.town.strip(),
        text.normalise_phone(wish.phone) if wish.phone else "",
        *(wish.point or (None, None)),
        wish.holiday_zone.value,
    )


async def _set_hours(site_id: int, hours: Sequence[Hours]) -> None:
    await fetch(
        "INSERT INTO site_hours (site, weekday, opens, closes)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::time[], $4::time[])",
        site_id,
        [each.weekday for each in hours],
        [each.opens for each in hours],
        [each.closes for each in hours],
    )


async def _date(slug: str, verb: str, by: By, *, closed: bool) -> None:
    changed = await fetch_value(
        "UPDATE site SET closed_at = CASE WHEN $2 THEN coalesce(closed_at, $3) END"
        " WHERE slug = $1 RETURNING id",
        slug,
        closed,
        clock.now(),
    )
    if changed is None:
        raise Missing
    await _check_opens(changed)
    open_ = [slug if closed else "", "" if closed else slug]
    await audit.note(verb, by, object_kind="site", object_id=slug, changes={"open_sites": open_})


async def _check_opens(site_id: int) -> None:
    """A site that people are sent to opens within 60 days (L16); one that is closed need not."""
    if await fetch_value("SELECT closed_at FROM site WHERE id = $1", site_id) is None:
        rules.check_opens(await queries.get_calendar(site_id), clock.now())
