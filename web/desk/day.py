"""The day at the counter: what waits, what came in, who was served."""

from typing import Any

from litestar import Response, get

from backend.billing import drawers
from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.membership import desk
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.shell import verbs

WHY = {
    "check": (N_("Logement à vérifier"), "mind"),
    "ending": (N_("Adhésion bientôt finie"), "plain"),
    "provisional": (N_("Paiement en attente"), "plain"),
    "paper": (N_("Papier à remettre"), "plain"),
}


@get("/comptoir", guards=[DESK])
async def index(request: AnyRequest) -> Response[Any]:
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/day/index.html",
        title="Journée au comptoir",
        here=here,
        today=formats.weekday(clock.today(), clock.today()),
        waiting=await desk.waiting(),
        why=WHY,
        money=await drawers.glance(here.site_id, frame.start_of_today()),
        served=await desk.last_served(),
        said=verbs.said,
    )
