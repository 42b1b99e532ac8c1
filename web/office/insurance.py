"""Insurance in the office: the figures, the insurers, what they are asked. Never the content of a contract (I6)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import sudo
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.insurance import queries, rules
from backend.insurance import service as insurance
from backend.insurance.errors import InsurerUnknown
from backend.insurance.queries import InsurerPage
from backend.kit import clock
from backend.kit.translations import translated as _
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/assurance"
INSURER = f"{HERE}/assureurs/{{public_id:str}}"
WITH_SUDO = [MANAGER, sudo]


class InsurerForm(msgspec.Struct, frozen=True):
    name: str
    email: str


class AgentForm(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    email: str


class Gone(msgspec.Struct, frozen=True):
    person: str


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    since = _january()
    return await page(
        request,
        "office/insurance/index.html",
        title=_("Assurance et rappels"),
        space="office",
        since=since,
        told=await queries.figures(since),
        target_cents=rules.TARGET_CENTS,
        insurers=await queries.insurers(),
        offers=await queries.offers(),
        today=clock.today(),
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/insurance/insurer.html",
        title=_("Nouvel assureur"),
        space="office",
        insurer=None,
        offers=[],
        today=clock.today(),
        form=form,
    )


@get(f"{HERE}/assureurs/nouveau", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(f"{HERE}/assureurs", guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    wish = await forms.read(request, InsurerForm)
    public_id = await insurance.register_insurer(by(request), wish.name, wish.email)
    return redirect(request, f"{HERE}/assureurs/{public_id}", said="enregistre")


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    insurer = await get_insurer(public_id)
    return await page(
        request,
        "office/insurance/insurer.html",
        title=insurer.name,
        space="office",
        insurer=insurer,
        offers=await queries.offers(insurer.id),
        today=clock.today(),
        form=form or Form({"name": insurer.name, "email": insurer.email}),
    )


@get(INSURER, guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(INSURER, guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    insurer = await get_insurer(public_id)
    wish = await forms.read(request, InsurerForm)
    await insurance.change_insurer(by(request), insurer.id, wish.name, wish.email)
    return redirect(request, f"{HERE}/assureurs/{public_id}", said="enregistre")


@post(f"{INSURER}/fermeture", guards=[MANAGER])
async def close(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    insurer = await get_insurer(public_id)
    await insurance.close_insurer(by(request), insurer.id)
    return redirect(request, f"{HERE}/assureurs/{public_id}", said="enregistre")


@post(f"{INSURER}/reouverture", guards=[MANAGER])
async def reopen(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    insurer = await get_insurer(public_id)
    await insurance.reopen_insurer(by(request), insurer.id)
    return redirect(request, f"{HERE}/assureurs/{public_id}", said="enregistre")


async def _agents(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    insurer = await get_insurer(public_id)
    return await page(
        request,
        "office/insurance/agents.html",
        title=_("Accès de l’assureur"),
        space="office",
        insurer=insurer,
        agents=await queries.agents_of(insurer.id),
        form=form,
    )


@get(f"{INSURER}/agents", guards=WITH_SUDO)
async def agents(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _agents(request, public_id)


@post(f"{INSURER}/agents", guards=WITH_SUDO)
@forms.again(_agents)
async def invite(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    insurer = await get_insurer(public_id)
    wish = await forms.read(request, AgentForm)
    await insurance.invite_agent(
        by(request), insurer.id, wish.given_name, wish.family_name, wish.email
    )
    return redirect(request, f"{HERE}/assureurs/{public_id}/agents", said="enregistre")


@post(f"{INSURER}/agents/retrait", guards=WITH_SUDO)
async def let_go(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    insurer = await get_insurer(public_id)
    gone = await forms.read(request, Gone)
    await insurance.end_agent(by(request), insurer.id, gone.person)
    return redirect(request, f"{HERE}/assureurs/{public_id}/agents", said="enregistre")


async def get_insurer(public_id: str) -> InsurerPage:
    found = await queries.find_insurer(public_id)
    if found is None:
        raise InsurerUnknown
    return found


def _january() -> date:
    return clock.today().replace(month=1, day=1)


HANDLERS = [index, new, create, edit, update, close, reopen, agents, invite, let_go]
