"""Whom the counter calls to say hello; each call closes with one of a few reasons, and no word more."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.insight import welcome
from backend.insight.rules import CallOutcome
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HERE = "/comptoir/appels/bonjour"
OUTCOMES = {
    CallOutcome.TALKED: N_("On s’est parlé"),
    CallOutcome.NO_ANSWER: N_("Pas de réponse"),
    CallOutcome.WRONG_NUMBER: N_("Mauvais numéro"),
    CallOutcome.NO_MORE: N_("Ne veut plus d’appel"),
}


class Done(msgspec.Struct, frozen=True):
    outcome: CallOutcome


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/welcome/index.html",
        title=_("Appels pour dire bonjour"),
        here=here,
        focus=False,
        waiting=await welcome.waiting(here.site_id),
        closed=await welcome.closed_lately(here.site_id),
        outcomes=OUTCOMES,
        at=HERE,
    )


@post(HERE + "/{public_id:str}", guards=[DESK])
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    done = await forms.read(request, Done)
    await welcome.close(acting(request), public_id, done.outcome)
    return redirect(request, HERE, said="appel-note")


HANDLERS = [index, create]
