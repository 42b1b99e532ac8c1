"""A household as a whole: another dwelling, split in two, joined with another, ended, back again."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import desk, wishes
from backend.membership import queries as households
from backend.membership import service as membership
from backend.membership.desk import File
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


class Other(msgspec.Struct, frozen=True):
    """The number of the household they join, as on its card: ORM-4488."""

    household: str


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
    return _done(request, public_id)


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
    return _done(request, founded.person_public_id)


async def _merge(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    return await people.tab(request, "merge", file, focus=False, form=form)


@get("/comptoir/personnes/{public_id:str}/foyer/reunir", guards=[DESK])
async def new_merge(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _merge(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/reunir", guards=[DESK])
@forms.again(_merge)
async def create_merge(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Other)
    file = await desk.open_file(public_id)
    target = await households.find_household(wish.household)
    await membership.merge(acting(request), file.member.household_id, target.id)
    return _done(request, public_id)


async def _end(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    return await people.tab(request, "end", file, focus=False, form=form)


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
    """A page with the dwellings one may choose. What was searched is in the address."""
    file: File = await people.opened(request, public_id)
    typed = (q or request.query_params.get("q", ""))[:LONGEST_SEARCH]
    return await people.tab(
        request,
        name,
        file,
        focus=False,
        form=form,
        typed=typed,
        lodgings=await desk.find_lodgings(typed) if typed else [],
        **context,
    )


async def _goers(request: AnyRequest) -> list[str]:
    """Who is ticked in the form that was sent."""
    if request.method != "POST":
        return []
    return [str(each) for each in (await request.form()).getall("person", [])]


def _done(request: AnyRequest, public_id: str) -> Response[Any]:
    return redirect(request, f"/comptoir/personnes/{public_id}/foyer", said="enregistre")
