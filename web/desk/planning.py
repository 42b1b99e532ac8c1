"""Staff's plan: who has which copy when, week by week or hour by hour, and a booking moves on it.

However it is moved, with the pointer, by keys or by the plain form, the same verbs decide (L7).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, formats
from backend.kit.clock import paris, start_of_day
from backend.kit.errors import N_, Invalid
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.kit.zone import at_wall_time, find_day, find_wall
from backend.lending import queries as lending
from backend.lending import service, times
from backend.lending.errors import BookingUnknown
from backend.lending.queries import LineView
from backend.lending.queries import plan as plans
from backend.lending.queries.plan import PAGE, Sought
from backend.lending.rules import BOOKED, FAR, LineState, Period, SlotMode
from backend.lending.values import Ask, Booked
from web.desk import frame, plan_grid
from web.desk.frame import DESK, AnyRequest, Place
from web.desk.loan_page import STATES
from web.desk.plan_grid import Grid

HERE = "/comptoir/planning"
DAY = timedelta(days=1)
# How far from today anybody plans: a link goes no farther.
FAR_DAYS = 800


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What of the plan is looked at, as the address says it."""

    on: date
    by_day: bool = False
    words: str = ""
    category: str = ""
    resource: str = ""
    every: bool = False
    page: int = 0

    def address(self, path: str = HERE, **changes: Any) -> str:
        to = msgspec.structs.replace(self, **changes)
        said = {
            "vue": "jour" if to.by_day else "",
            "le": to.on.isoformat(),
            "mot": to.words,
            "genre": to.category,
            "objet": to.resource,
            "tout": "1" if to.every else "",
            "page": str(to.page) if to.page else "",
        }
        return f"{path}?{urlencode({name: value for name, value in said.items() if value})}"


