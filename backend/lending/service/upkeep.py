"""Maintenance and blackouts by staff; units leave and come back (L32, L24)."""

from datetime import datetime

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction, within
from backend.lending.errors import PeriodWrong
from backend.lending.policy import Model
from backend.lending.rules import FAR, Period, TicketKind, check_reason
from backend.lending.service import borrowers, custodies, shelf, tickets
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.service.custodies import UnitRow
from backend.lending.service.writing_off import write_line_off
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
        [model] = (await borrowers.lock_all([found.resource_id], period)).values()
        done = await tickets.open_ticket(ask, model, found.id, kind, said, period)
        await trace("ticket", ask, None, done.ticket, unit=unit, kind=kind.value)
        return done

    async with transaction():
        body = {"verb": "ticket", "unit": unit, "kind": kind, "period": period}
        return await once(ask, body, Replanned, act)


@once_more
async def start_work(ask: Ask, ticket: str) -> None:
    """Somebody has begun to mend it: it stands among what is in work. Raises TicketClosed."""
    check_staff(ask)

    async def act() -> str:
        found = await tickets.get_ticket(ticket)
        await fetch(
            "UPDATE ticket SET started_at = coalesce(started_at, $2) WHERE id = $1",
            found.id,
            clock.now(),
        )
        await trace("start_work", ask, None, ticket)
        return ticket

    async with transaction():
        await once(ask, {"verb": "start_work", "ticket": ticket}, str, act)


@once_more
async def block(ask: Ask, ticket: str, until: datetime | None = None) -> Replanned:
    """An open ticket takes its unit out of use, from now until then or until it is mended (L32)."""
    check_staff(ask)
    period = Period(clock.now(), until or FAR)
    if period.end <= period.start:
        raise PeriodWrong

    async def act() -> Replanned:
        found = await tickets.get_ticket(ticket)
        [model] = (await borrowers.lock_all([found.resource_id], period)).values()
        return await tickets.block(ask, model, found, period)

    async with transaction():
        body = {"verb": "block", "ticket": ticket, "until": until}
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
    """The copy is lent no more; its bookings go to other copies or end, as with a loss.

    One that is lost is written off with its loan. Raises StillOut.
    """
    check_staff(ask)
    said = check_reason(note)

    async def act() -> Replanned:
        found = await custodies.get_unit(unit)
        line_id = await custodies.lost_line(found.id)
        if line_id is not None:
            given = await write_line_off(ask, line_id, said)
            return Replanned(ticket=given.ticket or "")
        ends = Period(clock.now(), FAR)
        [model] = (await borrowers.lock_all([found.resource_id], ends)).values()
        return await retire(ask, model, found, said)

    async with transaction():
        return await once(ask, {"verb": "retire_unit", "unit": unit}, Replanned, act)


async def retire(ask: Ask, model: Model, unit: UnitRow, said: str) -> Replanned:
    """A contribution, under the locks of `borrowers`: what stood on the unit is planned again.

    Raises StillOut.
    """
    within()
    await custodies.check_on_shelf(unit.id)
    kind, blocks = TicketKind.BLACKOUT, Period(clock.now(), FAR)
    done = await tickets.open_ticket(ask, model, unit.id, kind, said, blocks)
    await fetch(
        "UPDATE unit SET retired_at = $2, version = version + 1 WHERE id = $1",
        unit.id,
        clock.now(),
    )
    closed = await tickets.get_ticket(done.ticket)
    await tickets.close_ticket(ask, model, closed.id)
    await trace("retire_unit", ask, None, done.ticket, unit=unit.code)
    return done
