"""Dues over the counter: taken in one screen (M4); taken back by a manager, as all money of the counter is."""

from collections.abc import Awaitable, Callable
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.activities.service import paying as seats
from backend.billing import drawers, ways
from backend.billing import queries as billing
from backend.billing import receipts as numbered
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, formats
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending.service import unpaying
from backend.membership import desk, plates, queries, rules
from backend.membership import service as membership
from backend.membership.desk import File
from backend.membership.queries import Member
from backend.membership.rules import MOST_MONTHS, YEAR_MONTHS
from backend.membership.service import sold
from backend.orders.service import paying as services
from web.desk import frame, people
from web.desk.debts import Money
from web.desk.frame import DESK, MANAGER, AnyRequest


class Way(StrEnum):
    """What comes over the counter; online is Stripe's to say."""

    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


WAYS = (
    (Way.CASH, N_("Espèces")),
    (Way.CHEQUE, N_("Chèque")),
    (Way.TRANSFER, N_("Virement")),
)


class Wish(Money, frozen=True, kw_only=True):
    """So many months; a transfer may have come already. `month_cents` is the price that the page said."""

    months: int = YEAR_MONTHS
    way: Way = Way.CASH
    month_cents: int | None = None
    confirmed: bool = False


class TransferWish(msgspec.Struct, frozen=True):
    months: int = YEAR_MONTHS


class Running(msgspec.Struct, frozen=True):
    """Other payments for the same days: each month, and a debit whose day of answer is known."""

    plan: queries.Plan | None
    debit_until: date | None


class Undo(msgspec.Struct, frozen=True):
    reason: str


# What a manager takes back of a payment, and what is said then.
UNDOES: dict[str, tuple[Callable[..., Awaitable[int]], str]] = {
    "dues": (membership.undo_dues, "cotisation-annulee"),
    "lending": (partial(sold.undo_payment, sold=unpaying.SOLD), "paiement-annule"),
    "service": (partial(sold.undo_payment, sold=services.SOLD), "paiement-annule"),
    "activity": (partial(sold.undo_payment, sold=seats.SOLD), "paiement-annule"),
}


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    here = await frame.place(request)
    open_ways = await ways.ways()
    today = clock.today()
    month_cents = await queries.month_price(file.member.category, today)
    return await people.tab(
        request,
        "dues",
        file,
        focus=False,
        form=form,
        key=codes.random_id(),
        ways=[each for each in WAYS if each[0] in open_ways],
        choices=[_choice(months, month_cents) for months in range(1, MOST_MONTHS + 1)],
        usual=YEAR_MONTHS,
        usual_cents=YEAR_MONTHS * month_cents,
        month_cents=month_cents,
        here=here,
        drawer_open=here.must_choose or await drawers.find_open(here.site_id) is not None,
        left_cents=await drawers.left_at(here.site_id),
        running=await _running(file.member, today),
        starts=rules.first_day(
            rules.paid_until(file.member.spans, today), file.member.grace_days, today
        ),
    )


@get("/comptoir/personnes/{public_id:str}/cotisation", guards=[DESK])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/cotisation", guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    file = await desk.open_file(public_id)
    here = await frame.place(request)
    await membership.take_dues(
        acting(request),
        file.member.household_id,
        wish.months,
        PayWay(wish.way),
        here.of_money(),
        key=wish.key,
        note=wish.note or None,
        cheque=wish.cheque,
        month_cents=wish.month_cents,
        confirmed=wish.confirmed,
    )
    return redirect(request, f"/comptoir/personnes/{public_id}", said="cotisation-encaissee")


@post("/comptoir/personnes/{public_id:str}/cotisation/arret", guards=[DESK])
@forms.again(_page)
async def stop(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """The monthly payment ends, so that the dues can be taken here instead."""
    file = await desk.open_file(public_id)
    await membership.stop_monthly(acting(request), file.member.household_id)
    return redirect(
        request, f"/comptoir/personnes/{public_id}/cotisation", said="mensualite-arret-demande"
    )


@post("/comptoir/personnes/{public_id:str}/virement", guards=[DESK])
@forms.again(_page)
async def order_transfer(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """A paper with the reference to write on the transfer; nothing is taken yet."""
    wish = await forms.read(request, TransferWish)
    file = await desk.open_file(public_id)
    order = await membership.order_transfer(acting(request), file.member.household_id, wish.months)
    return frame.pdf(await plates.transfer(order), "virement")


async def _undo_page(
    request: AnyRequest, public_id: str, order: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    found = await order_of(file, order)
    return await people.tab(request, "undo_dues", file, focus=False, form=form, order=found)


@get("/comptoir/personnes/{public_id:str}/paiements/{order:str}/annulation", guards=[MANAGER])
async def ask_undo(
    request: AnyRequest, public_id: FromPath[str], order: FromPath[str]
) -> Response[str]:
    return await _undo_page(request, public_id, order)


@post("/comptoir/personnes/{public_id:str}/paiements/{order:str}/annulation", guards=[MANAGER])
@forms.again(_undo_page)
async def destroy(
    request: AnyRequest, public_id: FromPath[str], order: FromPath[str]
) -> Response[Any]:
    wish = await forms.read(request, Undo)
    file = await desk.open_file(public_id)
    here = await frame.place(request)
    undo, said = UNDOES[(await order_of(file, order)).kind]
    await undo(acting(request), file.member.household_id, order, here.of_money(), wish.reason)
    to = f"/comptoir/personnes/{public_id}/paiements"
    return redirect(request, to, said=said)


async def order_of(file: File, public_id: str) -> Order:
    """An order of this household, or of days that came along to it. Raises OrderUnknown."""
    found = await billing.get_order(public_id)
    if found.kind not in UNDOES or not await queries.stands_for(
        found, file.member.payer_id, file.member.household_id
    ):
        raise OrderUnknown
    return found


@get("/comptoir/recus/{public_id:str}", guards=[DESK])
async def receipt(public_id: FromPath[str]) -> Response[bytes]:
    found = await billing.get_receipt(public_id)
    return frame.pdf(await numbered.render(found), f"recu-{found.said}")


async def _running(member: Member, today: date) -> Running | None:
    """None where nothing runs: a plan that was stopped takes nothing any more."""
    plan = await queries.find_plan(member.household_id)
    debits = [s.last_day for s in member.spans if s.provisional_until and today <= s.last_day]
    running = Running(None if plan and plan.ends_on else plan, max(debits, default=None))
    return running if running.plan or running.debit_until else None


def _choice(months: int, month_cents: int) -> tuple[int, str]:
    price = formats.euros(months * month_cents)
    return months, _("%(count)s\u00a0mois, %(price)s", count=months, price=price)
