"""Who is calling from a shop."""

import msgspec

from backend.kit.database import fetch_one


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


async def find_till_caller(secret_hash: bytes, *, bearer: bool) -> TillCaller | None:
    """The device that holds this secret; revoked too when it was, or was unused for 180 days."""
    column = "token_hash" if bearer else "cookie_hash"
    row = await fetch_one(
        "SELECT t.id AS till_id, t.public_id AS till_public_id, t.name AS till_name, t.cashiers,"  # noqa: S608
        " s.id AS shop_id, s.public_id AS shop_public_id, s.name AS shop_name,"
        " p.id AS partner_id, p.name AS partner_name,"
        " (t.revoked_at IS NOT NULL OR s.closed_at IS NOT NULL"
        "  OR coalesce(t.seen_at, t.enrolled_at, t.created_at) < now() - interval '180 days')"
        " AS revoked FROM till t JOIN shop s ON s.id = t.shop JOIN partner p ON p.id = s.partner"
        f" WHERE t.{column} = $1",
        secret_hash,
    )
    if row is None:
        return None
    values = dict(row)
    values["cashiers"] = tuple(values["cashiers"])
    return TillCaller(**values)
