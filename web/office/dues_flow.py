"""Dues in and due: what came in by month and way, what ends and what it would bring, who is due now."""

from typing import Any

from litestar import Request, Response, get

from backend.billing.rules import PayWay
from backend.http.callers import get_caller
from backend.http.respond import page
from backend.identity.rules import Role
from backend.insight import dues
from backend.kit import charts, clock, formats
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from web.office.settings import MONEY

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/cotisations"
WAYS = {
    PayWay.ONLINE: N_("En ligne"),
    PayWay.MONTHLY: N_("Chaque mois"),
    PayWay.CASH: N_("Espèces"),
    PayWay.CHEQUE: N_("Chèque"),
    PayWay.TRANSFER: N_("Virement"),
}


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    today = clock.today()
    received = await dues.received(today)
    coming = await dues.due(today)
    return await page(
        request,
        "office/dues_flow/index.html",
        title=_("Échéances"),
        space="office",
        received=received,
        coming=coming,
        now=await dues.now(),
        ways=WAYS,
        named=formats.month,
        by_way={way: sum(month.cents.get(way, 0) for month in received) for way in WAYS},
        received_cents=sum(month.total_cents for month in received),
        coming_cents=sum(month.cents for month in coming),
        coming_households=sum(month.households for month in coming),
        came=charts.bars(
            [(formats.month(at.first), at.total_cents // 100) for at in received], "€"
        ),
        comes=charts.bars(
            [(formats.month(at.first), at.cents // 100) for at in coming], "€", going_on=0
        ),
        managing=get_caller(request).has(Role.MANAGER, Role.ADMIN),
    )
