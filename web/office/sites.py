"""Conciergerie sites: where they are and when they are open."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import codes, coordinates, hours, text
from backend.kit.errors import N_
from backend.kit.holidays import Zone
from backend.kit.translations import translated as _
from backend.lending.queries import closing as looks
from backend.lending.service import hours as site_hours
from backend.lending.service.closing import Shift
from backend.lending.values import Ask
from backend.places import queries
from backend.places import service as places
from backend.places.queries import SiteCard
from backend.places.service import SiteWish
from web.office.closures import SHOWN, days_of
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
ZONES = {
    Zone.METROPOLITAN: N_("France métropolitaine"),
    Zone.ALSACE_MOSELLE: N_("Alsace et Moselle"),
}


class SiteForm(msgspec.Struct, frozen=True):
    name: str
    street: str
    postcode: str
    town: str
    phone: str = ""
    latitude: str = ""
    longitude: str = ""
    hours_0: str = ""
    hours_1: str = ""
    hours_2: str = ""
    hours_3: str = ""
    hours_4: str = ""
    hours_5: str = ""
    hours_6: str = ""
    zone: Zone = Zone.METROPOLITAN

    @property
    def week(self) -> list[str]:
        return [getattr(self, f"hours_{day}") for day in range(7)]


@get("/gestion/points", guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    open_ = await queries.sites()
    return await page(
        request,
        "office/sites/index.html",
        title=_("Points de conciergerie"),
        space="office",
        sites=open_,
        closed=await queries.sites(closed=True),
        weeks={each.slug: hours.show_week(each.hours) for each in open_},
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/sites/edit.html",
        title=_("Nouveau point"),
        space="office",
        site=None,
        form=form,
        days=hours.DAYS,
        zones=ZONES,
    )


async def _edit(request: AnyRequest, slug: str, form: Form | None = None) -> Response[str]:
    site = await queries.get_site(slug)
    return await page(
        request,
        "office/sites/edit.html",
        title=site.name,
        space="office",
        site=site,
        form=form or Form(typed(site)),
        days=hours.DAYS,
        zones=ZONES,
    )


@get("/gestion/points/nouveau", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post("/gestion/points", guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    await places.open_site(await _wish(request), by(request))
    return redirect(request, "/gestion/points", said="enregistre")


@get("/gestion/points/{slug:str}", guards=[MANAGER])
async def edit(request: AnyRequest, slug: FromPath[str]) -> Response[str]:
    return await _edit(request, slug)


@post("/gestion/points/{slug:str}", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    """Hours that move bookings are looked at first, and confirmed with the same fields (L18)."""
    wish, fields = await _wish(request), await forms.typed_values(request)
    ask = Ask(by=by(request), key=fields.get("key") or codes.random_id())
    if not fields.get("vu"):
        shifts = await site_hours.look_at(ask, slug, wish)
        if shifts:
            return await _preview(request, slug, shifts)
    await site_hours.change_site(ask, slug, wish)
    return redirect(request, "/gestion/points", said="enregistre")


async def _preview(request: AnyRequest, slug: str, shifts: list[Shift]) -> Response[str]:
    fields = await forms.typed_values(request)
    moves = await looks.looks_of(shifts)
    return await page(
        request,
        "office/sites/preview.html",
        title=_("Vérifier avant de confirmer"),
        space="office",
        site=await queries.get_site(slug),
        typed={
            **{name: fields[name] for name in fields if name != "csrf_token"},
            "key": codes.random_id(),
            "vu": "1",
        },
        moves=moves[:SHOWN],
        more=max(len(moves) - SHOWN, 0),
        left=[each for each in moves if each.after is None],
        days_of=days_of,
    )


@post("/gestion/points/{slug:str}/fermeture", guards=[MANAGER])
async def close(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    await site_hours.close_site(Ask(by=by(request), key=codes.random_id()), slug)
    return redirect(request, "/gestion/points", said="enregistre")


@post("/gestion/points/{slug:str}/reouverture", guards=[MANAGER])
async def reopen(request: AnyRequest, slug: FromPath[str]) -> Response[Any]:
    await places.reopen_site(slug, by(request))
    return redirect(request, "/gestion/points", said="enregistre")


def typed(site: SiteCard) -> dict[str, str]:
    """The site as its form shows it."""
    return {
        "name": site.name,
        "street": site.street,
        "postcode": site.postcode,
        "town": site.town,
        "phone": text.show_phone(site.phone) if site.phone else "",
        "latitude": coordinates.show(site.latitude),
        "longitude": coordinates.show(site.longitude),
        "zone": site.holiday_zone.value,
        **{f"hours_{day}": hours.show_day(site.hours, day) for day in range(7)},
    }


async def _wish(request: AnyRequest) -> SiteWish:
    form = await forms.read(request, SiteForm)
    return SiteWish(
        name=form.name,
        street=form.street,
        postcode=form.postcode,
        town=form.town,
        phone=form.phone,
        point=coordinates.read(form.latitude, form.longitude),
        hours=hours.read_week(form.week),
        holiday_zone=form.zone,
    )
