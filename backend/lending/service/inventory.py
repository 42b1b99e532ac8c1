"""What can be lent: policies, resources and kits (L1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from stdnum import isbn as isbn_numbers
from stdnum.exceptions import ValidationError

from backend.audit.service import By, note
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.lending.errors import (
    CodeTaken,
    PolicyUnknown,
    PolicyWrong,
    ResourceEmpty,
    ResourceUnknown,
)
from backend.lending.policy import Model, Policy
from backend.lending.rules import OPEN, LineState, SlotMode
from backend.lending.service import shelf
from backend.lending.service.acts import check_version, once
from backend.lending.stock_errors import IsbnWrong, KitWrong, SiteHeld
from backend.lending.values import Ask

NAMES = tuple(
    name for name in Policy.__struct_fields__ if name not in {"id", "public_id", "version"}
)
RESOURCE = (
    "site, policy, name, category, description, search, replacement_cents, isbn,"
    " external_code, counted, capacity, pieces, in_charge"
)


class ResourceWish(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the office describes it; `policy` by its public id, `in_charge` a person.

    `photo` is the bytes of a picture; None keeps the last.
    """

    site_id: int
    policy: str
    name: str
    category: str
    description: str = ""
    photo: bytes | None = None
    replacement_cents: int | None = None
    isbn: str | None = None
    external_code: str | None = None
    counted: bool = True
    capacity: int | None = None
    pieces: tuple[str, ...] = ()
    in_charge: int | None = None


async def make_policy(by: By, wish: Policy, *, key: str = "") -> str:
    """Its public id, one under a key (L12). Raises PolicyWrong."""
    check_policy(wish)
    ask = Ask(by=by, key=key or codes.random_id())
    body = {"verb": "make_policy", "wish": wish}
    async with transaction():
        return await once(ask, body, str, lambda: _make(by, wish))


async def _make(by: By, wish: Policy) -> str:
    public_id = codes.random_id()
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


async def change_policy(
    by: By, public_id: str, wish: Policy, *, version: int | None = None
) -> None:
    """Holds from now on; what is booked keeps its times.

    Raises PolicyWrong, PolicyUnknown, and RecordChanged for a stale page (L12).
    """
    check_policy(wish)
    async with transaction():
        row = await fetch_one(
            "SELECT version, EXISTS (SELECT 1 FROM lending_policy o WHERE o.name = $2"
            "  AND o.public_id <> $1) AS taken"
            " FROM lending_policy WHERE public_id = $1 FOR NO KEY UPDATE",
            public_id,
            wish.name,
        )
        if row is None:
            raise PolicyUnknown
        check_version(row["version"], version)
        if row["taken"]:
            raise PolicyWrong({"name": N_("Ce nom sert déjà.")})
        pairs = ", ".join(f"{name} = ${n}" for n, name in enumerate(NAMES, 2))
        await fetch(
            f"UPDATE lending_policy SET version = version + 1, {pairs} WHERE public_id = $1",  # noqa: S608
            public_id,
            *_values(wish),
        )
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


async def add_resource(by: By, wish: ResourceWish, *, key: str = "") -> str:
    """Its public id, one under a key (L12).

    Raises ResourceEmpty, PolicyUnknown, IsbnWrong, CodeTaken and FileRefused.
    """
    ask = Ask(by=by, key=key or codes.random_id())
    body = {"verb": "add_resource", "wish": wish}
    async with transaction():
        return await once(ask, body, str, lambda: _add(by, wish))


async def _add(by: By, wish: ResourceWish) -> str:
    public_id = codes.random_id()
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
    await _set_photo(made, wish.photo)
    await note("lending.resource", by, object_kind="resource", object_id=public_id)
    return public_id


async def change_resource(
    by: By, public_id: str, wish: ResourceWish, *, version: int | None = None
) -> None:
    """What is booked keeps its times, and is fetched where it was to be fetched.

    Raises what `add_resource` does, ResourceUnknown, SiteHeld, and RecordChanged for a stale page (L12).
    """
    async with transaction():
        model = (await shelf.lock_named([public_id]))[public_id]
        stands = await fetch_value("SELECT version FROM resource WHERE id = $1", model.id)
        check_version(stands, version)
        if wish.site_id != model.site_id:
            await _check_leaves(model)
        values = await _resource_values(wish)
        await _check_code(wish.external_code, model.id)
        pairs = ", ".join(f"{name} = ${n}" for n, name in enumerate(RESOURCE.split(", "), 2))
        await fetch(
            f"UPDATE resource SET version = version + 1, {pairs} WHERE id = $1",  # noqa: S608
            model.id,
            *values,
        )
        await _set_photo(model.id, wish.photo)
        await note("lending.resource", by, object_kind="resource", object_id=public_id)


