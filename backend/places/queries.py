"""The club, its landlords and sites, as screens read them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock, files
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as, fetch_value
from backend.kit.errors import Missing
from backend.kit.files import File
from backend.kit.holidays import Zone
from backend.kit.hours import Hours
from backend.kit.openings import Calendar
from backend.kit.prose import Block, blocks
from backend.places.rules import LEGAL_TEXTS, ChangeKind, Rejected

SHOWN = 200


class LandlordCard(msgspec.Struct, frozen=True):
    """A landlord with what its last list had."""

    id: int
    public_id: str
    slug: str
    name: str
    residences: int
    dwellings: int
    let: int


class Counts(msgspec.Struct, frozen=True):
    new: int
    changed: int
    same: int
    gone: int


class BatchCard(msgspec.Struct, frozen=True, kw_only=True):
    """One import. `newest`: nothing later changed these dwellings, so that it can be undone."""

    id: int
    public_id: str
    landlord_name: str
    file_name: str
    applied_at: datetime
    applied_by: str
    counts: Counts
    rejected: list[Rejected]
    undone_at: datetime | None
    undone_by: str | None
    newest: bool

    @property
    def can_undo(self) -> bool:
        moved = self.counts.new + self.counts.changed + self.counts.gone
        return self.undone_at is None and self.newest and moved > 0


class Change(msgspec.Struct, frozen=True):
    kind: ChangeKind
    external_id: str
    residence: str
    address: str


class Club(msgspec.Struct, frozen=True, kw_only=True):
    """The club as it is printed, and its days of grace."""

    name: str
    short_name: str
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    rna: str
    siret: str | None
    grace_days: int
    debit_days: int
    opening_text: str
    mail_name: str
    reply_to: str
    sms_sender: str
    logo: int | None


class Face(msgspec.Struct, frozen=True):
    """How the club shows itself on every page; `logo` is where its picture is, "" without one."""

    name: str
    logo: str = ""
    opening: str = ""


class Voice(msgspec.Struct, frozen=True):
    """How the club names itself on what it sends; "" where it leaves that to the settings."""

    name: str
    mail_name: str
    reply_to: str
    sms_sender: str


class LegalPage(msgspec.Struct, frozen=True):
    """One version of a legal text; `version` 0 when nothing is published yet."""

    slug: str
    title: str
    version: int = 0
    body: str = ""
    published_at: datetime | None = None

    @property
    def blocks(self) -> list[Block]:
        return blocks(self.body)


class SiteCard(msgspec.Struct, frozen=True, kw_only=True):
    """`calendar` is right from the day it was read for: closures that are over are left out of it."""

    id: int
    public_id: str
    slug: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str
    latitude: float | None
    longitude: float | None
    closed_at: datetime | None
    hours: tuple[Hours, ...]
    holiday_zone: Zone
    calendar: Calendar


class Desk(msgspec.Struct, frozen=True):
    """Where somebody goes, and when it is open: from today on."""

    name: str
    calendar: Calendar


class ResidenceCard(msgspec.Struct, frozen=True, kw_only=True):
    public_id: str
    landlord_slug: str
    landlord_name: str
    code: str
    name: str
    postcode: str
    town: str
    priority_district: bool
    latitude: float | None
    longitude: float | None
    dwellings: int


async def club_name() -> str:
    """The club's name; before one is set up, the software's."""
    name: str | None = await fetch_value("SELECT name FROM club")
    return name or "Palier"


async def face() -> Face:
    """One statement, on every page."""
    row = await fetch_one("SELECT name, logo, opening_text FROM club")
    if row is None:
        return Face("Palier")
    picture = f"/logo?v={row['logo']}" if row["logo"] else ""
    return Face(row["name"], picture, row["opening_text"])


async def voice() -> Voice:
    found = await fetch_one_as(Voice, "SELECT name, mail_name, reply_to, sms_sender FROM club")
    return found or Voice("Palier", "", "", "")


async def logo() -> File | None:
    """The club's picture."""
    logo_id: int | None = await fetch_value("SELECT logo FROM club")
    return None if logo_id is None else await files.get(logo_id)


async def find_club() -> Club | None:
    """None before one is set up."""
    return await fetch_one_as(
        Club,
        "SELECT name, short_name, street, postcode, town, email, phone, rna, siret, grace_days,"
        " debit_days, opening_text, mail_name, reply_to, sms_sender, logo FROM club",
    )


