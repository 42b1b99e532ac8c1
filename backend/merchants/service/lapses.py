"""Places that were kept long enough go to who waits, and their firm hears what it can do (P1, V12)."""

from collections.abc import Sequence

from backend.billing import queries as orders
from backend.billing.rules import OrderState, PayWay
from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.merchants.contracts import ContractPage
from backend.merchants.service import places, telling
from backend.merchants.service.ends import give_up_order, lock_contract
from backend.merchants.service.places import Freed
from backend.merchants.trades import BY_NUMBER


async def write_off_dead() -> None:
    """Each contract whose places were kept past their time, in a transaction of its own."""
    rows = await fetch(
        "SELECT DISTINCT c.public_id FROM trade_place s JOIN contract c ON c.id = s.contract"
        " WHERE s.state IN ('held', 'offered') AND s.until <= $1 ORDER BY c.public_id",
        clock.now(),
    )
    for row in rows:
        await write_off(row["public_id"])


@once_more
async def write_off(public_id: str) -> None:
    """Its places that were kept long enough go to those who wait (V12).

    Where it has no other place left its page at Stripe is closed, and no transfer is awaited.
    """
    async with transaction():
        contract = await lock_contract(public_id, None, ended=True)
        late = False
        if contract.paid_at is None and contract.waiting:
            late = contract.previous_id is None and await _awaits_transfer(contract)
            await give_up_order(contract)
        await places.lock_trades(await places.slots_of(contract.id))
        freed = await places.free(contract.id, only_dead=True)
        await tell_lapsed(contract, [one for one in freed if one.lapsed or late], late=late)


async def _awaits_transfer(contract: ContractPage) -> bool:
    order = await orders.find_order(contract.order_public_id or "")
    return order is not None and (order.way, order.state()) == (PayWay.TRANSFER, OrderState.OPEN)


async def tell_lapsed(
    contract: ContractPage, freed: Sequence[Freed], *, late: bool = False
) -> None:
    """Once for what went at one moment; it may stand in line again. `late`: its transfer did not come."""
    within()
    if freed:
        await telling.tell(
            "partner.lapsed",
            f"{contract.public_id}:{freed[0].place}",
            contract.id,
            trades=", ".join(dict.fromkeys(BY_NUMBER[one.slot.trade].said for one in freed)),
            late=late,
            paid=contract.paid_at is not None,
            back=False,
        )
