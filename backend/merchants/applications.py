"""Firms that asked to become partners, as the office reads them."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import files
from backend.kit.database import fetch, fetch_one
from backend.kit.files import File
from backend.merchants.errors import ApplicationUnknown
from backend.merchants.rules import Hours, PartnerCategory, PartnerKind
from backend.merchants.trades import BY_NUMBER, Trade


class ApplicationPage(msgspec.Struct, frozen=True, kw_only=True):
    """`known`: the name of a partner that has this SIRET already, "" without one."""

    id: int
    public_id: str
    siret: str
    name: str
    kind: PartnerKind
    category: PartnerCategory
    trades: tuple[int, ...]
    story: str
    hours: tuple[Hours, ...]
    photo: int | None
    street: str
    postcode: str
    town: str
    given_name: str
    family_name: str
    email: str
    phone: str | None
    asked_at: datetime
    decided_at: datetime | None
    refused_because: str | None
    partner_public_id: str | None
    known: str

    @property
    def trades_said(self) -> list[Trade]:
        return [BY_NUMBER[number] for number in self.trades]


async def waiting() -> list[ApplicationPage]:
    """Who waits for an answer, the oldest first."""
    return await _applications("a.decided_at IS NULL ORDER BY a.asked_at, a.id")


async def decided(most: int = 20) -> list[ApplicationPage]:
    """Newest answer first."""
    return await _applications(
        "a.decided_at IS NOT NULL ORDER BY a.decided_at DESC, a.id DESC LIMIT $1", most
    )


async def get_application(public_id: str) -> ApplicationPage:
    """Raises ApplicationUnknown."""
    found = await _applications("a.public_id = $1", public_id)
    if not found:
        raise ApplicationUnknown
    return found[0]


async def photo_of(public_id: str) -> File | None:
    row = await fetch_one("SELECT photo FROM partner_application WHERE public_id = $1", public_id)
    return None if row is None or row["photo"] is None else await files.get(row["photo"])


async def _applications(where: str, *args: Any) -> list[ApplicationPage]:
    rows = await fetch(
        "SELECT a.id, a.public_id, a.siret, a.name, a.kind, a.category, a.trades, a.story,"  # noqa: S608 - constants of this file
        " a.hours::text AS hours, a.photo, a.street, a.postcode, a.town, a.given_name,"
        " a.family_name, a.email, a.phone, a.asked_at, a.decided_at, a.refused_because,"
        " p.public_id AS partner_public_id, coalesce((SELECT k.name FROM partner k"
        "  WHERE k.siret = a.siret AND k.closed_at IS NULL AND k.id IS DISTINCT FROM a.partner"
        "  LIMIT 1), '') AS known"
        " FROM partner_application a LEFT JOIN partner p ON p.id = a.partner WHERE " + where,
        *args,
    )
    return [_page(row) for row in rows]


def _page(row: Any) -> ApplicationPage:
    values = dict(row)
    values["hours"] = msgspec.json.decode(values["hours"], type=tuple[Hours, ...])
    return msgspec.convert(values, ApplicationPage)
