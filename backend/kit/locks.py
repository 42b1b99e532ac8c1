"""The order in which rows are locked, so that two use cases never wait for each other in a ring.

landlord < household < pay_order < drawer_session < offer < voucher < unit: take them in this order, each once. A
capability names its own `lock_<noun>`; this is the one statement they share.
"""

from typing import Any

from backend.kit.database import fetch_one, within

ORDER = ("landlord", "household", "pay_order", "drawer_session", "offer", "voucher", "unit")


async def lock(table: str, row_id: int) -> Any | None:
    """The newest version of the row, locked until the end of the transaction; None if missing.

    Nobody changes a key, so the lock lets foreign keys to the row be checked meanwhile: a use case
    that only refers to a row does not wait for the one that holds it.
    """
    within()
    if table not in ORDER:
        raise ValueError(f"{table} has no place in the order of locks")
    return await fetch_one(f"SELECT * FROM {table} WHERE id = $1 FOR NO KEY UPDATE", row_id)  # noqa: S608
