"""My data: everything the club knows of me, to read and to take away; who looked at it."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http.callers import signed_in
from backend.http.respond import page
from backend.http.visits import acting
from backend.identity.queries import SignedIn
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.membership.rules import WayIn
from backend.people import queries as people
from backend.privacy import service as privacy
from backend.privacy.queries import spoken
from web.shell import acts, messages

AnyRequest = Request[Any, Any, Any]
HERE = "/compte/donnees"
MOST_LOOKS = 100
# Why a file was opened: how whoever opened it came there (D3).
WAYS = {
    WayIn.SEARCH: N_("en cherchant un nom"),
    WayIn.CARD: N_("en scannant une carte"),
    WayIn.VOUCHER: N_("en scannant un bon"),
    WayIn.DAY: N_("depuis la journée du comptoir"),
    WayIn.REGISTER: N_("depuis la liste des adhérents"),
    WayIn.LINK: N_("par un lien"),
}


@get(HERE, guards=[signed_in])
async def show(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    request.state.member = await membership.find_member(caller.person_id)
    return await page(
        request,
        "member/dossier/show.html",
        title=_("Mes données"),
        space="member" if request.state.member else "public",
        dossier=await privacy.take_dossier(acting(request), caller.person_id),
        spoken=_spoken,
    )


@get(f"{HERE}/mes-donnees.json", guards=[signed_in])
async def download(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[bytes]:
    dossier = await privacy.take_dossier(acting(request), caller.person_id)
    return Response(
        dossier.json(),
        media_type="application/json",
        headers={
            "content-disposition": 'attachment; filename="mes-donnees.json"',
            "cache-control": "no-store",
        },
    )


@get(f"{HERE}/acces", guards=[signed_in])
async def looks(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    request.state.member = await membership.find_member(caller.person_id)
    return await page(
        request,
        "member/dossier/looks.html",
        title=_("Qui a regardé mon dossier"),
        space="member" if request.state.member else "public",
        looks=await people.looks_at(caller.person_id, MOST_LOOKS),
        ways=WAYS,
    )


def _spoken(name: str, value: Any) -> str:
    if name == "verb":
        return acts.SAID.get(str(value), str(value))
    words = messages.said(str(value)) if name == "kind" else None
    return words or spoken(name, value)


HANDLERS = [show, download, looks]
