"""Money that the treasurer gives back: a part or all, with a reason, and the second factor.

By Stripe, or beside it where Stripe cannot: by bank transfer, or in cash out of an open drawer.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.activities.service import paying as seats
from backend.billing import drawers, refunds
from backend.billing import jobs as billing_jobs
from backend.billing import queries as billing
from backend.billing.errors import DrawerClosed, OrderUnknown
from backend.billing.queries import Order
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.callers import staff, sudo
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.rules import Role
from backend.kit import codes, money
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from backend.membership import proofs, queries
from backend.membership import service as membership
from backend.membership.queries import OfHousehold
from backend.membership.service import sold
from backend.merchants import service as merchants
from backend.orders.service import paying
from web.office.staff import by

AnyRequest = Request[Any, Any, Any]
MONEY = staff(Role.TREASURER, Role.MANAGER)
HERE = "/gestion/remboursements/{public_id:str}"
STRIPE, TRANSFER = "stripe", "transfer"
# What an order is for decides what is taken back with the money: the kinds that Stripe may pay.
REPAY: dict[str, Callable[..., Awaitable[object]]] = {
    "dues": membership.repay_dues,
    "partner_dues": merchants.repay_dues,
    "service": partial(sold.repay, sold=paying.SOLD),
    "activity": partial(sold.repay, sold=seats.SOLD),
}


class Wish(msgspec.Struct, frozen=True):
    """Euros as typed; `key` is the page's own, so that a second press is the same refund.

    `how`: by Stripe, by transfer, or the drawer that the cash comes from.
    """

    amount: str
    reason: str
    key: str
    how: str = STRIPE


class Undo(msgspec.Struct, frozen=True):
    """All that the counter took goes back as it came; `drawer`: where the cash comes from."""

    reason: str
    drawer: str = ""


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    order = await billing.get_order(public_id)
    if _by_hand(order):
        return await _page_by_hand(request, order, form)
    asked = request.query_params.get("comment", STRIPE if order.kind == "dues" else TRANSFER)
    return await page(
        request,
        "office/refunds/new.html",
        title=_("Rembourser"),
        space="office",
        order=order,
        payer=await billing.get_payer(order.payer_id),
        payments=await refunds.refundable(order, transfers=order.kind == "partner_dues"),
        given=await refunds.given_back(public_id),
        notice=await proofs.notice_of(public_id),
        drawers=await drawers.opened(),
        form=form or Form({"key": codes.random_id(), "how": asked}),
    )


async def _page_by_hand(request: AnyRequest, order: Order, form: Form | None) -> Response[str]:
    free = order.amount_cents == 0
    return await page(
        request,
        "office/refunds/months.html" if free else "office/refunds/undo.html",
        title=_("Annuler des mois gratuits") if free else _("Rendre une cotisation"),
        space="office",
        order=order,
        payer=await billing.get_payer(order.payer_id),
        granted=await queries.granted(order.public_id),
        drawers=await drawers.opened(),
        form=form,
    )


@get(HERE, guards=[MONEY, sudo])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE, guards=[MONEY, sudo])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    order = await billing.get_order(public_id)
    here = f"/gestion/remboursements/{public_id}"
    if _by_hand(order):
        await _undo(request, order)
        said = "argent-rendu" if order.amount_cents else "mois-annules"
        return redirect(request, here, said=said)
    wish = await forms.read(request, Wish)
    cents = money.parse(wish.amount, field="amount")
    if not cents:
        raise Invalid({"amount": N_("Écrivez une somme.")})
    if wish.how != STRIPE:
        await _repay(request, public_id, cents, wish)
        return redirect(request, here, said="argent-rendu")
    for row in await membership.refund_dues(
        by(request), public_id, cents, wish.reason, key=wish.key
    ):
        await billing_jobs.hurry(row)
    return redirect(request, here, said="remboursement-demande")


def _by_hand(order: Order) -> bool:
    """Dues that Stripe knows nothing of: where their household has ended, the counter has no file."""
    return order.kind == "dues" and order.way not in {PayWay.ONLINE, PayWay.MONTHLY}


async def _undo(request: AnyRequest, order: Order) -> None:
    wish = await forms.read(request, Undo)
    household_id = order.terms(OfHousehold).household_id
    if order.amount_cents == 0:
        await membership.undo_months(by(request), household_id, order.public_id, wish.reason)
        return
    site_id = await _site(wish.drawer) if order.way is PayWay.CASH else None
    await membership.undo_dues(by(request), household_id, order.public_id, site_id, wish.reason)


async def _repay(request: AnyRequest, public_id: str, cents: int, wish: Wish) -> None:
    order = await billing.get_order(public_id)
    way, site_id = PayWay.TRANSFER, None
    if wish.how != TRANSFER:
        way, site_id = PayWay.CASH, await _site(wish.how)
    if order.kind not in REPAY:
        raise OrderUnknown
    given = Repayment(public_id, cents, wish.reason, way, site_id)
    await REPAY[order.kind](by(request), given, key=wish.key)


async def _site(drawer: str) -> int | None:
    """Where the drawer stands. Raises DrawerClosed: its count says what was in it."""
    found = next((one for one in await drawers.opened() if one.public_id == drawer), None)
    if found is None:
        raise DrawerClosed
    return found.site_id
