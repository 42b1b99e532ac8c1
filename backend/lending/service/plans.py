"""Preventive plans (L32): every so many months, loans or kilometres a ticket is made.

Once the ticket has waited for the days of grace, the unit is blocked until it is looked after.
"""

from typing import Any

import msgspec

from backend.audit.service import SYSTEM, By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, once_more, transaction, within
from backend.kit.errors import N_
from backend.lending.policy import Model
from backend.lending.rules import FAR, Period, TicketKind
from backend.lending.service import borrowers, shelf, tickets
from backend.lending.service.acts import check_version, once
from backend.lending.stock_errors import PlanUnknown, PlanWrong
from backend.lending.values import Ask

LONGEST_NAME = 100


class PlanWish(msgspec.Struct, frozen=True, kw_only=True):
    """At least one of the three counts; `grace_days` None never blocks."""

    name: str
    every_months: int | None = None
    every_loans: int | None = None
    every_kilometres: int | None = None
    grace_days: int | None = None


async def make_plan(by: By, resource: str, wish: PlanWish, *, key: str = "") -> str:
    """Its public id, one under a key; it counts from now on, for each unit (L12).

    Raises PlanWrong and ResourceUnknown.
    """
    check_plan(wish)
    ask = Ask(by=by, key=key or codes.random_id())
    body = {"verb": "make_plan", "resource": resource, "wish": wish}
    async with transaction():
        return await once(ask, body, str, lambda: _make(by, resource, wish))


async def _make(by: By, resource: str, wish: PlanWish) -> str:
    public_id = codes.random_id()
    model = (await shelf.lock_named([resource]))[resource]
    await fetch(
        "INSERT INTO upkeep_plan (public_id, resource, name, every_months, every_loans,"
        " every_kilometres, grace_days, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        public_id,
        model.id,
        *_values(wish),
        clock.now(),
    )
    await _mark_new(model.id)
    await note("lending.plan", by, object_kind="upkeep_plan", object_id=public_id)
    return public_id


async def change_plan(
    by: By, public_id: str, wish: PlanWish, *, version: int | None = None
) -> None:
    """What it counted stays counted. Raises PlanWrong, PlanUnknown, RecordChanged (L12)."""
    check_plan(wish)
    async with transaction():
        row = await _lock(public_id)
        check_version(row["version"], version)
        await fetch(
            "UPDATE upkeep_plan SET version = version + 1, name = $2, every_months = $3,"
            " every_loans = $4, every_kilometres = $5, grace_days = $6 WHERE id = $1",
            row["id"],
            *_values(wish),
        )
        await note("lending.plan", by, object_kind="upkeep_plan", object_id=public_id)


async def end_plan(by: By, public_id: str) -> None:
    """It makes no more tickets; those that stand stay. Raises PlanUnknown."""
    async with transaction():
        row = await _lock(public_id)
        await fetch(
            "UPDATE upkeep_plan SET ended_at = coalesce(ended_at, $2) WHERE id = $1",
            row["id"],
            clock.now(),
        )
        await note("lending.plan.end", by, object_kind="upkeep_plan", object_id=public_id)


def check_plan(wish: PlanWish) -> None:
    wrong = {}
    if not 1 <= len(wish.name.strip()) <= LONGEST_NAME:
        wrong["name"] = N_("Dites en quelques mots ce qu'il faut faire.")
    counts = {
        "every_months": wish.every_months,
        "every_loans": wish.every_loans,
        "every_kilometres": wish.every_kilometres,
    }
    if all(count is None for count in counts.values()):
        wrong["every_months"] = N_("Écrivez au moins un rythme.")
    for name, count in counts.items():
        if count is not None and count < 1:
            wrong[name] = N_("Écrivez un nombre au-dessus de zéro.")
    if wish.grace_days is not None and wish.grace_days < 0:
        wrong["grace_days"] = N_("Écrivez un nombre, zéro ou plus.")
    if wrong:
        raise PlanWrong(wrong)


