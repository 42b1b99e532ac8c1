"""Erasing somebody who asks for it at the counter; staff give their second factor again first."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import sudo
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.membership import desk
from backend.membership import service as care
from backend.membership.desk import File
from backend.membership.former import Former, get_former
from backend.privacy import erasing
from backend.privacy.errors import NotSure
from backend.privacy.rules import ErasureWay
from web.desk import frame, people
from web.desk.frame import DESK, AnyRequest
from web.shell.ways_in import way_in


class Sure(msgspec.Struct, frozen=True):
    sure: bool = False


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    """Who is a member, and who was one."""
    found = await care.see_person(acting(request), public_id, way_in(request))
    facts: dict[str, Any] = {
        "form": form,
        "asked": await erasing.look(_key(found)),
        "erased": erasing.ERASED,
        "kept": erasing.KEPT,
    }
    if isinstance(found, Former):
        address = f"/comptoir/personnes/{public_id}"
        return await frame.page(
            request,
            "desk/people/erasure_former.html",
            title=found.name,
            focus=False,
            person=found,
            address=address,
            **facts,
        )
    return await people.tab(request, "erasure", found, focus=False, **facts)


@get("/comptoir/personnes/{public_id:str}/effacement", guards=[DESK, sudo])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/effacement", guards=[DESK, sudo])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Sure)
    if not typed.sure:
        raise NotSure().at("sure")
    found = await desk.find_file(public_id) or await get_former(public_id)
    certificate = await erasing.erase(
        acting(request),
        _key(found),
        ErasureWay.DESK,
        base_url=around(request).settings.base_url,
    )
    return redirect(request, f"/certificats/{certificate}")


def _key(found: File | Former) -> int:
    return found.person_id if isinstance(found, Former) else found.member.person_id


HANDLERS = [new, create]
