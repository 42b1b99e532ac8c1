"""The agenda for everybody who passes by, members or not; without JavaScript (A3)."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from backend.activities import feed, queries
from backend.activities.queries import Session
from backend.http.callers import public
from backend.http.respond import page
from backend.http.scope import around
from backend.kit import clock, codes
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.membership.queries import Member
from web.shell import agenda as shown
from web.shell import feeds
from web.shell.agenda import Asked

AnyRequest = Request[Any, Any, Any]
HERE = "/agenda"


@get(HERE, guards=[public])
async def index(request: AnyRequest) -> Response[str]:
    asked = Asked.read(HERE, request.query_params)
    member = await _member(request)
    first_on = max(asked.month, clock.today())
    found = await queries.agenda(first_on, asked.last_on, asked.kind, asked.place)
    choices = await queries.choices()
    return await page(
        request,
        "public/agenda/index.html",
        title=_("Agenda"),
        space="public" if member is None else "member",
        member=member,
        asked=asked,
        days=shown.by_day(found),
        months=shown.months(asked),
        kinds=[(each, each) for each in choices.kinds],
        places=[(each, each) for each in choices.places],
        mine=await queries.seats_of(member.household_id) if member else [],
        feed=_feed(request),
        words=shown,
    )


@get(HERE + "/{public_id:str}", guards=[public])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    member, session = await _member(request), await queries.get_session(public_id)
    family = await queries.family(member, public_id) if member else []
    return await page(
        request,
        "public/agenda/show.html",
        title=session.title,
        space="public" if member is None else "member",
        member=member,
        session=session,
        family=family,
        online=await shown.may_pay(family),
        leader=await _leader(member, session),
        leads=member is not None and session.is_led_by(member.person_id),
        others=await queries.others_of(session.series, public_id) if session.series else [],
        now=clock.now(),
        key=codes.random_id(),
        words=shown,
    )


@get(f"{HERE}.ics", guards=[public])
async def calendar(request: AnyRequest) -> Response[Any]:
    """The same for everybody: whatever stands on the way may keep it for some minutes."""
    body = await feed.read(feeds.host(request))
    return feeds.answer(request, body, "agenda", "public, max-age=600")


async def _member(request: AnyRequest) -> Member | None:
    """Who looks, where they belong to a household; a visitor asks the database for nothing."""
    caller = around(request).caller
    found = None if caller is None else await membership.find_member(caller.person_id)
    request.state.member = found
    return found


async def _leader(member: Member | None, session: Session) -> str:
    """Who leads it; not for a neighbour whom they blocked, nor the other way round (X9)."""
    if member is None or session.leader_id is None:
        return session.leader
    return session.leader if await queries.may_meet(member.person_id, session.leader_id) else ""


def _feed(request: AnyRequest) -> str:
    return f"webcal://{around(request).settings.base_url.partition('://')[2]}{HERE}.ics"


HANDLERS = [calendar, index, show]
