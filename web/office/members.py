"""The members' register: filtered, kept as views, taken away as a list."""

from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post

from backend.http import exports, forms
from backend.http.callers import get_caller
from backend.http.respond import page, redirect
from backend.insight import dashboard
from backend.insight import queries as insight
from backend.insight.dashboard import Members
from backend.kit import clock
from backend.kit.errors import N_
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.kit.text import read_number
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.membership import register, views
from backend.membership.register import Filter, Line, Reached
from backend.membership.rules import Category, Status
from web.office.lists import LISTS
from web.office.staff import MANAGER

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T", Status, Category, Reached)
HERE = "/gestion/adherents"
MEMBERS = "members"  # up to date, or with a payment under way
STATUSES = {
    Status.CURRENT: N_("À jour"),
    Status.PROVISIONAL: N_("Paiement en attente"),
    Status.GRACE: N_("À renouveler"),
    Status.LAPSED: N_("Adhésion finie"),
    Status.PROSPECT: N_("Jamais payé"),
    Status.ENDED: N_("Partis"),
}
CATEGORIES = {
    Category.TENANT: N_("Locataires"),
    Category.NEIGHBOUR: N_("Voisins"),
    Category.REDUCED: N_("Tarif réduit"),
    Category.FREE: N_("Gratuit"),
}
REACHED = {
    Reached.EMAIL: N_("Avec e-mail"),
    Reached.PHONE: N_("Avec téléphone"),
    Reached.NOBODY: N_("Sans e-mail ni téléphone"),
}
ENDINGS = {"7": N_("Finit sous 7 jours"), "30": N_("Finit sous 30 jours")}
COLUMNS = (
    Column("Foyer"),
    Column("Nom"),
    Column("Personnes", Kind.NUMBER),
    Column("Tarif"),
    Column("État"),
    Column("Payé jusqu'au", Kind.DAY),
    Column("Depuis", Kind.DAY),
    Column("Résidence"),
    Column("Code postal"),
    Column("Commune"),
    Column("E-mail"),
    Column("Téléphone"),
)


class Asked(msgspec.Struct, frozen=True):
    """The filters as they stand in the address; a word nobody knows filters nothing."""

    q: str = ""
    etat: str = ""
    tarif: str = ""
    residence: str = ""
    joindre: str = ""
    fin: str = ""

    def read(self) -> Filter:
        days = int(self.fin) if self.fin in ENDINGS else None
        return Filter(
            q=self.q[:100],
            member=self.etat == MEMBERS,
            status=_one(Status, self.etat),
            category=_one(Category, self.tarif),
            residence=self.residence[:100],
            reached=_one(Reached, self.joindre),
            ending_until=None if days is None else clock.today() + timedelta(days=days),
        )

    def address(self, **more: object) -> str:
        said = {**msgspec.structs.asdict(self), **more}
        return urlencode({name: value for name, value in said.items() if value})


class Kept(msgspec.Struct, frozen=True):
    """A view to keep: its name, and the filters as the address has them."""

    name: str
    query: str = ""


class Dropped(msgspec.Struct, frozen=True):
    view: str


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    asked, avant = _asked(request), _before(request)
    found = await register.find(asked.read(), before=avant)
    return await page(
        request,
        "office/members/index.html",
        title=_("Adhérents"),
        space="office",
        here=HERE,
        asked=asked,
        lines=found.lines,
        query=asked.address(),
        older=f"{HERE}?{asked.address(avant=found.older)}" if found.older else "",
        newest=f"{HERE}?{asked.address()}" if avant else "",
        statuses=[(MEMBERS, _("Adhérents aujourd’hui")), *options(STATUSES)],
        counted=await _counted(asked),
        categories=options(CATEGORIES),
        reached=options(REACHED),
        endings=options(ENDINGS),
        residences=[
            (each.public_id, f"{each.name}, {each.town}") for each in await insight.places()
        ],
        views=await views.views_of(get_caller(request).person_id),
    )


@get(f"{HERE}/liste", guards=[MANAGER])
async def export(request: AnyRequest) -> Response[Any]:
    asked = _asked(request)
    rows = [_row(line) for line in await register.everybody(asked.read())]
    return await exports.send(
        request,
        Sheet("adherents", COLUMNS, rows),
        _format(request),
        seen_at=LISTS,
        filter=asked.address(q=""),  # the record names nobody: who was searched for is in the list
    )


@post(f"{HERE}/vues", guards=[MANAGER])
async def keep_view(request: AnyRequest) -> Response[Any]:
    kept = await forms.read(request, Kept)
    view = await views.keep(get_caller(request).person_id, kept.name, kept.query)
    return redirect(request, f"{HERE}?{view}", said="enregistre")


@post(f"{HERE}/vues/retrait", guards=[MANAGER])
async def drop_view(request: AnyRequest) -> Response[Any]:
    dropped = await forms.read(request, Dropped)
    await views.drop(get_caller(request).person_id, dropped.view)
    return redirect(request, HERE, said="enregistre")


async def _counted(asked: Asked) -> Members | None:
    """How many all members are, where nothing else is asked for: as on the dashboard."""
    return await dashboard.members(clock.today()) if asked == Asked(etat=MEMBERS) else None


def _asked(request: AnyRequest) -> Asked:
    params = request.query_params
    said = {name: str(params.get(name, "")) for name in Asked.__struct_fields__}
    return Asked(**{name: value.replace("\x00", "") for name, value in said.items()})


def _before(request: AnyRequest) -> int | None:
    """Where a page begins; what is no number begins at the newest."""
    return read_number(request.query_params.get("avant"))


def _format(request: AnyRequest) -> Format:
    return Format.XLSX if request.query_params.get("format") == Format.XLSX else Format.CSV


def _row(line: Line) -> tuple[object, ...]:
    return (
        line.public_id,
        line.name,
        line.people,
        CATEGORIES[line.category],
        STATUSES[line.status],
        line.paid_until,
        line.since,
        line.residence,
        line.postcode,
        line.town,
        line.email,
        line.phone,
    )


def _one(kind: type[T], said: str) -> T | None:
    return next((each for each in kind if each.value == said), None)
