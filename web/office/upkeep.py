"""What is being looked after: the queue of tickets, one of them, and plans that make them (L32)."""

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes, money
from backend.kit.translations import translated as _
from backend.kit.zone import start_of_day
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import PeriodPast
from backend.lending.queries import upkeep
from backend.lending.queries.upkeep import PlanCard, Stage
from backend.lending.service import plans
from backend.lending.service.plans import PlanWish
from backend.lending.values import Ask
from backend.places import queries as places
from web.office.staff import MANAGER, by
from web.office.stock_words import KINDS

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/entretien"
PLANS = "/gestion/entretiens"
# Words of the address -> how far a ticket is.
STAGES = {"": Stage.OPEN, "en-cours": Stage.IN_WORK, "faits": Stage.DONE}
ONE = timedelta(days=1)


class Act(msgspec.Struct, frozen=True):
    """`until` the last day it is out of use; `cost` in euros."""

    key: str = ""
    cost: str = ""
    until: date | None = None


class PlanForm(msgspec.Struct, frozen=True):
    name: str
    every_months: int | None = None
    every_loans: int | None = None
    every_kilometres: int | None = None
    grace_days: int | None = None
    version: int | None = None
    key: str = ""

    def wish(self) -> PlanWish:
        return PlanWish(
            name=self.name,
            every_months=self.every_months,
            every_loans=self.every_loans,
            every_kilometres=self.every_kilometres,
            grace_days=self.grace_days,
        )


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    asked, point = _word(request, "etape"), _word(request, "point")
    sites = await places.sites()
    site_id = next((site.id for site in sites if site.slug == point), None)
    stage = STAGES.get(asked, Stage.OPEN)
    return await page(
        request,
        "office/upkeep/index.html",
        title=_("Entretien"),
        space="office",
        here=HERE,
        stage=stage,
        stages=STAGES,
        queue=await upkeep.queue(site_id),
        tickets=await upkeep.tickets(stage, site_id),
        kinds=KINDS,
        sites=[(site.slug, site.name) for site in sites],
        point=point if site_id is not None else "",
    )


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    ticket = await upkeep.get_ticket(public_id)
    touched = await upkeep.touched_by(public_id)
    named = [*touched.left, *touched.cancelled, *touched.swapped]
    return await page(
        request,
        "office/upkeep/show.html",
        title=ticket.note,
        space="office",
        here=f"{HERE}/{public_id}",
        ticket=ticket,
        form=form,
        key=codes.random_id(),
        touched=touched,
        lines=await upkeep.bookings_named(named) if named else [],
        kinds=KINDS,
    )


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


@post(f"{HERE}/{{public_id:str}}/debut", guards=[MANAGER])
@forms.again(_show)
async def start(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.start_work(_ask(request, act), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="entretien-commence")


@post(f"{HERE}/{{public_id:str}}/blocage", guards=[MANAGER])
@forms.again(_show)
async def block(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    until = None if act.until is None else start_of_day(act.until + ONE)
    if until is not None and until <= clock.now():
        raise PeriodPast().at("until")
    await service.block(_ask(request, act), public_id, until)
    return redirect(request, f"{HERE}/{public_id}", said="hors-service")


@post(f"{HERE}/{{public_id:str}}/fin", guards=[MANAGER])
@forms.again(_show)
async def mend(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    cents = money.parse(act.cost, field="cost") if act.cost else None
    await service.mend(_ask(request, act), public_id, cents)
    return redirect(request, f"{HERE}/{public_id}", said="entretien-fini")


async def _new_plan(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await _plan(request, public_id, None, form)


async def _edit_plan(
    request: AnyRequest, public_id: str, form: Form | None = None
) -> Response[str]:
    plan = await upkeep.get_plan(public_id)
    return await _plan(request, plan.resource, plan, form or Form(_typed(plan)))


async def _plan(
    request: AnyRequest, resource: str, plan: PlanCard | None, form: Form | None
) -> Response[str]:
    thing = await lending.get_resource(resource)
    return await page(
        request,
        "office/upkeep/plan.html",
        title=plan.name if plan else _("Entretien régulier"),
        space="office",
        thing=thing,
        plan=plan,
        form=form,
        key=codes.random_id(),
        address=f"{PLANS}/{plan.public_id}"
        if plan
        else f"/gestion/inventaire/{resource}/entretiens",
    )


@get("/gestion/inventaire/{public_id:str}/entretiens/nouveau", guards=[MANAGER])
async def new_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _new_plan(request, public_id)


@post("/gestion/inventaire/{public_id:str}/entretiens", guards=[MANAGER])
@forms.again(_new_plan)
async def create_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, PlanForm)
    await plans.make_plan(by(request), public_id, form.wish(), key=form.key)
    return redirect(request, f"/gestion/inventaire/{public_id}", said="enregistre")


@get(f"{PLANS}/{{public_id:str}}", guards=[MANAGER])
async def edit_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit_plan(request, public_id)


@post(f"{PLANS}/{{public_id:str}}", guards=[MANAGER])
@forms.again(_edit_plan)
async def update_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form, plan = await forms.read(request, PlanForm), await upkeep.get_plan(public_id)
    await plans.change_plan(by(request), public_id, form.wish(), version=form.version)
    return redirect(request, f"/gestion/inventaire/{plan.resource}", said="enregistre")


@post(f"{PLANS}/{{public_id:str}}/fin", guards=[MANAGER])
async def end_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    plan = await upkeep.get_plan(public_id)
    await plans.end_plan(by(request), public_id)
    return redirect(request, f"/gestion/inventaire/{plan.resource}", said="enregistre")


def _ask(request: AnyRequest, act: Act) -> Ask:
    return Ask(by=by(request), key=act.key or codes.random_id())


def _word(request: AnyRequest, name: str) -> str:
    return str(request.query_params.get(name, "")).strip()[:80]


def _typed(plan: PlanCard) -> dict[str, str]:
    counts = ("every_months", "every_loans", "every_kilometres", "grace_days")
    numbers = {name: getattr(plan, name) for name in counts}
    return {
        "name": plan.name,
        **{name: "" if value is None else str(value) for name, value in numbers.items()},
    }


HANDLERS = [
    index,
    show,
    start,
    block,
    mend,
    new_plan,
    create_plan,
    edit_plan,
    update_plan,
    end_plan,
]
