"""What can be lent: policies, resources, their units, and kits (L1)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.errors import N_
from backend.lending.errors import (
    CodeTaken,
    PolicyUnknown,
    PolicyWrong,
    ResourceEmpty,
    ResourceUnknown,
    UnitUnknown,
)
from backend.lending.policy import Policy
from backend.lending.rules import SlotMode
from backend.lending.service import shelf
from backend.lending.service.promoting import promote

NAMES = tuple(name for name in Policy.__struct_fields__ if name not in {"id", "public_id"})
RESOURCE = (
    "site, policy, name, category, description, search, photo, replacement_cents, isbn,"
    " external_code, counted, capacity, pieces, in_charge"
)


class ResourceWish(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the office describes it; `policy` by its public id, `in_charge` a person."""

    site_id: int
    policy: str
    name: str
    category: str
    description: str = ""
    photo: int | None = None
    replacement_cents: int | None = None
    isbn: str | None = None
    external_code: str | None = None
    counted: bool = True
    capacity: int | None = None
    pieces: tuple[str, ...] = ()
    in_charge: int | None = None


class UnitWish(msgspec.Struct, frozen=True, kw_only=True):
    """A copy; `facts` tell its condition in words, `kilometres` of a vehicle."""

    shelf: str = ""
    external_code: str | None = None
    facts: Mapping[str, Any] = {}
    kilometres: int | None = None


class NewUnit(msgspec.Struct, frozen=True):
    id: int
    code: str


async def make_policy(by: By, wish: Policy) -> str:
    """Its public id. Raises PolicyWrong."""
    check_policy(wish)
    public_id = codes.random_id()
    async with transaction():
        places = ", ".join(f"${n}" for n in range(1, len(NAMES) + 3))
        made = await fetch_value(
            f"INSERT INTO lending_policy (public_id, created_at, {', '.join(NAMES)})"  # noqa: S608
            f" VALUES ({places}) ON CONFLICT ON CONSTRAINT lending_policy_name_key DO NOTHING"
            " RETURNING id",
            public_id,
            clock.now(),
            *_values(wish),
        )
        if made is None:
            raise PolicyWrong({"name": N_("Ce nom sert déjà.")})
        await note("lending.policy", by, object_kind="lending_policy", object_id=public_id)
    return public_id


async def change_policy(by: By, public_id: str, wish: Policy) -> None:
    """Holds from now on; what is booked keeps its times. Raises PolicyWrong and PolicyUnknown."""
    check_policy(wish)
    async with transaction():
        pairs = ", ".join(f"{name} = ${n}" for n, name in enumerate(NAMES, 2))
        changed = await fetch_value(
            f"UPDATE lending_policy SET {pairs} WHERE public_id = $1 RETURNING id",  # noqa: S608
            public_id,
            *_values(wish),
        )
        if changed is None:
            raise PolicyUnknown
        await note("lending.policy", by, object_kind="lending_policy", object_id=public_id)


def check_policy(wish: Policy) -> None:
    """What the database would refuse too, said field by field."""
    wrong = {}
    if not wish.name.strip():
        wrong["name"] = N_("Écrivez un nom.")
    if not 1 <= wish.usual_length <= wish.longest_length:
        wrong["usual_length"] = N_("La durée habituelle ne dépasse pas la plus longue.")
    if wish.slot_mode is SlotMode.HOURS and not 5 <= wish.slot_minutes <= 1440:
        wrong["slot_minutes"] = N_("Une tranche dure de 5 à 1440 minutes.")
    if wish.hold_minutes < 1 or wish.most_holds < 1 or wish.window_days < 1:
        wrong["hold_minutes"] = N_("Écrivez un nombre au-dessus de zéro.")
    numbers = {name: getattr(wish, name) for name in NAMES}
    wrong |= {
        name: N_("Écrivez un nombre, zéro ou plus.")
        for name, value in numbers.items()
        if isinstance(value, int) and value < 0
    }
    if wrong:
        raise PolicyWrong(wrong)


def _values(wish: Policy) -> list[Any]:
    values = msgspec.structs.asdict(wish)
    return [
        list(values[name]) if isinstance(values[name], tuple) else values[name] for name in NAMES
    ]


