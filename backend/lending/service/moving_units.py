"""A copy goes to another site, under the same name there; what stood on it stays, on other copies (L44)."""

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, within
from backend.lending.policy import Model
from backend.lending.rules import FAR, Period, TicketKind
from backend.lending.service import tickets
from backend.lending.service.acts import trace
from backend.lending.service.custodies import UnitRow
from backend.lending.service.promoting import promote
from backend.lending.values import Ask, Replanned

NOTE = "Envoyé à un autre point"


async def goal(resource_id: int, site_id: int) -> int:
    """The same resource at that site; it is made where there is none. Itself where it is there."""
    within()
    known: int | None = await fetch_value(
        "SELECT o.id FROM resource r JOIN resource o ON o.name = r.name AND o.category = r.category"
        " AND o.policy = r.policy AND o.site = $2 AND o.retired_at IS NULL WHERE r.id = $1"
        " ORDER BY o.id = r.id DESC, o.id LIMIT 1",
        resource_id,
        site_id,
    )
    if known is not None:
        return known
    made: int = await fetch_value(
        "INSERT INTO resource (public_id, site, policy, name, category, description, search, photo,"
        " replacement_cents, isbn, counted, capacity, pieces, in_charge, created_at)"
        " SELECT $3, $2, policy, name, category, description, search, photo, replacement_cents, isbn,"
        " counted, capacity, pieces, in_charge, $4 FROM resource WHERE id = $1 RETURNING id",
        resource_id,
        site_id,
        codes.random_id(),
        clock.now(),
    )
    return made


async def move(ask: Ask, model: Model, there: Model, unit: UnitRow) -> Replanned:
    """Under the locks of both resources; the unit is on the shelf. Open tickets go with it."""
    within()
    kind, blocks = TicketKind.BLACKOUT, Period(clock.now(), FAR)
    done = await tickets.open_ticket(ask, model, unit.id, kind, NOTE, blocks)
    await fetch(
        "UPDATE unit SET resource = $2, version = version + 1, was_of = coalesce(was_of, '[]')"
        " || jsonb_build_array(jsonb_build_object('resource', resource, 'until', $3::timestamptz))"
        " WHERE id = $1",
        unit.id,
        there.id,
        clock.now(),
    )
    opened = await tickets.get_ticket(done.ticket)
    await tickets.close_ticket(ask, model, opened.id)
    await fetch(
        "UPDATE booking_line SET resource = $2 WHERE unit = $1 AND state = 'blocked'"
        " AND upper(during) > $3",
        unit.id,
        there.id,
        clock.now(),
    )
    await promote(there)
    await trace("move_unit", ask, None, done.ticket, unit=unit.code, site=there.site_id)
    return done
