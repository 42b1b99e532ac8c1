"""Building firms of the club, and a way to be called by one."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.insurance import referrals
from backend.insurance import service as insurance
from backend.insurance.errors import FirmUnknown
from backend.insurance.rules import ReferralKind
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from web.member import asking

AnyRequest = Request[Any, Any, Any]
HERE = "/avantages/artisans"


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "member/firms/index.html",
        title=_("Être rappelé par un artisan"),
        space="member",
        firms=await referrals.firms(),
    )


async def _ask(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    firm = await referrals.find_firm(public_id)
    if firm is None:
        raise FirmUnknown
    return await asking.page_for(
        request,
        member,
        form,
        kind=ReferralKind.FIRM,
        name=firm.name,
        back=HERE,
        action=f"{HERE}/{public_id}/rappel",
    )


@get(f"{HERE}/{{public_id:str}}/rappel", guards=[callers.member])
async def ask(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _ask(request, public_id, member)


@post(f"{HERE}/{{public_id:str}}/rappel", guards=[callers.member])
@forms.again(_ask)
async def create(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    wish = await asking.read(request, ReferralKind.FIRM, public_id)
    await insurance.ask(acting(request), member, wish)
    return redirect(request, asking.MINE, said="demande-envoyee")


HANDLERS = [index, ask, create]
