"""Home insurance as members read it: what an insurer wrote, and a way to be called. No price is computed (I2)."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.insurance import queries, rules
from backend.insurance import service as insurance
from backend.insurance.errors import InsuranceUnknown
from backend.insurance.queries import Offer
from backend.insurance.rules import ReferralKind
from backend.kit import clock
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from web.member import asking

AnyRequest = Request[Any, Any, Any]
HERE = "/avantages/assurance"


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "member/insurance/index.html",
        title=_("Assurance du logement"),
        space="member",
        offers=await queries.shown_offers(),
    )


@get(f"{HERE}/{{public_id:str}}", guards=[callers.member])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    offer = await get_shown(public_id)
    return await page(
        request,
        "member/insurance/show.html",
        title=offer.terms.title,
        space="member",
        offer=offer,
        prices=list(zip(rules.ROOMS, offer.terms.prices, strict=True)),
        prices_hold=offer.prices_hold(clock.today()),
        notice=rules.NOTICE,
        more_notice=rules.more_notice(offer.terms.notice),
    )


@get(f"{HERE}/{{public_id:str}}/ipid", guards=[callers.member])
async def ipid(public_id: FromPath[str]) -> Response[bytes]:
    """The insurer's own sheet, as it was given to the club."""
    file = await queries.ipid_of(await get_shown(public_id))
    if file is None:
        raise Missing
    return Response(
        file.content,
        media_type=file.media_type,
        headers={
            "content-disposition": 'inline; filename="ipid.pdf"',
            "cache-control": "private, max-age=3600",
        },
    )


async def _ask(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    offer = await get_shown(public_id)
    return await asking.page_for(
        request,
        member,
        form,
        kind=ReferralKind.INSURER,
        name=offer.insurer_name,
        back=f"{HERE}/{public_id}",
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
    wish = await asking.read(request, ReferralKind.INSURER, public_id)
    await insurance.ask(acting(request), member, wish)
    return redirect(request, asking.MINE, said="demande-envoyee")


async def get_shown(public_id: str) -> Offer:
    offer = await queries.find_offer(public_id)
    if offer is None or not offer.is_shown:
        raise InsuranceUnknown
    return offer


HANDLERS = [index, show, ipid, ask, create]
