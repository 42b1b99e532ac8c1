"""One copy of what is lent: where it stands, how it is, what was done to it, and when it leaves."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes
from backend.kit.zone import start_of_day
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import PeriodPast
from backend.lending.queries import stock, upkeep
from backend.lending.queries.stock import StockUnit
from backend.lending.rules import FAR, Period, TicketKind
from backend.lending.service import UnitWish
from backend.lending.values import Ask
from web.office import inventory
from web.office.staff import MANAGER, by
from web.office.stock_words import KINDS, OUTCOMES, STANDS

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/inventaire/exemplaires"
# What staff open by hand; a loss is said at the counter, of a loan.
OPENED = (TicketKind.REPAIR, TicketKind.CLEANING, TicketKind.PARTS, TicketKind.BLACKOUT)
ONE = timedelta(days=1)


class UnitForm(msgspec.Struct, frozen=True):
    shelf: str = ""
    external_code: str | None = None
    kilometres: int | None = None
    note: str = ""
    version: int | None = None
    key: str = ""


class TicketForm(msgspec.Struct, frozen=True):
    """`blocks`: "non" lends it on, "oui" until it is mended, or until the end of a day."""

    kind: TicketKind
    reason: str
    blocks: str = "oui"
    until: date | None = None
    key: str = ""


class Leaving(msgspec.Struct, frozen=True):
    reason: str
    key: str = ""


@post("/gestion/inventaire/{public_id:str}/exemplaires", guards=[MANAGER])
@forms.again(inventory.show_again)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, UnitForm)
    await service.add_unit(by(request), public_id, _wish(form, {}), key=form.key)
    return redirect(request, f"/gestion/inventaire/{public_id}", said="exemplaire-ajoute")


async def _show(request: AnyRequest, code: str, form: Form | None = None) -> Response[str]:
    unit = await stock.get_copy(code)
    thing = await lending.get_resource(unit.resource)
    return await page(
        request,
        "office/inventory/unit.html",
        title=unit.name,
        space="office",
        here=f"{HERE}/{code}",
        unit=unit,
        thing=thing,
        form=form,
        fields=form or Form(_typed(unit)),
        key=codes.random_id(),
        tickets=await upkeep.tickets_of(code),
        past=await stock.history_of(code),
        stands=STANDS,
        kinds=KINDS,
        opened=[(kind.value, KINDS[kind]) for kind in OPENED],
        outcomes=OUTCOMES,
    )


@get(f"{HERE}/{{code:str}}", guards=[MANAGER])
async def show(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    return await _show(request, code)


@post(f"{HERE}/{{code:str}}", guards=[MANAGER])
@forms.again(_show)
async def update(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    form, unit = await forms.read(request, UnitForm), await stock.get_copy(code)
    await service.change_unit(by(request), code, _wish(form, unit.facts), version=form.version)
    return redirect(request, f"{HERE}/{code}", said="enregistre")


@post(f"{HERE}/{{code:str}}/entretien", guards=[MANAGER])
@forms.again(_show)
async def open_ticket(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    """Looked after while it is lent on, or taken out of use: then bookings move, or end (L32)."""
    form = await forms.read(request, TicketForm)
    done = await service.take_out_of_use(
        _ask(request, form.key), code, form.kind, form.reason, _period(form)
    )
    return redirect(request, f"/gestion/entretien/{done.ticket}", said="entretien-ouvert")


@post(f"{HERE}/{{code:str}}/retrait", guards=[MANAGER])
@forms.again(_show)
async def retire(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, Leaving)
    done = await service.retire_unit(_ask(request, form.key), code, form.reason)
    return redirect(request, f"/gestion/entretien/{done.ticket}", said="exemplaire-retire")


@post(f"{HERE}/{{code:str}}/retour", guards=[MANAGER])
async def bring_back(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    await service.bring_back_unit(by(request), code)
    return redirect(request, f"{HERE}/{code}", said="exemplaire-de-retour")


def _ask(request: AnyRequest, key: str) -> Ask:
    return Ask(by=by(request), key=key or codes.random_id())


def _period(form: TicketForm) -> Period | None:
    """Raises PeriodPast for a day that is over."""
    if form.blocks == "non":
        return None
    end = start_of_day(form.until + ONE) if form.until is not None else FAR
    if end <= clock.now():
        raise PeriodPast().at("until")
    return Period(clock.now(), end)


def _wish(form: UnitForm, facts: dict[str, Any]) -> UnitWish:
    kept = {name: value for name, value in facts.items() if name != "note"}
    return UnitWish(
        shelf=form.shelf,
        external_code=form.external_code or None,
        facts={**kept, "note": form.note} if form.note else kept,
        kilometres=form.kilometres,
    )


def _typed(unit: StockUnit) -> dict[str, str]:
    return {
        "shelf": unit.shelf,
        "external_code": unit.external_code or "",
        "kilometres": "" if unit.kilometres is None else str(unit.kilometres),
        "note": unit.note,
    }


HANDLERS = [create, show, update, open_ticket, retire, bring_back]
