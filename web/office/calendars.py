"""Calendars of desks and things, for a screen in the room or a colleague's telephone (L42)."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.http.visits import acting
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending.feeds import About
from backend.lending.queries import calendars as feeds
from backend.lending.service import calendars
from backend.places import queries as places
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
HERE, FILE = "/gestion/points/calendriers", "/conciergeries/calendrier.ics"
MOST = 1000
KINDS = {About.SITE: N_("Conciergerie"), About.RESOURCE: N_("Objet")}


class Wish(msgspec.Struct, frozen=True):
    """`quoi` is "site" or "resource" and its public id, with a colon between."""

    quoi: Annotated[str, msgspec.Meta(max_length=60)]


async def _page(request: AnyRequest, form: Form | None = None, address: str = "") -> Response[str]:
    sites = [(f"{About.SITE}:{site.public_id}", site.name) for site in await places.sites()]
    things = [
        (f"{About.RESOURCE}:{each.public_id}", each.name) for each in await lending.catalogue(MOST)
    ]
    return await page(
        request,
        "office/calendars/index.html",
        title=_("Calendriers"),
        space="office",
        form=form,
        feeds=await feeds.of_the_club(),
        kinds=KINDS,
        choices=[*sites, *things],
        address=address,
    )


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MANAGER], status_code=200)
@forms.again(_page)
async def create(request: AnyRequest) -> Response[str]:
    """The address stands on this answer alone; the one before leads nowhere."""
    about, public_id = _read(await forms.read(request, Wish))
    secret = await calendars.open_feed(acting(request), about, public_id)
    base = around(request).settings.base_url
    return await _page(request, address=f"{base}{FILE}?cle={secret}")


@post(f"{HERE}/fin", guards=[MANAGER])
@forms.again(_page)
async def destroy(request: AnyRequest) -> Response[Any]:
    about, public_id = _read(await forms.read(request, Wish))
    await calendars.end_feed(acting(request), about, public_id)
    return redirect(request, HERE, said="calendrier-ferme")


def _read(wish: Wish) -> tuple[About, str]:
    """A tenant's own calendar is no matter of the office's."""
    kind, _, public_id = wish.quoi.partition(":")
    return About.SITE if kind == About.SITE else About.RESOURCE, public_id


HANDLERS = [index, create, destroy]
