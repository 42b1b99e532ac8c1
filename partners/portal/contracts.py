"""The partner's contract: read, accepted, paid, left; its trades, and its invoices."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.billing import invoices
from backend.billing import jobs as billing_jobs
from backend.billing import queries as billing
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import fragment, page, redirect, wants_fragment
from backend.http.visits import acting
from backend.jobs import inbox
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.merchants import contracts, standings
from backend.merchants import queries as merchant_queries
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.queries import PartnerPage
from backend.merchants.rules import EndReason, Standing
from backend.places.queries import LegalPage
from backend.places.rules import LEGAL_TEXTS
from partners.portal import own

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/convention"
ONE = "/partenaire/conventions/{public_id:str}"
# What the club says of a partner today, and its colour.
STANDINGS = {
    Standing.PENDING: (N_("En cours"), "plain"),
    Standing.ACTIVE: (N_("Vos avantages sont en ligne"), "yes"),
    Standing.GRACE: (N_("Cotisation à payer"), "mind"),
    Standing.SUSPENDED: (N_("Vos avantages sont arrêtés"), "stop"),
    Standing.CLOSED: (N_("Terminé"), "plain"),
}
HAS = {
    Has.TAKEN: (N_("Vous êtes le seul"), "yes"),
    Has.HELD: (N_("Place gardée pour vous"), "mind"),
    Has.OFFERED: (N_("Place proposée"), "mind"),
    Has.WAITING: (N_("Liste d'attente"), "plain"),
    Has.NONE: (N_("Pas de place"), "plain"),
}

# Version 0 of the words a contract is drawn with: the house's own, on a page of the public space.
HOUSE_TEXT = LegalPage("convention", LEGAL_TEXTS["convention"])


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    partner, partners = await own.chosen(request)
    return await _shown(request, partner, partners, form)


async def _again(request: AnyRequest, public_id: str, form: Form) -> Response[str]:
    contract = await _mine(request, public_id)
    partners = await merchant_queries.partners_of(own.scopes(request))
    partner = next(one for one in partners if one.id == contract.partner_id)
    return await _shown(request, partner, partners, form)


async def _shown(
    request: AnyRequest, partner: PartnerPage, partners: list[PartnerPage], form: Form | None
) -> Response[str]:
    found = await contracts.contracts_of(partner.id)
    running = [one for one in found if one.ended_on is None]
    years = _years(running)
    newest = next(iter(running), None)
    version = newest.terms_version if newest else 0
    standing, text = await standings.standing_with_text(partner.id, clock.today(), version)
    bills = await invoices.bills(
        newest.order_public_id if newest else None, {one.payer_id for one in found}
    )
    return await page(
        request,
        "portal/contracts/show.html",
        title=_("Ma convention"),
        space="portal",
        partner=partner,
        partners=partners,
        form=form,
        standing=standing,
        said=STANDINGS,
        has=HAS,
        offered=Has.OFFERED,
        newest=newest,
        years=years,
        offers=any(one.has is Has.OFFERED for year in years for one in year.trades),
        lost={one.id for one in running if contracts.may_line_up(one, clock.today())},
        leaving=_leaving(running),
        text=(text or HOUSE_TEXT) if newest else None,
        open_ways=bills.ways,
        account=bills.account,
        reference=bills.reference,
        invoices=bills.invoices,
    )


def _years(running: list[ContractPage]) -> list[ContractPage]:
    """The contract in force and, where it was drawn, the one after it; else the newest."""
    today = clock.today()
    now = [one for one in running if one.first_day <= today < one.until]
    return sorted({one.id: one for one in now + running[:1]}.values(), key=lambda one: one.id)


def _leaving(running: list[ContractPage]) -> ContractPage | None:
    """Whose end is the club's end: the oldest that holds or is in grace; a later one ends with it."""
    today = clock.today()
    holding = [
        one
        for one in running
        if today < one.until + timedelta(days=one.grace_days)
        and not contracts.is_followed(one, running, today)
    ]
    return holding[-1] if holding else next(iter(running), None)


