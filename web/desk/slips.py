"""« C'est tout »: what the household takes home, on paper or to its address; then the next person."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.translations import translated as _
from backend.lending import slips
from backend.membership import service as care
from backend.membership.desk import File
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.loop import HERE


class Sending(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]


@get(HERE + "/{public_id:str}/fin", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    file = await _file(request, public_id)
    return await frame.page(
        request,
        "desk/loop/end.html",
        title=_("C’est tout"),
        file=file,
        slip=await slips.slip_today(file.member.household_id),
        address=f"{HERE}/{public_id}",
        key=codes.random_id(),
        fields={"guichet": "1", "qui": ""},
    )


@post(HERE + "/{public_id:str}/bordereau", guards=[DESK])
async def print_(request: AnyRequest, public_id: FromPath[str]) -> Response[bytes]:
    file = await _file(request, public_id)
    slip = await slips.slip_today(file.member.household_id)
    household = file.member.household_public_id
    paper = await slips.print_slip(slip, file.person.name, household)
    return frame.pdf(paper, f"prets-{household}")


@post(HERE + "/{public_id:str}/message", guards=[DESK])
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    sending = await forms.read(request, Sending)
    file = await _file(request, public_id)
    slip = await slips.slip_today(file.member.household_id)
    told = await slips.send_slip(acting(request), sending.key, file.member.person_id, slip)
    said = "bordereau-envoye" if told else "bordereau-sans-adresse"
    return redirect(request, f"{HERE}/{public_id}/fin", said=said)


async def _file(request: AnyRequest, public_id: str) -> File:
    return await care.see_file(acting(request), public_id)


HANDLERS = [show, print_, create]
