"""Services at the counter: what there is, who delivers it, until when one orders, what it costs (S1)."""

from datetime import date, time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes, hours, money, text
from backend.kit.translations import translated as _
from backend.merchants import queries as merchants
from backend.orders import catalogue
from backend.orders.catalogue import Service
from backend.orders.rules import FORGET_DAYS, REMIND_DAYS, UNCLAIMED_DAYS, PayAt
from backend.orders.service import offering
from backend.orders.wishes import ICONS, Described, ServiceWish
from backend.places import queries as places
from web.office.staff import MANAGER, by
from web.shell.order_words import ICON_WORDS, PAY_AT

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/services"
Key = Annotated[str, msgspec.Meta(max_length=64)]


class ServiceForm(Described, frozen=True, kw_only=True):
    """As typed. Weekdays are numbers, Monday 0; the cut-off is an hour of the clock."""

    delivery_weekday: int = 3
    cutoff_weekday: int = 1
    cutoff_time: str = ""
    version: int = 0
    key: Key = ""


class ItemForm(msgspec.Struct, frozen=True):
    item: str
    price: str
    key: Key


class PriceForm(msgspec.Struct, frozen=True):
    price: str
    since: date | None = None


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/services/index.html",
        title=_("Services"),
        space="office",
        here=HERE,
        services=await catalogue.services(),
        ended=await catalogue.services(ended=True),
        days=hours.DAYS,
        pay_at=PAY_AT,
    )


async def _form(request: AnyRequest, service: Service | None, form: Form) -> Response[str]:
    return await page(
        request,
        "office/services/edit.html",
        title=service.name if service else _("Nouveau service"),
        space="office",
        here=HERE,
        service=service,
        form=form,
        key=codes.random_id(),
        days=list(enumerate(hours.DAYS)),
        icons=list(ICON_WORDS.items()),
        pay_at=[(each.value, words) for each, words in PAY_AT.items()],
        partners=[(each.public_id, each.name) for each in await merchants.partners()],
        sites=[{"id": each.public_id, "name": each.name} for each in await places.sites()],
        dated=await catalogue.prices_of(service.id) if service else [],
        today=clock.today(),
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await _form(request, None, form or Form(FRESH))


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    service = await catalogue.get_service(public_id)
    return await _form(request, service, form or Form(typed(service)))


async def _priced(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    """A price that was refused: what the service is stands as it was, with the refusal on top."""
    service = await catalogue.get_service(public_id)
    wrong = form.errors if form else {}
    said = " ".join(wrong.values())
    return await _form(request, service, Form(typed(service), {"": said} if said else {}))


@get(f"{HERE}/nouveau", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(HERE, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    form = await forms.read(request, ServiceForm)
    wish = await _wish(request, form)
    public_id = await offering.make_service(by(request), wish, key=form.key)
    return redirect(request, f"{HERE}/{public_id}", said="service-cree")


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """From now on: rounds that are begun keep their day."""
    form = await forms.read(request, ServiceForm)
    service = await catalogue.get_service(public_id)
    wish = await _wish(request, form, service.slug)
    await offering.change_service(by(request), public_id, wish, version=form.version)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/articles", guards=[MANAGER])
@forms.again(_priced)
async def add(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, ItemForm)
    cents = money.parse(form.price, field="price")
    await offering.add_item(by(request), public_id, form.item, cents, key=form.key)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/articles/{{item:str}}/prix", guards=[MANAGER])
@forms.again(_priced)
async def price(
    request: AnyRequest, public_id: FromPath[str], item: FromPath[str]
) -> Response[Any]:
    """A dated price: what was ordered keeps what it cost (S1)."""
    form = await forms.read(request, PriceForm)
    cents = money.parse(form.price, field="price")
    await offering.set_price(by(request), item, cents, form.since or clock.today())
    return redirect(request, f"{HERE}/{public_id}", said="prix-change")


@post(f"{HERE}/{{public_id:str}}/articles/{{item:str}}/fin", guards=[MANAGER])
@forms.again(_priced)
async def retire(
    request: AnyRequest, public_id: FromPath[str], item: FromPath[str]
) -> Response[Any]:
    await offering.retire_item(by(request), item)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def _wish(request: AnyRequest, form: ServiceForm, slug: str = "") -> ServiceWish:
    """`slug`: of one that has its address already, and keeps it."""
    ticked = await forms.typed_values(request)
    sites = [
        name.removeprefix("site_") for name, on in ticked.items() if on and name.startswith("site_")
    ]
    return ServiceWish(
        **{name: getattr(form, name) for name in Described.__struct_fields__},
        slug=slug or text.slug(form.name)[:60],
        sites=tuple(sites),
        delivery_weekday=form.delivery_weekday if form.weekly else None,
        cutoff_weekday=form.cutoff_weekday if form.weekly else None,
        cutoff_time=_cutoff(form),
    )


def _cutoff(form: ServiceForm) -> time | None:
    asked = form.weekly and form.cutoff_time
    return hours.read_hour(form.cutoff_time, "cutoff_time") if asked else None


def typed(service: Service) -> dict[str, str]:
    """The service as its form shows it."""
    same = [name for name in ServiceForm.__struct_fields__ if hasattr(service, name)]
    known = forms.shown(service, *same) | {f"site_{site.public_id}": "1" for site in service.sites}
    if not service.weekly:
        known |= {name: FRESH[name] for name in ("delivery_weekday", "cutoff_weekday")}
    return {**known, "ended": "1" if service.ended_at else ""}


FRESH = {
    "icon": ICONS[0],
    "pay_at": PayAt.COLLECTION.value,
    "delivery_weekday": "3",
    "cutoff_weekday": "1",
    "cutoff_time": "18:00",
    "remind_days": str(REMIND_DAYS),
    "unclaimed_days": str(UNCLAIMED_DAYS),
    "forget_days": str(FORGET_DAYS),
}
HANDLERS = [index, new, create, edit, update, add, price, retire]
