"""The statement of uses (V34): a period's figures, day by day and use by use, and the same as files."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromQuery

from backend.http import exports
from backend.http.respond import page
from backend.kit import charts, clock, formats
from backend.kit.errors import N_, Refused
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.translations import translated as _
from backend.merchants.queries import PartnerPage
from backend.vouchers import statement as statements
from backend.vouchers.statement import Line, Passage, Statement
from partners.portal import figures, periods, words
from partners.portal.own import MERCHANT, chosen
from partners.portal.periods import Period

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/passages"
PAGE = 30
MOST_LINES = 20_000
MOST_MARKS = 36
DAYS = (
    Column("Jour", Kind.DAY),
    Column("Passages", Kind.NUMBER),
    Column("Ventes estimées", Kind.CENTS),
    Column("Réductions", Kind.CENTS),
)
PASSAGES = (
    Column("Moment", Kind.MOMENT),
    Column("Avantage"),
    Column("Point de vente"),
    Column("Caisse"),
    Column("Comment"),
    Column("Fin du code"),
    Column("Ticket"),
    Column("Vente", Kind.CENTS),
    Column("Vente estimée"),
    Column("Réduction", Kind.CENTS),
    Column("État"),
)


class TooManyLines(Refused):
    slug = "too_many_lines"
    sentence = N_("Cette période a trop de passages pour un fichier.")
    next = N_("Choisissez une période plus courte, ou le fichier par jour.")


class Row(msgspec.Struct, frozen=True):
    """A line of the table, with its day or month in words."""

    name: str
    line: Line


@get(HERE, guards=[MERCHANT])
async def index(request: AnyRequest, apres: FromQuery[str] = "") -> Response[str]:
    partner, partners = await chosen(request)
    period = periods.read(request.query_params, clock.today())
    found = await statements.statement(partner.id, period.since, period.until)
    uses = await statements.passages(partner.id, period.since, period.until, PAGE + 1, apres)
    beside = await statements.beside(partner.id, period.since.year, clock.today())
    return await page(
        request,
        "portal/statements/index.html",
        title=_("Ventes et bons"),
        space="portal",
        partner=partner,
        partners=partners,
        here=HERE,
        names=periods.NAMES,
        period=period,
        back=figures.back(period, beside.told),
        cost=figures.cost(beside.fee_cents, period, found.total),
        rows=[Row(_name(found, line), line) for line in reversed(found.lines)],
        total=found.total,
        by_month=found.by_month,
        drawn=_drawn(found),
        uses=uses[:PAGE],
        older=uses[PAGE - 1].redemption if len(uses) > PAGE else "",
        apres=apres,
        words=words,
    )


@get(HERE + "/par-jour", guards=[MERCHANT])
async def export_days(
    request: AnyRequest, fichier: FromQuery[Format] = Format.CSV
) -> Response[bytes]:
    """The lines of the table: days, or months where the period is long."""
    partner, _ = await chosen(request)
    period = periods.read(request.query_params, clock.today())
    found = await statements.statement(partner.id, period.since, period.until)
    rows = [
        (line.first, line.brought.uses, line.brought.sales_cents, line.brought.saved_cents)
        for line in found.lines
    ]
    return await _send(request, Sheet("ventes", DAYS, rows), fichier, partner, period)


@get(HERE + "/liste", guards=[MERCHANT])
async def export(request: AnyRequest, fichier: FromQuery[Format] = Format.CSV) -> Response[bytes]:
    """Every use; who it was stands nowhere (P5)."""
    partner, _ = await chosen(request)
    period = periods.read(request.query_params, clock.today())
    if await statements.count(partner.id, period.since, period.until) > MOST_LINES:
        raise TooManyLines
    uses = await statements.passages(partner.id, period.since, period.until, MOST_LINES)
    rows = [_cells(use) for use in uses]
    return await _send(request, Sheet("passages", PASSAGES, rows), fichier, partner, period)


async def _send(
    request: AnyRequest, sheet: Sheet, chosen_: Format, partner: PartnerPage, period: Period
) -> Response[bytes]:
    return await exports.send(
        request,
        sheet,
        chosen_,
        partner=partner.public_id,
        since=period.since.isoformat(),
        until=period.until.isoformat(),
    )


def _cells(use: Passage) -> tuple[Any, ...]:
    return (
        use.at,
        use.title,
        use.shop,
        use.till,
        words.CHANNELS[use.channel],
        use.code_end,
        use.receipt_ref,
        use.sales_cents,
        "oui" if use.guessed else "",
        use.saving_cents,
        "Annulé" if use.undone_at else "Compté",
    )


def _name(found: Statement, line: Line) -> str:
    return _month(line.first) if found.by_month else formats.weekday(line.first, clock.today())


def _month(first: date) -> str:
    return f"{formats.month(first)} {first.year}"


def _drawn(found: Statement) -> charts.Chart | None:
    """Uses by day or month, those without any too; one mark says nothing that the figure does not."""
    uses = {line.first: line.brought.uses for line in found.lines}
    marks = _firsts(found)
    if len(marks) < 2 or not uses:
        return None
    name = _month if found.by_month else _short
    points = [(name(first), uses.get(first, 0)) for first in marks]
    return charts.bars(points, wide=True, going_on=-1 if found.until == clock.today() else None)


def _firsts(found: Statement) -> list[date]:
    if not found.by_month:
        days = (found.until - found.since).days + 1
        return [found.since + timedelta(days=ahead) for ahead in range(days)]
    months = [found.since.replace(day=1)]
    while (following := (months[-1] + timedelta(days=31)).replace(day=1)) <= found.until:
        months.append(following)
    return months[-MOST_MARKS:]


def _short(day: date) -> str:
    return f"{day:%d/%m}"


HANDLERS = [index, export_days, export]