async def drop_photo(by: By, public_id: str) -> None:
    """Its category's picture stands for it again. Raises ResourceUnknown."""
    async with transaction():
        model = (await shelf.lock_named([public_id]))[public_id]
        before = await fetch_value("SELECT photo FROM resource WHERE id = $1", model.id)
        await fetch("UPDATE resource SET photo = NULL WHERE id = $1", model.id)
        if before is not None:
            await files.release(before)
        await note("lending.resource", by, object_kind="resource", object_id=public_id)


async def _set_photo(resource_id: int, content: bytes | None) -> None:
    if content is None:
        return
    before = await fetch_value("SELECT photo FROM resource WHERE id = $1", resource_id)
    photo = await files.keep_picture(content)
    await fetch("UPDATE resource SET photo = $2 WHERE id = $1", resource_id, photo)
    if before not in {None, photo}:
        await files.release(before)


async def _check_leaves(model: Model) -> None:
    """Nobody is sent to another address by a change of a page."""
    if await held([model.id]):
        raise SiteHeld


async def held(resource_ids: Sequence[int]) -> set[int]:
    """A contribution: those that have copies where they stand, or bookings."""
    within()
    rows = await fetch(
        "SELECT resource FROM unit WHERE resource = ANY($1) AND retired_at IS NULL UNION"
        " SELECT resource FROM booking_line WHERE resource = ANY($1) AND state = ANY($2)",
        list(resource_ids),
        [*(state.value for state in OPEN), LineState.WAITLISTED.value, LineState.RETURNED.value],
    )
    return {row["resource"] for row in rows}


async def _check_code(code: str | None, resource_id: int) -> None:
    if code is not None and await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM resource WHERE external_code = $1 AND id <> $2)",
        code,
        resource_id,
    ):
        raise CodeTaken().at("external_code")


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
    isbn = read_isbn(wish.isbn)
    values = {
        **msgspec.structs.asdict(wish),
        "site": wish.site_id,
        "policy": policy_id,
        "name": name,
        "category": category,
        "isbn": isbn,
        "search": search_of(name, category, isbn),
        "pieces": list(wish.pieces),
    }
    return [values[column] for column in RESOURCE.split(", ")]


def read_isbn(typed: str | None) -> str | None:
    """Thirteen digits, from ten or thirteen with or without dashes (L40). Raises IsbnWrong."""
    if not typed:
        return None
    try:
        return str(isbn_numbers.validate(typed, convert=True))
    except ValidationError:
        raise IsbnWrong().at("isbn") from None


def search_of(name: str, category: str, isbn: str | None) -> str:
    """What a search looks in: folded, each word after a space."""
    return f" {text.fold(' '.join((name, category, isbn or '')))}"


async def set_kit(by: By, public_id: str, parts: Mapping[str, int]) -> None:
    """What comes with a kit: resources by public id, and how many of each (L11). Raises KitWrong."""
    async with transaction():
        models = await shelf.lock_named([public_id, *parts])
        kit = models[public_id]
        if parts:
            await _check_kit(kit, [models[part] for part in parts])
        await fetch("DELETE FROM kit_part WHERE kit = $1", kit.id)
        await fetch(
            "INSERT INTO kit_part (kit, part, many)"
            " SELECT $1, * FROM unnest($2::bigint[], $3::bigint[])",
            kit.id,
            [models[part].id for part in parts],
            list(parts.values()),
        )
        await note("lending.kit", by, object_kind="resource", object_id=public_id)


async def _check_kit(kit: Model, parts: Sequence[Model]) -> None:
    """A kit has no copies of its own and is in no other kit; what is in it is none (L11)."""
    wrong = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM unit WHERE resource = $1)"
        " OR EXISTS (SELECT 1 FROM kit_part WHERE part = $1 OR kit = ANY($2))",
        kit.id,
        [part.id for part in parts],
    )
    elsewhere = any(part.site_id != kit.site_id or part.retired_at for part in parts)
    if wrong or elsewhere or kit in parts:
        raise KitWrong
