"""My dues: where I stand, paying, receipts, stopping the monthly payment."""

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.billing import jobs as billing_jobs
from backend.billing import portal
from backend.billing import queries as billing
from backend.billing import receipts as numbered
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.callers import member as is_member
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership import queries, rules
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.reminders import Channel
from backend.membership.rules import YEAR_MONTHS, Status
from web.shell import stripe_pages

AnyRequest = Request[Any, Any, Any]
Me = NamedDependency[Member]
HERE = "/compte/cotisation"
PAYMENT = f"{HERE}/paiements/{{order}}"
SOON_DAYS = 30
TOLD_BY = {
    Channel.EMAIL: N_("par e-mail"),
    Channel.SMS: N_("par SMS"),
    Channel.PRINT: N_("par lettre"),
    Channel.DOOR: N_("chez vous"),
}
# The words that are ticked, and kept with their moment (B11).
RENEWAL = N_(
    "Renouveler chaque année. Le club prend alors la cotisation sur le même compte, au prix du jour."
    " Il me prévient au moins un mois avant. Je peux arrêter en un clic."
)


class Way(StrEnum):
    """What a member pays by themselves; cash and cheques go over the counter."""

    ONLINE = "online"
    MONTHLY = "monthly"


class Wanted(msgspec.Struct):
    facon: Way
    renouveler: bool = False


class Offer(msgspec.Struct, frozen=True):
    """The two ways to pay, with what each says on its button."""

    month_cents: int
    year_cents: int
    starts: date
    year_ends: date
    month_ends: date


@get(HERE, guards=[is_member])
async def index(request: AnyRequest, member: Me) -> Response[str]:
    return await page(
        request,
        "member/dues/index.html",
        title=_("Ma cotisation"),
        space="member",
        standing=member.standing(),
        days_left=_days_left(member),
        mine=await queries.my_dues(member),
        ways=TOLD_BY,
        opens=rules.renewal_opens(member.spans, clock.today()),
    )


def _days_left(member: Member) -> int | None:
    """How many paid days come after today; None while that is no matter yet."""
    until = member.paid_until
    left = None if until is None else (until - clock.today()).days
    return left if left is not None and 0 <= left <= SOON_DAYS else None


