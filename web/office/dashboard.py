"""The club over twelve months, and what waits for somebody."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from backend.http.respond import page
from backend.insight import dashboard
from backend.insight.rules import ALERT_PERCENT
from backend.kit import charts, clock, formats
from backend.kit.translations import translated as _
from backend.membership import office as membership
from backend.vouchers import office as vouchers
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
MONTHS = 12


class Column(msgspec.Struct, frozen=True):
    """One month of the table under the charts."""

    name: str
    saved_cents: int
    uses: int
    households: int


@get("/gestion", guards=[MANAGER])
async def show(request: AnyRequest) -> Response[str]:
    today = clock.today()
    year = await vouchers.savings_by_month(today, MONTHS)
    members = await membership.members_by_month(today, MONTHS)
    columns = [
        Column(formats.month(month.first), month.saved_cents, month.uses, at.households)
        for month, at in zip(year.months, members, strict=True)
    ]
    return await page(
        request,
        "office/dashboard/show.html",
        title=_("Le club, sur 12 mois"),
        space="office",
        today=today,
        year=year,
        columns=columns,
        headings=[_("Mois"), *((each.name, "e") for each in columns)],
        now=await dashboard.now(today),
        alert_percent=ALERT_PERCENT,
        gained=members[-1].households - members[0].households,
        savings=charts.bars([(each.name, each.saved_cents // 100) for each in columns], "€"),
        curve=charts.line([(each.name, each.households) for each in columns]),
        checks=await membership.open_checks(),
    )
