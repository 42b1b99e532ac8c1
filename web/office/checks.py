"""Households whose dwelling staff must look at: what they said, what the list has, a decision."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.insight import alarms
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.membership import desk, office
from backend.membership import service as membership
from backend.membership.rules import Proof
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
REFUSE, NEIGHBOUR = "refuse", "neighbour"
# What happened, what to do, and where.
SAID = {
    "till.guessing": (
        N_("Beaucoup de codes faux"),
        N_("Appelez le commerçant. Fermez la caisse si personne ne la tient."),
        "/gestion/partenaires/",
    ),
    "offer.counter_differs": (
        N_("Le compte des bons ne tombe pas juste"),
        N_("Prévenez la personne qui tient le logiciel."),
        "/gestion/avantages/",
    ),
    "savings.differ": (
        N_("Une somme du jour était fausse"),
        N_("Elle est corrigée. Prévenez la personne qui tient le logiciel."),
        "/gestion/partenaires/",
    ),
}


class Decision(msgspec.Struct, frozen=True):
    """A dwelling's number in the list, or one of the two words above."""

    answer: str = ""


@get("/gestion/verifications", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/checks/index.html",
        title=_("Logements à vérifier"),
        space="office",
        checks=await office.open_checks(),
        departures=await office.departures(),
        alarms=await alarms.alarms(),
        said=SAID,
    )


async def _page(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    check = await office.get_check(public_id)
    typed = q or check.claimed_contract or f"{check.street} {check.postcode}"
    return await page(
        request,
        "office/checks/show.html",
        title=check.name,
        space="office",
        check=check,
        typed=typed,
        lodgings=await desk.find_lodgings(typed),
        form=form,
        refuse=REFUSE,
        neighbour=NEIGHBOUR,
    )


@get("/gestion/verifications/{public_id:str}", guards=[MANAGER])
async def show(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _page(request, public_id, q[:200])


@post("/gestion/verifications/{public_id:str}", guards=[MANAGER])
@forms.again(_page)
async def update(
    request: AnyRequest,
    public_id: FromPath[str],
    q: FromQuery[str] = "",  # noqa: ARG001 - the form is shown again with it
) -> Response[Any]:
    decision = await forms.read(request, Decision)
    check = await office.get_check(public_id)
    outcome, dwelling_id = _outcome(decision.answer)
    await membership.close_check(by(request), check.household_id, outcome, dwelling_id)
    return redirect(request, "/gestion/verifications", said="enregistre")


def _outcome(answer: str) -> tuple[Proof, int | None]:
    if answer == REFUSE:
        return Proof.REFUSED, None
    if answer == NEIGHBOUR:
        return Proof.NEIGHBOUR, None
    dwelling_id = read_number(answer)
    if dwelling_id is None:
        raise Invalid({"answer": N_("Choisissez une réponse.")})
    return Proof.PROVED, dwelling_id
