"""A household as a whole: another dwelling, split in two, ended."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import desk, wishes
from backend.membership import service as membership
from backend.membership.service import HomeWish
from web.desk import people
from web.desk.frame import DESK, AnyRequest

LONGEST_SEARCH = 100


class Home(msgspec.Struct, frozen=True):
    """A dwelling's number in the list, or "tenant" or "neighbour" with an address."""

    home: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""

    def read(self) -> HomeWish:
        return wishes.read_home(self.home, self.street, self.postcode, self.town)


async def _rehouse(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    return await _with_homes(request, "rehouse", public_id, q, form)


@get("/comptoir/personnes/{public_id:str}/foyer/logement", guards=[DESK])
async def edit_home(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _rehouse(request, public_id, q)


@post("/comptoir/personnes/{public_id:str}/foyer/logement", guards=[DESK])
@forms.again(_rehouse)
async def update_home(
    request: AnyRequest,
    public_id: FromPath[str],
    q: FromQuery[str] = "",  # noqa: ARG001 - the form is shown again with it
) -> Response[Any]:
    wish = (await forms.read(request, Home)).read()
    file = await desk.open_file(public_id)
    await membership.rehouse(acting(request), file.member.household_id, wish)
    return people.to_household(request, public_id)


async def _split(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    return await _with_homes(request, "split", public_id, q, form, goers=await _goers(request))


@get("/comptoir/personnes/{public_id:str}/foyer/separer", guards=[DESK])
async def new_split(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _split(request, public_id, q)


@post("/comptoir/personnes/{public_id:str}/foyer/separer", guards=[DESK])
@forms.again(_split)
async def create_split(
    request: AnyRequest,
    public_id: FromPath[str],
    q: FromQuery[str] = "",  # noqa: ARG001 - the form is shown again with it
) -> Response[Any]:
    wish = (await forms.read(request, Home)).read()
    file = await desk.open_file(public_id)
    chosen = await _goers(request)
    goers = [one.person_id for one in file.people if one.public_id in chosen]
    founded = await membership.split(acting(request), file.member.household_id, goers, wish)
    return people.to_household(request, founded.person_public_id)


_end = people.form_page("end")


@get("/comptoir/personnes/{public_id:str}/foyer/fin", guards=[DESK])
async def ask_end(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _end(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/fin", guards=[DESK])
@forms.again(_end)
async def end(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    file = await desk.open_file(public_id)
    await membership.end_household(acting(request), file.member.household_id)
    return redirect(request, "/comptoir/personnes", said="foyer-fini")


async def _with_homes(
    request: AnyRequest,
    name: str,
    public_id: str,
    q: str,
    form: Form | None,
    **context: Any,
) -> Response[str]:
    """A page of the file with the dwellings one may choose."""
    file = await people.opened(request, public_id)
    found = await found_homes(request, q)
    return await people.tab(request, name, file, focus=False, form=form, **found, **context)


async def found_homes(request: AnyRequest, q: str) -> dict[str, Any]:
    """What the list of dwellings of a page shows. What was searched is in the address."""
    typed = (q or request.query_params.get("q", ""))[:LONGEST_SEARCH]
    return {"typed": typed, "lodgings": await desk.find_lodgings(typed) if typed else []}


async def _goers(request: AnyRequest) -> list[str]:
    """Who is ticked in the form that was sent."""
    if request.method != "POST":
        return []
    return [str(each) for each in (await request.form()).getall("person", [])]
