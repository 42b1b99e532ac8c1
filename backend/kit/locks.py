"""The order in which rows are locked, so that two use cases never wait for each other in a ring.

landlord < household < partner < pay_order < drawer_session < offer < voucher < activity_session <
resource < unit < desk_capacity: take them in this order, each once, several of a kind by their ids. A capability names
its own `lock_<noun>`; this is the one statement they share.
"""

from typing import Any

from backend.kit.database import fetch, fetch_one, fetch_value, within

ORDER = (
    "landlord",
    "household",
    "partner",
    "pay_order",
    "drawer_session",
    "offer",
    "voucher",
    "activity_session",
    "resource",
    "unit",
    "desk_capacity",
)

# Acts that happen one at a time although no row stands for them. The place of each is its key among
# the advisory locks of the database, so a new one goes to the end.
ACTS = (
    "demo",
    "savings",
    "ways",
    "team",
    "reversal",
    "ladder",
    "trade",
    "bank_line",
    "figures",
    "sums",
    "steps",
    "suspense",
    "hours",
    "enrolling",
)
_FIRST_KEY = 5_114_200


async def lock(table: str, row_id: int) -> Any | None:
    """The newest version of the row, locked until the end of the transaction; None if missing.

    Nobody changes a key, so the lock lets foreign keys to the row be checked meanwhile: a use case
    that only refers to a row does not wait for the one that holds it.
    """
    within()
    if table not in ORDER:
        raise ValueError(f"{table} has no place in the order of locks")
    return await fetch_one(f"SELECT * FROM {table} WHERE id = $1 FOR NO KEY UPDATE", row_id)  # noqa: S608


async def alone(act: str, of: int = 0) -> None:
    """Waits until nobody else is in this act, for the thing `of`; held to the end of the transaction."""
    within()
    await fetch("SELECT pg_advisory_xact_lock($1, hashint8($2))", key_of(act), of)


async def first(act: str) -> bool:
    """As `alone`, but False at once when somebody else is in it."""
    within()
    return bool(await fetch_value("SELECT pg_try_advisory_xact_lock($1, hashint8(0))", key_of(act)))


def key_of(act: str) -> int:
    """For a connection without a transaction. Raises ValueError when nobody named the act above."""
    return _FIRST_KEY + ACTS.index(act)
