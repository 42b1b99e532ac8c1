"""My account: my addresses, my devices, going out."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import signed_in
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import visit
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.queries import SignedIn
from backend.identity.rules import DOORS, SessionKind
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.people import queries as people

AnyRequest = Request[Any, Any, Any]
PARTNERS = DOORS[SessionKind.MERCHANT]


async def _page(request: AnyRequest, caller: SignedIn, form: Form | None = None) -> Response[str]:
    """Also for a partner or staff who is no member: then there is no household and no bar."""
    household = await membership.find_member(caller.person_id)
    request.state.member = household
    return await page(
        request,
        "member/account/show.html",
        title=_("Mon compte"),
        space="member" if household else "public",
        form=form,
        account=caller,
        partner=caller.kind is not SessionKind.MERCHANT and caller.has(*PARTNERS),
        contacts=await people.contacts_of(caller.person_id),
        devices=await queries.devices_of(caller.person_id),
        plan=await membership.find_plan(household.household_id) if household else None,
    )


@get("/compte", guards=[signed_in])
async def show(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    return await _page(request, caller)


@post("/compte/appareils/fin", guards=[signed_in])
async def end_others(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[Any]:
    await identity.end_others(visit(request), caller)
    return redirect(request, "/compte", said="appareils-fermes")


@post("/compte/appareils/{public_id:str}/fin", guards=[signed_in])
async def end_device(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await identity.end_session(visit(request), caller, public_id)
    return redirect(request, "/compte", said="appareil-ferme")


@post("/compte/adresses/{public_id:str}/fin", guards=[signed_in])
@forms.again(_page)
async def end_contact(
    request: AnyRequest, public_id: FromPath[str], caller: NamedDependency[SignedIn]
) -> Response[Any]:
    await identity.end_contact(visit(request), caller, public_id)
    return redirect(request, "/compte", said="adresse-retiree")


HANDLERS = [show, end_others, end_device, end_contact]
