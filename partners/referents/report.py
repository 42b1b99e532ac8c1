"""A landlord's report of a year: a page, and the same on paper."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http.callers import scoped
from backend.http.respond import page
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.insight import document
from backend.insight import queries as insight
from backend.insight.queries import Landlord
from backend.kit import clock
from backend.kit.translations import translated as _

AnyRequest = Request[Any, Any, Any]
HERE = "/bailleur/rapport"


@get(HERE, guards=[scoped(Role.REFERENT)])
async def show(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[str]:
    landlord, landlords = await _landlord(request, caller)
    told = await document.of_landlord(landlord, _year(request))
    return await page(
        request,
        "referents/report/show.html",
        title=_("Rapport %(year)s", year=told.first.year),
        space="referent",
        told=told,
        paper=_address(landlord, told.first.year, f"{HERE}/papier"),
        landlords=[
            {
                "href": _address(each, told.first.year),
                "label": each.name,
                "current": each == landlord,
            }
            for each in landlords
        ],
        years=[
            {
                "href": _address(landlord, each),
                "label": str(each),
                "current": each == told.first.year,
            }
            for each in document.landlord_years(clock.today())
        ],
    )


@get(f"{HERE}/papier", guards=[scoped(Role.REFERENT)])
async def print_(request: AnyRequest, caller: NamedDependency[SignedIn]) -> Response[bytes]:
    landlord, _ = await _landlord(request, caller)
    told = await document.of_landlord(landlord, _year(request))
    return Response(
        await document.print_(told),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="rapport-{told.first.year}.pdf"',
            "cache-control": "no-store",
        },
    )


async def _landlord(request: AnyRequest, caller: SignedIn) -> tuple[Landlord, list[Landlord]]:
    """One of those they speak for; somebody else's is as unknown as one that never was."""
    asked = str(request.query_params.get("bailleur", ""))
    return await insight.landlord_of(caller.scopes(Role.REFERENT), asked)


def _year(request: AnyRequest) -> int:
    years = document.landlord_years(clock.today())
    asked = str(request.query_params.get("annee", ""))
    return next((each for each in years if str(each) == asked), years[0])


def _address(landlord: Landlord, year: int, path: str = HERE) -> str:
    return f"{path}?{urlencode({'bailleur': landlord.public_id, 'annee': year})}"
