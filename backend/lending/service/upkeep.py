"""Maintenance and blackouts by staff; units leave and come back (L32, L24)."""

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.lending.errors import PeriodWrong
from backend.lending.rules import FAR, Period, TicketKind, check_reason
from backend.lending.service import custodies, shelf, tickets
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.values import Ask, Replanned


@once_more
async def take_out_of_use(
    ask: Ask, unit: str, kind: TicketKind, note: str, period: Period | None
) -> Replanned:
    """A ticket for a unit. With a period it blocks that time and re-plans what it meets (L32).

    What is in somebody's hands is left, and named: the block begins when it is due.
    """
    check_staff(ask)
    said = check_reason(note)
    if period is not None and period.end <= period.start:
        raise PeriodWrong

    async def act() -> Replanned:
        found = await custodies.get_unit(unit)
        model = (await shelf.lock_all([found.resource_id]))[found.resource_id]
        done = await tickets.open_ticket(ask, model, found.id, kind, said, period)
        await trace("ticket", ask, None, done.ticket, unit=unit, kind=kind.value)
        return done

    async with transaction():
        body = {"verb": "ticket", "unit": unit, "kind": kind, "period": period}
        return await once(ask, body, Replanned, act)


@once_more
async def mend(ask: Ask, ticket: str, cost_cents: int | None = None) -> None:
    """The unit is in use again; who waits is served at once (L24). Raises TicketClosed."""
    check_staff(ask)

    async def act() -> str:
        found = await tickets.get_ticket(ticket)
        model = (await shelf.lock_all([found.resource_id]))[found.resource_id]
        await tickets.close_ticket(ask, model, found.id, cost_cents=cost_cents)
        await trace("mend", ask, None, ticket, cost_cents=cost_cents)
        return ticket

    async with transaction():
        await once(ask, {"verb": "mend", "ticket": ticket}, str, act)


@once_more
async def retire_unit(ask: Ask, unit: str, note: str) -> Replanned:
    """The copy is lent no more; its bookings go to other copies or end, as with a loss."""
    check_staff(ask)
    said = check_reason(note)

    async def act() -> Replanned:
        found = await custodies.get_unit(unit)
        model = (await shelf.lock_all([found.resource_id]))[found.resource_id]
        await custodies.check_on_shelf(found.id)
        kind, blocks = TicketKind.BLACKOUT, Period(clock.now(), FAR)
        done = await tickets.open_ticket(ask, model, found.id, kind, said, blocks)
        await fetch("UPDATE unit SET retired_at = $2 WHERE id = $1", found.id, clock.now())
        closed = await tickets.get_ticket(done.ticket)
        await tickets.close_ticket(ask, model, closed.id)
        await trace("retire_unit", ask, None, done.ticket, unit=unit)
        return done

    async with transaction():
        return await once(ask, {"verb": "retire_unit", "unit": unit}, Replanned, act)
