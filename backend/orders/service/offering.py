"""What is offered, where, until when and for how much: the office's part (S1)."""

from datetime import date
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, keys
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.orders.errors import (
    ItemUnknown,
    PriceJustSet,
    ServiceChanged,
    ServiceUnknown,
    ServiceWrong,
)
from backend.orders.wishes import ServiceWish, check_item, check_service

SCOPE = "orders:service"
COLUMNS = (
    "slug",
    "name",
    "icon",
    "words",
    "sent_to",
    "weekly",
    "delivery_weekday",
    "cutoff_weekday",
    "cutoff_time",
    "brings_in",
    "holds",
    "pay_at",
    "remind_days",
    "unclaimed_days",
    "forget_days",
)


async def make_service(by: By, wish: ServiceWish, *, key: str) -> str:
    """Its public id, one under a key. Raises ServiceWrong."""
    check_service(wish)
    async with transaction():
        before = await keys.earlier(SCOPE, key, wish, str)
        if before is not None:
            return before
        public_id = codes.random_id()
        made = await fetch_value(
            f"INSERT INTO counter_service (public_id, created_at, {', '.join(COLUMNS)})"  # noqa: S608 - our own words
            f" VALUES ($1, $2, {', '.join(f'${n}' for n in range(3, len(COLUMNS) + 3))})"
            " ON CONFLICT ON CONSTRAINT counter_service_slug_key DO NOTHING RETURNING id",
            public_id,
            clock.now(),
            *_values(wish),
        )
        if made is None:
            raise ServiceWrong({"name": N_("Ce nom sert déjà.")})
        await _surround(made, wish)
        await note("orders.service", by, object_kind="counter_service", object_id=public_id)
        await keys.keep(SCOPE, key, wish, public_id)
    return public_id


async def change_service(by: By, public_id: str, wish: ServiceWish, *, version: int) -> None:
    """From now on: rounds that were begun keep their day and cut-off.

    Raises ServiceWrong, ServiceUnknown, and ServiceChanged for a stale page.
    """
    check_service(wish)
    async with transaction():
        row = await fetch_one(
            "SELECT id, version, EXISTS (SELECT 1 FROM counter_service o WHERE o.slug = $2"
            " AND o.public_id <> $1) AS taken FROM counter_service WHERE public_id = $1"
            " FOR NO KEY UPDATE",
            public_id,
            wish.slug,
        )
        if row is None:
            raise ServiceUnknown
        if row["version"] != version:
            raise ServiceChanged
        if row["taken"]:
            raise ServiceWrong({"name": N_("Ce nom sert déjà.")})
        pairs = ", ".join(f"{name} = ${n}" for n, name in enumerate(COLUMNS, 3))
        await fetch(
            "UPDATE counter_service SET version = version + 1, ended_at = CASE WHEN $2::timestamptz"  # noqa: S608 - the same
            f" IS NULL THEN NULL ELSE coalesce(ended_at, $2) END, {pairs} WHERE public_id = $1",
            public_id,
            clock.now() if wish.ended else None,
            *_values(wish),
        )
        await _surround(row["id"], wish)
        await note(
            "orders.service",
            by,
            object_kind="counter_service",
            object_id=public_id,
            ended=wish.ended,
        )


def _values(wish: ServiceWish) -> list[object]:
    said = {**msgspec.structs.asdict(wish), "pay_at": wish.pay_at.value, "name": wish.name.strip()}
    if not wish.weekly:
        said |= {"delivery_weekday": None, "cutoff_weekday": None, "cutoff_time": None}
    return [said[name] for name in COLUMNS]


async def _surround(service_id: int, wish: ServiceWish) -> None:
    """Its partner and its sites."""
    within()
    await fetch(
        "UPDATE counter_service SET merchant = (SELECT id FROM partner WHERE public_id = $2)"
        " WHERE id = $1",
        service_id,
        wish.merchant,
    )
    await fetch(
        "DELETE FROM service_site WHERE service = $1 AND site NOT IN"
        " (SELECT id FROM site WHERE public_id = ANY($2))",
        service_id,
        list(wish.sites),
    )
    await fetch(
        "INSERT INTO service_site (service, site) SELECT $1, id FROM site"
        " WHERE public_id = ANY($2) ON CONFLICT ON CONSTRAINT service_site_once DO NOTHING",
        service_id,
        list(wish.sites),
    )


async def add_item(by: By, service: str, name: str, unit_cents: int, *, key: str) -> str:
    """A line of the price list at its price from today on; its public id. Raises ServiceUnknown, ServiceWrong."""
    name = check_item(name)
    body = [service, name, unit_cents]
    async with transaction():
        before = await keys.earlier(SCOPE, key, body, str)
        if before is not None:
            return before
        service_id = await fetch_value(
            "SELECT id FROM counter_service WHERE public_id = $1 FOR NO KEY UPDATE", service
        )
        if service_id is None:
            raise ServiceUnknown
        public_id = codes.random_id()
        item_id = await fetch_value(
            "INSERT INTO service_item (public_id, service, name, place, created_at)"
            " SELECT $1, $2, $3, count(*), $4 FROM service_item WHERE service = $2 RETURNING id",
            public_id,
            service_id,
            name,
            clock.now(),
        )
        await _price(item_id, unit_cents, clock.today())
        await _note_item(by, public_id, name=name, unit_cents=unit_cents)
        await keys.keep(SCOPE, key, body, public_id)
    return public_id


async def set_price(by: By, item: str, unit_cents: int, since: date) -> None:
    """From a day on, today or later; what was ordered keeps what it cost (S1). A later change is replaced.

    Raises ItemUnknown, PriceJustSet, ServiceWrong.
    """
    if since < clock.today():
        raise ServiceWrong({"since": N_("Choisissez aujourd'hui, ou un jour qui vient.")})
    async with transaction():
        item_id = await _lock_item(item)
        await fetch(
            "DELETE FROM service_price WHERE item = $1 AND lower(during) >= $2", item_id, since
        )
        await fetch(
            "UPDATE service_price SET during = daterange(lower(during), $2) WHERE item = $1"
            " AND during @> $2::date",
            item_id,
            since,
        )
        await _price(item_id, unit_cents, since)
        await _note_item(by, item, unit_cents=unit_cents, since=since)


async def retire_item(by: By, item: str) -> None:
    """Nobody orders it any more; orders keep it. Raises ItemUnknown."""
    async with transaction():
        item_id = await _lock_item(item)
        await fetch(
            "UPDATE service_item SET retired_at = coalesce(retired_at, $2) WHERE id = $1",
            item_id,
            clock.now(),
        )
        await _note_item(by, item, retired=True)


async def _lock_item(public_id: str) -> int:
    found: int | None = await fetch_value(
        "SELECT id FROM service_item WHERE public_id = $1 AND retired_at IS NULL FOR NO KEY UPDATE",
        public_id,
    )
    if found is None:
        raise ItemUnknown
    return found


async def _price(item_id: int, unit_cents: int, since: date) -> None:
    within()
    new = await fetch_value(
        "INSERT INTO service_price (item, unit_cents, during) VALUES ($1, $2, daterange($3, NULL))"
        " ON CONFLICT ON CONSTRAINT service_price_no_two DO NOTHING RETURNING id",
        item_id,
        unit_cents,
        since,
    )
    if new is None:
        raise PriceJustSet


async def _note_item(by: By, public_id: str, **facts: Any) -> None:
    await note("orders.item", by, object_kind="service_item", object_id=public_id, **facts)
