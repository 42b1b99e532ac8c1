"""Acts on many copies or loans: chosen, looked at, done whole, and taken back (L44)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import codes
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending.bulk import BulkDone, BulkWish
from backend.lending.queries import bulk as looks
from backend.lending.queries import stock
from backend.lending.rules import BulkKind
from backend.lending.service import bulk, bulk_undoing
from backend.lending.values import Ask
from backend.places import queries as places
from backend.places.queries import SiteCard
from web.office.staff import MANAGER, by
from web.office.stock_words import STANDS

AnyRequest = Request[Any, Any, Any]
UNITS = "/gestion/inventaire/exemplaires"
LOANS = "/gestion/inventaire/prets"
HERE = "/gestion/inventaire/gestes"
KINDS = {
    BulkKind.SHELF: N_("Changer de rayon"),
    BulkKind.SITE: N_("Envoyer à un autre point"),
    BulkKind.RELABEL: N_("Donner un nouveau code"),
    BulkKind.RETIRE: N_("Retirer du prêt"),
    BulkKind.EXTEND: N_("Repousser les retours"),
    BulkKind.MESSAGE: N_("Écrire aux emprunteurs"),
}
ON_UNITS = (BulkKind.SHELF, BulkKind.SITE, BulkKind.RELABEL, BulkKind.RETIRE)
ON_LOANS = frozenset({BulkKind.EXTEND, BulkKind.MESSAGE})


class Asked(msgspec.Struct, frozen=True):
    """The filters as they stand in the address."""

    q: str = ""
    sorte: str = ""
    point: str = ""
    rayon: str = ""

    def address(self) -> str:
        said = msgspec.structs.asdict(self)
        return urlencode({name: value for name, value in said.items() if value})


class BulkForm(msgspec.Struct, frozen=True):
    """`all`: every copy that the filters find, and not those that are ticked."""

    kind: BulkKind
    shelf: str = ""
    site: str = ""
    text: str = ""
    due_on: date | None = None
    until: date | None = None
    all: str = ""
    q: str = ""
    sorte: str = ""
    point: str = ""
    rayon: str = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


async def _units(request: AnyRequest, form: Form | None = None) -> Response[str]:
    asked = _asked(form.values if form else request.query_params)
    sites = await places.sites()
    site_id = _site_id(sites, asked.point)
    choices = await stock.choices(site_id)
    return await page(
        request,
        "office/bulk/units.html",
        title=_("Exemplaires"),
        space="office",
        here=UNITS,
        acts=HERE,
        form=form,
        asked=asked,
        query=asked.address(),
        units=await stock.copies(asked.q, asked.sorte, site_id, asked.rayon, limit=bulk.MOST),
        ticked=set(await _ticked(request)) if form else set(),
        most=bulk.MOST,
        stands=STANDS,
        kinds=[(kind.value, KINDS[kind]) for kind in ON_UNITS],
        sites=[(site.slug, site.name) for site in sites],
        categories=[(each, each) for each in choices.categories],
        shelves=[(each, each) for each in choices.shelves],
        recent=await looks.recent(),
        words=KINDS,
    )


@get(UNITS, guards=[MANAGER])
async def units(request: AnyRequest) -> Response[str]:
    return await _units(request)


async def _loans(request: AnyRequest, form: Form | None = None) -> Response[str]:
    point = str(request.query_params.get("point", ""))[:80]
    sites = await places.sites()
    return await page(
        request,
        "office/bulk/loans.html",
        title=_("Prêts en cours"),
        space="office",
        here=LOANS,
        acts=HERE,
        form=form,
        days=await looks.due_days(_site_id(sites, point)),
        point=point,
        sites=[(site.slug, site.name) for site in sites],
    )


@get(LOANS, guards=[MANAGER])
async def loans(request: AnyRequest) -> Response[str]:
    return await _loans(request)


async def _again(request: AnyRequest, form: Form) -> Response[str]:
    on_loans = form.values.get("kind") in ON_LOANS
    return await (_loans(request, form) if on_loans else _units(request, form))


@post(f"{HERE}/apercu", guards=[MANAGER], status_code=200)
@forms.again(_again)
async def preview(request: AnyRequest) -> Response[str]:
    """What it would do, by doing it and taking it back."""
    wish = await _wish(request)
    done = await bulk.look_at(Ask(by=by(request), key=codes.random_id()), wish)
    return await page(
        request,
        "office/bulk/preview.html",
        title=_("Vérifier avant de confirmer"),
        space="office",
        acts=HERE,
        back=LOANS if wish.kind in ON_LOANS else UNITS,
        wish=wish,
        key=codes.random_id(),
        **await _shown(done),
    )


@post(HERE, guards=[MANAGER])
@forms.again(_again)
async def create(request: AnyRequest) -> Response[Any]:
    """Once, however often the button is pressed: the page that was looked at carries the key."""
    form = await forms.read(request, BulkForm)
    ask = Ask(by=by(request), key=form.key or codes.random_id())
    done = await bulk.act_on(ask, await _wish(request))
    return redirect(request, f"{HERE}/{done.act}", said="enregistre")


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    act = await looks.get_act(public_id)
    return await page(
        request,
        "office/bulk/show.html",
        title=_(KINDS[act.done.kind]),
        space="office",
        here=f"{HERE}/{public_id}",
        form=form,
        act=act,
        back=LOANS if act.done.kind in ON_LOANS else UNITS,
        may_undo=act.undone_at is None and act.done.kind is not BulkKind.MESSAGE,
        key=codes.random_id(),
        **await _shown(act.done),
    )


@post(f"{HERE}/{{public_id:str}}/annulation", guards=[MANAGER])
@forms.again(_show)
async def undo(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await bulk_undoing.undo(Ask(by=by(request), key=f"undo:{public_id}"), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="geste-annule")


async def _shown(done: BulkDone) -> dict[str, Any]:
    return {
        "done": done,
        "word": KINDS[done.kind],
        "on_loans": done.kind in ON_LOANS,
        "changes": [one for one in done.changes if not one.left],
        "left": [one for one in done.changes if one.left],
        "moment": datetime.fromisoformat,
    }


async def _wish(request: AnyRequest) -> BulkWish:
    form = await forms.read(request, BulkForm)
    chosen = await _ticked(request)
    if form.all:
        asked = _asked(msgspec.structs.asdict(form))
        site_id = _site_id(await places.sites(), asked.point)
        found = await stock.copies(asked.q, asked.sorte, site_id, asked.rayon, limit=bulk.MOST)
        chosen = [unit.code for unit in found]
    return BulkWish(
        kind=form.kind,
        units=tuple(chosen),
        shelf=form.shelf,
        site=form.site,
        text=form.text,
        due_on=form.due_on,
        until=form.until,
    )


async def _ticked(request: AnyRequest) -> list[str]:
    return [str(each)[:40] for each in (await request.form()).getall("exemplaire", [])]


def _site_id(sites: Iterable[SiteCard], slug: str) -> int | None:
    return next((site.id for site in sites if site.slug == slug), None)


def _asked(given: Any) -> Asked:
    names = Asked.__struct_fields__
    return Asked(**{name: str(given.get(name, "")).strip()[:80] for name in names})


HANDLERS = [units, loans, preview, create, show, undo]
