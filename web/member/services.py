"""Services: what there is and until when, an order in three taps, my orders with the code they are fetched by (S2, S3, S6)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.codes import Order
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.kit.zone import find_day
from backend.membership.queries import Member
from backend.orders import catalogue, queries
from backend.orders.catalogue import Offered, Service
from backend.orders.errors import ServiceClosed
from backend.orders.rules import Channel, Delivery, PayAt
from backend.orders.service import handing, ordering, paying
from backend.orders.service.ordering import MAY_ORDER, OrderWish
from backend.places import queries as places
from web.member import words
from web.shell import stripe_pages
from web.shell.order_forms import shown_cents, wanted
from web.shell.order_words import PAY_AT, STATES, until, weekday

AnyRequest = Request[Any, Any, Any]
Me = NamedDependency[Member]
HERE = "/services"
MINE = "/services/commandes"


class Wish(msgspec.Struct, frozen=True):
    """`n_<item>` how many; `p_<item>`, `pour` what the page said; `quand`: "now" pays at once."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    lieu: str = ""
    pour: str = ""
    note: str = ""
    quand: str = ""

    @property
    def on(self) -> date | None:
        return find_day(self.pour) if self.pour else None


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: Me) -> Response[str]:
    offered = await catalogue.services()
    shown = [each for each in offered if each.may_be_ordered or each.brings_in or each.holds]
    return await page(
        request,
        "member/services/index.html",
        title=_("Services"),
        space="member",
        weekday=weekday,
        until=until,
        services=shown,
        deliveries=await _deliveries(shown, member),
        waiting=await queries.open_of_household(member.household_id),
        states=STATES,
    )


async def _deliveries(shown: Sequence[Service], member: Member) -> dict[str, list[Delivery]]:
    """The next one of each where the member would fetch it; all calendars in one statement."""
    sites = {each.slug: _site(each, member, "") for each in shown if each.weekly}
    calendars = await places.calendars([site.id for site in sites.values() if site])
    return {
        each.slug: catalogue.deliveries(each, site.id, calendars[site.id])
        for each in shown
        if (site := sites.get(each.slug)) is not None
    }


def _site(service: Service, member: Member, asked: str) -> Offered | None:
    """The one that was asked for, else the member's own, else the first."""
    if asked:
        return service.site(asked)
    own = [site for site in service.sites if site.id == member.site_id]
    return next(iter([*own, *service.sites]), None)


async def _page(
    request: AnyRequest, slug: str, member: Member, form: Form | None = None
) -> Response[str]:
    service = await catalogue.get_service(slug)
    asked = (form.values if form else request.query_params).get("lieu", "")
    site = _site(service, member, asked)
    if service.ended_at is not None or site is None:
        raise ServiceClosed
    soon = await catalogue.next_deliveries(service, site.id)
    standing = member.standing()
    return await page(
        request,
        "member/services/show.html",
        title=service.name,
        space="member",
        weekday=weekday,
        until=until,
        form=form,
        service=service,
        site=site,
        delivery=soon[0] if soon else None,
        may_order=member.status() in MAY_ORDER,
        adult=member.adult,
        standing=standing,
        dues=words.DUES,
        pays_now=service.pay_at in {PayAt.ORDER, PayAt.EITHER} and await stripe_pages.may_pay(),
        pay_at=PAY_AT,
        key=codes.random_id(),
    )


@get(HERE + "/{slug:str}", guards=[callers.member])
async def show(request: AnyRequest, slug: FromPath[str], member: Me) -> Response[str]:
    return await _page(request, slug, member)


@post(HERE + "/{slug:str}", guards=[callers.member])
@forms.again(_page)
async def create(request: AnyRequest, slug: FromPath[str], member: Me) -> Response[Any]:
    """After the cut-off it is for the next delivery, and the answer says so (S3).

    Where the club takes no money online it is paid at the counter.
    """
    wish = await forms.read(request, Wish)
    typed = await forms.typed_values(request)
    service = await catalogue.get_service(slug)
    site = _site(service, member, wish.lieu)
    if site is None:
        raise ServiceClosed
    online = await stripe_pages.may_pay()
    some = wanted(typed)
    asked = OrderWish(
        service=slug,
        site_id=site.id,
        household_id=member.household_id,
        person_id=member.person_id,
        wanted=some,
        note=wish.note,
        pay_now=online and wish.quand == "now",
        cents=shown_cents(typed, some),
        on=wish.on,
    )
    placed = await ordering.order(acting(request), asked, Channel.ONLINE, key=wish.key)
    if online and placed.pays_first and placed.cents >= stripe_pages.SMALLEST:
        return await _to_stripe(request, member, placed.ticket)
    said = "commande-tard" if placed.late else "commande-notee"
    return redirect(request, f"{MINE}/{placed.ticket}", said=said)


@get(MINE, guards=[callers.member])
async def mine(request: AnyRequest, member: Me) -> Response[str]:
    return await page(
        request,
        "member/services/orders.html",
        title=_("Mes commandes"),
        space="member",
        weekday=weekday,
        until=until,
        orders=await queries.of_household(member.household_id),
        states=STATES,
    )


async def _mine(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    ticket = await queries.get_ticket(public_id, member.household_id)
    return await page(
        request,
        "member/services/order.html",
        title=ticket.service_name,
        space="member",
        weekday=weekday,
        until=until,
        form=form,
        ticket=ticket,
        states=STATES,
        qr_code=qr_svg(codes.text_of(Order(ticket.code))) if ticket.is_open else "",
        online=member.adult and await stripe_pages.may_pay(ticket.due_cents),
        adult=member.adult,
    )


@get(MINE + "/{public_id:str}", guards=[callers.member])
async def order(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[str]:
    """With the code that fetches it, while there is something to fetch."""
    return await _mine(request, public_id, member)


@post(MINE + "/{public_id:str}/annulation", guards=[callers.member])
@forms.again(_mine)
async def cancel(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[Any]:
    await handing.cancel(acting(request), public_id, member.household_id)
    return redirect(request, f"{MINE}/{public_id}", said="commande-annulee")


@post(MINE + "/{public_id:str}/paiement", guards=[callers.member])
@forms.again(_mine)
async def pay(request: AnyRequest, public_id: FromPath[str], member: Me) -> Response[Any]:
    return await _to_stripe(request, member, public_id)


@get(MINE + "/{public_id:str}/paiements/{pay_order:str}", guards=[callers.member])
async def paid(
    request: AnyRequest, public_id: FromPath[str], pay_order: FromPath[str], member: Me
) -> Response[str]:
    """Back from Stripe, or waiting for it."""
    ticket = await queries.get_ticket(public_id, member.household_id)
    order = await stripe_pages.find(member, pay_order, {paying.SERVICE})
    return await stripe_pages.show(
        request,
        await stripe_pages.heard(order),
        "member/services/payment.html",
        "member/services/_payment.html",
        ticket=ticket,
    )


async def _to_stripe(request: AnyRequest, member: Member, public_id: str) -> Response[Any]:
    here = f"{MINE}/{public_id}"
    done = f"{here}/paiements/{{order}}"
    ordered = await paying.order_payment(
        member.household_id, public_id, acting(request), done_path=done, back_path=here
    )
    return await stripe_pages.go(request, ordered, done)


HANDLERS = [index, mine, show, create, order, cancel, pay, paid]