async def legal_texts() -> list[LegalPage]:
    """The newest version of each, those without one too."""
    rows = await fetch_as(
        LegalPage,
        "SELECT DISTINCT ON (slug) slug, title, version, '' AS body, published_at FROM legal_text"
        " ORDER BY slug, version DESC",
    )
    there = {row.slug: row for row in rows}
    return [there.get(slug, LegalPage(slug, title)) for slug, title in LEGAL_TEXTS.items()]


async def legal_text(slug: str, version: int | None = None) -> LegalPage:
    """A version, or the newest; an empty one when none is published. Raises Missing."""
    if slug not in LEGAL_TEXTS:
        raise Missing
    found = await fetch_one_as(
        LegalPage,
        "SELECT slug, title, version, body, published_at FROM legal_text WHERE slug = $1"
        " AND ($2::bigint IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        slug,
        version,
    )
    if found is None and version is not None:
        raise Missing
    return found or LegalPage(slug, LEGAL_TEXTS[slug])


async def text_in_force(slug: str, on: date) -> LegalPage:
    """The version that stood at the end of a day; version 0, our own words, where none did."""
    if slug not in LEGAL_TEXTS:
        raise Missing
    found = await fetch_one_as(
        LegalPage,
        "SELECT slug, title, version, body, published_at FROM legal_text WHERE slug = $1"
        " AND published_at < $2 ORDER BY version DESC LIMIT 1",
        slug,
        clock.start_of_day(on + timedelta(days=1)),
    )
    return found or LegalPage(slug, LEGAL_TEXTS[slug])


async def versions_of(slug: str) -> list[LegalPage]:
    """Every version of a text, the newest first, without their bodies."""
    return await fetch_as(
        LegalPage,
        "SELECT slug, title, version, '' AS body, published_at FROM legal_text WHERE slug = $1"
        " ORDER BY version DESC",
        slug,
    )


async def sites(*, closed: bool | None = False, since: date | None = None) -> list[SiteCard]:
    """Open sites with their hours; with `closed`, those that are closed, or all of them for None.

    Their calendars are right from today on, or from another day.
    """
    rows = await fetch(
        f"{_SITE} WHERE ($2::boolean IS NULL OR (s.closed_at IS NOT NULL) = $2) ORDER BY s.slug",
        since or clock.today(),
        closed,
    )
    return [_site(row) for row in rows]


async def get_site(slug: str) -> SiteCard:
    row = await fetch_one(f"{_SITE} WHERE s.slug = $2", clock.today(), slug)
    if row is None:
        raise Missing
    return _site(row)


async def get_calendar(site_id: int) -> Calendar:
    """When a site is open, for any day, past ones too. Raises Missing."""
    found = await calendars([site_id])
    if site_id not in found:
        raise Missing
    return found[site_id]


async def calendars(
    site_ids: Sequence[int] | None = None, since: date = date.min
) -> dict[int, Calendar]:
    """By site, in one statement: all sites where none are named, with closures from `since` on."""
    rows = await fetch(
        f"SELECT s.id, {_CALENDAR} AS calendar FROM site s"  # noqa: S608 - our own words
        " WHERE $2::bigint[] IS NULL OR s.id = ANY($2)",
        since,
        None if site_ids is None else list(site_ids),
    )
    return {row["id"]: msgspec.json.decode(row["calendar"], type=Calendar) for row in rows}


async def get_landlord(slug: str) -> LandlordCard:
    found = await fetch_one_as(LandlordCard, f"{_LANDLORD} WHERE l.slug = $1 GROUP BY l.id", slug)
    if found is None:
        raise Missing
    return found


async def residences(landlord_slug: str) -> list[ResidenceCard]:
    return await fetch_as(
        ResidenceCard, f"{_RESIDENCE} WHERE l.slug = $1 ORDER BY r.name, r.postcode", landlord_slug
    )


async def get_residence(public_id: str) -> ResidenceCard:
    found = await fetch_one_as(ResidenceCard, f"{_RESIDENCE} WHERE r.public_id = $1", public_id)
    if found is None:
        raise Missing
    return found


async def landlords() -> list[LandlordCard]:
    return await fetch_as(LandlordCard, f"{_LANDLORD} GROUP BY l.id ORDER BY l.slug")


async def batches() -> list[BatchCard]:
    """The newest imports of all landlords."""
    rows = await fetch(f"{_BATCH} ORDER BY b.id DESC LIMIT {SHOWN}")
    return [_batch(row) for row in rows]


async def get_batch(public_id: str) -> BatchCard:
    row = await fetch_one(f"{_BATCH} WHERE b.public_id = $1", public_id)
    if row is None:
        raise Missing
    return _batch(row)


