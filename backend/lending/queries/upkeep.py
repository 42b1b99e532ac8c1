"""What is being looked after: tickets by how far they are, what each did to bookings, and plans (L32)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_as, fetch_one
from backend.lending.errors import TicketUnknown
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import FAR, TicketKind
from backend.lending.stock_errors import PlanUnknown

DONE = 100


class Stage(StrEnum):
    """How far a ticket is."""

    OPEN = "open"
    IN_WORK = "in_work"
    DONE = "done"


class TicketCard(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket. `blocks_until` None: it blocks nothing; the year 9000: until it is mended."""

    public_id: str
    unit: str
    resource: str
    name: str
    site: str
    kind: TicketKind
    note: str
    plan: str
    opened_at: datetime
    opened_by: str
    started_at: datetime | None
    closed_at: datetime | None
    cost_cents: int | None
    blocks_until: datetime | None

    @property
    def stage(self) -> Stage:
        if self.closed_at is not None:
            return Stage.DONE
        return Stage.OPEN if self.started_at is None else Stage.IN_WORK

    @property
    def until(self) -> datetime | None:
        """The last minute of its block; None where it has none, or ends when it is mended."""
        end = self.blocks_until
        return None if end is None or end >= FAR else end - timedelta(minutes=1)

    @property
    def blocks(self) -> bool:
        return self.blocks_until is not None and self.blocks_until > clock.now()


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """How many tickets stand in each stage, and what those of this year cost."""

    open: int
    in_work: int
    done: int
    cost_cents: int


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket did to bookings, by public id; `left` are for staff to settle."""

    swapped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class PlanCard(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with how many of its tickets wait."""

    public_id: str
    resource: str
    name: str
    every_months: int | None
    every_loans: int | None
    every_kilometres: int | None
    grace_days: int | None
    version: int
    waiting: int


async def queue(site_id: int | None = None) -> Queue:
    row = await fetch_one(
        "SELECT count(*) FILTER (WHERE t.closed_at IS NULL AND t.started_at IS NULL) AS open,"
        " count(*) FILTER (WHERE t.closed_at IS NULL AND t.started_at IS NOT NULL) AS in_work,"
        " count(*) FILTER (WHERE t.closed_at >= $2) AS done,"
        " coalesce(sum(t.cost_cents) FILTER (WHERE t.closed_at >= $2), 0)::bigint AS cost_cents"
        " FROM ticket t JOIN unit u ON u.id = t.unit JOIN resource r ON r.id = u.resource"
        " WHERE $1::bigint IS NULL OR r.site = $1",
        site_id,
        clock.start_of_day(clock.today().replace(month=1, day=1)),
    )
    assert row is not None
    return Queue(**dict(row))


async def tickets(stage: Stage, site_id: int | None = None) -> list[TicketCard]:
    """What waits longest first; of what is done the newest hundred."""
    newest = "t.closed_at DESC, t.id DESC" if stage is Stage.DONE else "t.opened_at, t.id"
    return await _tickets(
        f"{_STAGE[stage]} AND ($1::bigint IS NULL OR r.site = $1)",
        site_id,
        order=f"{newest} LIMIT {DONE}",
    )


async def tickets_of(unit: str) -> list[TicketCard]:
    """Open ones of a copy."""
    return await _tickets("u.code = $1 AND t.closed_at IS NULL", unit, order="t.opened_at, t.id")


async def get_ticket(public_id: str) -> TicketCard:
    """Raises TicketUnknown."""
    found = await _tickets("t.public_id = $1", public_id)
    if not found:
        raise TicketUnknown
    return found[0]


_STAGE = {
    Stage.OPEN: "t.closed_at IS NULL AND t.started_at IS NULL",
    Stage.IN_WORK: "t.closed_at IS NULL AND t.started_at IS NOT NULL",
    Stage.DONE: "t.closed_at IS NOT NULL",
}
_TICKETS = """
SELECT t.public_id, u.code AS unit, r.public_id AS resource, r.name, s.name AS site, t.kind, t.note,
       coalesce(p.name, '') AS plan, t.opened_at, t.started_at, t.closed_at, t.cost_cents,
       concat_ws(' ', n.given_name, n.family_name) AS opened_by,
       coalesce(upper(t.wants),
         (SELECT max(upper(l.during)) FROM booking_line l WHERE l.ticket = t.id)) AS blocks_until
FROM ticket t JOIN unit u ON u.id = t.unit JOIN resource r ON r.id = u.resource
JOIN site s ON s.id = r.site LEFT JOIN upkeep_plan p ON p.id = t.plan
LEFT JOIN person n ON n.id = t.opened_by
"""


async def _tickets(where: str, *args: Any, order: str = "t.id") -> list[TicketCard]:
    rows = await fetch(f"{_TICKETS} WHERE {where} ORDER BY {order}", *args)
    return [TicketCard(**{**dict(row), "kind": TicketKind(row["kind"])}) for row in rows]


async def touched_by(ticket: str) -> Touched:
    """What its blocks did, from the record: kept there whatever became of the bookings since."""
    rows = await fetch(
        "SELECT facts::text AS said FROM audit_entry WHERE object_kind = 'ticket' AND object_id = $1"
        " AND verb = 'lending.block' ORDER BY id",
        ticket,
    )
    all_ = [msgspec.json.decode(row["said"], type=Touched) for row in rows]
    return Touched(
        swapped=tuple(one for each in all_ for one in each.swapped),
        cancelled=tuple(one for each in all_ for one in each.cancelled),
        left=tuple(one for each in all_ for one in each.left),
    )


async def bookings_named(public_ids: list[str]) -> list[LineView]:
    """The lines of these bookings, in the order they begin."""
    return await lines("b.public_id = ANY($1)", public_ids)


async def plans_of(resource: str) -> list[PlanCard]:
    """Those that run."""
    return await _plans("r.public_id = $1 AND p.ended_at IS NULL", resource)


async def get_plan(public_id: str) -> PlanCard:
    """Raises PlanUnknown."""
    found = await _plans("p.public_id = $1 AND p.ended_at IS NULL", public_id)
    if not found:
        raise PlanUnknown
    return found[0]


async def _plans(where: str, *args: Any) -> list[PlanCard]:
    return await fetch_as(PlanCard, f"{_PLANS} WHERE {where} ORDER BY p.id", *args)


_PLANS = """
SELECT p.public_id, r.public_id AS resource, p.name, p.every_months, p.every_loans,
       p.every_kilometres, p.grace_days, p.version,
       (SELECT count(*) FROM ticket t WHERE t.plan = p.id AND t.closed_at IS NULL) AS waiting
FROM upkeep_plan p JOIN resource r ON r.id = p.resource
"""
