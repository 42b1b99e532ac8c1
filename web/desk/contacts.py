"""How somebody is reached, as staff type it; every address there was is told."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import get_caller
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.identity import queries as identity
from backend.identity.rules import must_confirm
from backend.lending.feeds import About
from backend.lending.queries import calendars
from backend.lending.service.calendars import end_feed
from backend.membership import desk
from backend.membership import service as membership
from backend.people.rules import read_address
from web.desk import people
from web.desk.frame import DESK, AnyRequest


class Wish(msgspec.Struct, frozen=True):
    address: str


class Given(msgspec.Struct, frozen=True):
    """One of their addresses, or that of the calendar of their bookings."""

    contact: str = ""
    calendar: bool = False


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    roles = await identity.roles_of(file.member.person_id)
    return await people.tab(
        request,
        "contacts",
        file,
        focus=False,
        form=form,
        partner=must_confirm(roles),
        calendar=await calendars.made_at(About.PERSON, public_id),
        sign_in_page=around(request).settings.base_url + "/connexion",
    )


@get("/comptoir/personnes/{public_id:str}/adresses", guards=[DESK])
async def index(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/adresses", guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    file = await desk.open_file(public_id)
    await membership.add_contact(
        acting(request),
        get_caller(request),
        file.member.person_id,
        read_address(wish.address),
    )
    return _back(request, public_id)


@post("/comptoir/personnes/{public_id:str}/adresses/fin", guards=[DESK])
async def destroy(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    given = await forms.read(request, Given)
    file = await desk.open_file(public_id)
    if given.calendar:
        await end_feed(acting(request), About.PERSON, public_id)
    else:
        await membership.end_contact(
            acting(request), get_caller(request), file.member.person_id, given.contact
        )
    return _back(request, public_id)


def _back(request: AnyRequest, public_id: str) -> Response[Any]:
    return redirect(request, f"/comptoir/personnes/{public_id}/adresses", said="enregistre")
