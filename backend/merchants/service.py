"""Partners, shops and tills: use cases of the club, of merchants and of a device that is enrolled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By, note
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.merchants import rules
from backend.merchants.errors import EnrolmentUsed, PartnerUnknown, ShopUnknown, TillUnknown
from backend.merchants.rules import Hours, PartnerCategory, PartnerKind

LONGEST_FIRST_NAME = 40
MOST_CASHIERS = 30


class PartnerWish(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: PartnerKind
    category: PartnerCategory
    siret: str | None = None
    story: str = ""
    email: str | None = None
    phone: str | None = None
    picture: str | None = None


class ShopWish(msgspec.Struct, frozen=True, kw_only=True):
    """Coordinates in degrees, both or none; `photo` the bytes of a picture, None keeps the last."""

    name: str
    street: str
    postcode: str
    town: str
    phone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    hours: tuple[Hours, ...] = ()
    photo: bytes | None = None


class NewPartner(msgspec.Struct, frozen=True):
    id: int
    public_id: str


class NewShop(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    slug: str


class NewTill(msgspec.Struct, frozen=True):
    """Told once: the token for the API, and the code of a link that enrols one browser."""

    id: int
    public_id: str
    token: str
    enrol_code: str
    enrol_until: datetime


class Enrolled(msgspec.Struct, frozen=True):
    """The secret that goes into the device's cookie, and nowhere else."""

    till_id: int
    till_name: str
    shop_name: str
    secret: str


async def register_partner(by: By, wish: PartnerWish) -> NewPartner:
    async with transaction():
        public_id = codes.random_id()
        id_ = await fetch_value(
            "INSERT INTO partner (public_id, name, kind, category, siret, story, email, phone,"
            " picture, search, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
            public_id,
            *_partner_values(wish),
            clock.now(),
        )
        await note("partner.register", by, object_kind="partner", object_id=id_)
    return NewPartner(id_, public_id)


async def change_partner(by: By, partner_id: int, wish: PartnerWish) -> None:
    async with transaction():
        changed = await fetch_value(
            "UPDATE partner SET name = $2, kind = $3, category = $4, siret = $5, story = $6,"
            " email = $7, phone = $8, picture = $9, search = $10 WHERE id = $1 RETURNING id",
            partner_id,
            *_partner_values(wish),
        )
        if changed is None:
            raise PartnerUnknown
        await note("partner.change", by, object_kind="partner", object_id=partner_id)


async def close_partner(by: By, partner_id: int) -> None:
    """From now on its vouchers and cards are refused with `partner_inactive`."""
    await _date("partner", "closed_at", partner_id, "partner.close", by, PartnerUnknown)


async def reopen_partner(by: By, partner_id: int) -> None:
    async with transaction():
        await fetch("UPDATE partner SET closed_at = NULL WHERE id = $1", partner_id)
        await note("partner.reopen", by, object_kind="partner", object_id=partner_id)


async def open_shop(by: By, partner_id: int, wish: ShopWish) -> NewShop:
    _check_shop(wish)
    async with transaction():
        public_id = codes.random_id()
        row = await _insert_shop(public_id, partner_id, wish)
        await _set_hours(row["id"], wish.hours)
        await note("shop.open", by, object_kind="shop", object_id=row["id"], partner=partner_id)
    return NewShop(row["id"], public_id, row["slug"])


async def change_shop(by: By, shop_id: int, wish: ShopWish) -> None:
    _check_shop(wish)
    async with transaction():
        photo = None if wish.photo is None else await files.keep_picture(wish.photo)
        changed = await fetch_value(
            "UPDATE shop SET name = $2, street = $3, postcode = $4, town = $5, phone = $6,"
            " latitude = $7, longitude = $8, photo = coalesce($9, photo) WHERE id = $1 RETURNING id",
            shop_id,
            *_shop_values(wish),
            photo,
        )
        if changed is None:
            raise ShopUnknown
        await fetch("DELETE FROM shop_hours WHERE shop = $1", shop_id)
        await _set_hours(shop_id, wish.hours)
        await note("shop.change", by, object_kind="shop", object_id=shop_id)


async def close_shop(by: By, shop_id: int) -> None:
    """Its tills stop at their next contact."""
    await _date("shop", "closed_at", shop_id, "shop.close", by, ShopUnknown)


async def make_till(by: By, shop_id: int, name: str) -> NewTill:
    """A new device of a shop. Its token and its link are told here and never again (V24)."""
    async with transaction():
        made = NewTill(
            id=0,
            public_id=codes.random_id(),
            token=codes.random_token(),
            enrol_code=codes.random_token(),
            enrol_until=clock.now() + rules.ENROL_FOR,
        )
        id_ = await fetch_value(
            "INSERT INTO till (public_id, shop, name, cashiers, token_hash, enrol_hash,"
            " enrol_until, created_at) SELECT $1, id, $3, '{}', $4, $5, $6, $7 FROM shop"
            " WHERE id = $2 AND closed_at IS NULL RETURNING id",
            made.public_id,
            shop_id,
            text.normalise_name(name),
            codes.hash_token(made.token),
            codes.hash_token(made.enrol_code),
            made.enrol_until,
            clock.now(),
        )
        if id_ is None:
            raise ShopUnknown
        await note("till.make", by, object_kind="till", object_id=id_, shop=shop_id)
    return msgspec.structs.replace(made, id=id_)


