"""What every page of the counter has: its guard, its one field, the site it stands in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response

from backend.http import respond
from backend.http.callers import get_caller, staff
from backend.identity import staff as staff_queries
from backend.identity.rules import Role
from backend.kit import clock, codes, hours
from backend.kit.errors import N_
from backend.places import queries as places
from backend.places.queries import SiteCard
from web.desk.errors import PlaceNeeded
from web.shell import verbs

AnyRequest = Request[Any, Any, Any]

DESK = staff(Role.DESK, Role.MANAGER)
MANAGER = staff(Role.MANAGER)
SITE_COOKIE = "poste"
FIELD = N_("Carte, objet, bon ou nom")  # whole on a phone


class Place(msgspec.Struct, frozen=True):
    """Where this computer stands: the site chosen on it, or where its clerk works, or the only one."""

    sites: list[SiteCard]
    site: SiteCard | None

    @property
    def site_id(self) -> int | None:
        return None if self.site is None else self.site.id

    @property
    def must_choose(self) -> bool:
        return self.site is None and bool(self.sites)

    def of_money(self) -> int | None:
        """The site that money goes to. Raises PlaceNeeded where there are several and none is chosen."""
        if self.must_choose:
            raise PlaceNeeded
        return self.site_id

    def hours(self) -> str:
        """Today's, as people say them."""
        if self.site is None:
            return ""
        today = clock.today()
        said = hours.show_day(self.site.calendar.hours_on(today), today.weekday())
        return said or self.site.calendar.why_closed(today) or ""


async def place(request: AnyRequest) -> Place:
    sites = await places.sites()
    chosen = request.cookies.get(SITE_COOKIE, "")
    if not chosen and len(sites) > 1:
        chosen = await staff_queries.site_of(get_caller(request).person_id) or ""
    found = next((site for site in sites if site.public_id == chosen), None)
    if found is None and len(sites) == 1:
        found = sites[0]
    return Place(sites, found)


async def page(
    request: AnyRequest,
    template: str,
    *,
    title: str,
    here: Place | None = None,
    field: str = FIELD,
    focus: bool = True,
    fields: Mapping[str, str] | None = None,
    **context: Any,
) -> Response[str]:
    """A page of the counter, the one field on top; `focus` False where another field comes first.

    `fields` go along with whatever is scanned; its key makes a scan that is sent twice count once.
    """
    return await respond.page(
        request,
        template,
        title=title,
        space="desk",
        here=here or await place(request),
        line=verbs.line,
        when=verbs.when,
        scan={
            "action": "/comptoir/scan",
            "placeholder": field,
            "focus": focus,
            "fields": {"key": codes.random_id(), **(fields or {})},
        },
        **context,
    )


def pdf(content: bytes, name: str) -> Response[bytes]:
    """A paper to print. It is about one person: nothing on the way may keep it."""
    return Response(
        content,
        status_code=200,
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="{name}.pdf"',
            "cache-control": "no-store",
        },
    )


def start_of_today() -> datetime:
    return clock.start_of_day(clock.today())
