"""A place at the desk, for a pick-up or a return: so many in each period, no more (L19)."""

from datetime import datetime

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.errors import Missing
from backend.lending import slots
from backend.lending.errors import SlotFull, SlotUnknown, SlotWrong
from backend.lending.rules import BOOKED, LineState, Period, VisitKind
from backend.lending.service.acts import once
from backend.lending.service.lines import Scene, enter
from backend.lending.slots import Capacity
from backend.lending.values import Ask, LineRow
from backend.places import queries as places

LENGTHS = (10, 15, 20, 30, 60)
# Whose visit still counts: what is not fetched yet, what is not back yet.
COMING = {
    VisitKind.PICKUP: BOOKED,
    VisitKind.RETURN: BOOKED | {LineState.CHECKED_OUT},
}


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    booking: str
    kind: VisitKind
    starts_at: datetime
    version: int


async def set_capacity(by: By, site: str, capacity: Capacity | None) -> None:
    """Of the site with this slug; None: people come when they like. Chosen places stay."""
    if capacity is not None and (capacity.minutes not in LENGTHS or not 1 <= capacity.most <= 99):
        raise SlotWrong().at("most")
    async with transaction():
        site_id = await fetch_value("SELECT id FROM site WHERE slug = $1", site)
        if site_id is None:
            raise Missing
        if capacity is None:
            await fetch("DELETE FROM desk_capacity WHERE site = $1", site_id)
        else:
            await fetch(
                "INSERT INTO desk_capacity (site, minutes, most) VALUES ($1, $2, $3)"
                " ON CONFLICT ON CONSTRAINT desk_capacity_one DO UPDATE SET minutes = $2, most = $3",
                site_id,
                capacity.minutes,
                capacity.most,
            )
        await note("lending.capacity", by, object_kind="site", object_id=site)


@once_more
async def choose(ask: Ask, booking: str, kind: VisitKind, starts_at: datetime) -> Visit:
    """Takes a place, instead of the one chosen before. Raises SlotFull and SlotUnknown."""
    body = {"verb": "visit", "booking": booking, "kind": kind, "starts_at": starts_at}

    async def act() -> Visit:
        scene = await enter(ask, booking)
        line = _line(scene, kind)
        await _take(scene.model_of(line).site_id, line, kind, starts_at)
        return Visit(booking=booking, kind=kind, starts_at=starts_at, version=scene.version)

    async with transaction():
        return await once(ask, body, Visit, act)


@once_more
async def give_up(ask: Ask, booking: str, kind: VisitKind) -> None:
    """The place is free for somebody else; the booking stays."""
    async with transaction():
        scene = await enter(ask, booking)
        await fetch(
            "DELETE FROM desk_visit WHERE kind = $2 AND line = ANY($1)",
            [line.id for line in scene.lines],
            kind.value,
        )


async def drop_other_days(line_id: int, period: Period) -> None:
    """A contribution: a line has another time, and no place of before helps anybody."""
    within()
    for kind in VisitKind:
        stays = slots.allowed(period, kind, period.start) or period
        await fetch(
            "DELETE FROM desk_visit WHERE line = $1 AND kind = $2"
            " AND NOT (starts_at >= $3 AND starts_at < $4)",
            line_id,
            kind.value,
            stays.start,
            stays.end,
        )


def _line(scene: Scene, kind: VisitKind) -> LineRow:
    """The first that is still to be fetched or brought back stands for its booking."""
    lines = scene.in_state(*COMING[kind])
    if not lines:
        raise SlotUnknown
    return min(lines, key=lambda line: line.id)


async def _take(site_id: int, line: LineRow, kind: VisitKind, starts_at: datetime) -> None:
    capacity = await _lock_capacity(site_id)
    if starts_at not in await _begins(site_id, capacity, line, kind):
        raise SlotUnknown
    await _forget_dead(site_id, starts_at)
    rows = await fetch(
        "SELECT place FROM desk_visit WHERE site = $1 AND starts_at = $2"
        " AND (line, kind) IS DISTINCT FROM ($3, $4)",
        site_id,
        starts_at,
        line.id,
        kind.value,
    )
    taken = {row["place"] for row in rows}
    place = next((n for n in range(1, capacity.most + 1) if n not in taken), None)
    if place is None:
        raise SlotFull
    await fetch(
        "INSERT INTO desk_visit (site, line, kind, starts_at, place) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT ON CONSTRAINT desk_visit_once DO UPDATE SET starts_at = $4, place = $5",
        site_id,
        line.id,
        kind.value,
        starts_at,
        place,
    )


async def _lock_capacity(site_id: int) -> Capacity:
    """Whoever chooses at this desk passes here one by one."""
    found = await fetch_value("SELECT id FROM desk_capacity WHERE site = $1", site_id)
    row = None if found is None else await locks.lock("desk_capacity", found)
    if row is None:
        raise SlotUnknown
    return Capacity(row["minutes"], row["most"])


async def _begins(
    site_id: int, capacity: Capacity, line: LineRow, kind: VisitKind
) -> list[datetime]:
    period = slots.allowed(line.period, kind, clock.now())
    calendar = await places.get_calendar(site_id)
    return [] if period is None else slots.starts(calendar, capacity.minutes, period)


async def _forget_dead(site_id: int, starts_at: datetime) -> None:
    """Visits of bookings that came to nothing, or that are done, hold no place."""
    within()
    for kind, states in COMING.items():
        await fetch(
            "DELETE FROM desk_visit v USING booking_line l WHERE l.id = v.line AND v.site = $1"
            " AND v.starts_at = $2 AND v.kind = $3 AND l.state <> ALL($4)",
            site_id,
            starts_at,
            kind.value,
            [state.value for state in states],
        )
