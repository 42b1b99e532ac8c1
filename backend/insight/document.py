"""The report of a year as it is read: the same words and figures on the page and on paper.

One for the club, which its manager gives to funders, and one for each landlord. A report of a year
that is over is kept as it was first printed.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.insight import budget, closed, rules, yearly
from backend.insight.queries import Landlord, Report, Residence
from backend.insight.yearly import Contracts, Month, Share, SoFar, Totals
from backend.kit import charts, clock, formats, papers
from backend.kit.charts import Chart
from backend.kit.database import transaction
from backend.kit.translations import translated as _

YEARS = 4


class Figure(msgspec.Struct, frozen=True):
    label: str
    text: str
    detail: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        return self.label, f"{self.text} ({self.detail})" if self.detail else self.text


class Picture(msgspec.Struct, frozen=True):
    title: str
    drawn: Chart


class Table(msgspec.Struct, frozen=True):
    """Headings and cells in words; the first `left` columns are names, the others figures."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    left: int = 1

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Headings with the class of their cells: figures stand right."""
        return [(text, "" if at < self.left else "e num") for at, text in enumerate(self.headings)]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`of` is whom it is about, `first` to `until` the days it counts; `note` says what is hidden."""

    key: str
    of: str
    first: date
    until: date
    figures: list[Figure]
    pictures: list[Picture]
    tables: list[Table]
    note: str

    @property
    def is_over(self) -> bool:
        """Its year has ended, and January too, in which money of the year is still found and booked."""
        return clock.today() >= date(self.until.year + 1, 2, 1)


def years(today: date) -> list[int]:
    """Those a report may be asked of, the newest first."""
    return [today.year - before for before in range(YEARS)]


async def of_club(year: int) -> Document:
    """For funders: the whole club, up to today."""
    today = clock.today()
    if year == today.year:
        return _club(
            today,
            await yearly.months_so_far(today),
            await yearly.so_far(today),
            await yearly.shares_now(today),
        )
    found = await closed.of_club(year)
    sums = await yearly.ended(year, found.totals)
    return _club(date(year, 12, 31), found.months, sums, found.shares)


def _club(until: date, months: list[Month], sums: SoFar, shares: list[Share]) -> Document:
    totals, money = sums.totals, sums.money
    return Document(
        key=f"report:{until.year}:club",
        of=sums.club,
        first=money.first,
        until=until,
        figures=[
            *_members(totals, shown=rules.may_total([totals.people])),
            *_used(_sum(months) if rules.may_total([totals.users]) else None, totals),
            _taking_part(sums.share),
            _signed(sums.contracts, shown=rules.may_total([sums.contracts.people])),
            Figure(_("Partenaires"), formats.number(totals.partners)),
            Figure(_("Cotisations des adhérents"), formats.euros(totals.dues_cents)),
            Figure(_("Cotisations des partenaires"), formats.euros(money.commercial_cents)),
            Figure(_("Dépenses"), formats.euros(money.spent_cents), _of_budget(money)),
        ],
        pictures=_pictures(months),
        tables=[_monthly(months), _landlords(shares)],
        note=_note(),
    )


async def of_landlord(landlord: Landlord, year: int) -> Document:
    """For a landlord: its own tenants, up to the end of last month."""
    first = date(year, 1, 1)
    until = min(closed.last_day(clock.today()), date(year, 12, 31))
    found = await closed.of_landlord(landlord, first, until)
    months, totals, report, signed = found.months, found.totals, found.report, found.contracts
    shown = report.total is not None
    dues = _euros(totals.dues_cents if shown and totals.dues_on else None)
    return Document(
        key=f"report:{year}:{landlord.public_id}",
        of=landlord.name,
        first=first,
        until=until,
        figures=[
            *_members(totals, shown=shown),
            *_used(report.told if report.total_uses and shown else None, totals),
            _taking_part(await yearly.share(landlord.public_id, first, until) if shown else None),
            Figure(_("Logements"), formats.number(report.told.dwellings)),
            _signed(signed, shown=shown and rules.may_total([signed.people])),
            Figure(_("Partenaires"), formats.number(totals.partners)),
            Figure(_("Cotisations des adhérents"), dues),
        ],
        pictures=_pictures(months) if shown else [],
        tables=[*([_monthly(months)] if shown else []), _residences(report)],
        note=f"{_note()} {standing_still()}",
    )


def landlord_years(today: date) -> list[int]:
    """In January the year that has just begun has nothing to say yet."""
    return years(closed.last_day(today))


async def print_(document: Document) -> bytes:
    """Of a year that is over, the first print is kept and every later one is the same."""
    if not document.is_over:
        return await papers.render("insight", "report", _printed(document))
    kept = await papers.issued(document.key)
    if kept is not None:
        return kept
    made = await papers.render("insight", "report", _printed(document))
    async with transaction():
        return await papers.issue(document.key, made)


def _members(totals: Totals, *, shown: bool) -> list[Figure]:
    households, people = totals.households, totals.people
    return [
        Figure(_("Foyers adhérents"), _number(households if shown else None)),
        Figure(_("Personnes dans ces foyers"), _number(people if shown else None)),
    ]


class _Sum(msgspec.Struct, frozen=True):
    uses: int
    saved_cents: int


def _sum(months: Sequence[Month]) -> _Sum | None:
    """None where a month is about so few that it is not told."""
    if any(month.uses is None for month in months):
        return None
    return _Sum(
        sum(month.uses or 0 for month in months), sum(month.saved_cents or 0 for month in months)
    )


