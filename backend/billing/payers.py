"""Payers of a list, many at once."""

from collections.abc import Sequence

from backend.kit import clock, codes
from backend.kit.database import fetch, within


async def open_all(
    named: Sequence[tuple[str, str, str, str, str | None]],
) -> list[int]:
    """New payers by name, street, postcode, town, e-mail; their keys in this order."""
    within()
    drawn = [codes.random_id() for _ in named]
    rows = await fetch(
        "INSERT INTO payer (public_id, name, street, postcode, town, email, created_at)"
        " SELECT v.*, $7 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[]) v RETURNING id, public_id",
        drawn,
        *([each[n] for each in named] for n in range(5)),
        clock.now(),
    )
    ids = {row["public_id"]: row["id"] for row in rows}
    return [ids[each] for each in drawn]


async def correct_all(named: Sequence[tuple[int, str, str]], *, email: bool = False) -> None:
    """Payers whose name (or e-mail) is the first, have the second on what is still to come."""
    within()
    column = "email" if email else "name"
    await fetch(
        f"UPDATE payer p SET {column} = v.c FROM unnest($1::bigint[], $2::text[], $3::text[])"  # noqa: S608
        f" v (a, b, c) WHERE p.id = v.a AND p.{column} = v.b",
        *([each[n] for each in named] for n in range(3)),
    )