@get(HERE, guards=[own.MERCHANT])
async def show(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(f"{ONE}/accord", guards=[own.MERCHANT])
@forms.again(_again)
async def accept(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    contract = await merchants.accept_contract(acting(request), public_id, own.scopes(request))
    return _back(request, contract, "convention-signee")


@post(f"{ONE}/paiement", guards=[own.MERCHANT])
@forms.again(_again)
async def pay(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """To Stripe's page; a firm without a place goes back to where it reads that it waits (V12)."""
    contract = await _mine(request, public_id)
    ordered = await merchants.order_dues(
        acting(request),
        public_id,
        PayWay.ONLINE,
        own.scopes(request),
        done_path="/partenaire/paiements/{order}",
        back_path=f"{HERE}?partenaire={contract.partner_public_id}",
    )
    if ordered is None or ordered.row is None:
        return _back(request, contract, "convention-attend")
    await billing_jobs.hurry(ordered.row)
    order = await billing.get_order(ordered.public_id)
    return redirect(request, order.checkout_url or f"/partenaire/paiements/{order.public_id}")


@post(f"{ONE}/virement", guards=[own.MERCHANT])
@forms.again(_again)
async def transfer(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    contract = await _mine(request, public_id)
    ordered = await merchants.order_dues(
        acting(request), public_id, PayWay.TRANSFER, own.scopes(request)
    )
    said = "convention-attend" if ordered is None else "reference-prete"
    return _back(request, contract, said)


@post(f"{ONE}/place", guards=[own.MERCHANT])
@forms.again(_again)
async def take(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    contract = await _mine(request, public_id)
    await merchants.take_place(acting(request), public_id, own.scopes(request))
    return _back(request, contract, "place-prise")


@post(f"{ONE}/rang", guards=[own.MERCHANT])
@forms.again(_again)
async def line_up(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    contract = await merchants.line_up_again(acting(request), public_id, own.scopes(request))
    return _back(request, contract, "rang-repris" if contract.in_line else "place-gardee")


@post(f"{ONE}/depart", guards=[own.MERCHANT])
@forms.again(_again)
async def leave(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    contract = await _mine(request, public_id)
    await merchants.end_contract(acting(request), public_id, EndReason.LEFT, own.scopes(request))
    return _back(request, contract, "convention-finie")


@get("/partenaire/paiements/{public_id:str}", guards=[own.MERCHANT])
async def payment(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    """Back from Stripe, or waiting for it. It shows what is known, never what is hoped for."""
    order, contract = await _own_order(request, public_id)
    if order.state() is OrderState.OPEN:
        await inbox.catch_up(order.public_id)
        order, contract = await _own_order(request, public_id)
    facts: dict[str, Any] = {
        "order": order,
        "state": order.state(),
        "contract": contract,
        "invoice": await invoices.of_order(order.id),
        "debit": order.stripe_session is not None and order.expires_at is None,
    }
    if wants_fragment(request):
        return await fragment(request, "portal/contracts/_payment.html", **facts)
    return await page(
        request, "portal/contracts/payment.html", title=_("Mon paiement"), space="portal", **facts
    )


@get("/partenaire/factures/{public_id:str}", guards=[own.MERCHANT])
async def invoice(request: AnyRequest, public_id: FromPath[str]) -> Response[bytes]:
    payers = [
        one.payer_id
        for partner in own.scopes(request)
        for one in await contracts.contracts_of(partner)
    ]
    found = await invoices.get_invoice(public_id, payers)
    return Response(
        await invoices.print_invoice(found),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="facture-{found.said}.pdf"',
            "cache-control": "no-store",
        },
    )


async def _mine(request: AnyRequest, public_id: str) -> ContractPage:
    return await contracts.get_contract(public_id, own.scopes(request))


async def _own_order(request: AnyRequest, public_id: str) -> tuple[Order, ContractPage]:
    """Another partner's payment is as unknown as one that never was."""
    order = await billing.get_order(public_id)
    for partner in own.scopes(request):
        for one in await contracts.contracts_of(partner):
            if one.payer_id == order.payer_id and order.kind == "partner_dues":
                return order, one
    raise OrderUnknown


def _back(request: AnyRequest, contract: ContractPage, said: str) -> Response[Any]:
    return redirect(request, f"{HERE}?partenaire={contract.partner_public_id}", said=said)


HANDLERS = [show, accept, pay, transfer, take, line_up, leave, payment, invoice]