def _used(told: _Sum | Residence | None, totals: Totals) -> list[Figure]:
    part = totals.participation if told else None
    return [
        Figure(_("Économies des adhérents"), _euros(told.saved_cents if told else None)),
        Figure(_("Avantages utilisés"), _number(told.uses if told else None)),
        Figure(
            _("Participation"),
            _("non montré") if part is None else f"{part}\u00a0%",
            _("des foyers ont utilisé un avantage"),
        ),
    ]


def _taking_part(share: int | None) -> Figure:
    """A4: by whatever neighbours do together; of some months, as the last one of them knew it."""
    return Figure(
        _("Vie du quartier"),
        _("non montré") if share is None else f"{share}\u00a0%",
        _("des foyers ont pris part : bon, prêt, entraide, commande ou activité"),
    )


def _signed(found: Contracts, *, shown: bool) -> Figure:
    if not shown:
        return Figure(_("Contrats d’assurance"), _("non montré"))
    saved = _("%(sum)s économisés par an", sum=formats.euros(found.saved_cents))
    return Figure(_("Contrats d’assurance"), formats.number(found.signed), saved)


def _pictures(months: Sequence[Month]) -> list[Picture]:
    """A month that is not told is drawn as nothing; its table says so."""
    named = [(formats.month(month.first), month) for month in months]
    saved = [(name, (month.saved_cents or 0) // 100) for name, month in named]
    households = [(name, month.households or 0) for name, month in named]
    return [
        Picture(_("Foyers adhérents, fin de mois"), charts.line(households)),
        Picture(_("Économies par mois, en euros"), charts.bars(saved, going_on=None)),
    ]


def _monthly(months: Sequence[Month]) -> Table:
    return Table(
        _("Mois par mois"),
        (_("Mois"), _("Foyers adhérents"), _("Avantages utilisés"), _("Économies")),
        [
            (
                f"{formats.month(month.first)} {month.first.year}",
                _number(month.households),
                _number(month.uses),
                _euros(month.saved_cents),
            )
            for month in months
        ],
    )


def _landlords(found: Sequence[Share]) -> Table:
    hidden = rules.hide_small([each.people for each in found])
    return Table(
        _("Par bailleur"),
        (_("Bailleur"), _("Logements"), _("Foyers adhérents"), _("Personnes")),
        [
            (
                each.name or _("Voisins"),
                formats.number(each.dwellings) if each.name else "",
                _number(None if away else each.households),
                _number(None if away else each.people),
            )
            for each, away in zip(found, hidden, strict=True)
        ],
    )


def _residences(report: Report) -> Table:
    return Table(
        _("Par résidence"),
        (
            _("Résidence"),
            _("Commune"),
            _("Logements"),
            _("Foyers adhérents"),
            _("Personnes"),
            _("Avantages utilisés"),
            _("Économies"),
        ),
        [
            (
                row.told.name,
                f"{row.told.postcode} {row.told.town}",
                formats.number(row.told.dwellings),
                _number(row.seen.households if row.seen else None),
                _number(row.seen.people if row.seen else None),
                _number(row.seen.uses if row.seen and row.uses_seen else None),
                _euros(row.seen.saved_cents if row.seen and row.uses_seen else None),
            )
            for row in report.rows
        ],
        left=2,
    )


def _of_budget(money: budget.Year) -> str:
    if not money.budget_cents:
        return ""
    return _("%(part)s %% du budget", part=money.spent_percent)


def _number(value: int | None) -> str:
    return _("non montré") if value is None else formats.number(value)


def _euros(cents: int | None) -> str:
    return _("non montré") if cents is None else formats.euros(cents)


def standing_still() -> str:
    """Why a landlord's figures may be those of a month before."""
    return _(
        "Un chiffre change quand au moins %(count)s personnes le changent.", count=rules.FEWEST
    )


def _note() -> str:
    return _(
        "« Non montré » : moins de %(count)s personnes, ou une ligne qui les ferait deviner.",
        count=rules.FEWEST,
    )


# Of the sheet of a page only what a picture on paper needs; its faces are those of the paper.
_STYLE = (
    "text { font-family: 'Libertinus Serif'; font-size: 15px; fill: #5A5348 }"
    ".axis.y text { text-anchor: end } .axis.x text { text-anchor: middle }"
    ".axis path { stroke: #D8CDBB; fill: none } .axis.x path { display: none }"
    ".rect { fill: #4F6B52 } .nofill { fill: none; stroke: #23262B; stroke-width: 2.5px }"
    ".dot { fill: #A6432D } .value { fill: #23262B; font-weight: bold }"
)


def _printed(document: Document) -> dict[str, object]:
    return {
        "title": f"Rapport {document.first.year}",
        "of": document.of,
        "span": f"Du {formats.day(document.first)} au {formats.day(document.until)}",
        "made": f"Imprimé le {formats.day(clock.today())}",
        "figures": [
            {"label": each.label, "text": each.text, "detail": each.detail}
            for each in document.figures
        ],
        "pictures": [
            {"title": each.title, "svg": each.drawn.paper(_STYLE)} for each in document.pictures
        ],
        "tables": [
            {
                "title": table.title,
                "headings": table.headings,
                "rows": table.rows,
                "left": table.left,
            }
            for table in document.tables
        ],
        "note": document.note,
    }