async def _pay(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    paying = await queries.paying(member)
    return await page(
        request,
        "member/dues/new.html",
        title=_("Payer ma cotisation"),
        space="member",
        form=form,
        monthly=_monthly(request, form, paying.open_ways),
        paying=paying,
        offer=_offer(member, paying.month_cents),
        renewal=RENEWAL,
        joining=not member.spans,
        opens=rules.renewal_opens(member.spans, clock.today()),
    )


def _monthly(request: AnyRequest, form: Form | None, open_ways: frozenset[str]) -> bool:
    """What was chosen; where that way is closed, the other one."""
    chosen = request.query_params.get("facon") if form is None else form.values.get("facon")
    if chosen == PayWay.MONTHLY:
        return PayWay.MONTHLY in open_ways
    return PayWay.ONLINE not in open_ways and PayWay.MONTHLY in open_ways


@get(f"{HERE}/payer", guards=[is_member])
async def new(request: AnyRequest, member: Me) -> Response[str]:
    return await _pay(request, member)


@post(f"{HERE}/payer", guards=[is_member])
@forms.again(_pay)
async def create(request: AnyRequest, member: Me) -> Response[Any]:
    """The order, then at once Stripe's page; where that is slow, the page of the payment waits."""
    wanted = await forms.read(request, Wanted)
    await stripe_pages.hear_of(member, "dues")
    ordered = await membership.order_dues(
        member.household_id,
        PayWay(wanted.facon),
        acting(request),
        done_path=PAYMENT,
        back_path=f"{HERE}/payer?facon={wanted.facon}",
        renew=RENEWAL if wanted.renouveler else None,
    )
    return await stripe_pages.go(request, ordered, PAYMENT)


@post(f"{HERE}/virement", guards=[is_member])
@forms.again(_pay)
async def create_transfer(request: AnyRequest, member: Me) -> Response[Any]:
    """An order with a reference of its own: by it the bank's line finds who paid, and what."""
    await membership.order_transfer(
        acting(request), member.household_id, YEAR_MONTHS, by_oneself=True
    )
    return redirect(request, f"{HERE}/payer", said="reference-prete")


@get(f"{HERE}/paiements/{{public_id:str}}", guards=[is_member])
async def show(request: AnyRequest, member: Me, public_id: FromPath[str]) -> Response[str]:
    """Back from Stripe, or waiting for it; days of a debit that is under way count already."""
    order = await stripe_pages.heard(await _mine(member, public_id))
    standing = (await queries.find_member(member.person_id) or member).standing()
    return await stripe_pages.show(
        request,
        order,
        "member/dues/show.html",
        "member/dues/_payment.html",
        waits=standing.status is not Status.PROVISIONAL,
        standing=standing,
    )


@get(f"{HERE}/recus/{{public_id:str}}", guards=[is_member])
async def receipt(member: Me, public_id: FromPath[str]) -> Response[bytes]:
    found = await billing.get_receipt(public_id)
    await _mine(member, found.order_public_id)
    return Response(
        await numbered.render(found),
        media_type="application/pdf",
        headers={
            "content-disposition": f'inline; filename="recu-{found.said}.pdf"',
            "cache-control": "no-store",
        },
    )


@get(f"{HERE}/arret", guards=[is_member])
async def leave(request: AnyRequest, member: Me) -> Response[str]:
    return await page(
        request,
        "member/dues/stop.html",
        title=_("Arrêter de payer chaque mois"),
        space="member",
        plan=await queries.find_plan(member.household_id),
        standing=member.standing(),
    )


@post(f"{HERE}/arret", guards=[is_member])
async def stop(request: AnyRequest, member: Me) -> Response[Any]:
    await membership.stop_monthly(acting(request), member.household_id)
    return redirect(request, HERE, said="mensualite-arretee")


@get(f"{HERE}/retractation", guards=[is_member])
async def ask_withdrawal(request: AnyRequest, member: Me) -> Response[str]:
    return await page(
        request,
        "member/dues/withdraw.html",
        title=_("Changer d'avis"),
        space="member",
        withdrawable=await queries.withdrawable(member.payer_id, member.household_id),
    )


@post(f"{HERE}/retractation/{{public_id:str}}", guards=[is_member])
async def withdraw(request: AnyRequest, member: Me, public_id: FromPath[str]) -> Response[Any]:
    """All the money goes back; Stripe is asked right away, or by a worker."""
    order = await _mine(member, public_id)
    for row in await membership.withdraw(acting(request), member.household_id, order.public_id):
        await billing_jobs.hurry(row)
    return redirect(request, HERE, said="retractation-faite")


@post(f"{HERE}/carte", guards=[is_member])
async def change_card(request: AnyRequest, member: Me) -> Response[Any]:
    """To Stripe's portal at once; where it is slow, a page of ours waits for it."""
    asked = await membership.open_portal(acting(request), member.household_id, HERE)
    await billing_jobs.hurry(asked.row)
    visit = await portal.get(asked.public_id, member.payer_id)
    return redirect(request, visit.url or f"{HERE}/carte/{visit.public_id}")


@get(f"{HERE}/carte/{{public_id:str}}", guards=[is_member])
async def card(request: AnyRequest, member: Me, public_id: FromPath[str]) -> Response[Any]:
    visit = await portal.get(public_id, member.payer_id)
    return await page(
        request, "member/dues/card.html", title=_("Changer de carte"), space="member", visit=visit
    )


@post(f"{HERE}/renouvellement/fin", guards=[is_member])
async def stop_renewing(request: AnyRequest, member: Me) -> Response[Any]:
    await membership.stop_renewing(acting(request), member.household_id)
    return redirect(request, HERE, said="renouvellement-arrete")


async def _mine(member: Member, public_id: str) -> Order:
    """Another household's payment is as unknown as one that never was."""
    order = await billing.get_order(public_id)
    if not await queries.stands_for(order, member.payer_id, member.household_id):
        raise OrderUnknown
    return order


def _offer(member: Member, month_cents: int) -> Offer:
    today = clock.today()
    starts = rules.first_day(rules.paid_until(member.spans, today), member.grace_days, today)
    return Offer(
        month_cents=month_cents,
        year_cents=month_cents * YEAR_MONTHS,
        starts=starts,
        year_ends=rules.last_day(starts, YEAR_MONTHS),
        month_ends=rules.last_day(starts, 1),
    )


HANDLERS = [
    index,
    new,
    create,
    create_transfer,
    show,
    receipt,
    leave,
    stop,
    ask_withdrawal,
    withdraw,
    change_card,
    card,
    stop_renewing,
]
