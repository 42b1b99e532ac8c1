"""The card on paper: printed as it is made, since its code is nowhere else; taken back."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import desk, plates
from backend.membership import service as membership
from backend.places import queries as places
from web.desk import frame
from web.desk.frame import DESK, AnyRequest


class Given(msgspec.Struct, frozen=True):
    card: str


@post("/comptoir/personnes/{public_id:str}/carte", guards=[DESK])
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[bytes]:
    """A new card; the one before opens nothing any more (L33)."""
    file = await desk.open_file(public_id)
    made = await membership.make_paper_card(acting(request), file.member.person_id)
    club = await places.club_name()
    paper = await plates.card(club, file.member, made.token)
    return frame.pdf(paper, f"carte-{file.member.household_public_id}")


@post("/comptoir/personnes/{public_id:str}/carte/retrait", guards=[DESK])
async def destroy(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    given = await forms.read(request, Given)
    file = await desk.open_file(public_id)
    if given.card in {person.paper_card for person in file.people}:
        await membership.revoke_card(acting(request), given.card)
    return redirect(request, f"/comptoir/personnes/{public_id}/foyer", said="carte-retiree")
