"""What my household owes for loans: paying, saying no to a damage, and cards for deposits (L34, L35)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.billing.queries import Order
from backend.billing.rules import OrderState
from backend.billing.service import CARD, HOLD
from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit.errors import N_
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending.errors import BookingUnknown
from backend.lending.queries import debts, deposits
from backend.lending.rules import DebtKind, DepositWay
from backend.lending.service import cards, damages, leaving_cards, paying
from backend.membership.queries import Member
from web.shell import stripe_pages

AnyRequest = Request[Any, Any, Any]
Me = NamedDependency[Member]
HERE = "/reserver/argent"
PAYMENT = f"{HERE}/paiements/{{order}}"
KINDS = {
    DebtKind.FEE: N_("Prix du prêt"),
    DebtKind.FINE: N_("Retard"),
    DebtKind.DAMAGE: N_("Dégât"),
}
WAYS = {
    DepositWay.CASH: N_("En espèces"),
    DepositWay.CHEQUE: N_("Par chèque, non encaissé"),
    DepositWay.CARD: N_("Avec votre carte, rien n'est pris"),
    DepositWay.HOLD: N_("Bloquée sur votre carte"),
}
OURS = {"lending", "card", "hold"}


class Contest(msgspec.Struct, frozen=True):
    mots: str = ""


async def _index(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    owed = await debts.owed_by(member.household_id)
    pledges = await deposits.pledges_of(member.household_id)
    return await page(
        request,
        "member/loan_money/index.html",
        title=_("Ce que je dois"),
        space="member",
        form=form,
        owed=owed,
        online=owed.due_cents >= stripe_pages.SMALLEST,
        held=await deposits.of_household(member.household_id),
        pledges=pledges,
        my_card=pledges.card and pledges.owner_id in {None, member.person_id},
        kinds=KINDS,
        ways=WAYS,
    )


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: Me) -> Response[str]:
    return await _index(request, member)


@post(HERE + "/paiement", guards=[callers.member])
@forms.again(_index)
async def create(request: AnyRequest, member: Me) -> Response[Any]:
    """All that is due, on Stripe's page; who paid on one that was closed is not asked again."""
    await stripe_pages.hear_of(member, paying.LENDING)
    ordered = await paying.order_payment(
        member.household_id,
        acting(request),
        done_path=PAYMENT,
        back_path=HERE,
    )
    return await stripe_pages.go(request, ordered, PAYMENT)


@post(HERE + "/carte", guards=[callers.member])
@forms.again(_index)
async def leave_card(request: AnyRequest, member: Me) -> Response[Any]:
    """A card for deposits: nothing is paid."""
    ordered = await cards.order_card(
        member.household_id,
        acting(request),
        done_path=PAYMENT,
        back_path=HERE,
    )
    return await stripe_pages.go(request, ordered, PAYMENT)


@post(HERE + "/carte/fin", guards=[callers.member])
@forms.again(_index)
async def remove_card(request: AnyRequest, member: Me) -> Response[Any]:
    """Whoever left it takes it away again."""
    await leaving_cards.remove_card(member.household_id, acting(request))
    return redirect(request, HERE, said="carte-des-cautions-retiree")


@post(HERE + "/cautions/{line:str}", guards=[callers.member])
@forms.again(_index)
async def hold(request: AnyRequest, line: FromPath[str], member: Me) -> Response[Any]:
    """The deposit of one loan is held on a card, on the day it is fetched."""
    number = read_number(line)
    if number is None or (await lending.get_line(number)).household_id != member.household_id:
        raise BookingUnknown
    ordered = await cards.order_hold(
        member.household_id,
        number,
        acting(request),
        done_path=PAYMENT,
        back_path=HERE,
    )
    return await stripe_pages.go(request, ordered, PAYMENT)


@get(HERE + "/paiements/{public_id:str}", guards=[callers.member])
async def show(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[str]:
    """Back from Stripe, or waiting for it."""
    order = await stripe_pages.heard(await stripe_pages.find(member, public_id, OURS))
    return await stripe_pages.show(
        request,
        order,
        "member/loan_money/show.html",
        "member/loan_money/_payment.html",
        title=_("Ma demande"),
        done=await _is_done(order, member),
    )


async def _contest(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    return await page(
        request,
        "member/loan_money/contest.html",
        title=_("Dire non"),
        space="member",
        form=form,
        debt=await debts.get_debt(public_id, member.household_id),
        kinds=KINDS,
    )


@get(HERE + "/{public_id:str}/contestation", guards=[callers.member])
async def ask_contest(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[str]:
    return await _contest(request, public_id, member)


@post(HERE + "/{public_id:str}/contestation", guards=[callers.member])
@forms.again(_contest)
async def contest(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[Any]:
    wish = await forms.read(request, Contest)
    await damages.contest(acting(request), member.household_id, public_id, wish.mots)
    return redirect(request, f"{HERE}/{public_id}/contestation", said="contestation-envoyee")


@get(HERE + "/{public_id:str}/photos/{photo:str}", guards=[callers.member])
async def photo(public_id: FromPath[str], photo: FromPath[str], member: Me) -> Response[bytes]:
    """What the damage looks like, for the household that is asked to pay."""
    debt = await debts.get_debt(public_id, member.household_id)
    found = await debts.get_photo(debt, photo)
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "no-store"}
    )


async def _is_done(order: Order, member: Member) -> bool:
    """Whether the card was left or the money is held; a payment says so itself."""
    if order.kind == CARD:
        return await deposits.is_card_left(order.id)
    if order.kind == HOLD:
        held = await deposits.of_order(order.public_id)
        return held.household_id == member.household_id and held.held_cents > 0
    return order.state() is OrderState.PAID


HANDLERS = [index, create, leave_card, remove_card, hold, show, ask_contest, contest, photo]