async def changes_of(batch_id: int) -> list[Change]:
    """What a batch did, the dwellings that went first; at most SHOWN."""
    rows = await fetch(
        "SELECT c.kind, d.external_id, r.name AS residence, concat_ws(', ', d.street,"
        " d.postcode || ' ' || d.town) AS address FROM dwelling_change c"
        " JOIN dwelling d ON d.id = c.dwelling JOIN residence r ON r.id = d.residence"
        " WHERE c.batch = $1 ORDER BY c.kind DESC, d.external_id LIMIT $2",
        batch_id,
        SHOWN,
    )
    return [msgspec.convert(dict(row), Change) for row in rows]


_LANDLORD = (
    "SELECT l.id, l.public_id, l.slug, l.name,"
    " (SELECT count(*) FROM residence r WHERE r.landlord = l.id) AS residences,"
    " count(d.id) AS dwellings, count(d.id) FILTER (WHERE d.occupancy = 'let') AS let"
    " FROM landlord l LEFT JOIN dwelling d ON d.landlord = l.id AND d.gone_at IS NULL"
)
_RESIDENCE = (
    "SELECT r.public_id, l.slug AS landlord_slug, l.name AS landlord_name, r.code, r.name,"
    " r.postcode, r.town, r.priority_district, r.latitude, r.longitude,"
    " (SELECT count(*) FROM dwelling d WHERE d.residence = r.id AND d.gone_at IS NULL) AS dwellings"
    " FROM residence r JOIN landlord l ON l.id = r.landlord"
)
# The calendar of the site `s` as JSON; $1 is the day before which closures no longer matter.
_CALENDAR = (
    "json_build_object('zone', s.holiday_zone, 'hours', coalesce((SELECT json_agg(json_build_object("
    "  'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes) ORDER BY h.weekday, h.opens)"
    "  FROM site_hours h WHERE h.site = s.id), '[]'),"
    " 'closures', coalesce((SELECT json_agg(json_build_object('first_on', c.first_on,"
    "  'last_on', c.last_on, 'starts', c.starts, 'ends', c.ends, 'reason', c.reason)"
    "  ORDER BY c.first_on, c.id) FROM site_closure c WHERE (c.site IS NULL OR c.site = s.id)"
    "  AND c.withdrawn_at IS NULL AND c.last_on >= $1), '[]'),"
    " 'extras', coalesce((SELECT json_agg(json_build_object('on', e.opens_on, 'opens', e.opens,"
    "  'closes', e.closes, 'reason', e.reason) ORDER BY e.opens_on, e.opens) FROM extra_opening e"
    "  WHERE e.site = s.id AND e.withdrawn_at IS NULL AND e.opens_on >= $1), '[]'))::text"
)
# As `Desk`, the open site $7 or else the first one; $1 is today.
DESK = (
    f"SELECT s.name, ({_CALENDAR})::json AS calendar FROM site s WHERE s.closed_at IS NULL"  # noqa: S608 - our own words
    " ORDER BY s.id IS DISTINCT FROM $7::bigint, s.slug LIMIT 1"
)
_SITE = (
    "SELECT s.id, s.public_id, s.slug, s.name, s.street, s.postcode, s.town, s.phone,"  # noqa: S608
    f" s.latitude, s.longitude, s.closed_at, s.holiday_zone, {_CALENDAR} AS calendar FROM site s"
)
_BATCH = (
    "SELECT b.id, b.public_id, l.name AS landlord_name, b.file_name, b.applied_at, b.applied_by,"
    " b.counts, b.rejected, b.undone_at, b.undone_by, NOT EXISTS (SELECT 1 FROM dwelling_batch n"
    "  WHERE n.landlord = b.landlord AND n.id > b.id AND n.undone_at IS NULL AND EXISTS"
    "  (SELECT 1 FROM dwelling_change c WHERE c.batch = n.id)) AS newest"
    " FROM dwelling_batch b JOIN landlord l ON l.id = b.landlord"
)


def _batch(row: Any) -> BatchCard:
    values = dict(row)
    values["counts"] = msgspec.json.decode(values["counts"], type=Counts)
    values["rejected"] = msgspec.json.decode(values["rejected"], type=list[Rejected])
    return BatchCard(**values)


def _site(row: Any) -> SiteCard:
    values = dict(row)
    calendar = msgspec.json.decode(values.pop("calendar"), type=Calendar)
    zone = Zone(values.pop("holiday_zone"))
    return SiteCard(**values, holiday_zone=zone, hours=calendar.hours, calendar=calendar)
