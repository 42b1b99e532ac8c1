"""What the clock does besides the lists: who forgot is reminded, what is not paid is given up (S4, S6).

Each may run late, twice, or not at all for a while: what pages show follows from rows and the clock.
"""

from datetime import timedelta

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, transaction
from backend.kit.zone import paris
from backend.notifications.rules import EVENING, MORNING
from backend.orders import privacy, queries
from backend.orders.rules import TicketState
from backend.orders.service import handing, telling
from backend.orders.service.rows import lock_ticket

UNPAID_FOR = timedelta(days=3)
NOT_PAID = "Cette commande n'a pas été payée à temps."


async def give_up_unpaid() -> None:
    """What waited for its money until its cut-off, or for three days where it has none."""
    rows = await fetch(
        "SELECT t.public_id FROM order_ticket t LEFT JOIN order_round r ON r.id = t.round"
        " WHERE t.state = 'ordered' AND t.paid_cents = 0"
        " AND coalesce(r.cutoff_at, t.ordered_at + $2) <= $1 ORDER BY t.id LIMIT 500",
        clock.now(),
        UNPAID_FOR,
    )
    for row in rows:
        await calmly(give_up(row["public_id"]), ticket=row["public_id"])


async def give_up(public_id: str) -> None:
    """One of them, if it still is."""
    async with transaction():
        ticket, _ = await lock_ticket(public_id)
        if ticket.state is TicketState.ORDERED and ticket.paid_cents == 0:
            await handing.end(SYSTEM, ticket, NOT_PAID)


async def remind() -> None:
    """Ready for a week: told once, by day (S4)."""
    if not MORNING <= paris(clock.now()).time() < EVENING:
        return
    rows = await fetch(
        "SELECT t.public_id FROM order_ticket t JOIN counter_service s ON s.id = t.service"
        " WHERE t.state = 'ready' AND t.reminded_at IS NULL"
        " AND t.ready_at + make_interval(days => s.remind_days::int) <= $1"
        " ORDER BY t.id LIMIT 500",
        clock.now(),
    )
    for row in rows:
        await calmly(_remind(row["public_id"]), ticket=row["public_id"])


async def _remind(public_id: str) -> None:
    async with transaction():
        new = await fetch(
            "UPDATE order_ticket SET reminded_at = $2 WHERE public_id = $1 AND state = 'ready'"
            " AND reminded_at IS NULL RETURNING id",
            public_id,
            clock.now(),
        )
        if new:
            await telling.tell_reminder(await queries.get_ticket(public_id))


async def forget() -> int:
    """Parcels whose time is over (S5); how many."""
    async with transaction():
        return await privacy.forget_parcels()
