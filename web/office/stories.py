"""A household's whole story on one page, and the words of its lines."""

from datetime import date, time
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from backend.http.respond import page
from backend.http.visits import acting
from backend.insight import stories
from backend.insight.stories import Cursor, Event, Kind
from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.membership import service as care
from backend.people.rules import Medium, Source, Subject
from web.office.members import CATEGORIES, HERE, STATUSES
from web.office.staff import MANAGER
from web.shell import verbs
from web.shell.messages import MESSAGES
from web.shell.ways_in import way_in

AnyRequest = Request[Any, Any, Any]
KINDS = {
    Kind.PEOPLE: N_("Les personnes"),
    Kind.PERIODS: N_("Périodes"),
    Kind.MONEY: N_("Argent"),
    Kind.VOUCHERS: N_("Bons"),
    Kind.MESSAGES: N_("Messages"),
    Kind.ACTS: N_("Gestes de l’équipe"),
    Kind.CONSENTS: N_("Accords"),
}
WAYS = {
    "cash": N_("espèces"),
    "cheque": N_("chèque"),
    "transfer": N_("virement"),
    "online": N_("en ligne"),
    "monthly": N_("chaque mois"),
    "email": N_("par e-mail"),
    "sms": N_("par SMS"),
    "push": N_("sur son téléphone"),
    "paper": N_("sur papier"),
}
REASONS = {
    "unpaid": N_("non payée"),
    "refunded": N_("remboursée"),
    "disputed": N_("contestée à la banque"),
    "withdrawn": N_("rétractation"),
    "undone": N_("donnée par erreur"),
}
SUBJECTS = {
    Subject.CLUB_LIFE: N_("la vie du club"),
    Subject.PARTNER_OFFERS: N_("les partenaires"),
    Subject.REMINDERS: N_("les rappels"),
}
MEDIA = {
    Medium.EMAIL: N_("e-mail"),
    Medium.SMS: N_("SMS"),
    Medium.PHONE: N_("téléphone"),
    Medium.POST: N_("courrier"),
}
SOURCES = {
    Source.ONLINE: N_("en ligne"),
    Source.DESK: N_("au comptoir"),
    Source.PAPER: N_("sur papier"),
    Source.PHONE: N_("par téléphone"),
}


class Chip(msgspec.Struct, frozen=True):
    href: str
    label: str
    current: bool


class Line(msgspec.Struct, frozen=True):
    """A line as it is read. `day` "" where the line above has the same; `hour` "" where none is known."""

    event: Event
    day: str
    hour: str
    first: date | None
    last: date | None
    arrived: date | None


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    params = request.query_params
    household = await care.see_household(acting(request), public_id, way_in(request))
    kind = next((each for each in Kind if each == params.get("sorte", "")), None)
    after = Cursor.read(str(params.get("apres", "")))
    told = await stories.tell(household.id, household.public_id, kind, after)
    here = f"{HERE}/{household.public_id}"
    return await page(
        request,
        "office/members/show.html",
        title=household.name,
        space="office",
        here=here,
        household=household,
        front=await stories.front(household.id),
        standing=household.standing(),
        categories=CATEGORIES,
        statuses=STATUSES,
        chips=chips(here, kind),
        lines=lines(told.events),
        older=_older(here, kind, told.older),
        newest=_address(here, kind) if after else "",
        words={"ways": WAYS, "reasons": REASONS, "messages": MESSAGES, "sources": SOURCES},
        consents=consents,
        said=verbs.said,
    )


def chips(here: str, chosen: Kind | None) -> list[Chip]:
    every = Chip(here, N_("Tout"), chosen is None)
    return [every, *(Chip(_address(here, at), said, at is chosen) for at, said in KINDS.items())]


def lines(events: list[Event]) -> list[Line]:
    """A day is named once, above all that happened on it."""
    shown, before = [], None
    for event in events:
        at = clock.paris(event.at)
        named = "" if at.date() == before else formats.short_day(at.date(), clock.today())
        hour = "" if event.whole_day or at.time() == time() else formats.hour(event.at)
        shown.append(Line(event, named, hour, *_days(event)))
        before = at.date()
    return shown


def consents(event: Event) -> list[tuple[str, list[str], bool]]:
    """What was said of each purpose: its name, by which ways, yes or no."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for subject, medium, given in event.facts["said"]:
        groups.setdefault((subject, given), []).append(MEDIA[Medium(medium)])
    return [
        (SUBJECTS[Subject(subject)], media, given) for (subject, given), media in groups.items()
    ]


def _days(event: Event) -> list[date | None]:
    """Of a period, and of a notice."""
    facts = event.facts if event.kind is Kind.PERIODS or event.what == "notice" else {}
    said = [facts.get(name) for name in ("first", "last", "arrived")]
    return [None if each is None else date.fromisoformat(each) for each in said]


def _address(here: str, kind: Kind | None) -> str:
    return here if kind is None else f"{here}?sorte={kind}"


def _older(here: str, kind: Kind | None, cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    address = _address(here, kind)
    return f"{address}{'&' if '?' in address else '?'}apres={cursor}"
