"""What a household is told of an order: each message once, from the act it is about."""

from datetime import date
from typing import Any

from backend.kit import clock, formats
from backend.kit.database import fetch_one, within
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.orders.queries import Ticket

HERE = "/services/commandes/"
KINDS = ("order.confirmed", "order.ready", "order.reminder", "order.moved", "order.cancelled")


async def tell_confirmed(ticket: Ticket) -> None:
    """It stands. Where a thing waits at once, only that is said."""
    within()
    if not ticket.holds:
        await _tell("order.confirmed", ticket)


async def tell_ready(ticket: Ticket) -> None:
    """Each time it comes back from the partner it may be ready anew."""
    within()
    await _tell("order.ready", ticket, f":{ticket.changed_at.isoformat()}")


async def tell_reminder(ticket: Ticket) -> None:
    within()
    await _tell("order.reminder", ticket)


async def tell_moved(ticket: Ticket, was: date) -> None:
    """It comes on another day than was said; each time it goes somewhere else."""
    within()
    before = formats.weekday(was, clock.today())
    await _tell("order.moved", ticket, f":{was}:{clock.now().isoformat()}", before=before)


async def tell_cancelled(ticket: Ticket, reason: str) -> None:
    within()
    await _tell("order.cancelled", ticket, reason=reason)


async def _tell(kind: str, ticket: Ticket, turn: str = "", **said: object) -> None:
    whom = await _whom(ticket)
    if whom is None:
        return
    values: dict[str, object] = {
        "name": whom["given_name"],
        "service": ticket.service_name,
        "said": ticket.said,
        "site": ticket.site,
        "day": formats.weekday(ticket.due_on, clock.today()) if ticket.due_on else "",
        "due": formats.euros(ticket.due_cents) if ticket.due_cents else "",
        "paid": formats.euros(ticket.paid_cents) if ticket.paid_cents else "",
        "link": link(f"{HERE}{ticket.public_id}"),
        **said,
    }
    key = f"{kind}:{ticket.public_id}{turn}"
    await notifications.tell(kind, key, person_id=whom["id"], values=values)


async def _whom(ticket: Ticket) -> Any | None:
    """Who ordered, while they live there; else the household's first adult."""
    return await fetch_one(
        "SELECT p.id, p.given_name FROM household_member m JOIN person p ON p.id = m.person"
        " WHERE m.household = $1 AND m.left_on IS NULL AND (m.adult OR m.person = $2)"
        " ORDER BY m.person IS DISTINCT FROM $2, m.id LIMIT 1",
        ticket.household_id,
        ticket.person_id,
    )
