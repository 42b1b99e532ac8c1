"""An end that is written once, of a partner, a shop or a till; and a partner that is held meanwhile."""

from backend.audit.service import By, note
from backend.kit import clock, locks
from backend.kit.database import fetch_value, transaction, within
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
