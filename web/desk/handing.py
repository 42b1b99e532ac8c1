"""Letters and visits for who has no e-mail and no telephone: printed, taken, ticked off (N5)."""

from typing import Any

from litestar import Response, get, post

from backend.http import forms
from backend.http.callers import get_caller
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock
from backend.kit.errors import N_
from backend.membership import handing
from backend.membership import service as membership
from backend.membership.reminders import Channel
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HERE = "/comptoir/a-remettre"
KINDS = {Channel.PRINT: N_("Lettres"), Channel.DOOR: N_("Visites")}


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    """All that waits, or what came on one day."""
    every = await handing.waiting()
    day = request.query_params.get("jour", "")
    return await frame.page(
        request,
        "desk/handing/index.html",
        title="À remettre",
        focus=False,
        kinds=[
            (
                kind,
                name,
                [
                    one
                    for one in every
                    if one.channel is kind and day in {"", one.told_on.isoformat()}
                ],
            )
            for kind, name in KINDS.items()
        ],
        days=sorted({one.told_on for one in every}, reverse=True),
        day=day,
        every=len(every),
        names=KINDS,
        today=clock.today(),
        handed=await handing.handed_lately(),
    )


@post(f"{HERE}/papiers", guards=[DESK])
async def print_(request: AnyRequest) -> Response[bytes]:
    typed = await forms.typed_values(request)
    kind, day = _kind(typed), typed.get("jour", "")
    paper = await membership.print_papers(acting(request), get_caller(request).name, kind, day)
    return frame.pdf(paper, "lettres" if kind is Channel.PRINT else "visites")


@post(HERE, guards=[DESK])
async def update(request: AnyRequest) -> Response[Any]:
    """Those that are ticked, or all that the page showed."""
    typed = await forms.typed_values(request)
    ticked = [str(each) for each in (await request.form()).getall("foyer", [])]
    shown = typed.get("liste", "").split() if typed.get("tous") else []
    await membership.note_handed(acting(request), {*ticked, *shown})
    return redirect(request, HERE, said="remis")


def _kind(typed: dict[str, str]) -> Channel:
    return Channel.DOOR if typed.get("sorte") == Channel.DOOR else Channel.PRINT
