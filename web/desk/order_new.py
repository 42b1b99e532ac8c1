"""Orders of somebody at the counter: what they have, one more for them, what they bring, a parcel for them (S2, S4, S5)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.kit.zone import find_day
from backend.membership import desk
from backend.orders import catalogue, queries
from backend.orders.catalogue import Service
from backend.orders.rules import Channel
from backend.orders.service import ordering
from backend.orders.service.ordering import OrderWish, ParcelWish
from web.desk import frame, people
from web.desk.frame import DESK, AnyRequest
from web.desk.orders import HERE, site_of
from web.shell.order_forms import shown_cents, wanted
from web.shell.order_words import STATES

FILE = "/comptoir/personnes/{public_id:str}/commandes"
Key = Annotated[str, msgspec.Meta(max_length=64)]


class Wish(msgspec.Struct, frozen=True):
    """`n_<item>` how many, `m_<item>` in which words, `p_<item>` at which price, `pour` which day
    the page said; of a parcel its sender and shelf.
    """

    service: str
    key: Key
    pour: str = ""
    note: str = ""
    sender: str = ""
    etagere: str = ""


@get(FILE, guards=[DESK])
async def index(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    file = await people.opened(request, public_id)
    here = await frame.place(request)
    offered = await catalogue.services()
    return await people.tab(
        request,
        "orders",
        file,
        orders=await queries.of_household(file.member.household_id),
        services=[each for each in offered if _is_here(each, here)],
        states=STATES,
    )


def _is_here(service: Service, here: frame.Place) -> bool:
    mine = here.site_id is None or any(site.id == here.site_id for site in service.sites)
    return mine and (service.holds or bool(service.for_sale))


async def _new(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    slug = (form.values if form else request.query_params).get("service", "")
    service = await catalogue.get_service(slug)
    here = await frame.place(request)
    soon = await catalogue.next_deliveries(service, here.site_id) if here.site_id else []
    return await people.tab(
        request,
        "order",
        file,
        focus=False,
        form=form,
        service=service,
        delivery=soon[0] if soon else None,
        key=codes.random_id(),
    )


@get(FILE + "/nouvelle", guards=[DESK])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _new(request, public_id)


@post(FILE, guards=[DESK])
@forms.again(_new)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Staff for somebody, with a trace; what is brought in is described and gets a printed ticket.

    After the cut-off it is for the next delivery, and the answer says so (S3).
    """
    wish = await forms.read(request, Wish)
    typed = await forms.typed_values(request)
    member = (await desk.open_file(public_id)).member
    site_id = site_of(await frame.place(request))
    service = await catalogue.get_service(wish.service)
    if service.holds:
        parcel = ParcelWish(
            service=service.slug,
            site_id=site_id,
            household_id=member.household_id,
            person_id=member.person_id,
            sender=wish.sender,
            shelf=wish.etagere,
        )
        placed = await ordering.keep_parcel(acting(request), parcel, key=wish.key)
        return redirect(request, f"{HERE}/{placed.ticket}", said="colis-garde")
    some = wanted(typed)
    asked = OrderWish(
        service=service.slug,
        site_id=site_id,
        household_id=member.household_id,
        person_id=member.person_id,
        wanted=some,
        note=wish.note,
        on=find_day(wish.pour) if wish.pour else None,
        cents=shown_cents(typed, some),
    )
    placed = await ordering.order(acting(request), asked, Channel.DESK, key=wish.key)
    said = "commande-tard" if placed.late else "commande-notee"
    return redirect(request, f"{HERE}/{placed.ticket}", said=said)


HANDLERS = [index, new, create]
