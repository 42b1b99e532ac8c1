"""Who of the house is in charge of a thing knows when it is to be looked after (L32)."""

from backend.kit.database import fetch_one, within
from backend.lending.policy import Model
from backend.lending.values import Replanned
from backend.notifications import service as notifications


async def tell(model: Model, unit_id: int, why: str, done: Replanned, *, blocked: bool) -> None:
    """The person in charge of a resource knows of each ticket, also of one that met nobody (L32)."""
    within()
    row = await fetch_one(
        "SELECT r.in_charge, u.code FROM resource r JOIN unit u ON u.id = $2 WHERE r.id = $1",
        model.id,
        unit_id,
    )
    if row is None or row["in_charge"] is None:
        return
    await notifications.tell(
        "lending.upkeep",
        f"lending.upkeep:{done.ticket}:{int(blocked)}",
        person_id=row["in_charge"],
        values={
            "name": model.name,
            "unit": row["code"],
            "why": why,
            "blocked": blocked,
            "swapped": len(done.swapped),
            "cancelled": len(done.cancelled),
            "left": len(done.left),
        },
    )
