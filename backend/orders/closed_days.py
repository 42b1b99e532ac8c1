"""Deliveries that would come to a closed door: a closure was entered after they began (S3)."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import msgspec

from backend.kit import clock
from backend.kit.openings import Calendar, Closure
from backend.kit.zone import paris
from backend.orders import catalogue, queries, rules
from backend.orders.queries import Round
from backend.places import queries as places
from backend.places.service import ClosureWish

DAY = timedelta(days=1)


class Met(msgspec.Struct, frozen=True):
    """`to`: the next open day of the same week, where it goes by itself; None is left to staff."""

    round: Round
    to: date | None


async def met(calendars: Mapping[int, Calendar]) -> list[Met]:
    """Those of these sites, by id, whose day is closed; the soonest first."""
    found = await queries.rounds_to_come(list(calendars), clock.today())
    return [
        Met(each, await next_day(each, calendars[each.site_id]))
        for each in found
        if not calendars[each.site_id].is_open_on(each.due_on)
    ]


async def next_day(round_: Round, calendar: Calendar) -> date | None:
    """Where it goes when its day is closed, wherever it was put off to before: open, and free for it."""
    is_free = await free_days(round_)
    return rules.next_day(
        round_.due_on, clock.today(), lambda on: calendar.is_open_on(on) and is_free(on)
    )


async def free_days(round_: Round) -> Callable[[date], bool]:
    """Days on which its service brings nothing else, now or by its week, after its own cut-off."""
    cutoff_at = round_.cutoff_at
    if cutoff_at is None:
        return lambda _: True
    service = await catalogue.service_by_id(round_.service_id)
    taken = {each.on for each in service.made if each.site == round_.site_id}
    first_on = date.min if round_.sent_at else paris(cutoff_at).date() + DAY

    def is_free(on: date) -> bool:
        schedule = service.schedule
        by_week = schedule is not None and on.weekday() == schedule.delivery
        own = schedule is not None and schedule.cutoff(on) == cutoff_at
        return first_on <= on and on not in taken and (own or not by_week)

    return is_free


async def look(wish: ClosureWish) -> list[Met]:
    """What a closure would meet, before anybody says yes (L16)."""
    closed = Closure(
        first_on=wish.first_on, last_on=wish.last_on, starts=wish.starts, ends=wish.ends
    )
    sites = [site for site in await places.sites() if wish.site in {"", site.slug}]
    found = await met({site.id: site.calendar.closing(closed) for site in sites})
    return [each for each in found if closed.covers(each.round.due_on)]
