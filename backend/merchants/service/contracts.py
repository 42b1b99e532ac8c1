"""Contracts: drawn by the club, accepted online or on paper, left before their time."""

from datetime import date, timedelta

import msgspec
from asyncpg import Range

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.billing.rules import OrderState
from backend.kit import clock, formats
from backend.kit.codes import random_id
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.merchants import contracts, rules
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.errors import (
    ContractOver,
    ContractRunning,
    ContractSigned,
    ContractUnknown,
    DetailMissing,
    TerritoryUnknown,
    TradeMissing,
)
from backend.merchants.rules import AcceptedHow, EndReason, PartnerKind
from backend.merchants.service import ends, invoicing, places, telling
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


@once_more
async def accept_contract(
    by: By, public_id: str, partner_ids: frozenset[int] | None = None, *, signer: str = ""
) -> ContractPage:
    """Online by the partner, or on paper with the name of its `signer`, which staff write down.

    A firm then has its places, kept while it pays, or waits (P1). Where nothing is asked it begins.
    A renewal is owed from its first day, however late its yes comes: grace is given once (P3).
    Raises ContractUnknown, ContractSigned, ContractOver.
    """
    await write_off_dead()
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        if contract.accepted_at is not None:
            raise ContractSigned
        first, until = start_of(contract)
        await fetch(
            "UPDATE contract SET accepted_at = $2, accepted_how = $3, accepted_by = $4, signer = $5,"
            " during = $6, owed_on = CASE WHEN previous IS NULL THEN greatest($7::date, $8::date)"
            " ELSE owed_on END WHERE id = $1",
            contract.id,
            clock.now(),
            (AcceptedHow.PAPER if signer else AcceptedHow.ONLINE).value,
            by.id,
            signer or None,
            Range(first, until),
            first,
            clock.today(),
        )
        placed = await sign_up(contract, (first, until))
        if contract.dues_cents == 0 and placed:
            await begin(contract.id, (first, until))
        await audit.note(
            "contract.accept", by, object_kind="contract", object_id=public_id, signer=signer
        )
        contract = await contracts.get_contract(public_id)
        if contract.waiting:
            await telling.tell("partner.waiting", public_id, contract.id, trades=_waited(contract))
    return contract


async def sign_up(contract: ContractPage, during: tuple[date, date]) -> bool:
    """A place for each trade that has none, or a line of its waiting list; whether anything may begin.

    A renewal stands in the line of the year before, which passes to it with its date.
    """
    within()
    slots = await places.slots_of(contract.id)
    await places.lock_trades(slots)
    slots = await places.slots_of(contract.id)  # the map may have been drawn meanwhile
    held = await places.places_of(contract.id)
    before = await places.waits_in(contract.previous_id) if contract.previous_id else set()
    until = clock.now() + rules.HOLD_FOR
    for slot in slots:
        if slot in held | before:
            continue
        if await places.take_or_wait(contract.id, slot, during, until):
            held.add(slot)
            await places.owe_from(contract.id, clock.today())
    return not slots or bool(held)


async def move(contract_id: int, during: tuple[date, date]) -> None:
    """A first contract that begins late has its whole year."""
    within()
    await fetch("UPDATE contract SET during = $2 WHERE id = $1", contract_id, Range(*during))


async def begin(contract_id: int, during: tuple[date, date]) -> None:
    """Its money came, or none is asked: the places are taken for good."""
    within()
    await fetch("UPDATE contract SET paid_at = $2 WHERE id = $1", contract_id, clock.now())
    await places.keep(contract_id, during, None)


async def take_place(by: By, public_id: str, partner_ids: frozenset[int]) -> None:
    """A paid contract takes the places that it was offered; nothing more is asked (P7)."""
    await write_off_dead()
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        if contract.paid_at is not None or contract.dues_cents == 0:
            await places.lock_trades(await places.slots_of(contract.id))
            if contract.paid_at is None and not contract.waiting:
                during = start_of(contract)
                await move(contract.id, during)
                await begin(contract.id, during)
            await places.keep_offered(contract.id)
            await _keep_next_year(contract)
        await audit.note("contract.take_place", by, object_kind="contract", object_id=public_id)


async def _keep_next_year(contract: ContractPage) -> None:
    """A place that is taken beside a renewal is kept for it too, as if it had been drawn later."""
    following = await _following(contract)
    if following is None:
        return
    grace = timedelta(days=(await contracts.terms()).grace_days)
    until = None if following.paid_at else clock.start_of_day(following.first_day + grace)
    missing = await places.places_of(contract.id) - await places.places_of(following.id)
    for slot in sorted(missing):
        await places.take(following.id, slot, (following.first_day, following.until), until)


