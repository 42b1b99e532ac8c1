"""Partners, shops and tills as screens and guards read them."""

from datetime import datetime

import msgspec

from backend.kit import clock, files
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.files import File
from backend.merchants import rules
from backend.merchants.rules import Hours, PartnerCategory, PartnerKind


class TillCaller(msgspec.Struct, frozen=True):
    """An enrolled device with its shop: all it may see and do is its own shop's (V24)."""

    till_id: int
    till_public_id: str
    till_name: str
    cashiers: tuple[str, ...]
    shop_id: int
    shop_public_id: str
    shop_name: str
    partner_id: int
    partner_name: str
    revoked: bool
    seen_at: datetime | None


class PartnerPage(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str
    kind: PartnerKind
    category: PartnerCategory
    siret: str | None
    story: str
    email: str | None
    phone: str | None
    picture: str | None
    closed_at: datetime | None
    shops: int


class ShopCard(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    slug: str
    partner_id: int
    name: str
    street: str
    postcode: str
    town: str
    phone: str | None
    latitude: float | None
    longitude: float | None
    photo: int | None
    hours: tuple[Hours, ...]


class TillCard(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str
    shop_id: int
    shop_name: str
    partner_id: int
    cashiers: tuple[str, ...]
    created_at: datetime
    enrolled_at: datetime | None
    enrol_until: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None


async def find_till_caller(secret_hash: bytes, *, bearer: bool) -> TillCaller | None:
    """The device that holds this secret; revoked too when it was, or was unused for 180 days."""
    column = "token_hash" if bearer else "cookie_hash"
    row = await fetch_one(
        "SELECT t.id AS till_id, t.public_id AS till_public_id, t.name AS till_name, t.cashiers,"  # noqa: S608
        " s.id AS shop_id, s.public_id AS shop_public_id, s.name AS shop_name,"
        " p.id AS partner_id, p.name AS partner_name, t.seen_at,"
        " coalesce(t.seen_at, t.enrolled_at, t.created_at) AS used_at,"
        " (t.revoked_at IS NOT NULL OR s.closed_at IS NOT NULL) AS revoked"
        " FROM till t JOIN shop s ON s.id = t.shop JOIN partner p ON p.id = s.partner"
        f" WHERE t.{column} = $1",
        secret_hash,
    )
    if row is None:
        return None
    values = dict(row)
    values["cashiers"] = tuple(values["cashiers"])
    values["revoked"] |= rules.is_dormant(values.pop("used_at"), clock.now())
    return TillCaller(**values)


async def partners(*, closed: bool = False) -> list[PartnerPage]:
    """Every partner by name; with `closed`, those that left."""
    return [
        _partner(row)
        for row in await fetch(
            f"{_PARTNER} WHERE (p.closed_at IS NOT NULL) = $1 {_BY_NAME}", closed
        )
    ]


async def find_partner(public_id: str) -> PartnerPage | None:
    row = await fetch_one(f"{_PARTNER} WHERE p.public_id = $1", public_id)
    return None if row is None else _partner(row)


async def partners_of(ids: frozenset[int]) -> list[PartnerPage]:
    """The partners a merchant's roles are for."""
    return [
        _partner(row)
        for row in await fetch(f"{_PARTNER} WHERE p.id = ANY($1) {_BY_NAME}", list(ids))
    ]


async def shops_of(partner_id: int) -> list[ShopCard]:
    """A partner's open shops with their hours; one statement."""
    rows = await fetch(
        f"{_SHOP} WHERE s.partner = $1 AND s.closed_at IS NULL ORDER BY s.id", partner_id
    )
    return [_shop(row) for row in rows]


async def find_shop(public_id: str) -> ShopCard | None:
    """A shop by its public id or its slug."""
    row = await fetch_one(
        f"{_SHOP} WHERE (s.public_id = $1 OR s.slug = $1) AND s.closed_at IS NULL", public_id
    )
    return None if row is None else _shop(row)


async def photo_of(shop_public_id: str) -> File | None:
    """The shop's photo; None when it has none."""
    file_id = await fetch_value("SELECT photo FROM shop WHERE public_id = $1", shop_public_id)
    return None if file_id is None else await files.get(file_id)


async def tills_of(partner_id: int) -> list[TillCard]:
    """All tills of a partner, the living first."""
    rows = await fetch(
        f"{_TILL} WHERE s.partner = $1 ORDER BY t.revoked_at IS NOT NULL, t.id DESC", partner_id
    )
    return [_till(row) for row in rows]


async def find_till(public_id: str) -> TillCard | None:
    row = await fetch_one(f"{_TILL} WHERE t.public_id = $1", public_id)
    return None if row is None else _till(row)


_PARTNER = (
    "SELECT p.id, p.public_id, p.name, p.kind, p.category, p.siret, p.story, p.email, p.phone,"
    " p.picture, p.closed_at,"
    " (SELECT count(*) FROM shop s WHERE s.partner = p.id AND s.closed_at IS NULL) AS shops"
    " FROM partner p"
)
_BY_NAME = "ORDER BY p.search, p.id"
_SHOP = (
    "SELECT s.id, s.public_id, s.slug, s.partner AS partner_id, s.name, s.street, s.postcode,"
    " s.town, s.phone, s.latitude, s.longitude, s.photo,"
    " coalesce((SELECT json_agg(json_build_object('weekday', h.weekday, 'opens', h.opens,"
    "  'closes', h.closes) ORDER BY h.weekday, h.opens) FROM shop_hours h WHERE h.shop = s.id),"
    "  '[]')::text AS hours FROM shop s"
)
_TILL = (
    "SELECT t.id, t.public_id, t.name, t.shop AS shop_id, s.name AS shop_name,"
    " s.partner AS partner_id, t.cashiers, t.created_at, t.enrolled_at, t.enrol_until, t.seen_at,"
    " t.revoked_at FROM till t JOIN shop s ON s.id = t.shop"
)


def _partner(row: object) -> PartnerPage:
    return msgspec.convert(dict(row), PartnerPage)  # type: ignore[call-overload]


def _shop(row: object) -> ShopCard:
    values = dict(row)  # type: ignore[call-overload]
    values["hours"] = msgspec.json.decode(values["hours"], type=tuple[Hours, ...])
    return ShopCard(**values)


def _till(row: object) -> TillCard:
    values = dict(row)  # type: ignore[call-overload]
    values["cashiers"] = tuple(values["cashiers"])
    return TillCard(**values)
