"""Whom I asked to call me: where it is, what I agreed to, and taking it back."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.insurance import referrals, rules
from backend.insurance import service as insurance
from backend.insurance.errors import SavingMissing
from backend.kit import money
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from web.member import asking
from web.shell import calls, choices

AnyRequest = Request[Any, Any, Any]


class Typed(msgspec.Struct, frozen=True):
    saving: str = ""


async def _page(
    request: AnyRequest, member: Member, public_id: str = "", form: Form | None = None
) -> Response[str]:
    mine = await referrals.mine(member.person_id)
    return await page(
        request,
        "member/referrals/index.html",
        title=_("Mes demandes"),
        space="member",
        mine=mine,
        declared_cents=sum(each.saving_cents or 0 for each in mine),
        asked=public_id,
        form=form,
        states=calls.STATES,
        slots=calls.SLOTS,
        sources=choices.SOURCES,
        open_states=rules.OPEN,
    )


@get(asking.MINE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _page(request, member)


@post(f"{asking.MINE}/{{public_id:str}}/retrait", guards=[callers.member])
async def withdraw(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    await insurance.withdraw(acting(request), member.person_id, public_id)
    return redirect(request, asking.MINE, said="demande-retiree")


@post(f"{asking.MINE}/{{public_id:str}}/economie", guards=[callers.member])
@forms.again(_page)
async def declare(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    typed = await forms.read(request, Typed)
    if not typed.saving:
        raise SavingMissing().at("saving")
    cents = money.parse(typed.saving, field="saving")
    await insurance.declare(acting(request), member.person_id, public_id, cents)
    return redirect(request, asking.MINE, said="enregistre")


HANDLERS = [index, withdraw, declare]
