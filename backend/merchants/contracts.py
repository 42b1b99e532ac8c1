"""Contracts, their trades and what the club asks of partners, as screens and use cases read them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.kit.errors import N_
from backend.merchants.errors import ContractUnknown
from backend.merchants.rules import AcceptedHow, EndReason, PartnerKind, Terms
from backend.merchants.trades import BY_NUMBER, Trade

DAY = timedelta(days=1)


# The club's own, or the house's until it sets one.
GRACE = f"coalesce((SELECT g.grace_days FROM partner_setting g), {Terms().grace_days})::int"  # noqa: S608 - constants of ours
CLUB, REST = N_("Tout le club"), N_("Le reste du club")
_DRAWN = "EXISTS (SELECT 1 FROM territory)"


class Has(StrEnum):
    """How a contract stands with one of its trades."""

    TAKEN = "taken"
    HELD = "held"
    OFFERED = "offered"
    WAITING = "waiting"
    NONE = "none"


class Somewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A trade in a territory; "" is what lies in none. `drawn`: whether the club has any."""

    number: int
    territory: str
    drawn: bool

    @property
    def trade(self) -> Trade:
        return BY_NUMBER[self.number]

    @property
    def rest(self) -> str:
        """What lies in no territory, as pages say it; it is looked up in the catalogue of a language."""
        return REST if self.drawn else CLUB


class TradeLine(Somewhere, frozen=True, kw_only=True):
    """One trade of a contract. `rank` counts from 1 on the waiting list.

    `until`: how long a place that is held or offered is kept.
    """

    territory_id: int | None
    has: Has
    until: datetime | None
    since: datetime | None
    rank: int | None


