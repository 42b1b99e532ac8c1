"""Who waits is served when a unit comes free (L23, L24): one offer for each place, which holds the unit."""

from datetime import datetime, timedelta

from backend.kit import clock
from backend.kit.database import within
from backend.kit.openings import Calendar
from backend.lending.policy import Model
from backend.lending.rules import Period, Verb, after
from backend.lending.service import telling, wanting
from backend.lending.service.claims import Claim, claim
from backend.lending.service.rows import find_lines
from backend.lending.values import LineRow
from backend.places import queries as places

IN_LINE = "(SELECT row(w.priority <> 'first', w.since, w.id) FROM wish w WHERE w.line = l.id)"
WAITING = (
    "l.id IN (SELECT line FROM wish WHERE resource = $1 AND ended_at IS NULL"
    " AND paused_at IS NULL) AND l.state = 'waitlisted' AND lower(l.during) > $2"
    " AND l.id IS DISTINCT FROM $3"
)


async def promote(model: Model, but: int | None = None) -> list[int]:
    """Offers what is free to those who wait, by class and age; the lines that got an offer.

    First what is out of use takes what it wants. The caller holds the resource's lock. `but` passes
    this time.
    """
    within()
    await wanting.take_what_is_free(model)
    now = clock.now()
    waiting = await _in_line(model, now, but)
    if not waiting:
        return []
    calendar = await places.get_calendar(model.site_id)
    return [line.id for line in waiting if await _offer(model, calendar, line, now)]


async def _in_line(model: Model, now: datetime, but: int | None) -> list[LineRow]:
    """Nobody, for what is lent no more."""
    if model.retired_at is not None:
        return []
    return await find_lines(WAITING, model.id, now, but, order=IN_LINE)


async def _offer(model: Model, calendar: Calendar, line: LineRow, now: datetime) -> bool:
    """Holds the unit until so many open hours are over, or the wished time begins."""
    until = offer_until(model, calendar, line.period, now)
    made = await claim(
        model,
        Claim(
            period=line.period,
            state=after(line.state, Verb.OFFER),
            line=line,
            lapses_at=until,
        ),
    )
    if made is not None:
        await telling.tell_offer(line)
    return made is not None


def offer_until(model: Model, calendar: Calendar, period: Period, now: datetime) -> datetime:
    window = timedelta(minutes=model.policy.offer_open_minutes)
    return min(calendar.after_open(now, window) or now + window, period.start)


async def is_awaited(model: Model, period: Period) -> bool:
    """Whether somebody waits for this model in that time: then nobody renews into it (L40)."""
    within()
    waiting = await _in_line(model, clock.now(), None)
    return any(line.period.overlaps(period) for line in waiting)
