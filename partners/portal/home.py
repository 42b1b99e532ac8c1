"""What a partner sees on coming in: the month, what the club brought against its cost, the last uses.

Never who came (P5).
"""

from typing import Any

from litestar import Request, Response, get

from backend.http.respond import page
from backend.kit import charts, clock, formats
from backend.vouchers import statement as statements
from partners.portal import figures, periods, words
from partners.portal.own import MERCHANT, chosen

AnyRequest = Request[Any, Any, Any]
LAST_USES = 10
MONTHS = 12


@get("/partenaire", guards=[MERCHANT])
async def index(request: AnyRequest) -> Response[str]:
    partner, partners = await chosen(request)
    today = clock.today()
    months = await statements.months(partner.id, today, MONTHS)
    year = statements.together([month.brought for month in months])
    fee = await figures.fee(partner.id)
    since, month = months[0].first, periods.named(periods.MONTH, today)
    return await page(
        request,
        "portal/home/index.html",
        title=partner.name,
        space="portal",
        partner=partner,
        partners=partners,
        here="/partenaire",
        month=months[-1].brought,
        back=figures.last_month(months),
        cost=figures.cost(fee, month, months[-1].brought),
        since=since,
        year=year,
        fee=fee,
        drawn=charts.bars(
            [(formats.month(one.first), one.brought.uses) for one in months], wide=True
        ),
        months=[(f"{formats.month(one.first)} {one.first.year}", one.brought) for one in months],
        uses=await statements.passages(partner.id, since, today, LAST_USES),
        words=words,
    )