class ContractPage(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is the first day that is not in it any more; the club's `grace_days` come after it."""

    id: int
    public_id: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    payer_id: int
    previous_id: int | None
    kind: PartnerKind
    first_day: date
    until: date
    dues_cents: int
    owed_on: date
    campaigns_a_year: int
    terms_version: int
    drawn_at: datetime
    accepted_at: datetime | None
    accepted_how: AcceptedHow | None
    signer: str | None
    order_public_id: str | None
    paid_at: datetime | None
    ended_on: date | None
    end_reason: EndReason | None
    grace_days: int
    trades: tuple[TradeLine, ...]

    @property
    def last_day(self) -> date:
        return self.until - DAY

    @property
    def waiting(self) -> bool:
        """A firm without a place for any of its trades: nothing is asked of it (V12)."""
        without = {Has.WAITING, Has.NONE}
        return bool(self.trades) and all(one.has in without for one in self.trades)

    @property
    def in_line(self) -> bool:
        """It waits for a place of one of its trades at least."""
        return any(one.has is Has.WAITING for one in self.trades)

    @property
    def to_pay(self) -> bool:
        return (
            self.accepted_at is not None
            and self.paid_at is None
            and self.ended_on is None
            and not self.waiting
        )


def may_line_up(contract: ContractPage, on: date) -> bool:
    """A trade without a place and without a line: its firm may stand in line again (P1).

    A renewal that has not begun stands in the line of the year before.
    """
    if contract.accepted_at is None or contract.ended_on is not None:
        return False
    unbegun = contract.previous_id is None and contract.paid_at is None
    runs = unbegun or contract.first_day <= on < contract.until
    return runs and any(one.has is Has.NONE for one in contract.trades)


def is_followed(contract: ContractPage, running: Iterable[ContractPage], on: date) -> bool:
    """Its year is over, and the next one is paid: whoever leaves ends that one."""
    following = any(one.previous_id == contract.id and one.paid_at is not None for one in running)
    return on >= contract.until and following


async def terms() -> Terms:
    """What the club asks of partners today; the house's own until the club sets its own."""
    row = await fetch_one(
        "SELECT shop_cents, firm_cents, association_cents, campaigns_a_year, grace_days,"
        " renew_days, offer_days, hold_days, vat_text FROM partner_setting"
    )
    return Terms() if row is None else Terms(**row)


async def get_contract(public_id: str, partner_ids: frozenset[int] | None = None) -> ContractPage:
    """Another partner's is as unknown as one that never was. Raises ContractUnknown."""
    found = await _contracts(
        "c.public_id = $2 AND ($3::bigint[] IS NULL OR c.partner = ANY($3))",
        public_id,
        None if partner_ids is None else list(partner_ids),
    )
    if not found:
        raise ContractUnknown
    return found[0]


async def contracts_of(partner_id: int) -> list[ContractPage]:
    """Newest first."""
    return await _contracts("c.partner = $2", partner_id)


async def current() -> list[ContractPage]:
    """Of all partners: what was not ended before its time and ran out two months ago at most."""
    return await _contracts("c.ended_on IS NULL AND upper(c.during) + 60 > $2::date", clock.today())


async def running(partner_id: int) -> list[ContractPage]:
    """Those that were not ended before their time, newest first."""
    return await _contracts("c.partner = $2 AND c.ended_on IS NULL", partner_id)


async def in_force(partner_id: int, on: date) -> ContractPage | None:
    """The accepted contract of a day, paid or still in grace; its `campaigns_a_year` holds (P4)."""
    found = await _contracts(
        "c.partner = $2 AND c.during @> $3::date AND c.accepted_at IS NOT NULL"
        " AND (c.ended_on IS NULL OR $3 < c.ended_on)",
        partner_id,
        on,
    )
    return found[0] if found else None


class Waiting(Somewhere, frozen=True, kw_only=True):
    """One line of the waiting lists, in the order they came."""

    partner_public_id: str
    partner_name: str
    since: datetime
    offered_until: datetime | None


async def waiting() -> list[Waiting]:
    rows = await fetch(
        "SELECT w.trade AS number, coalesce(t.name, '') AS territory,"  # noqa: S608 - our own words
        f" {_DRAWN} AS drawn, p.public_id AS"
        " partner_public_id, p.name AS partner_name, w.since, s.until AS offered_until"
        " FROM trade_wait w JOIN contract c ON c.id = w.contract JOIN partner p ON p.id = c.partner"
        " LEFT JOIN territory t ON t.id = w.territory"
        " LEFT JOIN trade_place s ON s.id = w.place AND s.state IN ('offered', 'held')"
        "  AND s.until > $1"
        " WHERE w.ended_at IS NULL ORDER BY w.trade, w.territory NULLS FIRST, w.since, w.id",
        clock.now(),
    )
    return [Waiting(**row) for row in rows]


class Territory(msgspec.Struct, frozen=True):
    id: int
    public_id: str
    name: str
    residences: int


async def territories() -> list[Territory]:
    """By name. What lies in none is the rest of the club."""
    rows = await fetch(
        "SELECT t.id, t.public_id, t.name, count(r.id) AS residences FROM territory t"
        " LEFT JOIN territory_residence r ON r.territory = t.id GROUP BY t.id ORDER BY t.name"
    )
    return [Territory(**row) for row in rows]


async def holder_of(number: int, territory_id: int | None, on: date) -> str | None:
    """The name of the firm that has a trade in a territory on a day."""
    row = await fetch_one(
        "SELECT p.name FROM trade_place s JOIN contract c ON c.id = s.contract"
        " JOIN partner p ON p.id = c.partner WHERE s.trade = $1"
        " AND s.territory IS NOT DISTINCT FROM $2 AND s.during @> $3::date AND s.state <> 'freed'"
        " AND (s.until IS NULL OR s.until > $4)",
        number,
        territory_id,
        on,
        clock.now(),
    )
    return None if row is None else str(row["name"])


async def _contracts(where: str, *args: Any) -> list[ContractPage]:
    rows = await fetch(f"{_CONTRACT} WHERE {where} ORDER BY c.id DESC", clock.now(), *args)
    return [_contract(row) for row in rows]


def _contract(row: Any) -> ContractPage:
    values = dict(row)
    values["trades"] = msgspec.json.decode(values["trades"], type=tuple[TradeLine, ...])
    return msgspec.convert(values, ContractPage)


# A place that is held or offered past its time is free, whoever writes that down next.
_CONTRACT = f"""
SELECT c.id, c.public_id, c.partner AS partner_id, p.public_id AS partner_public_id,
       p.name AS partner_name, c.payer AS payer_id, c.previous AS previous_id, c.kind,
       lower(c.during) AS first_day, upper(c.during) AS until, c.dues_cents, c.owed_on,
       c.campaigns_a_year, c.terms_version, c.drawn_at, c.accepted_at, c.accepted_how, c.signer,
       o.public_id AS order_public_id, c.paid_at, c.ended_on, c.end_reason,
       {GRACE} AS grace_days,
       coalesce((SELECT json_agg(json_build_object(
          'number', x.trade, 'territory_id', x.territory, 'territory', coalesce(t.name, ''),
          'drawn', {_DRAWN},
          'has', CASE WHEN s.id IS NOT NULL THEN s.state WHEN w.place IS NULL AND w.id IS NOT NULL THEN 'waiting'
                 ELSE 'none' END,
          'until', s.until, 'since', w.since,
          'rank', CASE WHEN w.place IS NULL AND w.id IS NOT NULL THEN (SELECT count(*)
             FROM trade_wait v WHERE v.ended_at IS NULL AND v.place IS NULL AND v.trade = w.trade
             AND v.territory IS NOT DISTINCT FROM w.territory
             AND (v.since, v.id) <= (w.since, w.id)) END) ORDER BY x.id)
         FROM contract_trade x
         LEFT JOIN territory t ON t.id = x.territory
         LEFT JOIN LATERAL (SELECT z.id, z.state, z.until FROM trade_place z
            WHERE z.contract = c.id AND z.trade = x.trade
            AND z.territory IS NOT DISTINCT FROM x.territory AND z.state <> 'freed'
            AND (z.until IS NULL OR z.until > $1) ORDER BY z.id DESC LIMIT 1) s ON true
         LEFT JOIN trade_wait w ON w.contract = c.id AND w.trade = x.trade
            AND w.territory IS NOT DISTINCT FROM x.territory AND w.ended_at IS NULL
         WHERE x.contract = c.id), '[]')::text AS trades
FROM contract c JOIN partner p ON p.id = c.partner LEFT JOIN pay_order o ON o.id = c.pay_order
"""  # noqa: S608 - our own words
