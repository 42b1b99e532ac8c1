"""Where the club's desks are, and whether their doors are open."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get

from backend.http.callers import public
from backend.http.respond import page
from backend.kit import clock, hours
from backend.kit.openings import Closure, Extra
from backend.kit.text import show_phone
from backend.kit.translations import translated as _
from backend.places import queries
from backend.places.queries import SiteCard
from web.shell.door import DoorSign, door_sign

AnyRequest = Request[Any, Any, Any]
SOON = timedelta(days=60)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A site as somebody reads it who wants to go there: its door now, its week, what comes soon."""

    site: SiteCard
    door: DoorSign
    week: list[tuple[str, str]]
    closures: list[Closure]
    extras: list[Extra]


@get("/conciergeries", guards=[public])
async def index(request: AnyRequest) -> Response[str]:
    now = clock.now()
    return await page(
        request,
        "public/sites/index.html",
        title=_("Nos conciergeries"),
        space="public",
        places=[_place(site, now) for site in await queries.sites()],
        show_phone=show_phone,
    )


def _place(site: SiteCard, now: datetime) -> Place:
    today = clock.paris(now).date()
    return Place(
        site=site,
        door=door_sign(site.calendar, now),
        week=hours.show_week(site.hours),
        closures=[each for each in site.calendar.closures if each.first_on <= today + SOON],
        extras=[each for each in site.calendar.extras if each.on <= today + SOON],
    )


HANDLERS = [index]
