"""Partners, as the club writes them down."""

from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.merchants import contracts, rules
from backend.merchants.errors import PartnerUnknown
from backend.merchants.rules import EndReason, PartnerCategory, PartnerKind
from backend.merchants.service.ends import lock_partner
from backend.merchants.service.leaving import finish


class PartnerWish(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: PartnerKind
    category: PartnerCategory
    siret: str | None = None
    story: str = ""
    email: str | None = None
    phone: str | None = None
    picture: str | None = None


class NewPartner(msgspec.Struct, frozen=True):
    id: int
    public_id: str


async def register_partner(by: By, wish: PartnerWish) -> NewPartner:
    async with transaction():
        return await add_partner(by, wish)


async def add_partner(by: By, wish: PartnerWish) -> NewPartner:
    within()
    public_id = codes.random_id()
    id_ = await fetch_value(
        "INSERT INTO partner (public_id, name, kind, category, siret, story, email, phone,"
        " picture, search, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
        public_id,
        *_partner_values(wish),
        clock.now(),
    )
    await note("partner.register", by, object_kind="partner", object_id=id_)
    return NewPartner(id_, public_id)


async def change_partner(by: By, partner_id: int, wish: PartnerWish) -> None:
    async with transaction():
        changed = await fetch_value(
            "UPDATE partner SET name = $2, kind = $3, category = $4, siret = $5, story = $6,"
            " email = $7, phone = $8, picture = $9, search = $10 WHERE id = $1 RETURNING id",
            partner_id,
            *_partner_values(wish),
        )
        if changed is None:
            raise PartnerUnknown
        await note("partner.change", by, object_kind="partner", object_id=partner_id)


async def close_partner(by: By, partner_id: int) -> None:
    """From now on its vouchers and cards are refused with `partner_inactive`.

    Its contracts end: its trades go to those who wait, and nothing more is asked of it (P1, P7, V12).
    """
    async with transaction():
        await lock_partner(partner_id)
        for contract in await contracts.running(partner_id):  # the next year before this one
            await finish(contract, EndReason.CLUB, by)
        await fetch(
            "UPDATE partner SET closed_at = coalesce(closed_at, $2) WHERE id = $1",
            partner_id,
            clock.now(),
        )
        await note("partner.close", by, object_kind="partner", object_id=partner_id)


async def reopen_partner(by: By, partner_id: int) -> None:
    async with transaction():
        await fetch("UPDATE partner SET closed_at = NULL WHERE id = $1", partner_id)
        await note("partner.reopen", by, object_kind="partner", object_id=partner_id)


def _partner_values(wish: PartnerWish) -> tuple[Any, ...]:
    name = text.normalise_name(wish.name)
    return (
        name,
        wish.kind.value,
        wish.category.value,
        rules.normalise_siret(wish.siret),
        wish.story.strip(),
        text.normalise_email(wish.email) if wish.email else None,
        text.normalise_phone(wish.phone) if wish.phone else None,
        wish.picture,
        text.fold(name),
    )
