"""Days on which a site is closed or exceptionally open: typed, looked at, confirmed, withdrawn."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.activities import closed_days as activities
from backend.activities import printing
from backend.activities.queries import Session
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes, formats, hours
from backend.kit.openings import Calendar, Closure, Extra
from backend.kit.translations import translated as _
from backend.lending.queries import closing as looks
from backend.lending.queries.closing import Look
from backend.lending.rules import Period
from backend.lending.service import closing
from backend.lending.times import last_day
from backend.lending.values import Ask
from backend.orders import closed_days
from backend.orders.closed_days import Met
from backend.places import closures, queries, rules
from backend.places import service as places
from backend.places.queries import SiteCard
from backend.places.service import ClosureWish, ExtraWish
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/points/fermetures"
EXTRAS = "/gestion/points/ouvertures"
SHOWN = 40  # days that a preview names one by one


class ClosureForm(msgspec.Struct, frozen=True):
    """`site` "" is every site; hours "" are the whole day."""

    first_on: date
    reason: str
    site: str = ""
    last_on: date | None = None
    starts: str = ""
    ends: str = ""


class ExtraForm(msgspec.Struct, frozen=True):
    site: str
    opens_on: date
    opens: str
    closes: str
    reason: str = ""


class DayChange(msgspec.Struct, frozen=True):
    """What the sign on a door says of one day; "" is closed."""

    site: str
    day: date
    before: str
    after: str


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    today = clock.today()
    return await page(
        request,
        "office/closures/index.html",
        title=_("Fermetures et ouvertures"),
        space="office",
        closures=await closures.closures(today),
        extras=await closures.extras(today),
        past=await closures.past_closures(today),
    )


async def _new(request: AnyRequest, point: str = "", form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/closures/new.html",
        title=_("Nouvelle fermeture"),
        space="office",
        form=form or Form({"site": point}),
        sites=await queries.sites(),
    )


@get(f"{HERE}/nouvelle", guards=[MANAGER])
async def new(request: AnyRequest, point: FromQuery[str] = "") -> Response[str]:
    return await _new(request, point)


@post(f"{HERE}/apercu", guards=[MANAGER], status_code=200)
@forms.again(_new)
async def preview(request: AnyRequest) -> Response[str]:
    """What the doors will say, before anybody says yes."""
    wish = await _closure(request)
    rules.check_closure(wish.first_on, wish.last_on, wish.starts, wish.ends)
    closed = Closure(
        first_on=wish.first_on,
        last_on=wish.last_on,
        starts=wish.starts,
        ends=wish.ends,
        reason=wish.reason,
    )
    return await _preview(
        request,
        HERE,
        await _changes(wish.site, wish.first_on, wish.last_on, lambda one: one.closing(closed)),
        await looks.look(wish),
        await closed_days.look(wish),
        await activities.look(wish),
    )


@post(HERE, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    """Once, however often the button is pressed: the page that was looked at carries the key."""
    key = (await forms.typed_values(request)).get("key") or codes.random_id()
    closed = await closing.close(Ask(by=by(request), key=key), await _closure(request))
    return redirect(request, f"{HERE}/{closed.closure}", said="fermeture-posee")


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    closure = await closures.get_closure(public_id)
    return await page(
        request,
        "office/closures/show.html",
        title=closure.reason,
        space="office",
        closure=closure,
        moves=await looks.shifts_of(closure.id),
        days_of=days_of,
    )


@post(f"{HERE}/{{public_id:str}}/annulation", guards=[MANAGER])
async def withdraw(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await closing.reopen(Ask(by=by(request), key=f"reopen:{public_id}"), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="fermeture-annulee")


async def _new_extra(
    request: AnyRequest, point: str = "", form: Form | None = None
) -> Response[str]:
    return await page(
        request,
        "office/closures/new_extra.html",
        title=_("Ouverture exceptionnelle"),
        space="office",
        form=form or Form({"site": point}),
        sites=await queries.sites(),
    )


@get(f"{EXTRAS}/nouvelle", guards=[MANAGER])
async def new_extra(request: AnyRequest, point: FromQuery[str] = "") -> Response[str]:
    return await _new_extra(request, point)


@post(f"{EXTRAS}/apercu", guards=[MANAGER], status_code=200)
@forms.again(_new_extra)
async def preview_extra(request: AnyRequest) -> Response[str]:
    wish = await _extra(request)
    rules.check_extra(wish.opens_on, wish.opens, wish.closes, clock.today())
    added = Extra(on=wish.opens_on, opens=wish.opens, closes=wish.closes, reason=wish.reason)
    return await _preview(
        request,
        EXTRAS,
        await _changes(wish.site, wish.opens_on, wish.opens_on, lambda one: one.opening(added)),
    )


@post(EXTRAS, guards=[MANAGER])
@forms.again(_new_extra)
async def create_extra(request: AnyRequest) -> Response[Any]:
    await places.add_extra(await _extra(request), by(request))
    return redirect(request, HERE, said="ouverture-posee")


@post(f"{EXTRAS}/{{public_id:str}}/annulation", guards=[MANAGER])
async def withdraw_extra(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await closing.withdraw_extra(Ask(by=by(request), key=f"extra:{public_id}"), public_id)
    return redirect(request, HERE, said="ouverture-annulee")


async def _preview(
    request: AnyRequest,
    address: str,
    changes: list[DayChange],
    moves: Sequence[Look] = (),
    deliveries: Sequence[Met] = (),
    sessions: Sequence[Session] = (),
) -> Response[str]:
    typed, key = await forms.typed_values(request), codes.random_id()
    return await page(
        request,
        "office/closures/preview.html",
        title=_("Vérifier avant de confirmer"),
        space="office",
        address=address,
        typed={**{name: typed[name] for name in typed if name != "csrf_token"}, "key": key},
        changes=changes[:SHOWN],
        more=max(len(changes) - SHOWN, 0),
        moves=moves[:SHOWN],
        more_moves=max(len(moves) - SHOWN, 0),
        deliveries=deliveries,
        sessions=sessions,
        hours=printing.hours,
        days_of=days_of,
    )


async def _changes(
    slug: str, first_on: date, last_on: date, change: Callable[[Calendar], Calendar]
) -> list[DayChange]:
    """Day by day, site by site. Raises SiteNeverOpens."""
    found = []
    for site in await _sites(slug):
        after = change(site.calendar)
        rules.check_opens(after, clock.now())
        days = site.calendar.changed_days(after, max(first_on, clock.today()), last_on)
        found += [
            DayChange(site.name, day, _told(site.calendar, day), _told(after, day)) for day in days
        ]
    return sorted(found, key=lambda one: (one.day, one.site))


async def _sites(slug: str) -> list[SiteCard]:
    return [await queries.get_site(slug)] if slug else await queries.sites()


def _told(calendar: Calendar, day: date) -> str:
    return hours.show_day(calendar.hours_on(day), day.weekday())


def days_of(period: Period) -> tuple[str, str]:
    """The day it begins, and the one it is due on: also where that is at midnight. In few letters."""
    days = (clock.paris(period.start).date(), last_day(period))
    first, last = (formats.short_day(day, clock.today()) for day in days)
    return first, last


async def _closure(request: AnyRequest) -> ClosureWish:
    form = await forms.read(request, ClosureForm)
    return ClosureWish(
        site=form.site,
        first_on=form.first_on,
        last_on=form.last_on or form.first_on,
        starts=hours.read_hour(form.starts, "starts") if form.starts else None,
        ends=hours.read_hour(form.ends, "ends") if form.ends else None,
        reason=form.reason,
    )


async def _extra(request: AnyRequest) -> ExtraWish:
    form = await forms.read(request, ExtraForm)
    return ExtraWish(
        site=form.site,
        opens_on=form.opens_on,
        opens=hours.read_hour(form.opens, "opens"),
        closes=hours.read_hour(form.closes, "closes"),
        reason=form.reason,
    )


HANDLERS = [
    index,
    new,
    preview,
    create,
    show,
    withdraw,
    new_extra,
    preview_extra,
    create_extra,
    withdraw_extra,
]