async def look_after() -> None:
    """Tickets for what is due, blocks for what waited too long; each resource by itself."""
    rows = await fetch(
        "SELECT DISTINCT p.resource FROM upkeep_plan p JOIN resource r ON r.id = p.resource"
        " WHERE p.ended_at IS NULL AND r.retired_at IS NULL ORDER BY p.resource"
    )
    for row in rows:
        await look_after_resource(row["resource"])


@once_more
async def look_after_resource(resource_id: int) -> int:
    """How many tickets were made."""
    async with transaction():
        ends = Period(clock.now(), FAR)
        [model] = (await borrowers.lock_all([resource_id], ends)).values()
        await _mark_new(resource_id)
        ask = Ask(by=SYSTEM, key=codes.random_id())
        rows = await fetch(DUE, resource_id, clock.now(), clock.today())
        for row in rows:
            await tickets.open_ticket(
                ask, model, row["unit"], TicketKind.CHECK, row["name"], None, row["plan"]
            )
        await _block_overdue(ask, model)
        return len(rows)


# Months in Paris, by the day; loans handed out and kilometres driven since the mark.
DUE = """
SELECT p.id AS plan, p.name, u.id AS unit FROM upkeep_plan p
JOIN unit u ON u.resource = p.resource AND u.retired_at IS NULL
JOIN upkeep_mark m ON m.plan = p.id AND m.unit = u.id
WHERE p.resource = $1 AND p.ended_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM ticket t WHERE t.plan = p.id AND t.unit = u.id
                  AND t.closed_at IS NULL)
  AND ((m.since AT TIME ZONE 'Europe/Paris')::date + make_interval(months => p.every_months::int)
       <= $3::date
    OR (SELECT count(*) FROM custody c WHERE c.unit = u.id AND c.out_at > m.since
        AND c.out_at <= $2 AND c.undone_at IS NULL) >= p.every_loans
    OR u.kilometres - coalesce(m.kilometres, 0) >= p.every_kilometres)
ORDER BY p.id, u.id
"""


async def _block_overdue(ask: Ask, model: Model) -> None:
    rows = await fetch(
        "SELECT t.public_id FROM ticket t JOIN upkeep_plan p ON p.id = t.plan"
        " JOIN unit u ON u.id = t.unit AND u.retired_at IS NULL"
        " WHERE p.resource = $1 AND p.ended_at IS NULL AND t.closed_at IS NULL"
        " AND t.opened_at + p.grace_days * interval '1 day' <= $2"
        " AND coalesce(upper(t.wants) <= $2, true)"
        " ORDER BY t.id",
        model.id,
        clock.now(),
    )
    for row in rows:
        ticket = await tickets.get_ticket(row["public_id"])
        await tickets.block(ask, model, ticket, Period(clock.now(), FAR))


async def _mark_new(resource_id: int) -> None:
    """A plan counts for a unit from the moment both are there."""
    within()
    await fetch(
        "INSERT INTO upkeep_mark (plan, unit, since, kilometres)"
        " SELECT p.id, u.id, greatest(p.created_at, u.created_at), u.kilometres FROM upkeep_plan p"
        " JOIN unit u ON u.resource = p.resource WHERE p.resource = $1 AND p.ended_at IS NULL"
        " ON CONFLICT ON CONSTRAINT upkeep_mark_once DO NOTHING",
        resource_id,
    )


async def _lock(public_id: str) -> Any:
    within()
    row = await fetch_one(
        "SELECT id, version FROM upkeep_plan WHERE public_id = $1 FOR NO KEY UPDATE", public_id
    )
    if row is None:
        raise PlanUnknown
    return row


def _values(wish: PlanWish) -> tuple[object, ...]:
    return (
        wish.name.strip(),
        wish.every_months,
        wish.every_loans,
        wish.every_kilometres,
        wish.grace_days,
    )
