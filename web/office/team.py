"""The club's team: who works here, as what and where; invited, suspended, helped (sudo)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.callers import get_caller, sudo
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.scope import around
from backend.identity import service as identity
from backend.identity import staff
from backend.identity.rules import Role, can_lead
from backend.identity.service import Invitation
from backend.identity.staff import Colleague
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.places import queries as places
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/equipe"
DANGEROUS = [MANAGER, sudo]
ROLES = {
    Role.DESK: (N_("Accueil"), N_("Tient le comptoir : adhésions, cotisations, bons.")),
    Role.TREASURER: (N_("Trésorerie"), N_("Suit l'argent, fixe les prix et les moyens de payer.")),
    Role.MANAGER: (N_("Responsable"), N_("Règle le club, les partenaires et l'accueil.")),
    Role.ADMIN: (N_("Administration"), N_("Peut tout, et gère toute l'équipe.")),
}


class Invited(msgspec.Struct, frozen=True):
    """The form; the roles are ticked under their own words."""

    given_name: str
    family_name: str
    email: str
    site: str = ""


class Reason(msgspec.Struct, frozen=True):
    reason: str = ""


class Workplace(msgspec.Struct, frozen=True):
    site: str = ""


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/team/index.html",
        title=_("Équipe"),
        space="office",
        colleagues=await staff.colleagues(),
        roles=ROLES,
        own=get_caller(request).person_id,
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await page(
        request,
        "office/team/new.html",
        title=_("Inviter une personne"),
        space="office",
        form=form or Form({Role.DESK: "1"}),
        **await _choices(request),
    )


@get(f"{HERE}/invitation", guards=DANGEROUS)
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(HERE, guards=DANGEROUS)
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Invited)
    wish = Invitation(**msgspec.structs.asdict(typed), roles=await _ticked(request))
    public_id = await identity.invite(by(request), wish, _base(request))
    return redirect(request, f"{HERE}/{public_id}", said="invitation-partie")


async def _show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    colleague, caller = await staff.get_colleague(public_id), get_caller(request)
    return await page(
        request,
        "office/team/show.html",
        title=colleague.name,
        space="office",
        colleague=colleague,
        own=caller.person_id == colleague.person_id,
        led=can_lead({grant.role for grant in caller.grants}, colleague.roles),
        form=form or Form(_typed(colleague)),
        **await _choices(request),
    )


@get(f"{HERE}/{{public_id:str}}", guards=DANGEROUS)
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _show(request, public_id)


@post(f"{HERE}/{{public_id:str}}/roles", guards=DANGEROUS)
@forms.again(_show)
async def set_roles(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await identity.set_roles(by(request), public_id, await _ticked(request))
    return _done(request, public_id)


@post(f"{HERE}/{{public_id:str}}/lieu", guards=DANGEROUS)
@forms.again(_show)
async def set_workplace(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Workplace)
    await identity.set_workplace(by(request), public_id, wish.site)
    return _done(request, public_id)


@post(f"{HERE}/{{public_id:str}}/invitation", guards=DANGEROUS)
@forms.again(_show)
async def invite_again(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await identity.invite_again(by(request), public_id, _base(request))
    return redirect(request, f"{HERE}/{public_id}", said="invitation-partie")


@post(f"{HERE}/{{public_id:str}}/suspension", guards=DANGEROUS)
@forms.again(_show)
async def suspend(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Reason)
    await identity.suspend_colleague(by(request), public_id, wish.reason)
    return _done(request, public_id)


@post(f"{HERE}/{{public_id:str}}/retour", guards=DANGEROUS)
@forms.again(_show)
async def restore(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await identity.restore_colleague(by(request), public_id)
    return _done(request, public_id)


@post(f"{HERE}/{{public_id:str}}/second-code", guards=DANGEROUS)
@forms.again(_show)
async def reset(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await identity.reset_factors(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="second-code-efface")


def _done(request: AnyRequest, public_id: str) -> Response[None]:
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


def _base(request: AnyRequest) -> str:
    return around(request).settings.base_url


async def _choices(request: AnyRequest) -> dict[str, Any]:
    """A manager who is no admin is offered what a manager may give."""
    admin = get_caller(request).has(Role.ADMIN)
    offered = ROLES if admin else {Role.DESK: ROLES[Role.DESK]}
    sites = [(site.public_id, site.name) for site in await places.sites()]
    return {"roles": ROLES, "offered": offered, "sites": sites}


async def _ticked(request: AnyRequest) -> frozenset[Role]:
    typed = await forms.typed_values(request)
    return frozenset(role for role in ROLES if typed.get(role) == "1")


def _typed(colleague: Colleague) -> dict[str, str]:
    ticked = {role.value: "1" for role in colleague.roles}
    return {**ticked, "site": colleague.site_public_id or ""}
