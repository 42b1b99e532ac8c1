"""Days on which the demo's desks are closed: an inventory soon, and the end of the year.

Made last, so that they move some of what is booked.
"""

from datetime import date, timedelta

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.lending.service import closing
from backend.lending.values import Ask
from backend.places import queries as places
from backend.places.service import ClosureWish

SOON = timedelta(days=3)


async def close_days() -> None:
    """Does nothing where days were closed already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM site_closure)"):
        return
    for at, wish in enumerate([await _inventory(), _end_of_year(clock.today())]):
        if wish is not None:
            await closing.close(Ask(by=SYSTEM, key=f"demo:closure:{at}"), wish)


async def _inventory() -> ClosureWish | None:
    site = next(iter(await places.sites()), None)
    if site is None:
        return None
    day = site.calendar.next_open_day(clock.today() + SOON)
    if day is None:
        return None
    return ClosureWish(site=site.slug, first_on=day, last_on=day, reason="Inventaire")


def _end_of_year(today: date) -> ClosureWish:
    """The one that comes."""
    year = today.year + (today >= date(today.year, 12, 24))
    return ClosureWish(
        first_on=date(year, 12, 24), last_on=date(year + 1, 1, 2), reason="Congés d'hiver"
    )
