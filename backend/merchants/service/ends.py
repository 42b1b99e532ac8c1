"""An end that is written once, of a partner, a shop or a till; who is held meanwhile, and its order."""

from backend.audit.service import By, note
from backend.billing import differences
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.rules import DifferenceKind, OrderState
from backend.kit import clock, locks
from backend.kit.database import fetch_one, fetch_value, transaction, within
from backend.merchants import contracts
from backend.merchants.contracts import ContractPage
from backend.merchants.errors import ContractOver, ContractUnknown, PartnerClosed, PartnerUnknown
from backend.merchants.service import invoicing


async def write_end(
    table: str, column: str, row_id: int, verb: str, by: By, unknown: type[Exception]
) -> None:
    """An end that is written once: the first one stays."""
    async with transaction():
        changed = await fetch_value(
            f"UPDATE {table} SET {column} = coalesce({column}, $2) WHERE id = $1 RETURNING id",  # noqa: S608
            row_id,
            clock.now(),
        )
        if changed is None:
            raise unknown
        await note(verb, by, object_kind=table, object_id=row_id)


async def lock_partner(partner_id: int, *, closed: bool = True) -> None:
    """Raises PartnerUnknown, and PartnerClosed unless it may be `closed`."""
    within()
    if await locks.lock("partner", partner_id) is None:
        raise PartnerUnknown
    if not closed and await fetch_value("SELECT closed_at FROM partner WHERE id = $1", partner_id):
        raise PartnerClosed


async def note_unbegun(contract: ContractPage) -> None:
    """A year that was paid and never begins: the treasurer is told, and gives its dues back."""
    within()
    unbegun = contract.paid_at is not None and clock.today() < contract.first_day
    if unbegun and contract.order_public_id is not None:
        order = await orders.get_order(contract.order_public_id)
        kept = await orders.kept_cents(order.id)
        await differences.notice(DifferenceKind.ENDED, order.public_id, kept, order_id=order.id)


async def lock_contract(
    public_id: str, partner_ids: frozenset[int] | None = None, *, ended: bool = False
) -> ContractPage:
    """With its partner's row held. Raises ContractUnknown, and ContractOver unless `ended` may be."""
    within()
    row = await fetch_one("SELECT partner FROM contract WHERE public_id = $1", public_id)
    if row is None:
        raise ContractUnknown
    await lock_partner(row["partner"])
    contract = await contracts.get_contract(public_id, partner_ids)
    if contract.ended_on is not None and not ended:
        raise ContractOver
    return contract


async def following(contract: ContractPage) -> ContractPage | None:
    """The renewal that was drawn for it."""
    within()
    public_id = await fetch_value(
        "SELECT public_id FROM contract WHERE previous = $1 AND ended_on IS NULL", contract.id
    )
    return None if public_id is None else await contracts.get_contract(public_id)


async def give_up_order(contract: ContractPage) -> None:
    """The contract's order can no longer be paid; an invoice nobody paid has its credit note (P2)."""
    within()
    if contract.order_public_id is None:
        return
    order = await billing.lock_order(contract.order_public_id)
    if order.state() is OrderState.OPEN:
        await billing.cancel_order(order)
        await invoicing.credit(order, contract)
