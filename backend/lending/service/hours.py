"""A site's week changes: what was to be fetched or brought when it is closed moves, and is told (L18).

It closes for good once nothing of it is booked or out.
"""

from datetime import timedelta

from backend.kit import clock
from backend.kit.database import fetch_value, once_more, transaction
from backend.lending.rules import OPEN, LineState
from backend.lending.service import closing
from backend.lending.service.acts import check_staff, once
from backend.lending.service.closing import Shift
from backend.lending.stock_errors import SiteLends
from backend.lending.values import Ask
from backend.places import queries as places_queries
from backend.places import service as places
from backend.places.service import SiteWish

FARTHEST = timedelta(days=2 * 366)  # nothing is booked or due later


class _Seen(Exception):
    """Takes back what was only to be looked at."""

    def __init__(self, shifts: list[Shift]) -> None:
        self.shifts = shifts


@once_more
async def look_at(ask: Ask, slug: str, wish: SiteWish) -> list[Shift]:
    """What would move; nothing stays of it, and nobody is told. Raises SiteNeverOpens."""
    check_staff(ask)
    try:
        async with transaction():
            _take_back(await _change(ask, slug, wish))
    except _Seen as seen:
        return seen.shifts
    raise AssertionError


def _take_back(shifts: list[Shift]) -> None:
    raise _Seen(shifts)


@once_more
async def change_site(ask: Ask, slug: str, wish: SiteWish) -> list[Shift]:
    """What the office says of a site; bookings follow its hours. Raises SiteNeverOpens (L16)."""
    check_staff(ask)
    body = {"verb": "change_site", "slug": slug, "wish": wish}
    async with transaction():
        return await once(ask, body, list[Shift], lambda: _change(ask, slug, wish))


async def _change(ask: Ask, slug: str, wish: SiteWish) -> list[Shift]:
    old = await places_queries.calendars()
    site_id = await places.set_site(slug, wish, ask.by)
    if site_id not in old:  # it is closed: nobody is sent there
        return []
    today = clock.today()
    return await closing.move_all(old, today, today + FARTHEST, site_id)


@once_more
async def close_site(ask: Ask, slug: str) -> None:
    """Nothing is lent there any more. Raises SiteLends: its desk must be there for what is out."""
    check_staff(ask)
    async with transaction():
        site = await places_queries.get_site(slug)
        await closing.lock_site(site.id)
        held = await fetch_value(
            "SELECT EXISTS (SELECT 1 FROM booking_line l JOIN resource r ON r.id = l.resource"
            " WHERE r.site = $1 AND l.booking IS NOT NULL AND l.state = ANY($2)"
            " AND (l.lapses_at IS NULL OR l.lapses_at > $3))",
            site.id,
            [*(state.value for state in OPEN), LineState.RETURNED.value],
            clock.now(),
        )
        if held:
            raise SiteLends
        await places.set_closed(slug, ask.by)
