"""Contracts: accepted online or on paper, then the days they are of."""

from datetime import date

from asyncpg import Range

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.merchants import contracts, rules
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.errors import ContractSigned
from backend.merchants.rules import AcceptedHow
from backend.merchants.service import places, telling
from backend.merchants.service.ends import lock_contract
from backend.merchants.service.lapses import write_off_dead


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


async def sign_up(contract: ContractPage, during: tuple[date, date], *, wait: bool = True) -> bool:
    """A place for each trade that has none, or a line of its waiting list; whether anything may begin.

    Not `wait`: only what is free; in line stands who asks (P1).

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
        if await places.take_or_wait(contract.id, slot, during, until, wait=wait):
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
