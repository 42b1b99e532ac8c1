"""Contracts are drawn by the club, for a partner to accept."""

from datetime import date

import msgspec
from asyncpg import Range

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.kit import clock
from backend.kit.codes import random_id
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.merchants import rules
from backend.merchants.errors import (
    ContractRunning,
    DetailMissing,
    TerritoryUnknown,
    TradeMissing,
)
from backend.merchants.rules import PartnerKind
from backend.merchants.service import ends, places, telling
from backend.merchants.trades import BY_NUMBER
from backend.places import queries as texts

TEXT = "convention"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What staff agreed with a partner. `territories` empty: the club; name and address: of invoices."""

    kind: PartnerKind
    first_day: date
    dues_cents: int
    campaigns_a_year: int
    name: str
    street: str
    postcode: str
    town: str
    email: str | None = None
    trades: tuple[int, ...] = ()
    territories: tuple[int, ...] = ()


async def draw_contract(by: By, partner_id: int, draft: Draft) -> str:
    """A year from its first day, for the partner to accept; its public id.

    Raises ContractRunning, PartnerClosed.
    """
    async with transaction():
        await ends.lock_partner(partner_id, closed=False)
        return await add_contract(by, partner_id, draft)


async def add_contract(by: By, partner_id: int, draft: Draft) -> str:
    within()
    _check(draft)
    await _check_territories(draft)
    payer = await billing.open_payer(
        draft.name, draft.street, draft.postcode, draft.town, draft.email
    )
    contract = await write_contract(
        by, partner_id, payer, draft, rules.year_from(draft.first_day), None
    )
    if contract is None:
        raise ContractRunning
    await places.lock_trades(places.Slot(trade, 0) for trade in draft.trades)
    for trade in draft.trades:
        for territory in draft.territories or (0,):
            await fetch(
                "INSERT INTO contract_trade (contract, trade, territory)"
                " VALUES ($1, $2, nullif($3, 0))",
                contract,
                trade,
                territory,
            )
    public_id: str = await fetch_value("SELECT public_id FROM contract WHERE id = $1", contract)
    await telling.tell("partner.contract", public_id, contract)
    return public_id


async def write_contract(
    by: By,
    partner_id: int,
    payer_id: int,
    draft: Draft,
    during: tuple[date, date],
    previous: int | None,
) -> int | None:
    """Its key; None where another runs on one of its days."""
    within()
    id_: int | None = await fetch_value(
        "INSERT INTO contract (public_id, partner, payer, previous, kind, during, dues_cents,"
        " owed_on, campaigns_a_year, terms_version, drawn_at, drawn_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT ON CONSTRAINT contract_one_at_a_time DO NOTHING RETURNING id",
        random_id(),
        partner_id,
        payer_id,
        previous,
        draft.kind.value,
        Range(*during),
        draft.dues_cents,
        during[0],
        draft.campaigns_a_year,
        (await texts.legal_text(TEXT)).version,
        clock.now(),
        by.id,
    )
    if id_ is not None:
        await audit.note(
            "contract.draw",
            by,
            object_kind="contract",
            object_id=id_,
            partner=partner_id,
            dues_cents=draft.dues_cents,
        )
    return id_


def _check(draft: Draft) -> None:
    empty = [name for name in ("name", "street", "postcode", "town") if not getattr(draft, name)]
    if empty:
        raise DetailMissing(dict.fromkeys(empty, DetailMissing.sentence))
    firm = draft.kind is PartnerKind.FIRM
    if firm != bool(draft.trades) or not set(draft.trades) <= set(BY_NUMBER):
        raise TradeMissing().at("trades")


async def _check_territories(draft: Draft) -> None:
    """They are there, and stay until the commit. Raises TerritoryUnknown."""
    wanted = set(draft.territories)
    rows = await fetch("SELECT id FROM territory WHERE id = ANY($1) FOR KEY SHARE", list(wanted))
    if len(rows) < len(wanted):
        raise TerritoryUnknown
