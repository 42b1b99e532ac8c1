"""The report of a year, for those who fund the club: a page, and the same on paper."""

from typing import Any

from litestar import Request, Response, get

from backend.http.respond import page
from backend.insight import document
from backend.insight.document import Document
from backend.kit import clock
from backend.kit.translations import translated as _
from web.office.staff import MANAGER
from web.office.treasury import pdf

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/rapport"


@get(HERE, guards=[MANAGER])
async def show(request: AnyRequest) -> Response[str]:
    told = await _told(request)
    return await page(
        request,
        "office/report/show.html",
        title=_("Rapport %(year)s", year=told.first.year),
        space="office",
        told=told,
        years=[
            {"href": f"{HERE}?annee={each}", "label": str(each), "current": each == told.first.year}
            for each in document.years(clock.today())
        ],
    )


@get(f"{HERE}/papier", guards=[MANAGER])
async def print_(request: AnyRequest) -> Response[bytes]:
    told = await _told(request)
    return pdf(await document.print_(told), f"rapport-{told.first.year}")


async def _told(request: AnyRequest) -> Document:
    years = document.years(clock.today())
    asked = str(request.query_params.get("annee", ""))
    return await document.of_club(next((each for each in years if str(each) == asked), years[0]))
