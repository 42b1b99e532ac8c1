"""Members by month and uses by week: the chart and its table, for any range or category."""

from typing import Any

from litestar import Request, Response, get

from backend.http.respond import page
from backend.kit import clock, formats
from backend.membership import office as membership
from backend.membership.rules import Category
from backend.vouchers import office as vouchers
from web.office import charts
from web.office.members import CATEGORIES
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/croissance"
RANGES = (12, 24, 36, 60)
WEEKS = 26


@get(HERE, guards=[MANAGER])
async def show(request: AnyRequest) -> Response[str]:
    params = request.query_params
    months = next((each for each in RANGES if str(each) == params.get("mois")), RANGES[0])
    category = next((each for each in Category if each == params.get("tarif")), None)
    found = await membership.members_by_month(clock.today(), months, category)
    before = [0, *(month.households for month in found)]
    return await page(
        request,
        "office/growth/show.html",
        title="Foyers adhérents",
        space="office",
        here=HERE,
        ranges=RANGES,
        months=months,
        category=category,
        categories=list(CATEGORIES.items()),
        found=found,
        steps=[month.households - was for month, was in zip(found, before, strict=False)],
        curve=charts.curve(
            [(formats.month(month.on), month.households) for month in found], charts.WIDE
        ),
    )


@get("/gestion/utilisations", guards=[MANAGER])
async def uses(request: AnyRequest) -> Response[str]:
    weeks = await vouchers.uses_by_week(clock.today(), WEEKS)
    points = [(f"{week.first:%d/%m}", week.uses) for week in weeks]
    return await page(
        request,
        "office/growth/uses.html",
        title="Bons utilisés",
        space="office",
        weeks=weeks,
        uses=sum(week.uses for week in weeks),
        saved_cents=sum(week.saved_cents for week in weeks),
        drawn=charts.bars(points, across=charts.WIDE),
    )
