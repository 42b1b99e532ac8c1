"""Who takes part in what neighbours do together: counts by residence and over time, never a name (A4)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.insight import participation
from backend.insight.participation import Month, Settings, Way
from backend.insight.rules import FEWEST
from backend.kit import charts, formats
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/participation"
WAYS = {
    Way.VOUCHERS: N_("Utiliser un avantage"),
    Way.LOANS: N_("Emprunter un objet ou une salle"),
    Way.SKILLS: N_("S’entraider entre voisins"),
    Way.ORDERS: N_("Commander au comptoir"),
    Way.ACTIVITIES: N_("Venir à une activité"),
}


class Wish(msgspec.Struct, frozen=True):
    months: int
    call_days: int
    weekly_calls: int


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    months = await participation.months()
    told = [(_named(each), each.total.taking) for each in months if each.total.taking is not None]
    return await page(
        request,
        "office/participation/show.html",
        title=_("Participation"),
        space="office",
        here=HERE,
        form=form,
        found=await participation.newest(),
        months=months,
        drawn=charts.line(told) if told else None,
        named=_named,
        ways=WAYS,
        settings=await participation.settings(),
        fewest=FEWEST,
    )


def _named(month: Month) -> str:
    return formats.month(month.until)


@get(HERE, guards=[MANAGER])
async def show(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(f"{HERE}/reglages", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Wish)
    wanted = Settings(typed.months, typed.call_days, typed.weekly_calls)
    await participation.set_settings(by(request), wanted)
    return redirect(request, HERE, said="enregistre")


HANDLERS = [show, update]
