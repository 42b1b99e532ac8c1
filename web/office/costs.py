"""What the club spends and what partners pay it, against the year's budget and ceiling (P6)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get, post

from backend.billing import costs
from backend.billing.costs import CostWish, Spent
from backend.http import exports, forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.insight import budget
from backend.insight.budget import Year
from backend.insight.rules import ALERT_PERCENT, TargetKind
from backend.kit import charts, clock, codes, formats, money
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.translations import translated as _
from backend.vouchers import office as vouchers
from web.office.settings import MONEY
from web.office.staff import by
from web.office.treasury import HOME, AnyRequest, shown

HERE = f"{HOME}/depenses"
PARTNERS = f"{HOME}/recettes-commerciales"
YEARS = 4  # this one and those before it that can be chosen
COLUMNS = (
    Column("Date", Kind.DAY),
    Column("Libellé"),
    Column("Compte"),
    Column("Sorte"),
    Column("Montant", Kind.CENTS),
)
COMMERCIAL = (
    Column("Date", Kind.DAY),
    Column("Libellé"),
    Column("Payé par"),
    Column("Montant", Kind.CENTS),
)


class CostForm(msgspec.Struct, frozen=True):
    """As typed; `key` came with the form."""

    on: date
    label: str
    account: str
    amount: str
    key: str


class TargetForm(msgspec.Struct, frozen=True):
    """Euros, as typed; what is left empty stays as it was."""

    budget: str = ""
    ceiling: str = ""


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest) -> Response[str]:
    year = await budget.year(_year(request))
    spent = await costs.spent(year.first, year.last)
    return await shown(
        request,
        "costs",
        title=_("Dépenses"),
        year=year,
        years=_years(),
        sums=_by(spent, lambda each: each.account),
        names=costs.NAMES,
        costs=await costs.costs(year.first, year.last),
        saved_cents=await _saved(year),
        drawn=charts.bars(_months(spent, year), "€", going_on=_going_on(year)),
        months=_by(spent, lambda each: each.first),
        named=formats.month,
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await shown(
        request,
        "cost",
        title=_("Noter une dépense"),
        form=form or Form({"on": clock.today().isoformat(), "key": codes.random_id()}),
        accounts=costs.TYPED,
    )


@get(f"{HERE}/nouvelle", guards=[MONEY])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(HERE, guards=[MONEY])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, CostForm)
    wish = CostWish(
        on=typed.on,
        label=typed.label,
        account=typed.account,
        amount_cents=money.parse(typed.amount, field="amount"),
        key=typed.key[:40],
    )
    await costs.enter(by(request), wish)
    return redirect(request, f"{HERE}?annee={wish.on.year}", said="enregistre")


@get(f"{HERE}/liste", guards=[MONEY])
async def export(request: AnyRequest) -> Response[bytes]:
    year = await budget.year(_year(request))
    rows = [
        (each.on, each.label, each.account, costs.NAMES[each.account], each.amount_cents)
        for each in await costs.costs(year.first, year.last)
    ]
    sheet = Sheet("depenses", COLUMNS, rows)
    return await exports.send(request, sheet, _format(request), year=year.first.year)


@get(PARTNERS, guards=[MONEY])
async def commercial(request: AnyRequest) -> Response[str]:
    number = _year(request)
    return await shown(
        request,
        "commercial",
        title=_("Recettes commerciales"),
        year=await budget.year(number),
        years=_years(),
        receipts=await budget.commercial(number),
        alert_percent=ALERT_PERCENT,
    )


@get(f"{PARTNERS}/liste", guards=[MONEY])
async def export_commercial(request: AnyRequest) -> Response[bytes]:
    number = _year(request)
    rows = [
        (each.on, each.label, each.payer, each.cents) for each in await budget.commercial(number)
    ]
    sheet = Sheet("recettes-commerciales", COMMERCIAL, rows)
    return await exports.send(request, sheet, _format(request), year=number)


async def _targets(request: AnyRequest, form: Form | None = None) -> Response[str]:
    year = await budget.year(clock.today().year)
    typed = {
        "budget": _typed(year.budget_cents or 0),
        "ceiling": _typed(year.ceiling_cents),
    }
    return await shown(
        request, "targets", title=_("Budget et plafond"), year=year, form=form or Form(typed)
    )


@get(f"{HERE}/budget", guards=[MONEY])
async def edit(request: AnyRequest) -> Response[str]:
    return await _targets(request)


@post(f"{HERE}/budget", guards=[MONEY])
@forms.again(_targets)
async def update(request: AnyRequest) -> Response[Any]:
    """For this year, and for the next ones until they have their own."""
    typed, number = await forms.read(request, TargetForm), clock.today().year
    said = {kind: getattr(typed, kind) for kind in TargetKind}
    wanted = {kind: money.parse(euros, field=kind) for kind, euros in said.items() if euros}
    for kind, cents in wanted.items():
        await budget.set_target(by(request), kind, number, cents)
    return redirect(request, HERE, said="enregistre")


def _typed(cents: int) -> str:
    """Euros as a form shows them; nothing for nothing."""
    return money.plain(cents) if cents else ""


async def _saved(year: Year) -> int:
    """What members saved in the same year."""
    until = min(clock.today(), year.last)
    return (await vouchers.savings_by_month(until, until.month)).saved_cents


def _year(request: AnyRequest) -> int:
    """The year asked for, of those that can be chosen; else this one."""
    asked = str(request.query_params.get("annee", ""))
    return next((each for each in _years() if str(each) == asked), clock.today().year)


def _years() -> list[int]:
    today = clock.today().year
    return [today - before for before in range(YEARS)]


def _by(spent: list[Spent], name: Any) -> dict[Any, int]:
    """Cents by what `name` says of each, those that come to nothing left out."""
    sums: dict[Any, int] = {}
    for each in spent:
        sums[name(each)] = sums.get(name(each), 0) + each.cents
    return {of: cents for of, cents in sums.items() if cents}


def _months(spent: list[Spent], year: Year) -> list[tuple[str, int]]:
    """All twelve, in whole euros; a month in which more came back than went out is none."""
    sums = _by(spent, lambda each: each.first)
    months = [year.first.replace(month=number) for number in range(1, 13)]
    return [(formats.month(month), max(0, sums.get(month, 0)) // 100) for month in months]


def _going_on(year: Year) -> int | None:
    today = clock.today()
    return today.month - 1 if year.first.year == today.year else None


def _format(request: AnyRequest) -> Format:
    return Format.XLSX if request.query_params.get("format") == Format.XLSX else Format.CSV
