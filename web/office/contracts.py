"""Contracts with partners: drawn, signed on paper, paid by transfer, ended; and who waits for a place."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.billing import invoices
from backend.billing import queries as billing
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, text
from backend.kit.translations import translated as _
from backend.merchants import applications, contracts, queries, standings
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.errors import DetailMissing
from backend.merchants.queries import PartnerPage
from backend.merchants.rules import EndReason, Standing
from web.office.applications import contract_facts, read_draft
from web.office.partners import get_partner
from web.office.staff import MANAGER, by
from web.shell import firms
from web.shell.firms import STANDINGS

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/conventions"
OF_PARTNER = "/gestion/partenaires/{public_id:str}/conventions"


class Signed(msgspec.Struct, frozen=True):
    signer: str = ""


class Ended(msgspec.Struct, frozen=True):
    reason: EndReason = EndReason.CLUB


class Released(msgspec.Struct, frozen=True):
    trade: int


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    found = sorted(await contracts.current(), key=lambda one: text.fold(one.partner_name))
    return await page(
        request,
        "office/contracts/index.html",
        title=_("Conventions"),
        space="office",
        contracts=found,
        standings=await standings.standings({one.partner_id for one in found}, clock.today()),
        said=STANDINGS,
        waiting=await contracts.waiting(),
        candidates=len(await applications.waiting()),
        today=clock.today(),
    )


async def _new(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    partner = await get_partner(public_id)
    return await page(
        request,
        "office/contracts/new.html",
        title=_("Nouvelle convention"),
        space="office",
        partner=partner,
        **await contract_facts(form or Form(await _suggested(partner))),
    )


async def _suggested(partner: PartnerPage) -> dict[str, str]:
    """What the last contract said, else the partner's first shop and the club's settings."""
    club = await contracts.terms()
    last = next(iter(await contracts.contracts_of(partner.id)), None)
    shop = next(iter(await queries.shops_of(partner.id)), None)
    kind = partner.kind if last is None else last.kind
    ticked = () if last is None else last.trades
    return {
        "kind": kind.value,
        "first_day": clock.today().isoformat(),
        "dues": firms.typed_euros(club.dues_cents(kind)),
        "campaigns_a_year": str(club.campaigns_a_year),
        "name": partner.name,
        "street": shop.street if shop else "",
        "postcode": shop.postcode if shop else "",
        "town": shop.town if shop else "",
        "email": partner.email or "",
        **{f"{firms.FIELD}{one.number}": "1" for one in ticked},
    }


@get(f"{OF_PARTNER}/nouvelle", guards=[MANAGER])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _new(request, public_id)


@post(OF_PARTNER, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    partner = await get_partner(public_id)
    made = await merchants.draw_contract(by(request), partner.id, await read_draft(request))
    return redirect(request, f"{HERE}/{made}", said="convention-envoyee")


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    contract = await contracts.get_contract(public_id)
    order = await billing.find_order(contract.order_public_id or "")
    transfer = order is not None and order.way is PayWay.TRANSFER
    open_transfer = transfer and order is not None and order.state() is OrderState.OPEN
    return await page(
        request,
        "office/contracts/show.html",
        title=_("Convention de %(name)s", name=contract.partner_name),
        space="office",
        form=form,
        contract=contract,
        standing=await _standing(contract),
        said=STANDINGS,
        reference=await billing.reference_of(order) if open_transfer and order else "",
        invoices=await invoices.of_payers([contract.payer_id]),
        repayable=_repayable(order),
        kinds=firms.KINDS,
        has=firms.HAS,
        held={Has.HELD, Has.OFFERED, Has.TAKEN},
        lost=contracts.may_line_up(contract, clock.today()),
        last={one.number for one in contract.trades},
        followed=contracts.is_followed(
            contract, await contracts.running(contract.partner_id), clock.today()
        ),
        address=f"{HERE}/{public_id}",
    )


def _repayable(order: Order | None) -> str | None:
    """The order whose money is still with the club."""
    return order.public_id if order is not None and order.left_cents > 0 else None


async def _standing(contract: ContractPage) -> Standing:
    return await standings.standing(contract.partner_id, clock.today())


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


@post(f"{HERE}/{{public_id:str}}/papier", guards=[MANAGER])
@forms.again(_show)
async def sign(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """The signed paper is in the house; whose name stands under it is kept."""
    signed = await forms.read(request, Signed)
    if not signed.signer:
        raise DetailMissing().at("signer")
    await merchants.accept_contract(by(request), public_id, signer=signed.signer)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/virement", guards=[MANAGER])
@forms.again(_show)
async def order(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """An invoice to pay by transfer; a firm that waits gets none."""
    ordered = await merchants.order_dues(by(request), public_id, PayWay.TRANSFER)
    said = "convention-attend" if ordered is None else "reference-prete"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(f"{HERE}/{{public_id:str}}/rang", guards=[MANAGER])
@forms.again(_show)
async def line_up(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """For a firm that asks at the club."""
    contract = await merchants.line_up_again(by(request), public_id)
    said = "rang-repris" if contract.in_line else "place-gardee"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(f"{HERE}/{{public_id:str}}/metier", guards=[MANAGER])
@forms.again(_show)
async def release(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    released = await forms.read(request, Released)
    await merchants.release_trade(by(request), public_id, released.trade)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/fin", guards=[MANAGER])
@forms.again(_show)
async def end(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    ended = await forms.read(request, Ended)
    await merchants.end_contract(by(request), public_id, ended.reason)
    return redirect(request, f"{HERE}/{public_id}", said="convention-finie")


@get("/gestion/factures/{public_id:str}", guards=[MANAGER])
async def invoice(public_id: FromPath[str]) -> Response[bytes]:
    found = await invoices.get_invoice(public_id)
    return Response(
        await invoices.print_invoice(found),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="facture-{found.said}.pdf"',
            "cache-control": "no-store",
        },
    )


HANDLERS = [index, new, create, show, sign, order, line_up, release, end, invoice]
