"""Cheques: those that wait, batches for the bank, and those that it sent back."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.activities.service import paying as seats
from backend.billing import cheques
from backend.billing import queries as billing
from backend.billing.errors import NoChequeWaits, OrderUnknown
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit.translations import translated as _
from backend.lending.service import unpaying
from backend.membership import service as membership
from backend.membership.service import sold
from backend.orders.service import paying
from web.office.settings import MONEY
from web.office.staff import by
from web.office.treasury import HOME, AnyRequest, pdf, shown

HERE = f"{HOME}/cheques"
# What a cheque paid decides what is due again when it comes back.
BOUNCE: dict[str, Callable[..., Awaitable[None]]] = {
    "dues": membership.bounce_cheque,
    "service": partial(sold.bounce_cheque, sold=paying.SOLD),
    "activity": partial(sold.bounce_cheque, sold=seats.SOLD),
    "lending": partial(sold.bounce_cheque, sold=unpaying.SOLD),
    "deposit": unpaying.bounce_deposit,
}


class Bounce(msgspec.Struct, frozen=True):
    order: str
    reason: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await shown(
        request,
        "cheques",
        title=_("Chèques"),
        form=form,
        waiting=await cheques.waiting(),
        deposits=await cheques.deposits(),
    )


async def _deposit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    found = await cheques.get_deposit(public_id)
    return await shown(
        request,
        "deposit",
        title=_("Remise %(name)s", name=found.said),
        form=form,
        deposit=found,
        cheques=await cheques.cheques_of(public_id),
    )


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MONEY])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    chosen = [str(each) for each in (await request.form()).getall("cheque", [])]
    if not chosen:
        raise NoChequeWaits
    made = await cheques.deposit(by(request), chosen)
    return redirect(request, f"{HERE}/{made}", said="enregistre")


@get(f"{HERE}/{{public_id:str}}", guards=[MONEY])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _deposit(request, public_id)


@get(f"{HERE}/{{public_id:str}}/papier", guards=[MONEY])
async def print_(public_id: FromPath[str]) -> Response[bytes]:
    found = await cheques.get_deposit(public_id)
    return pdf(await cheques.print_deposit(found), f"remise-{found.said}")


@post(f"{HERE}/{{public_id:str}}/rejet", guards=[MONEY])
@forms.again(_deposit)
async def bounce(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Bounce)
    kind = (await billing.get_order(wish.order)).kind
    if kind not in BOUNCE:
        raise OrderUnknown
    await BOUNCE[kind](by(request), wish.order, wish.reason)
    return redirect(request, f"{HERE}/{public_id}", said="cheque-rejete")
