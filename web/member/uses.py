"""One use of my household, and « je n'ai pas fait cet achat » (V33)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.vouchers import contests, redemptions
from backend.vouchers.errors import RedemptionUnknown
from backend.vouchers.redemptions import UseLine
from web.member import words

AnyRequest = Request[Any, Any, Any]
HERE = "/bons/utilisations/{redemption:str}"


class ContestForm(msgspec.Struct, frozen=True):
    words: str = ""


async def _page(
    request: AnyRequest, redemption: str, member: Member, form: Form | None = None
) -> Response[str]:
    use = await _own(member, redemption)
    return await page(
        request,
        "member/uses/show.html",
        title=_("Utilisation"),
        space="member",
        use=use,
        headline=words.headline(use.label, use.title),
        most=contests.LONGEST_WORDS,
        form=form,
    )


@get(HERE, guards=[callers.member])
async def show(
    request: AnyRequest, redemption: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, redemption, member)


@post(HERE + "/contestation", guards=[callers.member])
@forms.again(_page)
async def contest(
    request: AnyRequest, redemption: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    form = await forms.read(request, ContestForm)
    await contests.contest(member, acting(request), redemption, form.words)
    return redirect(request, f"/bons/utilisations/{redemption}", said="contestation-envoyee")


async def _own(member: Member, redemption: str) -> UseLine:
    """The household's own; another's is not there."""
    use = await redemptions.find_use(redemption)
    if use is None or use.household != member.household_public_id:
        raise RedemptionUnknown
    return use


HANDLERS = [show, contest]