class Move(msgspec.Struct, frozen=True):
    """How far a bar was moved from where it stood: days on the week, minutes on the day; which copy.

    With where it stood, the same form sent twice means the same place twice (L12).
    """

    key: Annotated[str, msgspec.Meta(max_length=64)]
    version: int
    debut: datetime
    fin: datetime
    jours: Annotated[int, msgspec.Meta(ge=-366, le=366)] = 0
    minutes: Annotated[int, msgspec.Meta(ge=-1500, le=1500)] = 0
    exemplaire: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Wish(msgspec.Struct, frozen=True):
    """The plain form; hours where the thing is lent by the hour."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    version: int
    du: date
    au: date
    de: str = ""
    a: str = ""
    exemplaire: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def _plan(request: AnyRequest, form: Form | None = None) -> Response[str]:
    here, view = await frame.place(request), _view(request.query_params)
    step = DAY if view.by_day else 7 * DAY
    plan = None if here.site is None else await _read(here, view)
    return await frame.page(
        request,
        "desk/planning/index.html",
        title=_("Planning"),
        here=here,
        focus=False,
        form=form,
        view=view,
        plan=plan,
        more=plan is not None and plan[1] > (view.page + 1) * PAGE,
        before=view.on - step,
        after=view.on + step,
        today=clock.today(),
        today_at=start_of_day(clock.today()),
        day_of=_day_of,
        here_path=HERE,
        kinds=[] if here.site_id is None else await lending.categories(here.site_id),
        named=_named(view),
        states=STATES,
        key=codes.random_id(),
        spoken=spoken,
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    return await _plan(request)


async def _again(request: AnyRequest, line: str, form: Form | None = None) -> Response[str]:
    """The plan as it is now, with why the bar went back."""
    await lending.get_line(_number(line))
    return await _plan(request, form)


@post(HERE + "/lignes/{line:str}/deplacement", guards=[DESK])
@forms.again(_again)
async def move(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    wish, view = await forms.read(request, Move), _view(request.query_params)
    loan = await lending.get_line(_number(line))
    await _change(request, loan, wish, _moved(wish), wish.exemplaire)
    return redirect(request, view.address(), said="pret-deplace")


async def _page(request: AnyRequest, line: str, form: Form | None = None) -> Response[str]:
    loan = await lending.get_line(_number(line))
    model = await lending.get_model(loan.resource)
    return await frame.page(
        request,
        "desk/planning/show.html",
        title=loan.name,
        here=await frame.place(request),
        focus=False,
        form=form,
        loan=loan,
        by_hour=model.policy.slot_mode is SlotMode.HOURS,
        movable=loan.state in BOOKED,
        out=loan.state is LineState.CHECKED_OUT,
        first=paris(loan.period.start),
        last=paris(loan.period.end),
        last_on=times.last_day(loan.period),
        units=[one for one in await lending.units(loan.resource) if one.retired_at is None],
        states=STATES,
        here_path=HERE,
        key=codes.random_id(),
        back=_view({"le": paris(loan.period.start).date().isoformat()}).address(),
        spoken=spoken,
    )


@get(HERE + "/lignes/{line:str}", guards=[DESK])
async def show(request: AnyRequest, line: FromPath[str]) -> Response[str]:
    return await _page(request, line)


@post(HERE + "/lignes/{line:str}", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    loan = await lending.get_line(_number(line))
    period = _wished(wish)
    await _change(request, loan, wish, period, wish.exemplaire)
    view = _view({"le": wish.du.isoformat()})
    return redirect(request, view.address(), said="pret-deplace")


async def _change(
    request: AnyRequest, loan: LineView, wish: Move | Wish, period: Period, unit: str
) -> Booked:
    """A later due time for what is out; for the others another time, another copy, or both."""
    ask = Ask(by=acting(request), key=wish.key, version=wish.version)
    if loan.state is LineState.CHECKED_OUT:
        return await service.extend(ask, loan.id, period.end)
    return await service.change(ask, loan.id, period, unit)


def _moved(wish: Move) -> Period:
    """The same hours on the wall some days later; or so many minutes that really pass (L15)."""
    stood = Period(_instant(wish.debut, "debut"), _instant(wish.fin, "fin"))
    if wish.jours:
        return times.shifted(stood, wish.jours)
    by = timedelta(minutes=wish.minutes)
    return Period(stood.start + by, stood.end + by)


def _instant(typed: datetime, field: str) -> datetime:
    if typed.tzinfo is None:
        raise Invalid({field: N_("Rechargez la page, puis recommencez.")})
    return typed.astimezone(UTC)


def _wished(wish: Wish) -> Period:
    """Days from the first to the last, or from an hour to an hour."""
    start = _wall(wish.de, "de")
    end = _wall(wish.a, "a")
    if start is None or end is None:
        return Period(start_of_day(wish.du), start_of_day(wish.au + DAY))
    return Period(at_wall_time(wish.du, start), at_wall_time(wish.au, end))


def _wall(typed: str, field: str) -> time | None:
    if not typed:
        return None
    wall = find_wall(typed)
    if wall is None:
        raise Invalid({field: N_("Écrivez une heure, par exemple 14:30.")})
    return wall


async def _read(here: Place, view: View) -> tuple[Grid, int]:
    """What is drawn, and how many copies there are on all pages."""
    assert here.site is not None
    monday = plan_grid.week_of(view.on)
    first, last = (view.on, view.on + DAY) if view.by_day else (monday, monday + 7 * DAY)
    sought = Sought(
        words=view.words,
        category=view.category,
        resource=view.resource,
        every=view.every or bool(view.resource),
        page=view.page,
    )
    within = Period(start_of_day(first), start_of_day(last))
    found = await plans.read(here.site.id, within, sought)
    draw = plan_grid.of_day if view.by_day else plan_grid.of_week
    return draw(first, here.site.calendar, found.rows, clock.now()), found.count


def _view(params: Mapping[str, Any]) -> View:
    today = clock.today()
    on = find_day(str(params.get("le", ""))) or today
    return View(
        on=on if abs((on - today).days) <= FAR_DAYS else today,
        by_day=params.get("vue") == "jour",
        words=str(params.get("mot", ""))[:80],
        category=str(params.get("genre", ""))[:80],
        resource=str(params.get("objet", ""))[:40],
        every=params.get("tout") == "1",
        page=read_number(str(params.get("page", ""))) or 0,
    )


def _named(view: View) -> str:
    """What the plan shows, as people say it: a day, or a week from Monday to Sunday."""
    today = clock.today()
    if view.by_day:
        return formats.weekday(view.on, today)
    monday = plan_grid.week_of(view.on)
    return f"{formats.short_day(monday, today)} – {formats.short_day(monday + 6 * DAY, today)}"


def spoken(period: Period) -> str:
    """As in « mar. 24 nov. 9:00 – jeu. 26 nov. 18:00 »; the day is said once where it is the same."""
    today = clock.today()
    last = times.last_day(period)
    first = paris(period.start).date()
    begins = f"{formats.short_day(first, today)} {formats.hour(period.start)}"
    if period.end == FAR:
        return f"{begins} –"
    until = formats.hour(period.end) if _day_of(period.end) == last else "24:00"
    return f"{begins} – {'' if first == last else formats.short_day(last, today) + ' '}{until}"


def _day_of(at: datetime) -> date:
    return paris(at).date()


def _number(line: str) -> int:
    number = read_number(line)
    if number is None:
        raise BookingUnknown
    return number


HANDLERS = [index, move, show, update]
