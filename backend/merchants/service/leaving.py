"""Contracts that end before their time: left by the partner, ended by the club, or never paid."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.merchants import contracts
from backend.merchants.contracts import ContractPage
from backend.merchants.errors import ContractOver
from backend.merchants.rules import EndReason
from backend.merchants.service import ends, places
from backend.merchants.service.ends import give_up_order, lock_contract


@once_more
async def end_contract(
    by: By, public_id: str, reason: EndReason, partner_ids: frozenset[int] | None = None
) -> None:
    """From today on: its places go to those who wait (P7), nothing of it can be claimed.

    Raises ContractUnknown, and ContractOver also where the next year, paid, has taken over (P1).
    """
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        running = await contracts.running(contract.partner_id)
        if contracts.is_followed(contract, running, clock.today()):
            raise ContractOver
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
    following = await ends.following(contract)
    goes_on = following is not None and following.paid_at and reason is EndReason.UNPAID
    if following is not None and goes_on:
        await places.pass_lines(contract.id, following.id)
    await places.stop_waiting(contract.id)
    await places.free(contract.id)
    if following is not None and not goes_on:
        await finish(following, reason, by)
