"""Tills: made by the club or its merchant, enrolled once by a link, revoked at any moment (V24)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By, note
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.merchants import rules
from backend.merchants.errors import EnrolmentUsed, ShopUnknown, TillUnknown
from backend.merchants.service.ends import write_end

LONGEST_FIRST_NAME = 40
MOST_CASHIERS = 30


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
    await write_end("till", "revoked_at", till_id, "till.revoke", by, TillUnknown)


async def see_till(till_id: int) -> None:
    """Notes that a device is in use: 180 days are counted from here (SEC4)."""
    async with transaction():
        await fetch("UPDATE till SET seen_at = $2 WHERE id = $1", till_id, clock.now())


async def _change_till(till_id: int, column: str, value: Any) -> None:
    within()
    changed = await fetch_value(
        f"UPDATE till SET {column} = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id",  # noqa: S608
        till_id,
        value,
    )
    if changed is None:
        raise TillUnknown