async def relink_till(by: By, till_id: int) -> tuple[str, datetime]:
    """A new one-time link for the same till, on another phone: the old phone ends when it is used."""
    async with transaction():
        code, until = codes.random_token(), clock.now() + rules.ENROL_FOR
        changed = await fetch_value(
            "UPDATE till SET enrol_hash = $2, enrol_until = $3"
            " WHERE id = $1 AND revoked_at IS NULL RETURNING id",
            till_id,
            codes.hash_token(code),
            until,
        )
        if changed is None:
            raise TillUnknown
        await note("till.relink", by, object_kind="till", object_id=till_id)
    return code, until


async def enrol(enrol_code: str) -> Enrolled:
    """Opens the link: one statement decides, so that of two phones one is enrolled (V24)."""
    async with transaction():
        secret, moment = codes.random_token(), clock.now()
        row = await fetch_one(
            "UPDATE till t SET cookie_hash = $2, enrol_hash = NULL, enrol_until = NULL,"
            " enrolled_at = $3, seen_at = $3 FROM shop s WHERE t.enrol_hash = $1"
            " AND t.enrol_until > $3 AND t.revoked_at IS NULL AND s.id = t.shop"
            " AND s.closed_at IS NULL RETURNING t.id, t.name, s.name AS shop_name",
            codes.hash_token(enrol_code),
            codes.hash_token(secret),
            moment,
        )
        if row is None:
            raise EnrolmentUsed
        await note("till.enrol", By(Actor.TILL, row["id"]), object_kind="till", object_id=row["id"])
    return Enrolled(row["id"], row["name"], row["shop_name"], secret)


async def rename_till(by: By, till_id: int, name: str) -> None:
    async with transaction():
        await _change_till(till_id, "name", text.normalise_name(name))
        await note("till.rename", by, object_kind="till", object_id=till_id)


async def name_cashiers(by: By, till_id: int, first_names: Sequence[str]) -> None:
    """The first names a cashier may pick from; each once, in the order given."""
    names = list(dict.fromkeys(text.normalise_name(each) for each in first_names if each.strip()))
    async with transaction():
        short = [name[:LONGEST_FIRST_NAME] for name in names[:MOST_CASHIERS]]
        await _change_till(till_id, "cashiers", short)
        await note("till.cashiers", by, object_kind="till", object_id=till_id)


async def revoke_till(by: By, till_id: int) -> None:
    """A lost phone: refused at its next contact, by cookie and by token (V24)."""
    await _date("till", "revoked_at", till_id, "till.revoke", by, TillUnknown)


async def see_till(till_id: int) -> None:
    """Notes that a device is in use: 180 days are counted from here (SEC4)."""
    async with transaction():
        await fetch("UPDATE till SET seen_at = $2 WHERE id = $1", till_id, clock.now())


def _partner_values(wish: PartnerWish) -> tuple[Any, ...]:
    name = text.normalise_name(wish.name)
    return (
        name,
        wish.kind.value,
        wish.category.value,
        rules.normalise_siret(wish.siret),
        wish.story.strip(),
        text.normalise_email(wish.email) if wish.email else None,
        text.normalise_phone(wish.phone) if wish.phone else None,
        wish.picture,
        text.fold(name),
    )


def _check_shop(wish: ShopWish) -> None:
    rules.check_place(wish.latitude, wish.longitude)
    rules.check_hours(wish.hours)


def _shop_values(wish: ShopWish) -> tuple[Any, ...]:
    return (
        text.normalise_name(wish.name),
        wish.street.strip(),
        wish.postcode.strip(),
        wish.town.strip(),
        text.normalise_phone(wish.phone) if wish.phone else None,
        wish.latitude,
        wish.longitude,
    )


async def _insert_shop(public_id: str, partner_id: int, wish: ShopWish) -> Any:
    """With the first free address: "boulangerie-petit", then "boulangerie-petit-2"."""
    photo = None if wish.photo is None else await files.keep_picture(wish.photo)
    slug, again = text.slug(wish.name), 1
    while True:
        row = await fetch_one(
            "INSERT INTO shop (public_id, slug, partner, name, street, postcode, town, phone,"
            " latitude, longitude, photo, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT ON CONSTRAINT shop_slug_key DO NOTHING RETURNING id, slug",
            public_id,
            slug if again == 1 else f"{slug}-{again}",
            partner_id,
            *_shop_values(wish),
            photo,
            clock.now(),
        )
        if row is not None:
            return row
        again += 1


async def _set_hours(shop_id: int, hours: Sequence[Hours]) -> None:
    await fetch(
        "INSERT INTO shop_hours (shop, weekday, opens, closes)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::time[], $4::time[])",
        shop_id,
        [each.weekday for each in hours],
        [each.opens for each in hours],
        [each.closes for each in hours],
    )


async def _change_till(till_id: int, column: str, value: Any) -> None:
    within()
    changed = await fetch_value(
        f"UPDATE till SET {column} = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id",  # noqa: S608
        till_id,
        value,
    )
    if changed is None:
        raise TillUnknown


async def _date(
    table: str, column: str, row_id: int, verb: str, by: By, unknown: type[Exception]
) -> None:
    """An end that is written once: the first one stays."""
    async with transaction():
        changed = await fetch_value(
            f"UPDATE {table} SET {column} = coalesce({column}, $2) WHERE id = $1 RETURNING id",  # noqa: S608
            row_id,
            clock.now(),
        )
        if changed is None:
            raise unknown
        await note(verb, by, object_kind=table, object_id=row_id)
