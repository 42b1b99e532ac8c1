"""Activities in the office: made after a look, changed for one or for the rest, cancelled, printed (A1, A3)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.activities import printing, queries
from backend.activities import service as activities
from backend.activities.errors import LeaderUnknown, PlanWrong
from backend.activities.queries import Session, figures, lists
from backend.activities.rules import Details, Hours, Plan, Rhythm, Scope
from backend.activities.service import Change
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes, money
from backend.kit.errors import N_
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.kit.zone import find_wall
from backend.people import queries as people
from backend.people.rules import Channel
from web.office.staff import MANAGER, by
from web.office.treasury import pdf
from web.shell import agenda as shown
from web.shell.agenda import Asked

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/agenda"
YEAR = timedelta(days=365)
ALSO = "also_"
# Kinds to choose from where the club has none yet.
KINDS = (
    N_("Aide aux devoirs"),
    N_("Aide numérique"),
    N_("Cuisine"),
    N_("Gym"),
    N_("Jeux"),
    N_("Prévention"),
    N_("Sortie"),
)
RHYTHMS = {
    Rhythm.WEEKLY: N_("Chaque semaine"),
    Rhythm.FORTNIGHTLY: N_("Une semaine sur deux"),
    Rhythm.MONTHLY: N_("Une fois par mois, le même jour de la semaine"),
}


class Typed(Details, frozen=True, kw_only=True):
    """The form of a session: what is said of it, its hours and its price as typed.

    `repeats` and `until` are of a new series, `scope` of a change.
    """

    day: date
    starts: str
    ends: str
    price: str = ""
    repeats: str = ""
    until: date | None = None
    on_closed: str = ""
    scope: Scope = Scope.THIS
    version: int = 0
    key: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Cancelled(msgspec.Struct, frozen=True):
    reason: str = ""
    scope: Scope = Scope.THIS


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    asked = Asked.read(HERE, request.query_params, past=True)
    today = clock.today()
    return await page(
        request,
        "office/agenda/index.html",
        title=_("Agenda"),
        space="office",
        asked=asked,
        months=shown.months(asked),
        days=shown.by_day(await queries.agenda(asked.month, asked.last_on)),
        figures=await figures.by_kind(today - YEAR, today),
        few=figures.FEW,
        words=shown,
    )


async def _new(request: AnyRequest, modele: str = "", form: Form | None = None) -> Response[str]:
    like = _as_typed(await queries.get_session(modele)) if modele and form is None else {}
    like.pop("day", None)
    return await _form(request, form or Form({"capacity": "10", "cancel_hours": "24", **like}))


async def _form(
    request: AnyRequest, form: Form, session: Session | None = None, version: int = 0
) -> Response[str]:
    return await page(
        request,
        "office/agenda/edit.html",
        title=_("Nouvelle activité") if session is None else _("Changer l’activité"),
        space="office",
        form=form,
        session=session,
        version=version,
        address=HERE if session is None else f"{HERE}/{session.public_id}",
        kinds=sorted({*(await queries.choices()).kinds, *map(_, KINDS)}),
        rhythms=options(RHYTHMS),
        sites=await queries.sites(),
        rooms=await queries.rooms(),
        leaders=await queries.leaders(),
        today=clock.today(),
    )


@get(f"{HERE}/nouvelle", guards=[MANAGER])
async def new(request: AnyRequest, modele: FromQuery[str] = "") -> Response[str]:
    return await _new(request, modele)


@post(f"{HERE}/apercu", guards=[MANAGER], status_code=200)
@forms.again(_new)
async def preview(request: AnyRequest) -> Response[str]:
    """The days, the closed ones said, before anything stands in the agenda."""
    plan = await _plan(await forms.read(request, Typed))
    return await _look(request, HERE, made=await activities.look_at(by(request), plan), plan=plan)


@post(HERE, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Typed)
    made = await activities.make(by(request), await _plan(typed), typed.key or codes.random_id())
    return redirect(request, f"{HERE}/{made.session}", said="activite-faite")


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    session = await queries.get_session(public_id)
    return await page(
        request,
        "office/agenda/show.html",
        title=session.title,
        space="office",
        form=form,
        session=session,
        others=await queries.others_of(session.series, public_id) if session.series else [],
        guests=await queries.guests(public_id),
        few=figures.FEW,
        address=f"{HERE}/{public_id}",
        words=shown,
    )


@get(HERE + "/{public_id:str}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    session = await queries.get_session(public_id)
    plain = await queries.plain(public_id)
    shown_form = form or Form({**_as_typed(session), **plain.named()})
    return await _form(request, shown_form, session, plain.version)


@get(HERE + "/{public_id:str}/changement", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(HERE + "/{public_id:str}/apercu", guards=[MANAGER], status_code=200)
@forms.again(_edit)
async def preview_change(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    """Which sessions change, which keep what was written by hand, and who is told."""
    wish = await _change(await forms.read(request, Typed), await forms.typed_values(request))
    done = await activities.look_at_change(by(request), public_id, wish)
    return await _look(request, f"{HERE}/{public_id}", done=done)


@post(HERE + "/{public_id:str}", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await _change(await forms.read(request, Typed), await forms.typed_values(request))
    await activities.change(by(request), public_id, wish)
    return redirect(request, f"{HERE}/{public_id}", said="activite-changee")


@post(HERE + "/{public_id:str}/annulation", guards=[MANAGER])
@forms.again(_show)
async def destroy(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Cancelled)
    await activities.cancel(by(request), public_id, typed.scope, typed.reason)
    return redirect(request, f"{HERE}/{public_id}", said="activite-annulee")


@get(f"{HERE}/affiche.pdf", guards=[MANAGER])
async def poster(request: AnyRequest) -> Response[bytes]:
    asked = Asked.read(HERE, request.query_params, past=True)
    content = await printing.print_month(asked.month, asked.last_on)
    return pdf(content, f"agenda-{asked.month:%Y-%m}")


@get(HERE + "/{public_id:str}/liste.pdf", guards=[MANAGER])
async def paper(public_id: FromPath[str]) -> Response[bytes]:
    session = await queries.get_session(public_id)
    return pdf(await printing.print_list(session, await lists.on_paper(session)), "liste")


async def _look(request: AnyRequest, address: str, **seen: Any) -> Response[str]:
    typed = await forms.typed_values(request)
    kept = {name: typed[name] for name in typed if name != "csrf_token"}
    return await page(
        request,
        "office/agenda/preview.html",
        title=_("Vérifier avant de publier"),
        space="office",
        address=address,
        typed={**kept, "key": codes.random_id()},
        day_of=lambda at: clock.paris(at).date(),
        **{"made": None, "plan": None, "done": None, **seen},
    )


async def _plan(typed: Typed) -> Plan:
    return Plan(
        details=await _details(typed),
        hours=_hours(typed),
        rhythm=Rhythm(typed.repeats) if typed.repeats in set(Rhythm) else None,
        until=typed.until,
        on_closed=bool(typed.on_closed),
    )


async def _change(typed: Typed, values: Mapping[str, str]) -> Change:
    also = tuple(
        name.removeprefix(ALSO) for name in values if name.startswith(ALSO) and values[name]
    )
    return Change(
        details=await _details(typed),
        hours=_hours(typed),
        scope=typed.scope,
        version=typed.version,
        also=also,
    )


async def _details(typed: Typed) -> Details:
    said = {name: getattr(typed, name) for name in Details.__struct_fields__}
    said["price_cents"] = money.parse(typed.price, field="price") if typed.price else 0
    if "@" in typed.leader_name:
        said |= {"leader": await _leader(typed.leader_name), "leader_name": ""}
    return Details(**said)


async def _leader(address: str) -> str:
    """A member by their e-mail. Raises LeaderUnknown."""
    found = await people.find_by_contact(Channel.EMAIL, address.lower())
    if len(found) != 1:
        raise LeaderUnknown().at("leader_name")
    return found[0].public_id


def _hours(typed: Typed) -> Hours:
    starts, ends = find_wall(typed.starts), find_wall(typed.ends)
    wrong = {
        name: N_("Écrivez une heure, comme 18:00.")
        for name, found in (("starts", starts), ("ends", ends))
        if found is None
    }
    if starts is None or ends is None:
        raise PlanWrong(wrong)
    return Hours(day=typed.day, starts=starts, ends=ends)


def _as_typed(session: Session) -> dict[str, str]:
    """The form as it would have been typed; what is named by a row comes from `queries.plain`."""
    starts, ends = clock.paris(session.starts_at), clock.paris(session.ends_at)
    words = ("kind", "title", "details", "material", "place")
    numbers = ("capacity", "age_from", "age_to", "household_most", "cancel_hours")
    return {
        **forms.shown(session, *words, *numbers),
        "leader_name": "" if session.leader_id else session.leader,
        "price": money.plain(session.price_cents) if session.price_cents else "",
        "day": session.day.isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
    }


HANDLERS = [
    index,
    new,
    preview,
    create,
    poster,
    show,
    edit,
    preview_change,
    update,
    destroy,
    paper,
]