async def add_resource(by: By, wish: ResourceWish) -> str:
    """Its public id. Raises ResourceEmpty, PolicyUnknown and CodeTaken."""
    public_id = codes.random_id()
    async with transaction():
        values = await _resource_values(wish)
        places = ", ".join(f"${n}" for n in range(1, len(values) + 3))
        made = await fetch_value(
            f"INSERT INTO resource (public_id, created_at, {RESOURCE}) VALUES ({places})"  # noqa: S608
            " ON CONFLICT (external_code) WHERE external_code IS NOT NULL DO NOTHING RETURNING id",
            public_id,
            clock.now(),
            *values,
        )
        if made is None:
            raise CodeTaken().at("external_code")
        await note("lending.resource", by, object_kind="resource", object_id=public_id)
    return public_id


async def change_resource(by: By, public_id: str, wish: ResourceWish) -> None:
    """What is booked keeps its times. Raises ResourceUnknown, ResourceEmpty and PolicyUnknown."""
    async with transaction():
        model = (await shelf.lock_named([public_id]))[public_id]
        values = await _resource_values(wish)
        pairs = ", ".join(f"{name} = ${n}" for n, name in enumerate(RESOURCE.split(", "), 2))
        await fetch(f"UPDATE resource SET {pairs} WHERE id = $1", model.id, *values)  # noqa: S608
        await note("lending.resource", by, object_kind="resource", object_id=public_id)


async def retire_resource(by: By, public_id: str, *, back: bool = False) -> None:
    """Nobody books it any more, what is booked stays; `back` lends it again."""
    async with transaction():
        changed = await fetch_value(
            "UPDATE resource SET retired_at = CASE WHEN $2 THEN NULL ELSE coalesce(retired_at, $3)"
            " END WHERE public_id = $1 RETURNING id",
            public_id,
            back,
            clock.now(),
        )
        if changed is None:
            raise ResourceUnknown
        await note("lending.retire", by, object_kind="resource", object_id=public_id, back=back)


async def _resource_values(wish: ResourceWish) -> list[Any]:
    name, category = wish.name.strip(), wish.category.strip()
    if not name or not category:
        raise ResourceEmpty
    policy_id = await fetch_value("SELECT id FROM lending_policy WHERE public_id = $1", wish.policy)
    if policy_id is None:
        raise PolicyUnknown
    values = {
        **msgspec.structs.asdict(wish),
        "site": wish.site_id,
        "policy": policy_id,
        "name": name,
        "category": category,
        "search": search_of(name, category, wish.isbn),
        "pieces": list(wish.pieces),
    }
    return [values[column] for column in RESOURCE.split(", ")]


def search_of(name: str, category: str, isbn: str | None) -> str:
    """What a search looks in: folded, each word after a space."""
    return f" {text.fold(' '.join((name, category, isbn or '')))}"


async def set_kit(by: By, public_id: str, parts: Mapping[str, int]) -> None:
    """What comes with a kit: resources by public id, and how many of each (L11)."""
    async with transaction():
        models = await shelf.lock_named([public_id, *parts])
        kit = models[public_id]
        await fetch("DELETE FROM kit_part WHERE kit = $1", kit.id)
        await fetch(
            "INSERT INTO kit_part (kit, part, many)"
            " SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])",
            kit.id,
            [models[part].id for part in parts],
            list(parts.values()),
        )
        await note("lending.kit", by, object_kind="resource", object_id=public_id)


async def add_unit(by: By, resource: str, wish: UnitWish) -> NewUnit:
    """One copy more; who waits is offered it (L24). Raises ResourceUnknown and CodeTaken."""
    async with transaction():
        model = (await shelf.lock_named([resource]))[resource]
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


async def change_unit(by: By, code: str, wish: UnitWish) -> None:
    """Where it stands and how it is. Raises UnitUnknown."""
    async with transaction():
        changed = await fetch_one(
            "UPDATE unit SET shelf = $2, external_code = $3, facts = $4, kilometres = $5"
            " WHERE code = $1 RETURNING id",
            code,
            wish.shelf.strip(),
            wish.external_code,
            msgspec.json.encode(wish.facts).decode(),
            wish.kilometres,
        )
        if changed is None:
            raise UnitUnknown
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
