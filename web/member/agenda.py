"""My seats: taken for me and mine in three taps, given back, and the list of what I lead (A2)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.activities import printing, queries
from backend.activities import service as activities
from backend.activities.queries import lists
from backend.activities.service import paying
from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from web.shell import agenda as shown
from web.shell import stripe_pages

AnyRequest = Request[Any, Any, Any]
HERE = "/agenda"
MINE = "/agenda/mes-places"
WHO = "who_"


class Wish(msgspec.Struct, frozen=True):
    """The people are ticked beside, `who_` and the public id of each. `prix`: cents a seat, as shown."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    prix: str = ""


@get(MINE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _mine(request, member)


async def _mine(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "member/agenda/index.html",
        title=_("Mes activités"),
        space="member",
        form=form,
        seats=await queries.seats_of(member.household_id),
        led=await queries.led_by(member.person_id),
        adult=member.adult,
        now=clock.now(),
    )


async def _session(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    """The session's own page, as `web.public` shows it, with what was refused."""
    session = await queries.get_session(public_id)
    family = await queries.family(member, public_id)
    return await page(
        request,
        "public/agenda/show.html",
        title=session.title,
        space="member",
        form=form,
        member=member,
        session=session,
        family=family,
        leader="",
        leads=session.is_led_by(member.person_id),
        others=[],
        now=clock.now(),
        key=codes.random_id(),
        words=shown,
        online=await shown.may_pay(family),
    )


@post(HERE + "/{public_id:str}/places", guards=[callers.member])
@forms.again(_session)
async def create(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed, ticked = await forms.read(request, Wish), await forms.typed_values(request)
    people = [name.removeprefix(WHO) for name in ticked if name.startswith(WHO) and ticked[name]]
    price = read_number(typed.prix) or 0
    taken = await activities.take(acting(request), member, public_id, people, typed.key, price)
    said = "places-et-attente" if taken.seated else "en-attente"
    return redirect(request, f"{HERE}/{public_id}", said=said if taken.waiting else "place-prise")


@post(MINE + "/{seat:str}/fin", guards=[callers.member])
@forms.again(_mine)
async def destroy(
    request: AnyRequest, seat: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    left = await activities.leave(acting(request), member, seat)
    return redirect(
        request, f"{HERE}/{left.session}", said="place-rendue-tard" if left.late else "place-rendue"
    )


@post(HERE + "/{public_id:str}/paiement", guards=[callers.member])
@forms.again(_session)
async def pay(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    """All that is due for my household's seats, on Stripe's page."""
    await stripe_pages.hear_of(member, paying.ACTIVITY)
    done = f"{HERE}/{public_id}/paiements/{{order}}"
    ordered = await paying.order_payment(
        member.household_id,
        public_id,
        acting(request),
        done_path=done,
        back_path=f"{HERE}/{public_id}",
    )
    return await stripe_pages.go(request, ordered, done)


@get(HERE + "/{public_id:str}/paiements/{pay_order:str}", guards=[callers.member])
async def paid(
    request: AnyRequest,
    public_id: FromPath[str],
    pay_order: FromPath[str],
    member: NamedDependency[Member],
) -> Response[str]:
    """Back from Stripe, or waiting for it."""
    session = await queries.get_session(public_id)
    order = await stripe_pages.find(member, pay_order, {paying.ACTIVITY})
    return await stripe_pages.show(
        request,
        await stripe_pages.heard(order),
        "member/agenda/payment.html",
        "member/agenda/_payment.html",
        session=session,
    )


@get(HERE + "/{public_id:str}/liste", guards=[callers.member])
async def guests(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    """For whoever leads it, and for nobody else (X9)."""
    found = await lists.led(member.person_id, public_id)
    return await page(
        request,
        "member/agenda/list.html",
        title=_("Qui vient"),
        space="member",
        session=await queries.get_session(public_id),
        guests=found,
        words=shown,
    )


@get(HERE + "/{public_id:str}/liste.pdf", guards=[callers.member])
async def paper(public_id: FromPath[str], member: NamedDependency[Member]) -> Response[bytes]:
    found = await lists.led(member.person_id, public_id)
    content = await printing.print_list(await queries.get_session(public_id), found)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "content-disposition": 'inline; filename="liste.pdf"',
            "cache-control": "no-store",
        },
    )


HANDLERS = [index, create, destroy, pay, paid, guests, paper]