@once_more
async def release_trade(
    by: By, public_id: str, trade: int, partner_ids: frozenset[int] | None = None
) -> None:
    """The firm gives one of its trades back, everywhere; the others stay as they are (P7).

    In the renewal that was drawn too.
    """
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        await places.lock_trades(await places.slots_of(contract.id))
        # The next year first: a place that opens is offered for a year, which would run into it.
        following = await _following(contract)
        for each in (following, contract) if following is not None else (contract,):
            await places.stop_waiting(each.id, trade)
            await places.free(each.id, trade=trade)
            await fetch(
                "DELETE FROM contract_trade WHERE contract = $1 AND trade = $2", each.id, trade
            )
        await audit.note(
            "contract.release",
            by,
            object_kind="contract",
            object_id=public_id,
            trade=BY_NUMBER[trade].code,
        )


@once_more
async def end_contract(
    by: By, public_id: str, reason: EndReason, partner_ids: frozenset[int] | None = None
) -> None:
    """From today on: its places go to those who wait (P7), nothing of it can be claimed."""
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        await finish(contract, reason, by)
        await audit.note(
            "contract.end", by, object_kind="contract", object_id=public_id, reason=reason.value
        )


async def finish(contract: ContractPage, reason: EndReason, by: By) -> None:
    """The contract is locked; a renewal ends with it, but for one that is paid where this is not (P3)."""
    within()
    await give_up_order(contract)
    await ends.note_unbegun(contract)
    await fetch(
        "UPDATE contract SET ended_on = $2, ended_at = $3, ended_by = $4, end_reason = $5"
        " WHERE id = $1",
        contract.id,
        clock.today(),
        clock.now(),
        by.id,
        reason.value,
    )
    await places.lock_trades(await places.slots_of(contract.id))
    await places.stop_waiting(contract.id)
    await places.free(contract.id)
    following = await _following(contract)
    if following is not None and (following.paid_at is None or reason is not EndReason.UNPAID):
        await finish(following, reason, by)


async def _following(contract: ContractPage) -> ContractPage | None:
    """The renewal that was drawn for it."""
    public_id = await fetch_value(
        "SELECT public_id FROM contract WHERE previous = $1 AND ended_on IS NULL", contract.id
    )
    return None if public_id is None else await contracts.get_contract(public_id)


@once_more
async def write_off(public_id: str) -> None:
    """Its places that were kept long enough go to those who wait (V12).

    Its page at Stripe is closed where it has no other place left.
    """
    async with transaction():
        contract = await lock_contract(public_id, None, ended=True)
        if contract.paid_at is None and contract.waiting:
            await give_up_order(contract)
        await places.lock_trades(await places.slots_of(contract.id))
        await places.free(contract.id, only_dead=True)


async def write_off_dead() -> None:
    """Each contract whose places were kept past their time, in a transaction of its own."""
    rows = await fetch(
        "SELECT DISTINCT c.public_id FROM trade_place s JOIN contract c ON c.id = s.contract"
        " WHERE s.state IN ('held', 'offered') AND s.until <= $1 ORDER BY c.public_id",
        clock.now(),
    )
    for row in rows:
        await write_off(row["public_id"])


async def give_up_order(contract: ContractPage) -> None:
    """The contract's order can no longer be paid; an invoice nobody paid has its credit note (P2)."""
    within()
    if contract.order_public_id is None:
        return
    order = await billing.lock_order(contract.order_public_id)
    if order.state() is OrderState.OPEN:
        await billing.cancel_order(order)
        await invoicing.credit(order, contract)


async def lock_contract(
    public_id: str, partner_ids: frozenset[int] | None = None, *, ended: bool = False
) -> ContractPage:
    """With its partner's row held. Raises ContractUnknown, and ContractOver unless `ended` may be."""
    within()
    row = await fetch_one("SELECT partner FROM contract WHERE public_id = $1", public_id)
    if row is None:
        raise ContractUnknown
    await ends.lock_partner(row["partner"])
    contract = await contracts.get_contract(public_id, partner_ids)
    if contract.ended_on is not None and not ended:
        raise ContractOver
    return contract


async def year_of(contract: ContractPage) -> tuple[date, date]:
    """What its dues pay now. A year that was paid once stays, also when the money was lost since."""
    within()
    begun: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM pay_order o JOIN invoice i ON i.pay_order = o.id"
        " JOIN payment y ON y.pay_order = o.id AND y.kind = 'payment'"
        " WHERE o.payer = $1 AND o.terms ->> 'contract' = $2)",
        contract.payer_id,
        contract.public_id,
    )
    return (contract.first_day, contract.until) if begun else start_of(contract)


def start_of(contract: ContractPage) -> tuple[date, date]:
    """A first contract that begins late begins today; a renewal follows the one before."""
    today = clock.today()
    if contract.previous_id is None and contract.paid_at is None and contract.first_day < today:
        return rules.year_from(today)
    return contract.first_day, contract.until


def _waited(contract: ContractPage) -> str:
    return ", ".join(one.trade.said for one in contract.trades if one.has is Has.WAITING)


def said_days(contract: ContractPage) -> str:
    return f"du {formats.day(contract.first_day)} au {formats.day(contract.last_day)}"
