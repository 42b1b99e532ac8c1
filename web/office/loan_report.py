"""What lending was of use for: the year's figures with their charts and lists, and the list as a file (L43)."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from backend.http import exports
from backend.http.respond import page
from backend.insight import loans
from backend.insight.loans import Asked, Model, Month, Report, Use
from backend.insight.rules import FEWEST
from backend.kit import charts, clock, formats
from backend.kit.errors import N_
from backend.kit.openings import Calendar
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.kit.zone import find_day
from backend.lending import queries as lending
from backend.lending.errors import ResourceUnknown
from backend.lending.queries import Override
from backend.places import queries as places
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/bilan-des-prets"
DAY = timedelta(days=1)
LONGEST = timedelta(days=1100)
SHOWN = 50  # models on a page
# Of the days that are asked, the last ones: what staff let pass in them.
LATELY = timedelta(days=31)
# What staff went past, by the slug of its refusal (L22).
LIMITS = {
    "limit_household_loans": N_("Prêts du foyer en même temps"),
    "limit_person_loans": N_("Prêts d’une personne en même temps"),
    "limit_household_bookings": N_("Réservations du foyer"),
    "limit_person_bookings": N_("Réservations d’une personne"),
    "limit_days": N_("Jours de prêt du foyer"),
    "limit_peak": N_("Créneaux très demandés"),
    "limit_advance": N_("Réservation trop tôt"),
    "limit_advance_strikes": N_("Réservation trop tôt, après des absences"),
}
# What the page shows of a model and what the file has of it: one list of columns for both.
COLUMNS = (
    Column(N_("Objet")),
    Column(N_("Genre")),
    Column(N_("Exemplaires"), Kind.NUMBER),
    Column(N_("Prêts"), Kind.NUMBER),
    Column(N_("Heures prises"), Kind.NUMBER),
    Column(N_("Heures possibles"), Kind.NUMBER),
    Column(N_("Usage en %"), Kind.NUMBER),
    Column(N_("Retards en %"), Kind.NUMBER),
    Column(N_("Pas venus"), Kind.NUMBER),
    Column(N_("Sans suite"), Kind.NUMBER),
    Column(N_("Perdus"), Kind.NUMBER),
    Column(N_("Réparations"), Kind.NUMBER),
    Column(N_("Coût"), Kind.CENTS),
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, as the address says it. `calendars`: of all sites, since the first day."""

    asked: Asked
    calendars: dict[int, Calendar]
    site: str
    page: int
    sites: tuple[tuple[str, str], ...]

    @property
    def query(self) -> str:
        asked = self.asked
        return f"du={asked.first.isoformat()}&au={asked.last.isoformat()}&lieu={self.site}"


@get(HERE, guards=[MANAGER])
async def show(request: AnyRequest) -> Response[str]:
    view = await _view(request)
    report, months = await _report(view), await loans.months(view.asked)
    rows = [_row(model) for model in report.models]
    return await page(
        request,
        "office/loans/show.html",
        title=_("Bilan des prêts"),
        space="office",
        here=HERE,
        view=view,
        sites=view.sites,
        columns=COLUMNS,
        models=list(zip(report.models, rows, strict=True))[_part(view)],
        more=len(rows) > (view.page + 1) * SHOWN,
        total=report.total,
        totals=_cells(report.total),
        months=months,
        fewest=FEWEST,
        named=formats.month,
        idle=sum(not model.use.loans and bool(model.copies) for model in report.models),
        shelf=_spoken(report.to_shelf),
        used=charts.bars(
            [(month_name(each), each.loans) for each in months], going_on=_going_on(view)
        ),
        wished=charts.bars(_wishes(report.total), going_on=None),
        passed=await _passed(view.asked),
        limits=LIMITS,
    )


async def _report(view: View, resource: str = "") -> Report:
    return await loans.report(view.asked, resource, view.calendars)


async def _passed(asked: Asked) -> list[Override]:
    until = asked.period.end
    return await lending.overrides(max(asked.period.start, until - LATELY), until)


@get(HERE + "/liste", guards=[MANAGER])
async def export(request: AnyRequest, kind: FromQuery[Format] = Format.CSV) -> Response[Any]:
    """The same rows as on the page, all of them."""
    view = await _view(request)
    report = await _report(view)
    sheet = Sheet("bilan-des-prets", COLUMNS, [_row(model) for model in report.models])
    return await exports.send(request, sheet, kind, filter=view.query)


@get(HERE + "/objets/{resource:str}", guards=[MANAGER])
async def model(request: AnyRequest, resource: FromPath[str]) -> Response[str]:
    """One thing, copy by copy."""
    view = await _view(request)
    report = await _report(view, resource)
    if not report.models:
        raise ResourceUnknown
    found = report.models[0]
    return await page(
        request,
        "office/loans/model.html",
        title=found.name,
        space="office",
        here=HERE,
        view=view,
        model=found,
        hours=_hours,
    )


def _row(model: Model) -> tuple[Any, ...]:
    return (model.name, model.category, len(model.copies), *_cells(model.use))


def _cells(use: Use) -> tuple[Any, ...]:
    return (
        use.loans,
        _hours(use.booked),
        _hours(use.bookable),
        use.percent,
        use.late_percent,
        use.missed,
        use.unmet,
        use.lost,
        use.repairs,
        use.cost_cents,
    )


def _hours(length: timedelta) -> int:
    return round(length / timedelta(hours=1))


def _spoken(length: timedelta | None) -> str:
    """Minutes, or hours from two on."""
    if length is None:
        return "–"
    hours = length / timedelta(hours=1)
    return f"{hours:.0f} h" if hours >= 2 else f"{hours * 60:.0f} min"


def _wishes(total: Use) -> list[tuple[str, int]]:
    return [
        (N_("Pris"), total.refused),
        (N_("Limite"), total.limited),
        (N_("Liste"), total.waited),
        (N_("Refus"), total.declined),
    ]


def month_name(month: Month) -> str:
    return formats.month(month.first)


def _going_on(view: View) -> int | None:
    """The last month, where it is not over."""
    return -1 if view.asked.last >= clock.today() else None


def _part(view: View) -> slice:
    return slice(view.page * SHOWN, (view.page + 1) * SHOWN)


async def _view(request: AnyRequest) -> View:
    """The last twelve months, unless the address says other days; a longer time is cut."""
    said, today = request.query_params, clock.today()
    last = min(find_day(said.get("au", "")) or today, today)
    first = find_day(said.get("du", "")) or _year_before(last)
    first = min(max(first, last - LONGEST), last)
    slug = said.get("lieu", "")
    found = await places.sites(closed=None, since=first)
    sites = [each for each in found if each.closed_at is None]
    site = next((each for each in sites if each.slug == slug), None)
    asked = Asked(first, last, None if site is None else site.id)
    return View(
        asked=asked,
        calendars={each.id: each.calendar for each in found},
        site="" if site is None else site.slug,
        page=read_number(said.get("page", "")) or 0,
        sites=tuple((each.slug, each.name) for each in sites),
    )


def _year_before(last: date) -> date:
    """The first day of the month that makes twelve with its own."""
    return (last.replace(day=1) - 330 * DAY).replace(day=1)


HANDLERS = [show, export, model]
