"""Days without a thing: typed, looked at with who is met, then blocked; and in use again (L32)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, money
from backend.kit.clock import paris, start_of_day
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated
from backend.kit.translations import translated as _
from backend.kit.zone import at_wall_time, find_day, find_wall
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.queries import LineView
from backend.lending.queries import plan as plans
from backend.lending.rules import Period, TicketKind
from backend.lending.service import blackouts
from backend.lending.service.blackouts import Blackout
from backend.lending.values import Ask, Replanned
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_page import STATES
from web.desk.planning import HERE as PLAN
from web.desk.planning import spoken

HERE = PLAN + "/blocages"
DAY = timedelta(days=1)
KINDS = {
    TicketKind.BLACKOUT: N_("Pas disponible"),
    TicketKind.REPAIR: N_("En réparation"),
    TicketKind.CLEANING: N_("Au nettoyage"),
    TicketKind.PARTS: N_("Il manque une pièce"),
    TicketKind.LOSS: N_("Perdu"),
}


class BlockForm(msgspec.Struct, frozen=True):
    """Days from the first to the last; with hours, from an hour to an hour. No copy is all of them."""

    objet: Annotated[str, msgspec.Meta(max_length=40)]
    du: date
    pourquoi: Annotated[str, msgspec.Meta(max_length=200)]
    sorte: TicketKind = TicketKind.BLACKOUT
    exemplaire: Annotated[str, msgspec.Meta(max_length=40)] = ""
    au: date | None = None
    de: str = ""
    a: str = ""


class Ending(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    cout: str = ""


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    asked: Mapping[str, str] = form.values if form else request.query_params
    resource = await lending.get_resource(asked.get("objet", ""))
    on = find_day(asked.get("du", "")) or clock.today()
    return await frame.page(
        request,
        "desk/blackouts/new.html",
        title=_("Bloquer des jours"),
        focus=False,
        form=form,
        resource=resource,
        copies=[
            (one.code, one.code)
            for one in await lending.units(resource.model.public_id)
            if one.retired_at is None
        ],
        unit=asked.get("exemplaire", ""),
        on=on.isoformat(),
        kinds=[(kind.value, translated(word)) for kind, word in KINDS.items()],
    )


@get(f"{HERE}/nouveau", guards=[DESK])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(f"{HERE}/apercu", guards=[DESK], status_code=200)
@forms.again(_new)
async def preview(request: AnyRequest) -> Response[str]:
    """Who is met, before anybody says yes."""
    wish = await _wish(request)
    resource = await lending.get_resource(wish.resource)
    typed = await forms.typed_values(request)
    fields = {name: typed[name] for name in typed if name not in {"csrf_token", "key"}}
    done = await blackouts.look_at(Ask(by=acting(request), key=""), wish)
    return await frame.page(
        request,
        "desk/blackouts/preview.html",
        title=_("Vérifier avant de bloquer"),
        focus=False,
        resource=resource,
        period=wish.period,
        met=await _met(done, wish.resource),
        sent={**fields, "key": codes.random_id()},
        states=STATES,
        spoken=spoken,
    )


@post(HERE, guards=[DESK])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    """Once, however often the button is pressed: the page that was looked at carries the key."""
    key = (await forms.typed_values(request)).get("key", "")[:64] or codes.random_id()
    done = await blackouts.black_out(Ask(by=acting(request), key=key), await _wish(request))
    return redirect(request, f"{HERE}/{done.ticket}", said="objet-bloque")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    block = await plans.get_block(public_id)
    done = Replanned(
        ticket=public_id, swapped=block.swapped, cancelled=block.cancelled, left=block.left
    )
    start = clock.now() if block.period is None else block.period.start
    return await frame.page(
        request,
        "desk/blackouts/show.html",
        title=block.name,
        focus=False,
        form=form,
        block=block,
        kind=KINDS[block.kind],
        asks_cost=block.kind is not TicketKind.BLACKOUT and block.copies == 1,
        met=await _met(done, block.resource),
        states=STATES,
        spoken=spoken,
        key=codes.random_id(),
        back=f"{PLAN}?le={paris(start).date().isoformat()}&objet={block.resource}",
    )


@get(HERE + "/{public_id:str}", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE + "/{public_id:str}/fin", guards=[DESK])
@forms.again(_page)
async def end(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """All copies of one blackout come back together; a repaired one with what it cost."""
    act = await forms.read(request, Ending)
    ask = Ask(by=acting(request), key=act.key)
    if act.cout:
        await service.mend(ask, public_id, money.parse(act.cout, field="cout"))
    else:
        await blackouts.lift(ask, public_id)
    return redirect(request, f"{HERE}/{public_id}", said="objet-debloque")


async def _met(done: Replanned, resource: str) -> dict[str, list[LineView]]:
    """The bookings by what becomes of them; one statement for all."""
    found = await plans.met((*done.swapped, *done.cancelled, *done.left), resource)
    parts = {"cancelled": done.cancelled, "left": done.left, "swapped": done.swapped}
    return {name: [one for one in found if one.booking in part] for name, part in parts.items()}


async def _wish(request: AnyRequest) -> Blackout:
    form = await forms.read(request, BlockForm)
    start, end = find_wall(form.de) if form.de else None, find_wall(form.a) if form.a else None
    for name, typed, read in (("de", form.de, start), ("a", form.a, end)):
        if typed and read is None:
            raise Invalid({name: N_("Écrivez une heure, par exemple 14:30.")})
    last = form.au or form.du
    return Blackout(
        resource=form.objet,
        units=(form.exemplaire,) if form.exemplaire else (),
        kind=form.sorte,
        note=form.pourquoi,
        period=Period(
            at_wall_time(form.du, start) if start else start_of_day(form.du),
            at_wall_time(last, end) if end else start_of_day(last + DAY),
        ),
    )


HANDLERS = [new, preview, create, show, end]
