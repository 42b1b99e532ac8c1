"""Whom the counter calls about a loan: the list stands on the page of the day, and each is ticked off (L36)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post

from backend.http import forms
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.errors import N_
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending.queries import calls as lending
from backend.lending.queries.calls import Call
from backend.lending.rules import LONGEST_REASON
from backend.lending.schedule import Notice
from backend.lending.service import calling
from backend.lending.values import Ask
from web.desk import frame, welcome
from web.desk.frame import DESK, AnyRequest, Place

HERE = "/comptoir/appels"
# Why somebody is called, and how it looks.
WHY = {
    Notice.CALL_LATE: ("stop", N_("Très en retard")),
    Notice.CALL_AT_RISK: ("stop", N_("Objet pas rendu")),
    Notice.LATE: ("mind", N_("En retard")),
    Notice.BEFORE: ("plain", N_("À rendre bientôt")),
    Notice.EVE: ("plain", N_("À prendre bientôt")),
    Notice.READY: ("plain", N_("Prêt à prendre")),
    Notice.APPROVED: ("yes", N_("Demande acceptée")),
    Notice.REJECTED: ("mind", N_("Demande refusée")),
    Notice.UNANSWERED: ("mind", N_("Demande restée sans réponse")),
    Notice.CANCELLED: ("mind", N_("Annulé par le club")),
    Notice.OFFERED: ("mind", N_("Libre : oui ou non ?")),
    Notice.MOVED: ("mind", N_("Nouvelles dates")),
    Notice.AT_RISK: ("mind", N_("Réservation pas sûre")),
}


class Done(msgspec.Struct, frozen=True):
    """`appels`: the numbers of what this call settles."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    appels: Annotated[str, msgspec.Meta(max_length=2000)]
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    """All that wait here, and what was said lately."""
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/loans/calls.html",
        title=_("À appeler"),
        here=here,
        focus=False,
        to_call=await waiting(here),
        why=WHY,
        made=await lending.made_lately(here.site_id),
        key=codes.random_id(),
    )


async def waiting(here: Place) -> list[Call]:
    """One statement: the place knows its calendar already."""
    return [] if here.site is None else await lending.waiting(here.site.id, here.site.calendar)


@post(HERE, guards=[DESK])
async def create(request: AnyRequest) -> Response[Any]:
    done = await forms.read(request, Done)
    numbers = [number for each in done.appels.split() if (number := read_number(each)) is not None]
    ask = Ask(by=acting(request), key=done.key)
    await calling.note_called(ask, numbers, done.note)
    return redirect(request, HERE, said="appel-note")


HANDLERS = [index, create, *welcome.HANDLERS]
