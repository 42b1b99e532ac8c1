"""My bookings in my own calendar: an address that I draw, renew and close (L42)."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import callers
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.kit.translations import translated as _
from backend.lending.feeds import About
from backend.lending.queries import calendars as feeds
from backend.lending.service import calendars
from backend.membership.queries import Member

AnyRequest = Request[Any, Any, Any]
HERE, FILE = "/reserver/calendrier", "/conciergeries/calendrier.ics"


async def _page(request: AnyRequest, member: Member, address: str = "") -> Response[str]:
    return await page(
        request,
        "member/calendars/show.html",
        title=_("Mon calendrier"),
        space="member",
        made_at=await feeds.made_at(About.PERSON, member.person_public_id),
        address=address,
        webcal="webcal" + address.removeprefix("https").removeprefix("http"),
    )


@get(HERE, guards=[callers.member])
async def show(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _page(request, member)


@post(HERE, guards=[callers.member], status_code=200)
async def create(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    """The address stands on this answer alone: nobody can read it a second time."""
    secret = await calendars.open_feed(acting(request), About.PERSON, member.person_public_id)
    base = around(request).settings.base_url
    return await _page(request, member, f"{base}{FILE}?cle={secret}")


@post(HERE + "/fin", guards=[callers.member])
async def destroy(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    await calendars.end_feed(acting(request), About.PERSON, member.person_public_id)
    return redirect(request, HERE, said="calendrier-ferme")


HANDLERS = [show, create, destroy]
