"""The treasurer's first page: what came in, what each way of paying cost, what waits (B1, B10)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from backend.billing import books, drawers, invoices, statements
from backend.billing import queries as billing
from backend.billing import receipts as numbered
from backend.billing.ways import NAMES
from backend.http.callers import get_caller
from backend.http.respond import page
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from web.office.settings import MONEY
from web.shell import context

AnyRequest = Request[Any, Any, Any]
HOME = "/gestion/tresorerie"
PAGES = (
    (HOME, N_("En bref"), "layout-dashboard"),
    (f"{HOME}/banque", N_("Banque"), "wallet"),
    (f"{HOME}/cheques", N_("Chèques"), "file-text"),
    (f"{HOME}/recus", N_("Reçus"), "receipt"),
    (f"{HOME}/depenses", N_("Dépenses"), "shopping-basket"),
    (f"{HOME}/recettes-commerciales", N_("Recettes commerciales"), "store"),
    (f"{HOME}/comptes", N_("Comptes"), "scale"),
)


class Period(msgspec.Struct, frozen=True):
    """Both days included."""

    since: date
    until: date


async def shown(
    request: AnyRequest, template: str, *, title: str, status: int = 200, **facts: Any
) -> Response[str]:
    """A page of the treasurer's, under its tabs."""
    return await page(
        request,
        f"office/treasury/{template}.html",
        title=title,
        space="office",
        status=status,
        tabs=context.links(request, PAGES, home=HOME),
        ways=NAMES,
        **facts,
    )


def period(request: AnyRequest) -> Period:
    """What the address asks for; else the year so far."""
    today = clock.today()
    since = _day(request.query_params.get("du", "")) or date(today.year, 1, 1)
    until = _day(request.query_params.get("au", "")) or today
    return Period(min(since, until), max(since, until))


def _day(said: str) -> date | None:
    found = statements.day_of(said)
    return found if found is not None and 2000 <= found.year <= 2100 else None


@get(HOME, guards=[MONEY])
async def show(request: AnyRequest) -> Response[str]:
    asked = period(request)
    since, until = clock.start_of_day(asked.since), clock.end_of_day(asked.until)
    return await shown(
        request,
        "show",
        title=_("Trésorerie"),
        period=asked,
        summary=await books.summary(asked.since, asked.until),
        drawers=(await drawers.drawers_between(since, until))[:12],
        manages=get_caller(request).has(Role.MANAGER, Role.ADMIN),
    )


@get(f"{HOME}/recus", guards=[MONEY])
async def receipts(request: AnyRequest) -> Response[str]:
    words = request.query_params.get("q", "").strip()[:100].replace("\x00", "")
    return await shown(
        request,
        "receipts",
        title=_("Reçus"),
        words=words,
        found=await books.find_receipts(words),
        gaps=await books.gaps(),
        series=SERIES,
    )


SERIES = {
    "C": N_("Reçus de cotisation"),
    "AC": N_("Avoirs de cotisation"),
    invoices.SERIES: N_("Factures aux partenaires"),
    invoices.CREDITS: N_("Avoirs aux partenaires"),
    "B": N_("Remises de chèques"),
}


@get(f"{HOME}/recus/{{public_id:str}}", guards=[MONEY])
async def receipt(public_id: FromPath[str]) -> Response[bytes]:
    """Or an invoice: both are found by the same search."""
    issued = await invoices.find_invoice(public_id)
    if issued is not None:
        return pdf(await invoices.print_invoice(issued), f"facture-{issued.said}")
    found = await billing.get_receipt(public_id)
    return pdf(await numbered.render(found), f"recu-{found.said}")


def pdf(content: bytes, name: str) -> Response[bytes]:
    """A paper of the club's. Nothing on the way may keep it."""
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="{name}.pdf"',
            "cache-control": "no-store",
        },
    )
