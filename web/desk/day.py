"""The day at the counter: what waits, what came in, who was served."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get

from backend.billing import drawers
from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending.queries import LineView, Today
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


NEXT, LATE = 8, 6


class Next(msgspec.Struct, frozen=True):
    """Who comes next for a loan: `word` says what for, `kind` how it looks."""

    at: datetime
    line: LineView
    kind: str
    word: str


@get("/comptoir", guards=[DESK])
async def index(request: AnyRequest) -> Response[Any]:
    here = await frame.place(request)
    loans = None if here.site_id is None else await lending.today(here.site_id)
    return await frame.page(
        request,
        "desk/day/index.html",
        title=_("Journée au comptoir"),
        here=here,
        today=formats.weekday(clock.today(), clock.today()),
        next=[] if loans is None else _next(loans),
        late=[] if loans is None else loans.late[:LATE],
        late_count=0 if loans is None else len(loans.late),
        waiting=await desk.waiting(),
        why=WHY,
        money=await drawers.glance(here.site_id, frame.start_of_today()),
        served=await desk.last_served(),
        said=verbs.said,
    )


def _next(day: Today) -> list[Next]:
    """In the order of their hours: what is to be given, to be set aside, to come back."""
    found = [
        *(Next(line.period.start, line, "yes", N_("À remettre")) for line in day.pick_ups),
        *(Next(line.period.start, line, "mind", N_("À préparer")) for line in day.to_prepare),
        *(Next(line.period.end, line, "plain", N_("À rendre")) for line in day.returns),
    ]
    return sorted(found, key=lambda one: (one.at, one.line.id))[:NEXT]
