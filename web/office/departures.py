"""Households the landlord's newest list says have left: asked, then decided, never by the list itself."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.membership import desk, office
from backend.membership import service as membership
from backend.membership.service import HomeWish
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
STAYS, NEIGHBOUR, ENDED = "stays", "neighbour", "ended"


class Decision(msgspec.Struct, frozen=True):
    """A dwelling's number in the list, or one of the three words above."""

    answer: str = ""


async def _page(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    departure = await office.get_departure(public_id)
    typed = (q or request.query_params.get("q", ""))[:100]
    return await page(
        request,
        "office/departures/show.html",
        title=departure.name,
        space="office",
        departure=departure,
        typed=typed,
        lodgings=await desk.find_lodgings(typed) if typed else [],
        form=form,
        words={"stays": STAYS, "neighbour": NEIGHBOUR, "ended": ENDED},
    )


@get("/gestion/verifications/departs/{public_id:str}", guards=[MANAGER])
async def show(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _page(request, public_id, q)


@post("/gestion/verifications/departs/{public_id:str}", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    decision = await forms.read(request, Decision)
    departure = await office.get_departure(public_id)
    await _decide(request, departure.household_id, decision.answer)
    return redirect(request, "/gestion/verifications", said="enregistre")


async def _decide(request: AnyRequest, household_id: int, answer: str) -> None:
    acting = by(request)
    if answer == STAYS:
        await membership.confirm_stay(acting, household_id)
    elif answer == NEIGHBOUR:
        await membership.become_neighbours(acting, household_id)
    elif answer == ENDED:
        await membership.end_household(acting, household_id)
    elif (dwelling_id := read_number(answer)) is not None:
        await membership.rehouse(acting, household_id, HomeWish(dwelling_id=dwelling_id))
    else:
        raise Invalid({"answer": N_("Choisissez une réponse.")})
