"""Money that the treasurer gives back by Stripe: a part or all, with a reason, and the second factor."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.billing import jobs as billing_jobs
from backend.billing import queries as billing
from backend.billing import refunds
from backend.http import forms
from backend.http.callers import staff, sudo
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity.rules import Role
from backend.kit import codes, money
from backend.kit.errors import N_, Invalid
from backend.membership import service as membership
from web.office.staff import by

AnyRequest = Request[Any, Any, Any]
MONEY = staff(Role.TREASURER, Role.MANAGER)
HERE = "/gestion/remboursements/{public_id:str}"


class Wish(msgspec.Struct, frozen=True):
    """Euros as typed; `key` is the page's own, so that a second press is the same refund."""

    amount: str
    reason: str
    key: str


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    order = await billing.get_order(public_id)
    return await page(
        request,
        "office/refunds/new.html",
        title="Rembourser",
        space="office",
        order=order,
        payer=await billing.get_payer(order.payer_id),
        payments=await refunds.refundable(order),
        form=form or Form({"key": codes.random_id()}),
    )


@get(HERE, guards=[MONEY, sudo])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE, guards=[MONEY, sudo])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    cents = money.parse(wish.amount, field="amount")
    if not cents:
        raise Invalid({"amount": N_("Écrivez une somme.")})
    for row in await membership.refund_dues(
        by(request), public_id, cents, wish.reason, key=wish.key
    ):
        await billing_jobs.hurry(row)
    return redirect(request, f"/gestion/remboursements/{public_id}", said="remboursement-demande")
