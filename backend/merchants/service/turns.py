"""Firms and their turn: back in line, a place that is offered is taken, a trade given back (P1, P7)."""

from datetime import timedelta

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.merchants import contracts
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.errors import ContractOver, DuesFirst, LastTrade, PlaceLost, PlaceNotLost
from backend.merchants.service import ends, places
from backend.merchants.service.contracts import begin, move, sign_up, start_of
from backend.merchants.service.ends import lock_contract
from backend.merchants.service.lapses import write_off_dead
from backend.merchants.trades import BY_NUMBER


@once_more
async def line_up_again(
    by: By, public_id: str, partner_ids: frozenset[int] | None = None
) -> ContractPage:
    """Who let a place go stands at the end of its line, with today's date, or has what is free (P1).

    Only when it asks: nothing is offered again by itself. What a paid contract has it keeps at once.
    Raises ContractUnknown, ContractOver, PlaceNotLost.
    """
    await write_off_dead()
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        if contract.accepted_at is None:
            raise PlaceNotLost
        if contracts.may_line_up(contract, clock.today()):
            await _line_up(contract)
            await audit.note("contract.line_up", by, object_kind="contract", object_id=public_id)
        return await contracts.get_contract(public_id)


async def _line_up(contract: ContractPage) -> None:
    first, until = start_of(contract)
    during = max(first, clock.today()), until
    placed = await sign_up(contract, during)
    if contract.paid_at is not None:
        await places.keep(contract.id, during, None)
        await _keep_next_year(contract)
    elif placed and contract.dues_cents == 0:
        await move(contract.id, during)
        await begin(contract.id, during)


async def take_place(by: By, public_id: str, partner_ids: frozenset[int]) -> None:
    """A paid contract takes the places that it was offered; nothing more is asked (P7).

    Raises ContractUnknown, PlaceLost where none is offered any more, DuesFirst, and ContractOver also
    when its year is over: the next one is offered them.
    """
    await write_off_dead()
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        if contract.paid_at is not None and clock.today() >= contract.until:
            raise ContractOver
        if not any(one.has is Has.OFFERED for one in contract.trades):
            if any(one.has is not Has.TAKEN for one in contract.trades):
                raise PlaceLost
            return  # pressed twice
        if contract.paid_at is None and contract.dues_cents > 0:
            raise DuesFirst
        await _take(contract)
        await audit.note("contract.take_place", by, object_kind="contract", object_id=public_id)


async def _take(contract: ContractPage) -> None:
    await places.lock_trades(await places.slots_of(contract.id))
    if contract.paid_at is None:
        during = start_of(contract)
        await move(contract.id, during)
        await begin(contract.id, during)
    await places.keep_offered(contract.id)
    await _keep_next_year(contract)


async def _keep_next_year(contract: ContractPage) -> None:
    """A place that is taken beside a renewal is kept for it too, as if it had been drawn later."""
    following = await ends.following(contract)
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

    In the renewal that was drawn too. Raises LastTrade: a contract is for a trade at least.
    """
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        await places.lock_trades(await places.slots_of(contract.id))
        # The next year first: a place that opens is offered for a year, which would run into it.
        following = await ends.following(contract)
        both = (following, contract) if following is not None else (contract,)
        if any({one.number for one in each.trades} <= {trade} for each in both):
            raise LastTrade
        for each in both:
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
