"""Points of sale and their hours."""

from collections.abc import Sequence
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.merchants import rules
from backend.merchants.errors import ShopUnknown
from backend.merchants.rules import Hours
from backend.merchants.service.ends import write_end


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


class NewShop(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    slug: str


async def open_shop(by: By, partner_id: int, wish: ShopWish) -> NewShop:
    _check_shop(wish)
    async with transaction():
        return await add_shop(by, partner_id, wish)


async def add_shop(by: By, partner_id: int, wish: ShopWish) -> NewShop:
    within()
    public_id = codes.random_id()
    row = await _insert_shop(public_id, partner_id, wish)
    await _set_hours(row["id"], wish.hours)
    await note("shop.open", by, object_kind="shop", object_id=row["id"], partner=partner_id)
    return NewShop(row["id"], public_id, row["slug"])


async def change_shop(by: By, shop_id: int, wish: ShopWish) -> None:
    _check_shop(wish)
    async with transaction():
        before = await fetch_value("SELECT photo FROM shop WHERE id = $1 FOR UPDATE", shop_id)
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
        if photo is not None:
            await let_go_of_picture(shop_id, before)
        await fetch("DELETE FROM shop_hours WHERE shop = $1", shop_id)
        await _set_hours(shop_id, wish.hours)
        await note("shop.change", by, object_kind="shop", object_id=shop_id)


async def let_go_of_picture(shop_id: int, before: int | None) -> None:
    """A picture that the shop no longer shows goes, with the wish it came with."""
    within()
    if before is None:
        return
    await fetch(
        "UPDATE shop_change c SET photo = NULL FROM shop s WHERE s.id = c.shop AND s.id = $1"
        " AND c.photo = $2 AND c.state = 'accepted' AND s.photo IS DISTINCT FROM c.photo",
        shop_id,
        before,
    )
    await files.release(before)


async def close_shop(by: By, shop_id: int) -> None:
    """Its tills stop at their next contact."""
    await write_end("shop", "closed_at", shop_id, "shop.close", by, ShopUnknown)


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
