"""Members by month and uses by week: the chart and its table, for any range or category."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from litestar import Request, Response, get

from backend.http.respond import page
from backend.kit import charts, clock, formats
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.membership import office as membership
from backend.membership.rules import Category
from backend.vouchers import office as vouchers
from backend.vouchers.office import Month, Week
from web.office.members import CATEGORIES
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/croissance"
RANGES = (12, 24, 36, 60)
WEEKS = 26
MONTHS = 12
Step = Month | Week


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
        title=_("Foyers adhérents"),
        space="office",
        here=HERE,
        ranges=RANGES,
        months=months,
        category=category,
        categories=options(CATEGORIES),
        found=found,
        steps=[month.households - was for month, was in zip(found, before, strict=False)],
        curve=charts.line(
            [(formats.month(month.on), month.households) for month in found], wide=True
        ),
    )


@get("/gestion/utilisations", guards=[MANAGER])
async def uses(request: AnyRequest) -> Response[str]:
    """By week; by month when it is asked for, as the dashboard adds them up."""
    today, by_month = clock.today(), request.query_params.get("par") == "mois"
    if by_month:
        steps: Sequence[Step] = (await vouchers.savings_by_month(today, MONTHS)).months
    else:
        steps = await vouchers.uses_by_week(today, WEEKS)
    points = [(_name(each.first, by_month), each.uses) for each in steps]
    return await page(
        request,
        "office/growth/uses.html",
        title=_("Bons utilisés"),
        space="office",
        by_month=by_month,
        steps=steps,
        named=formats.month,
        uses=sum(each.uses for each in steps),
        saved_cents=sum(each.saved_cents for each in steps),
        drawn=charts.bars(points, wide=True),
    )


def _name(first: date, by_month: bool) -> str:
    return formats.month(first) if by_month else f"{first:%d/%m}"
