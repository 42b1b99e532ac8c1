"""The copies of what is lent: they come, they change places, they come back (L1, L24)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.lending.errors import CodeTaken, UnitUnknown
from backend.lending.service import shelf
from backend.lending.service.acts import check_version, once
from backend.lending.service.promoting import promote
from backend.lending.stock_errors import KitWrong
from backend.lending.values import Ask


class UnitWish(msgspec.Struct, frozen=True, kw_only=True):
    """A copy; `facts` tell its condition in words, `kilometres` of a vehicle."""

    shelf: str = ""
    external_code: str | None = None
    facts: Mapping[str, Any] = {}
    kilometres: int | None = None


class NewUnit(msgspec.Struct, frozen=True):
    id: int
    code: str


async def add_unit(by: By, resource: str, wish: UnitWish, *, key: str = "") -> NewUnit:
    """One copy more, once under a key; who waits is offered it (L12, L24).

    Raises ResourceUnknown, KitWrong and CodeTaken.
    """
    ask = Ask(by=by, key=key or codes.random_id())
    body = {"verb": "add_unit", "resource": resource, "wish": wish}
    async with transaction():
        return await once(ask, body, NewUnit, lambda: _add(by, resource, wish))


async def _add(by: By, resource: str, wish: UnitWish) -> NewUnit:
    model = (await shelf.lock_named([resource]))[resource]
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM kit_part WHERE kit = $1)", model.id):
        raise KitWrong
    code = codes.draw_code()
    made = await fetch_value(
        "INSERT INTO unit (resource, code, external_code, shelf, facts, kilometres, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (external_code) WHERE external_code IS NOT NULL DO NOTHING RETURNING id",
        model.id,
        code,
        wish.external_code,
        wish.shelf.strip(),
        msgspec.json.encode(wish.facts).decode(),
        wish.kilometres,
        clock.now(),
    )
    if made is None:
        raise CodeTaken().at("external_code")
    await promote(model)
    await note("lending.unit", by, object_kind="unit", object_id=code)
    return NewUnit(made, code)


async def change_unit(by: By, code: str, wish: UnitWish, *, version: int | None = None) -> None:
    """Where it stands and how it is. Raises UnitUnknown, CodeTaken, RecordChanged (L12)."""
    async with transaction():
        row = await fetch_one(
            "SELECT version, EXISTS (SELECT 1 FROM unit o WHERE o.external_code = $2"
            "  AND o.code <> $1) AS taken FROM unit WHERE code = $1 FOR NO KEY UPDATE",
            code,
            wish.external_code,
        )
        if row is None:
            raise UnitUnknown
        check_version(row["version"], version)
        if row["taken"]:
            raise CodeTaken().at("external_code")
        await fetch(
            "UPDATE unit SET version = version + 1, shelf = $2, external_code = $3, facts = $4,"
            " kilometres = $5 WHERE code = $1",
            code,
            wish.shelf.strip(),
            wish.external_code,
            msgspec.json.encode(wish.facts).decode(),
            wish.kilometres,
        )
        await note("lending.unit", by, object_kind="unit", object_id=code)


async def bring_back_unit(by: By, code: str) -> None:
    """A copy that was retired is lent again; who waits is offered it (L24). Raises UnitUnknown."""
    async with transaction():
        resource_id = await fetch_value("SELECT resource FROM unit WHERE code = $1", code)
        if resource_id is None:
            raise UnitUnknown
        model = (await shelf.lock_all([resource_id]))[resource_id]
        await fetch("UPDATE unit SET retired_at = NULL WHERE code = $1", code)
        await promote(model)
        await note("lending.unit.back", by, object_kind="unit", object_id=code)
