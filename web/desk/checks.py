"""Staff look at a dwelling that was not proved: why, and what they decide."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import desk
from backend.membership import service as membership
from backend.membership.rules import Proof
from web.desk import people
from web.desk.frame import DESK, AnyRequest


class Wish(msgspec.Struct, frozen=True):
    outcome: Proof
    dwelling: int | None = None


async def _page(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    typed = q or file.claimed_contract or file.street
    return await people.tab(
        request,
        "check",
        file,
        form=form,
        typed=typed,
        lodgings=await desk.find_lodgings(typed),
    )


@get("/comptoir/personnes/{public_id:str}/verification", guards=[DESK])
async def edit(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _page(request, public_id, q[:100])


@post("/comptoir/personnes/{public_id:str}/verification", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    file = await desk.open_file(public_id)
    dwelling = wish.dwelling if wish.outcome is Proof.PROVED else None
    await membership.close_check(acting(request), file.member.household_id, wish.outcome, dwelling)
    return redirect(request, f"/comptoir/personnes/{public_id}", said="enregistre")
