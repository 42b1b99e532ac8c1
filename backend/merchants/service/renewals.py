"""The year's end: the next contract drawn, reminders, grace, and the end of what nobody paid (P3)."""

from datetime import date, timedelta

import structlog

from backend.audit.service import SYSTEM
from backend.billing import queries as orders
from backend.kit import clock, formats
from backend.kit.database import fetch, once_more, transaction, within
from backend.merchants import contracts, rules
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.rules import EndReason, PlaceState, Terms
from backend.merchants.service import places, telling
from backend.merchants.service.drawing import Draft, write_contract
from backend.merchants.service.dues import debit_runs
from backend.merchants.service.ends import lock_contract
from backend.merchants.service.lapses import write_off_dead
from backend.merchants.service.leaving import finish

log = structlog.get_logger()
REMIND_BEFORE = timedelta(days=15)
WARN_BEFORE = timedelta(days=7)  # before offers stop


async def keep_up() -> None:
    """By night, for every contract that something is due for. Twice is once."""
    await write_off_dead()
    club, today = await contracts.terms(), clock.today()
    for public_id in await _due(
        "c.paid_at IS NOT NULL AND upper(c.during) - $1::int <= $2::date"
        " AND $2 < upper(c.during) + $1"
        " AND (c.kind <> 'firm' OR EXISTS (SELECT 1 FROM contract_trade x WHERE x.contract = c.id))"
        " AND NOT EXISTS (SELECT 1 FROM contract n WHERE n.previous = c.id)",
        club.renew_days,
        today,
    ):
        await draw_next(public_id)
    for public_id in await _due("upper(c.during) + $1::int >= $2::date", club.grace_days, today):
        await remind(public_id)
    for public_id in await _due(
        "c.paid_at IS NULL AND (c.accepted_at IS NOT NULL OR c.previous IS NOT NULL)"
        " AND c.owed_on + $1::int <= $2::date",
        club.grace_days,
        today,
    ):
        await give_up(public_id)
    await offer_free_places()


@once_more
async def draw_next(public_id: str) -> None:
    """The next year, on the club's terms of today; the firm's places are kept for it through the grace."""
    async with transaction():
        contract = await lock_contract(public_id)
        club = await contracts.terms()
        during = rules.year_from(contract.until)
        draft = _next(contract, club, during[0])
        made = await write_contract(
            SYSTEM, contract.partner_id, contract.payer_id, draft, during, contract.id
        )
        if made is None:
            return
        await places.lock_trades(await places.slots_of(contract.id))
        await fetch(
            "INSERT INTO contract_trade (contract, trade, territory)"
            " SELECT $2, trade, territory FROM contract_trade WHERE contract = $1",
            contract.id,
            made,
        )
        await _hold(contract, made, during, club)
        await telling.tell(
            "partner.renewal",
            str(made),
            made,
            amount=formats.euros(draft.dues_cents),
            end=formats.day(contract.last_day),
            free=draft.dues_cents == 0,
        )


def _next(contract: ContractPage, club: Terms, first_day: date) -> Draft:
    """Dues of today's settings; the rights stay what this partner has."""
    return Draft(
        kind=contract.kind,
        first_day=first_day,
        dues_cents=club.dues_cents(contract.kind),
        campaigns_a_year=contract.campaigns_a_year,
        name="",
        street="",
        postcode="",
        town="",
    )


async def _hold(contract: ContractPage, made: int, during: tuple[date, date], club: Terms) -> None:
    """A firm has first say on its own places for the next year.

    A place that it is offered is kept for next year when it takes it: if it does not, whoever waits
    behind has a whole year (P7).
    """
    held = await places.taken_by(contract.id)
    await places.lock_trades(held)
    until = clock.start_of_day(during[0] + timedelta(days=club.grace_days))
    for slot in sorted(held):
        await places.take(made, slot, during, until, PlaceState.HELD)


