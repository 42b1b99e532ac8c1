"""An end that is written once, of a partner, a shop or a till; and a partner that is held meanwhile."""

from backend.audit.service import By, note
from backend.billing import differences
from backend.billing import queries as orders
from backend.billing.rules import DifferenceKind
from backend.kit import clock, locks
from backend.kit.database import fetch_value, transaction, within
from backend.merchants.contracts import ContractPage
from backend.merchants.errors import PartnerClosed, PartnerUnknown


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
