"""What the club lends, one thing with the days it is free, and the two ways to have it: now, or in line."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import fragment, page, redirect, wants_fragment
from backend.http.visits import acting
from backend.kit import clock, codes, formats
from backend.kit.errors import Missing
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.kit.zone import find_day, find_wall, paris
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.queries.resources import ResourcePage, photo_of
from backend.lending.rules import LineState, Period
from backend.lending.values import Ask, For, Want
from backend.membership.queries import Member
from web.member import words
from web.member.lending_words import due, last_day, lengths_of, picture_for, soon, spoken

AnyRequest = Request[Any, Any, Any]
ONE = timedelta(days=1)
FARTHEST = timedelta(days=366)  # how far a calendar is leafed
SATURDAY = 5


class Asked(msgspec.Struct, frozen=True):
    """What the list is asked for, as its address says it."""

    q: str = ""
    sorte: str = ""
    jour: date | None = None
    page: int = 1

    def address(self, **change: Any) -> str:
        asked = {"q": self.q, "sorte": self.sorte, "jour": self.jour or "", "page": 1, **change}
        said = {name: value for name, value in asked.items() if value not in ("", 1)}
        return f"/reserver?{urlencode(said)}" if said else "/reserver"


class Wish(msgspec.Struct, frozen=True):
    """Days, or a day with an hour and a length in minutes; `key` is of the page with the button.

    `sans`: what of a kit is left out, by public ids with a comma between (L11).
    """

    debut: date
    fin: date | None = None
    heure: str = ""
    minutes: int = 0
    personnes: Annotated[int, msgspec.Meta(ge=1, le=500)] | None = None
    sans: Annotated[str, msgspec.Meta(max_length=400)] = ""
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""

    @property
    def period(self) -> Period:
        if not self.heure:
            return lending.wanted_days(self.debut, self.fin or self.debut)
        return lending.wanted_hours(
            self.debut, find_wall(self.heure) or time(), max(0, min(self.minutes, 100_000))
        )


@get("/reserver", guards=[callers.member])
async def index(request: AnyRequest) -> Response[str]:
    asked = _asked(request)
    found = await lending.browse(asked.q, asked.sorte, asked.jour, asked.page)
    context: dict[str, Any] = {"asked": asked, "found": found, "picture": picture_for, "soon": soon}
    if wants_fragment(request):
        return await fragment(request, "member/things/_list.html", swapped=True, **context)
    return await page(
        request,
        "member/things/index.html",
        title=_("Réserver"),
        space="member",
        chips=_chips(asked, found.categories),
        days=_days_of_interest(),
        swapped=False,
        **context,
    )


async def _page(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    typed = form.values if form else request.query_params
    chosen = _chosen(typed)
    monday = _monday(_day(typed.get("du")) or chosen.first or clock.today())
    seen = await lending.look(public_id, monday, chosen)
    policy = seen.thing.model.policy
    return await page(
        request,
        "member/things/show.html",
        title=seen.thing.model.name,
        space="member",
        form=form,
        thing=seen.thing,
        by_hour=seen.by_hour,
        choice=seen.choice,
        slots=seen.starts,
        parts=seen.parts,
        lengths=lengths_of(policy.slot_minutes, policy.longest_length) if seen.by_hour else [],
        monday=monday,
        weeks=[seen.days[n : n + 7] for n in range(0, len(seen.days), 7)],
        today=clock.today(),
        people=str(typed.get("personnes", ""))[:3],
        counted=await lending.of_household(member.household_id) if form else [],
        standing=member.standing(),
        up_to_date=member.standing().status in words.CAN_BORROW,
        adult=member.adult,
        dues=words.DUES,
        key=codes.random_id(),
        picture=picture_for,
        spoken=spoken,
        due=due,
        paris=paris,
        days=lambda count: count * ONE,
        month_of=formats.month,
        last_day=last_day,
    )


def _chosen(typed: Any) -> lending.Wish:
    """What was tapped, or typed before a refusal."""
    minutes = read_number(typed.get("minutes")) or 0
    return lending.Wish(
        first=_day(typed.get("debut")),
        last=_day(typed.get("fin")),
        at=find_wall(str(typed.get("heure") or "")),
        minutes=min(minutes, 100_000),
    )


def _monday(day: date) -> date:
    """Of its week, but of none that is over."""
    day = max(day, clock.today())
    return day - day.weekday() * ONE


@get("/reserver/objets/{public_id:str}", guards=[callers.member])
async def show(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, public_id, member)


@post("/reserver/objets/{public_id:str}/reservations", guards=[callers.member])
@forms.again(_page)
async def book(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    """Booked at once; where rules are to be read first it is held, and the next page asks."""
    wish = await forms.read(request, Wish)
    thing = await lending.get_resource(public_id)
    ask, whom = asking(request, member, wish.key), For(member.household_id, member.person_id)
    wants = _wants(thing, wish)
    if thing.model.policy.rules_text or thing.parts:
        held = await service.hold(ask, whom, wants)
        return redirect(request, f"/reserver/reservations/{held.booking}")
    done = await service.book(ask, whom, wants)
    said = "reservation-demandee" if done.state is LineState.REQUESTED else "reserve"
    return redirect(request, f"/reserver/reservations/{done.booking}", said=said)


def _wants(thing: ResourcePage, wish: Wish) -> list[Want]:
    """The thing; of a kit all that is in it, or what is left of it (L11)."""
    without = set(wish.sans.split(","))
    want = Want(resource=thing.model.public_id, period=wish.period, people=wish.personnes)
    left = [part for part in thing.parts if part.resource not in without]
    if len(left) == len(thing.parts) or not left:
        return [want]
    return [
        msgspec.structs.replace(want, resource=part.resource, count=part.count) for part in left
    ]


@get("/reserver/objets/{public_id:str}/photo", guards=[callers.member])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    found = await photo_of(public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


@post("/reserver/objets/{public_id:str}/attente", guards=[callers.member])
@forms.again(_page)
async def wait(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    wish = await forms.read(request, Wish)
    if (await lending.get_resource(public_id)).parts:
        raise Missing  # one waits for a thing, never for several at once
    want = Want(resource=public_id, period=wish.period, people=wish.personnes)
    whom = For(member.household_id, member.person_id)
    done = await service.wait(asking(request, member, wish.key), whom, want)
    return redirect(request, f"/reserver/reservations/{done.booking}", said="en-attente")


def asking(request: AnyRequest, member: Member, key: str = "", version: int | None = None) -> Ask:
    """A member's act: under the key of the page, on the version it showed."""
    return Ask(
        by=acting(request),
        key=key or codes.random_id(),
        household_id=member.household_id,
        version=version,
    )


def _asked(request: AnyRequest) -> Asked:
    given = request.query_params
    return Asked(
        q=str(given.get("q", "")).strip()[:80],
        sorte=str(given.get("sorte", "")).strip()[:80],
        jour=_day(given.get("jour")),
        page=max(1, min(read_number(given.get("page")) or 1, 1000)),
    )


def _day(said: object) -> date | None:
    """Not so far away that nothing can be known of it."""
    day = find_day(str(said or ""))
    return day if day is not None and abs(day - clock.today()) <= FARTHEST else None


def _chips(asked: Asked, categories: Sequence[str]) -> list[dict[str, Any]]:
    kinds = [("", _("Tout")), *((name, name) for name in categories)]
    return [
        {"href": asked.address(sorte=key), "label": label, "current": key == asked.sorte}
        for key, label in kinds
    ]


def _days_of_interest() -> list[date]:
    """Today, tomorrow and Saturday, for one tap."""
    today = clock.today()
    saturday = today + ((SATURDAY - today.weekday()) % 7) * ONE
    return sorted({today, today + ONE, saturday})


HANDLERS = [index, show, photo, book, wait]
