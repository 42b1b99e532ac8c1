"""Items, copies and closures as the lists that come in: an export reads back as it is (L44)."""

from typing import Any

from backend.kit.database import fetch
from backend.kit.sheets import Column, Kind, Sheet
from backend.lending.lists import COLUMNS, PIECES
from backend.lending.member_rows import SAID
from backend.lending.rules import ListKind
from backend.membership.queries.enrolled import Enrolled, everybody

NAMES = {
    ListKind.ITEMS: "objets",
    ListKind.COPIES: "exemplaires",
    ListKind.CLOSURES: "fermetures",
    ListKind.MEMBERS: "adherents",
}
_KINDS = {
    "VALEUR": Kind.CENTS,
    "CAPACITE": Kind.NUMBER,
    "KILOMETRES": Kind.NUMBER,
    "PREMIER_JOUR": Kind.DAY,
    "DERNIER_JOUR": Kind.DAY,
    "NAISSANCE": Kind.DAY,
}
# Each in the order of its columns.
_ROWS = {
    ListKind.ITEMS: (
        "SELECT coalesce(r.external_code, r.public_id), r.name, r.category, p.name, s.slug,"
        " r.description, r.replacement_cents, r.isbn, r.capacity, array_to_string(r.pieces, $1),"
        " CASE WHEN r.counted THEN 'oui' ELSE 'non' END FROM resource r"
        " JOIN lending_policy p ON p.id = r.policy JOIN site s ON s.id = r.site"
        " WHERE r.retired_at IS NULL ORDER BY r.id"
    ),
    ListKind.COPIES: (
        "SELECT coalesce(u.external_code, u.code), coalesce(r.external_code, r.public_id), u.shelf,"
        " u.kilometres, CASE WHEN u.retired_at IS NULL THEN 'non' ELSE 'oui' END FROM unit u"
        " JOIN resource r ON r.id = u.resource"
        " WHERE r.retired_at IS NULL AND $1::text IS NOT NULL ORDER BY u.id"
    ),
    ListKind.CLOSURES: (
        "SELECT coalesce(c.external_code, c.public_id), coalesce(s.slug, ''), c.first_on, c.last_on,"
        " to_char(c.starts, 'HH24:MI'), to_char(c.ends, 'HH24:MI'), c.reason FROM site_closure c"
        " LEFT JOIN site s ON s.id = c.site"
        " WHERE c.withdrawn_at IS NULL AND $1::text IS NOT NULL ORDER BY c.first_on, c.id"
    ),
}


async def sheet(kind: ListKind) -> Sheet:
    columns = tuple(Column(title, _KINDS.get(title, Kind.TEXT)) for title in COLUMNS[kind])
    rows: list[tuple[Any, ...]]
    if kind is ListKind.MEMBERS:
        rows = [_member(each) for each in await everybody()]
    else:
        rows = [tuple(row) for row in await fetch(_ROWS[kind], PIECES)]
    return Sheet(NAMES[kind], columns, rows)


def _member(one: Enrolled) -> tuple[Any, ...]:
    return (
        one.code,
        one.home,
        one.given_name,
        one.family_name,
        SAID[one.category],
        one.contract,
        one.street,
        one.postcode,
        one.town,
        one.email,
        one.phone,
        one.born_on,
        "oui" if one.child else "non",
    )
