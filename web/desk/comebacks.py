"""Somebody who had left comes back: the person they were, in a household of their own."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import former, queries
from backend.membership import service as membership
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.homes import Home, found_homes
from web.shell.ways_in import way_in


async def _page(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    person = await former.get_former(public_id)
    await membership.see_person(acting(request), public_id, way_in(request))
    return await frame.page(
        request,
        "desk/people/comeback.html",
        title=person.name,
        focus=False,
        person=person,
        days=await former.days_ahead(person.person_id),
        address=f"/comptoir/personnes/{public_id}",
        form=form,
        **await found_homes(request, q),
    )


@get("/comptoir/personnes/{public_id:str}/retour", guards=[DESK])
async def new(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[Any]:
    if await former.find_former(public_id) is None:
        # They are a member already, or nobody: their file knows.
        await membership.see_person(acting(request), public_id, way_in(request))
        return redirect(request, f"/comptoir/personnes/{public_id}")
    return await _page(request, public_id, q)


@post("/comptoir/personnes/{public_id:str}/retour", guards=[DESK])
@forms.again(_page)
async def create(
    request: AnyRequest,
    public_id: FromPath[str],
    q: FromQuery[str] = "",  # noqa: ARG001 - the form is shown again with it
) -> Response[Any]:
    wish = (await forms.read(request, Home)).read()
    person = await former.get_former(public_id)
    here = await frame.place(request)
    joined = await membership.come_back(acting(request), person.public_id, wish, here.site_id)
    to = f"/comptoir/personnes/{joined.person_public_id}"
    paid = (await queries.standing(joined.household_id)).paid_until is not None
    return redirect(request, to if paid else f"{to}/cotisation", said="inscrit")