@once_more
async def remind(public_id: str) -> None:
    """Before the end, at the end, and before offers stop: each once (P3)."""
    async with transaction():
        contract = await lock_contract(public_id)
        club, today = await contracts.terms(), clock.today()
        owed = await _owed(contract, today)
        if owed is None:
            return
        stops = owed + timedelta(days=club.grace_days)
        for kind, begins in (
            ("partner.reminder", owed - REMIND_BEFORE),
            ("partner.grace", owed),
            ("partner.suspending", stops - WARN_BEFORE),
        ):
            if begins <= today < stops and not _later(kind, today, owed, stops):
                await telling.tell(
                    kind,
                    f"{contract.public_id}:{owed.isoformat()}",
                    contract.id,
                    owed=formats.day(owed),
                    stops=formats.day(stops),
                )


def _later(kind: str, today: date, owed: date, stops: date) -> bool:
    """A word that came too late is not said any more: the next one is."""
    over = {"partner.reminder": owed, "partner.grace": stops - WARN_BEFORE}
    return kind in over and today >= over[kind]


async def _owed(contract: ContractPage, today: date) -> date | None:
    """The day from which its partner owes; None where it owes nothing that is near."""
    within()
    if contract.paid_at is None:
        firsts = contract.accepted_at is not None and contract.previous_id is None
        lost = contract.accepted_at is not None and contract.owed_on > contract.first_day
        return contract.owed_on if (firsts or lost) and not contract.waiting else None
    following = [
        one
        for one in await contracts.running(contract.partner_id)
        if one.first_day >= contract.until and one.paid_at is not None
    ]
    near = contract.until - REMIND_BEFORE <= today
    return contract.until if near and not following else None


@once_more
async def give_up(public_id: str) -> None:
    """Grace is over: a contract that nobody paid ends, and its places go to who waits.

    Looked at again here: the end of another one may have offered it its place since (P7). Money that
    is on its way is waited for: Stripe says whether it came (B6).
    """
    async with transaction():
        contract = await lock_contract(public_id)
        grace = timedelta(days=(await contracts.terms()).grace_days)
        over = contract.paid_at is None and contract.owed_on + grace <= clock.today()
        if over and not _may_wait(contract) and not await _pays(contract):
            await finish(contract, EndReason.UNPAID, SYSTEM)
            if not await _goes_on(contract):
                await telling.tell("partner.suspended", public_id, contract.id)


async def _goes_on(contract: ContractPage) -> bool:
    """Its next year is paid and has begun: no offer stops."""
    others = await contracts.running(contract.partner_id)
    today = clock.today()
    return any(one.paid_at is not None and one.first_day <= today < one.until for one in others)


async def _pays(contract: ContractPage) -> bool:
    order = await orders.find_order(contract.order_public_id or "")
    return order is not None and debit_runs(order)


def _may_wait(contract: ContractPage) -> bool:
    """A first contract without a place owes nothing; a renewal lost its own with its grace."""
    in_line = any(one.has is Has.WAITING for one in contract.trades)
    return contract.waiting and (contract.previous_id is None or in_line)


async def offer_free_places() -> None:
    """A place whose contract ran out is free by its dates alone: the first who waits is told.

    So is who was offered one beyond the end of its year. One trade that fails does not stop the others.
    """
    rows = await fetch(
        "SELECT DISTINCT trade, coalesce(territory, 0) AS territory FROM trade_wait"
        " WHERE ended_at IS NULL ORDER BY 1, 2"
    )
    for row in rows:
        try:
            await _offer(places.Slot(**row))
        except Exception:
            log.exception("place not offered", **row)


async def _offer(slot: places.Slot) -> None:
    async with transaction():
        await places.lock_trades([slot])
        await places.offer_next(slot)


async def _due(where: str, *args: object) -> list[str]:
    rows = await fetch(
        f"SELECT c.public_id FROM contract c WHERE c.ended_on IS NULL AND {where} ORDER BY c.id",  # noqa: S608 - constants of this file
        *args,
    )
    return [row["public_id"] for row in rows]
