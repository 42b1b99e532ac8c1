"""Copies that lie on their shelf, for a loan without a label, and for labels (L29, L33)."""

import msgspec

from backend.kit import clock, text
from backend.kit.database import fetch_as
from backend.lending.rules import BLOCKING_SQL

SHOWN = 30


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One copy, with what its policy asks before it goes."""

    code: str
    external_code: str | None
    shelf: str
    resource: str
    name: str
    category: str
    site: str
    asks_charge: bool
    needs_licence: bool
    by_hour: bool


async def on_shelf(search: str, site_id: int | None, limit: int = SHOWN) -> list[Copy]:
    """One copy of each model that can be lent now, by name; one statement."""
    return await fetch_as(
        Copy,
        "SELECT DISTINCT ON (r.search, r.id)"  # noqa: S608 - our own words
        f" {_COPY} AND NOT EXISTS (SELECT 1 FROM booking_line l WHERE l.unit = u.id"
        f" AND (l.state = 'returned' OR (l.state IN ({BLOCKING_SQL}) AND l.during @> $3::timestamptz"
        " AND (l.lapses_at IS NULL OR l.lapses_at > $3))))"
        " AND NOT EXISTS (SELECT 1 FROM custody c WHERE c.unit = u.id AND c.in_at IS NULL"
        " AND c.undone_at IS NULL)"
        " AND (' ' || r.search) LIKE ALL($1::text[]) AND ($2::bigint IS NULL OR r.site = $2)"
        " ORDER BY r.search, r.id, u.id LIMIT $4",
        _words(search),
        site_id,
        clock.now(),
        limit,
    )


async def find_copies(codes: list[str]) -> list[Copy]:
    """By their codes, in the order of names; what is unknown or lent no more is left out."""
    return await fetch_as(
        Copy,
        f"SELECT {_COPY} AND u.code = ANY($1) ORDER BY r.search, r.id, u.id",
        codes,
    )


async def all_copies(
    search: str, site_id: int | None, resource: str = "", limit: int = 400
) -> list[Copy]:
    """Every copy that is lent, of a site, a model or a search."""
    return await fetch_as(
        Copy,
        f"SELECT {_COPY} AND (' ' || r.search) LIKE ALL($1::text[])"
        " AND ($2::bigint IS NULL OR r.site = $2) AND ($3 = '' OR r.public_id = $3)"
        " ORDER BY r.search, r.id, u.id LIMIT $4",
        _words(search),
        site_id,
        resource,
        limit,
    )


def _words(search: str) -> list[str]:
    return [f"% {word}%" for word in text.fold(search).split()]


_COPY = (
    "u.code, u.external_code, u.shelf, r.public_id AS resource, r.name, r.category, s.name AS site,"
    " p.asks_charge, p.needs_licence, p.slot_mode = 'hours' AS by_hour FROM unit u"
    " JOIN resource r ON r.id = u.resource JOIN site s ON s.id = r.site"
    " JOIN lending_policy p ON p.id = r.policy"
    " WHERE u.retired_at IS NULL AND r.retired_at IS NULL"
)
